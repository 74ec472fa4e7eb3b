package agent

import (
	"context"
	"crypto/rand"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
	"pilotlight/backend/rule/modelconfig"
	"pilotlight/backend/source/openclaw"
	"pilotlight/backend/source/openclaw/config"
	"pilotlight/store"
)

// Desk is where OpenClaw's config is edited: it reads the file, works changes out,
// has them checked, writes them and remembers every state. It runs outside the
// loop, because a check may take seconds, and without an agent too: the command
// line edits as well where none runs.
type Desk struct {
	src   *config.Source
	store *store.Store
	cfg   DeskConfig

	write sync.Mutex // one change at a time
}

var _ api.Configs = (*Desk)(nil)

// DeskConfig is what a Desk works with. Every field without "optional" is needed.
type DeskConfig struct {
	Env     openclaw.Env
	Now     func() time.Time
	Log     func(time.Time) string          // optional: which file OpenClaw logs to
	Servers func() []backend.Server         // optional: what the servers have, for the checks
	Watch   func(func(ctx context.Context)) // optional: runs f beside; without it what OpenClaw makes of an edit is waited for
	News    func(n backend.ConfigNews)      // optional: told of every new state and verdict
}

// maskState is under what the store keeps the key that placeholders of secrets
// are made with. With it a revision of last year still finds its secrets.
const maskState = "config_mask"

// NewDesk makes a Desk over a store.
func NewDesk(ctx context.Context, db *store.Store, c DeskConfig) (*Desk, error) {
	key, err := db.State(ctx, maskState)
	if err != nil {
		return nil, err
	}
	if len(key) != 32 {
		key = make([]byte, 32)
		_, _ = rand.Read(key) // it never fails
		if err := db.SetState(ctx, maskState, key); err != nil {
			return nil, err
		}
	}
	d := &Desk{src: config.New(config.Options{Env: c.Env, MaskKey: key, Log: c.Log, Now: c.Now}), store: db, cfg: c}
	d.src.Sweep()
	return d, nil
}

// Config is the file as it is, with what is wrong in it.
func (d *Desk) Config(context.Context) (backend.ConfigDoc, error) { return d.doc(d.src.Open("")), nil }

func (d *Desk) doc(file *config.Document) backend.ConfigDoc {
	doc := file.Doc()
	in := d.input(file.Values(), file.Version())
	issues := modelconfig.Check(in)
	file.Locate(issues)
	doc.Issues = append(doc.Issues, issues...)
	if file.Values() != nil {
		doc.Form = modelconfig.Form(in)
	}
	return doc
}

// input is what the rules go by. A file that does not say which version wrote it
// is read by the one that is installed.
func (d *Desk) input(values map[string]any, version string) modelconfig.Input {
	if version == "" {
		if cli, ok := d.src.FindCLI(); ok {
			version = cli.Version
		}
	}
	in := modelconfig.Input{Config: values, Version: version, Hosts: d.cfg.Env.Hosts}
	if d.cfg.Servers != nil {
		in.Servers = d.cfg.Servers()
	}
	return in
}

// DraftConfig works a change out, whether its result is valid or not.
func (d *Desk) DraftConfig(_ context.Context, c backend.ConfigChange) (backend.ConfigPlan, error) {
	file := d.src.Open("")
	cand, err := d.candidate(file, c)
	if err != nil {
		if c.Text != nil && len(c.Edits) == 0 && len(c.Wishes) == 0 {
			if plan, ok := unreadable(file, *c.Text, err); ok {
				return plan, nil
			}
		}
		return backend.ConfigPlan{}, err
	}
	return d.plan(file, cand), nil
}

// candidate makes a change in memory.
func (d *Desk) candidate(file *config.Document, c backend.ConfigChange) (cand *config.Candidate, err error) {
	if c.Text != nil {
		cand, err = file.Replace(*c.Text)
		if err == nil && len(c.Edits) > 0 {
			cand, err = cand.Apply(c.Edits)
		}
	} else {
		cand, err = file.Apply(c.Edits)
	}
	if err != nil || len(c.Wishes) == 0 {
		return cand, err
	}
	draft := modelconfig.NewDraft(cand.Values(), d.input(nil, cand.Version()).Version)
	for _, w := range c.Wishes {
		if err := wish(draft, w); err != nil {
			return nil, err
		}
	}
	return cand.Apply(draft.Edits())
}

func (d *Desk) plan(file *config.Document, cand *config.Candidate) backend.ConfigPlan {
	after := d.input(cand.Values(), cand.Version())
	plan := cand.Plan(modelconfig.Check(after), modelconfig.Check(d.input(file.Values(), file.Version())))
	plan.Form = modelconfig.Form(after)
	return plan
}

// ChangeConfig makes a change, unless dry.
func (d *Desk) ChangeConfig(ctx context.Context, expected string, c backend.ConfigChange, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error) {
	d.write.Lock()
	defer d.write.Unlock()
	file := d.src.Open("")
	cand, err := d.candidate(file, c)
	if err != nil {
		return backend.ConfigSaved{}, err
	}
	return d.save(ctx, file, cand, expected, dry, backend.Revision{Author: by, Note: c.Note})
}

// save checks a candidate and writes it. r says who does it and why.
func (d *Desk) save(ctx context.Context, file *config.Document, cand *config.Candidate, expected string, dry bool, r backend.Revision) (backend.ConfigSaved, error) {
	saved := backend.ConfigSaved{Plan: d.plan(file, cand)}
	if dry {
		return saved, nil
	}
	if expected == "" {
		expected = file.Hash()
	}
	if expected != file.Hash() {
		_, err := d.src.Write(ctx, cand, expected) // it refuses with the words for it
		return saved, err
	}
	if err := d.mayWrite(ctx, cand, saved.Plan); err != nil {
		return saved, err
	}
	if _, err := d.remember(ctx, file); err != nil {
		return saved, err
	}
	written, err := d.src.Write(ctx, cand, expected)
	if err != nil {
		return saved, err
	}
	saved.Saved = true
	doc := d.doc(d.src.Open(""))
	saved.Doc = &doc
	if cand.Same() {
		return saved, nil
	}
	r.At, r.Path, r.Hash, r.ParentHash = backend.At(written.At), file.Path(), written.Hash, written.Parent
	r.Bytes, r.Text, r.Diff = cand.Bytes(), cand.Text(), cand.Diff()
	r.Verdict = &backend.ConfigVerdict{Code: backend.VerdictPending, At: r.At, Text: "Waiting for what OpenClaw makes of it.", Hash: written.Hash}
	kept, err := d.store.AddRevision(ctx, r)
	if err != nil {
		// The file is written; that its state could not be kept is told, and no
		// reason to call the change failed.
		saved.Plan.Issues = append(saved.Plan.Issues, backend.ConfigIssue{
			Severity: backend.SeverityWarning, Code: "not_remembered",
			Message: "The change is made, but this state could not be kept for later: " + backend.AsError(err).Message,
		})
		return saved, nil
	}
	kept.Text = ""
	saved.Revision = &kept
	d.news(kept)
	d.follow(written, kept.ID, saved.Revision)
	return saved, nil
}

// mayWrite refuses what OpenClaw would not take.
func (d *Desk) mayWrite(ctx context.Context, cand *config.Candidate, plan backend.ConfigPlan) error {
	if !plan.Valid {
		return invalid(plan.Issues)
	}
	cli, ok := d.src.FindCLI()
	if !ok || cand.Same() {
		return nil
	}
	if ruling := cand.Validate(ctx, cli); ruling.Ran && !ruling.Valid {
		return invalid(ruling.Issues)
	}
	return nil
}

func invalid(issues []backend.ConfigIssue) error {
	e := &backend.InvalidConfig{Issues: issues, Err: backend.Error{
		Code: backend.CodeInvalid, Message: "OpenClaw would not start with this config. Nothing was written.", Hint: "Mend what is named below and save again.",
	}}
	for _, i := range issues {
		if i.IsError() && !i.Existing {
			e.Err.Message = "OpenClaw would not start with this config: " + i.Message + " Nothing was written."
			if i.Path != "" {
				e.Err.Message = "OpenClaw would not start with this config: at " + i.Path + ", " + i.Message + " Nothing was written."
			}
			if i.Hint != "" {
				e.Err.Hint = i.Hint
			}
			break
		}
	}
	return e
}

// follow waits beside for what OpenClaw makes of an edit; without a side it waits
// here.
func (d *Desk) follow(w *config.Written, id int64, shown *backend.Revision) {
	watch := func(ctx context.Context) {
		v := w.Watch(ctx)
		_ = d.tell(context.WithoutCancel(ctx), id, v)
		if d.cfg.Watch == nil {
			shown.Verdict = &v
		}
	}
	if d.cfg.Watch == nil {
		watch(context.Background())
		return
	}
	d.cfg.Watch(watch)
}

func (d *Desk) news(r backend.Revision) {
	if d.cfg.News != nil {
		d.cfg.News(backend.ConfigNews{Path: r.Path, Hash: r.Hash, Revision: &r})
	}
}

// CheckConfig says all that is known to be wrong in the file.
func (d *Desk) CheckConfig(ctx context.Context, ask bool) (backend.ConfigCheck, error) {
	file := d.src.Open("")
	doc := d.doc(file)
	check := backend.ConfigCheck{Valid: doc.ReadOnly == nil || doc.Exists && file.Values() != nil, Issues: doc.Issues}
	for _, i := range doc.Issues {
		check.Valid = check.Valid && !i.IsError()
	}
	if !ask {
		return check, nil
	}
	ruling := &backend.ConfigRuling{}
	check.OpenClaw = ruling
	cand, err := file.Apply(nil)
	if err != nil {
		ruling.WhyNot = backend.AsError(err).Message
		return check, nil
	}
	cli, _ := d.src.FindCLI()
	got := cand.Validate(ctx, cli)
	ruling.Asked, ruling.WhyNot, ruling.Version, ruling.Valid, ruling.Issues = got.Ran, got.Why, cli.Version, got.Valid, got.Issues
	for _, i := range got.Issues {
		ruling.Valid = ruling.Valid && !i.IsError() // here the file itself is judged
	}
	check.Valid = check.Valid && (!got.Ran || ruling.Valid)
	return check, nil
}

// Recipes are set-ups, each with its diff on this file.
func (d *Desk) Recipes(_ context.Context, c backend.RecipeChoice) ([]backend.Recipe, error) {
	file := d.src.Open("")
	list := modelconfig.Recipes(d.input(file.Values(), file.Version()), modelconfig.Choice(c))
	for i := range list {
		if cand, err := file.Apply(list[i].Edits); err == nil {
			list[i].Diff = cand.Diff()
		} else if list[i].Available {
			list[i].Available, list[i].WhyNot = false, backend.AsError(err).Message
		}
	}
	return list, nil
}

// ApplyRecipe makes a recipe's edits, unless dry.
func (d *Desk) ApplyRecipe(ctx context.Context, expected, id string, c backend.RecipeChoice, by backend.ConfigAuthor, dry bool) (backend.ConfigSaved, error) {
	file := d.src.Open("")
	r, ok := modelconfig.FindRecipe(d.input(file.Values(), file.Version()), modelconfig.Choice(c), id)
	switch {
	case !ok:
		return backend.ConfigSaved{}, &backend.Error{
			Code: backend.CodeNotFound, Message: "There is no recipe " + id + ".", Hint: "GET /api/recipes, or pilotlight config apply without a name, lists them.",
		}
	case !r.Available:
		return backend.ConfigSaved{}, &backend.Error{Code: backend.CodeRefused, Message: r.WhyNot, Hint: "Name what it lacks, or choose another recipe."}
	}
	return d.ChangeConfig(ctx, expected, backend.ConfigChange{Edits: r.Edits, Note: r.Title}, by, dry)
}

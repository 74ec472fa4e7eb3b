package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/api"
	"pilotlight/backend/json5"
	"pilotlight/backend/source/openclaw/config"
)

type configCmd struct {
	Show    configShowCmd    `cmd:"" default:"withargs" help:"What OpenClaw's config says of models, and what is wrong in it (the default)."`
	Get     configGetCmd     `cmd:"" help:"One value, as JSON."`
	Set     configSetCmd     `cmd:"" help:"Change one value; every comment and every other byte stays."`
	Unset   configUnsetCmd   `cmd:"" help:"Remove one value."`
	Apply   configApplyCmd   `cmd:"" help:"Make the edits of a recipe; without a name, list the recipes."`
	Check   configCheckCmd   `cmd:"" help:"Check the config, also by an installed OpenClaw."`
	History configHistoryCmd `cmd:"" help:"The states of the file that are known, newest first."`
	Restore configRestoreCmd `cmd:"" help:"Put an earlier state back."`
}

// desk is where the config is edited: the running agent's, or one of our own where
// none runs. history says that revisions are read or made.
func (e *env) desk(history bool) (api.Configs, func() error, error) {
	c := e.client()
	_, err := c.Status(e.ctx)
	if err == nil {
		return c, func() error { c.Close(); return nil }, nil
	}
	c.Close()
	if backend.CodeOf(err) != backend.CodeAgentDown {
		return nil, nil, err
	}
	cfg := agent.DeskConfig{Env: *e.openClaw(), Now: e.now}
	if !history {
		return agent.ReadDesk(cfg), func() error { return nil }, nil
	}
	return agent.OpenDesk(e.ctx, e.home(), cfg)
}

// atDesk does something at the desk and gives it back.
func (e *env) atDesk(history bool, do func(api.Configs) error) error {
	d, done, err := e.desk(history)
	if err != nil {
		return err
	}
	err = do(d)
	if closing := done(); err == nil {
		err = closing
	}
	return err
}

type configShowCmd struct{}

// Run prints the config's model part.
func (configShowCmd) Run(e *env) error {
	return e.atDesk(false, func(d api.Configs) error {
		doc, err := d.Config(e.ctx)
		if err != nil {
			return err
		}
		return e.show(doc, func() { e.configDoc(doc) })
	})
}

func (e *env) configDoc(doc backend.ConfigDoc) {
	e.line("%s%s", doc.Path, arrow(doc.RealPath))
	switch {
	case !doc.Exists:
		e.line("There is no config there yet.")
		return
	case doc.Version != "":
		e.line("written by OpenClaw %s", doc.Version)
	}
	if doc.ReadOnly != nil {
		e.line("! %s %s", doc.ReadOnly.Message, doc.ReadOnly.Hint)
		if doc.Caret != "" {
			e.line("%s", doc.Caret)
		}
	}
	if f := doc.Form; f != nil {
		e.line("primary    %s", orDash(f.Primary))
		e.line("fallbacks  %s", orDash(strings.Join(f.Fallbacks, ", ")))
		for _, p := range f.Providers {
			e.line("provider   %s · %s · %s · key: %s", p.ID, orDash(p.BaseURL), orDash(p.API), p.KeyKind)
			for _, m := range p.Models {
				e.line("  %s · context %s · answer %s", m.ID, tokensOrDash(m.ContextWindow), tokensOrDash(m.MaxTokens))
			}
		}
	}
	e.issues(doc.Issues)
}

func arrow(real string) string {
	if real == "" {
		return ""
	}
	return " → " + real
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func tokensOrDash(n *int) string {
	if n == nil {
		return "–"
	}
	return fmt.Sprint(*n)
}

func (e *env) issues(issues []backend.ConfigIssue) {
	for _, i := range issues {
		at := i.Path
		if i.Line > 0 {
			at = strings.TrimSpace(fmt.Sprintf("%s (line %d)", at, i.Line))
		}
		severity := i.Severity
		if severity == "" {
			severity = backend.SeverityError
		}
		e.line("%s: %s: %s", severity, orDash(at), i.Message)
		if i.Hint != "" {
			e.line("  %s", i.Hint)
		}
	}
}

type configGetCmd struct {
	Path string `arg:"" help:"As agents.defaults.model.primary; a key with dots or slashes as agents.defaults.models[\"lmstudio/x.y\"]."`
}

// Run prints one value. A secret is printed as its placeholder.
func (c configGetCmd) Run(e *env) error {
	path, err := configPath(c.Path)
	if err != nil {
		return err
	}
	return e.atDesk(false, func(d api.Configs) error {
		doc, err := d.Config(e.ctx)
		if err != nil {
			return err
		}
		if doc.ReadOnly != nil && doc.Form == nil {
			return doc.ReadOnly
		}
		tree, err := json5.Parse([]byte(doc.Text))
		if err != nil {
			return err
		}
		value, ok := tree.Get(path)
		if !ok {
			return &backend.Error{Code: backend.CodeNotFound, Message: c.Path + " is not set.", Hint: "pilotlight config show"}
		}
		return e.print(json.RawMessage(value))
	})
}

func configPath(s string) (json5.Path, error) {
	path, err := json5.ParsePath(s)
	if err != nil || len(path) == 0 {
		return nil, &backend.Error{
			Code: backend.CodeInvalid, Message: fmt.Sprintf("%q is no path.", s), Hint: `A path looks like agents.defaults.models["lmstudio/x.y"].alias.`,
		}
	}
	return path, nil
}

type dryRun struct {
	DryRun bool `name:"dry-run" help:"Only print the difference; write nothing."`
}

type configSetCmd struct {
	dryRun
	Path  string   `arg:"" help:"The path of the value."`
	Value []string `arg:"" help:"JSON5 or bare text; several values are a list. Behind -- it may begin with a dash."`
}

// Run sets one value. The first model and the fallbacks are wishes: what is
// allowed beside them is kept right.
func (c configSetCmd) Run(e *env) error {
	change := backend.ConfigChange{Note: "set " + c.Path}
	values := c.Value
	switch c.Path {
	case "agents.defaults.model.primary":
		if len(values) == 1 {
			ref := strings.Trim(values[0], `"'`)
			change.Wishes = []backend.ConfigWish{{Primary: &ref}}
			return e.changeConfig(change, c.DryRun)
		}
	case "agents.defaults.model.fallbacks":
		if len(values) > 1 || !strings.HasPrefix(strings.TrimSpace(values[0]), "[") {
			change.Wishes = []backend.ConfigWish{{Fallbacks: &values}}
			return e.changeConfig(change, c.DryRun)
		}
	}
	value, err := configValue(values)
	if err != nil {
		return err
	}
	change.Edits = []backend.ConfigEdit{{Path: c.Path, Value: value}}
	return e.changeConfig(change, c.DryRun)
}

func configValue(values []string) (json.RawMessage, error) {
	if len(values) == 1 {
		return config.ParseValue(values[0])
	}
	var list []json.RawMessage
	for _, v := range values {
		one, err := config.ParseValue(v)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	return json.Marshal(list)
}

type configUnsetCmd struct {
	dryRun
	Path string `arg:"" help:"The path of the value."`
}

// Run removes one value.
func (c configUnsetCmd) Run(e *env) error {
	if _, err := configPath(c.Path); err != nil {
		return err
	}
	return e.changeConfig(backend.ConfigChange{
		Edits: []backend.ConfigEdit{{Path: c.Path, Unset: true}}, Note: "unset " + c.Path,
	}, c.DryRun)
}

func (e *env) changeConfig(change backend.ConfigChange, dry bool) error {
	return e.atDesk(!dry, func(d api.Configs) error {
		hash, err := e.configHash(d, dry)
		if err != nil {
			return err
		}
		return e.saved(d.ChangeConfig(e.ctx, hash, change, backend.AuthorCLI, dry))
	})
}

// configHash is that of the file as it is: a person at the command line edits what
// is there now.
func (e *env) configHash(d api.Configs, dry bool) (string, error) {
	if dry {
		return "", nil
	}
	doc, err := d.Config(e.ctx)
	return doc.Hash, err
}

// saved prints what came of a change.
func (e *env) saved(s backend.ConfigSaved, err error) error {
	if err != nil {
		return err
	}
	if e.json {
		return e.print(s)
	}
	if s.Plan.Diff == "" {
		e.line("Nothing to change: it is like this already.")
		return nil
	}
	e.text(s.Plan.Diff)
	e.issues(newIssues(s.Plan.Issues))
	switch {
	case !s.Saved:
		e.line("Nothing was written.")
	case s.Revision != nil && s.Revision.Verdict != nil && s.Revision.Verdict.Code != backend.VerdictPending:
		e.line("Written. %s", s.Revision.Verdict.Text)
	default:
		e.line("Written. What OpenClaw makes of it: pilotlight config history")
	}
	return nil
}

// newIssues are those that the change brings.
func newIssues(all []backend.ConfigIssue) []backend.ConfigIssue {
	var list []backend.ConfigIssue
	for _, i := range all {
		if !i.Existing {
			list = append(list, i)
		}
	}
	return list
}

type configApplyCmd struct {
	dryRun
	Recipe string `arg:"" optional:"" help:"The recipe's name."`
	Server string `name:"server" help:"The server that has the local model."`
	Local  string `name:"local" help:"The local model's key."`
	Hosted string `name:"hosted" help:"The hosted model, as provider/model."`
	URL    string `name:"url" help:"An OpenAI-compatible server that Pilotlight does not watch, as http://127.0.0.1:8000/v1; --local names its model."`
	Region string `name:"region" enum:",us,eu" default:"" help:"Where a hosted model may run: us or eu."`
}

// Run makes a recipe's edits, or lists the recipes.
func (c configApplyCmd) Run(e *env) error {
	choice := backend.RecipeChoice{Server: c.Server, Local: c.Local, Hosted: c.Hosted, Region: c.Region, URL: c.URL}
	return e.atDesk(!c.DryRun && c.Recipe != "", func(d api.Configs) error {
		if c.Recipe == "" {
			list, err := d.Recipes(e.ctx, choice)
			if err != nil {
				return err
			}
			return e.show(backend.Page[backend.Recipe]{Items: list}, func() { e.recipes(list) })
		}
		hash, err := e.configHash(d, c.DryRun)
		if err != nil {
			return err
		}
		return e.saved(d.ApplyRecipe(e.ctx, hash, c.Recipe, choice, backend.AuthorCLI, c.DryRun))
	})
}

func (e *env) recipes(list []backend.Recipe) {
	for _, r := range list {
		e.line("%s · %s", r.ID, r.Title)
		e.line("  %s", r.Text)
		if !r.Available {
			e.line("  not now: %s", r.WhyNot)
		}
	}
}

type configCheckCmd struct{}

// Run checks the config. It fails with refused where OpenClaw would not start.
func (configCheckCmd) Run(e *env) error {
	return e.atDesk(false, func(d api.Configs) error {
		check, err := d.CheckConfig(e.ctx, true)
		if err != nil {
			return err
		}
		if err := e.show(check, func() { e.check(check) }); err != nil {
			return err
		}
		if !check.Valid {
			return errRefused
		}
		return nil
	})
}

func (e *env) check(c backend.ConfigCheck) {
	e.issues(c.Issues)
	if r := c.OpenClaw; r != nil {
		if r.Asked {
			e.issues(r.Issues)
			e.line("OpenClaw %s was asked: %s", r.Version, map[bool]string{true: "valid", false: "not valid"}[r.Valid])
		} else {
			e.line("OpenClaw itself was not asked: %s", r.WhyNot)
		}
	}
	e.line("%s", map[bool]string{true: "OpenClaw can start with it.", false: "OpenClaw would not start with it."}[c.Valid])
}

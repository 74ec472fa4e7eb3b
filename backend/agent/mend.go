package agent

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

// Mend carries a check's fix out, its first where fix is ""; dry tells only what
// would be done. What is mended is what is wrong now, not what was when a page
// was drawn.
func (a *Agent) Mend(ctx context.Context, check, fix string, dry bool) (backend.Mended, error) {
	found, err := a.examine(ctx, reuse)
	if err != nil {
		return backend.Mended{}, err
	}
	f, err := fixOf(found.Items, check, fix)
	if err != nil {
		return backend.Mended{}, err
	}
	done, err := a.carry(ctx, f.Do, errand{note: f.Label, hash: found.hash, dry: dry})
	if err != nil {
		return backend.Mended{}, err
	}
	if dry {
		done.Dry, done.Text = true, f.Does
		return done, nil
	}
	a.lookAgain(ctx)
	// It is done; that it could not be looked at is no reason to call it failed.
	if after, err := a.examine(ctx, anew); err == nil {
		done.Check = checkOf(after.Items, check)
	}
	return done, nil
}

// checkOf finds a check, nil where it is not among them.
func checkOf(checks []backend.Check, id string) *backend.Check {
	i := slices.IndexFunc(checks, func(c backend.Check) bool { return c.ID == id })
	if i < 0 {
		return nil
	}
	return &checks[i]
}

// fixOf finds a fix of a check, the first where id is "".
func fixOf(checks []backend.Check, check, id string) (backend.Fix, error) {
	c := checkOf(checks, check)
	if c == nil {
		return backend.Fix{}, &backend.Error{
			Code: backend.CodeNotFound, Message: fmt.Sprintf("The doctor has no check %q.", check), Hint: "pilotlight doctor lists every check.",
		}
	}
	var ids []string
	if c.Fix != nil {
		for _, f := range append([]backend.Fix{*c.Fix}, c.Others...) {
			if id == "" || f.ID == id {
				return f, nil
			}
			ids = append(ids, f.ID)
		}
	}
	if c.Verdict == backend.FindingOK {
		return backend.Fix{}, &backend.Error{Code: backend.CodeRefused, Message: "Nothing is wrong there any more: " + c.Title + ".", Hint: "Nothing needs to be done."}
	}
	e := &backend.Error{Code: backend.CodeRefused, Message: "There is nothing any more that Pilotlight could do about it: " + c.Detail, Hint: c.Hint}
	if len(ids) > 0 {
		e.Message, e.Hint = fmt.Sprintf("%s has no fix %q any more.", c.Title, id), "It has: "+strings.Join(ids, ", ")+"."
	}
	if e.Hint == "" {
		e.Hint = "Run the doctor again."
	}
	return backend.Fix{}, e
}

// errand says how a mending is to be done: a note for the history, the hash of the
// config that it was thought of for, and whether to tell only what would be done.
type errand struct {
	note string
	hash string
	dry  bool
}

// carry does what a mending says, by what the buttons elsewhere do and with all
// their refusals. A dry errand touches nothing.
func (a *Agent) carry(ctx context.Context, m backend.Mending, how errand) (backend.Mended, error) {
	switch m.Kind {
	case backend.MendConfig, backend.MendRestore:
		return a.edit(ctx, m, how)
	}
	if how.dry {
		return backend.Mended{}, nil
	}
	name := say.NameOf(a.Status(), m.Model)
	switch m.Kind {
	case backend.MendLoad:
		_, err := a.Load(ctx, m.Server, m.Model, m.Context)
		return mended(err, "%s is loaded.", name)
	case backend.MendKeep:
		_, err := a.SetKeep(ctx, backend.Target{Server: m.Server, Model: m.Model, ContextLength: m.Context, Policy: a.policy()})
		if m.Context != nil {
			return mended(err, "%s is kept loaded with a context of %s.", name, say.Tokens(*m.Context))
		}
		return mended(err, "%s is kept loaded.", name)
	case backend.MendResume:
		_, err := a.Resume(ctx)
		return mended(err, "The keep goes on.")
	case backend.MendStartServer:
		return mended(a.startServer(ctx, m.Server), "LM Studio's server is on.")
	case backend.MendUnload:
		_, err := a.Unload(ctx, m.Server, m.Instance, false)
		return mended(err, "%s is unloaded.", m.Instance)
	case backend.MendCheck:
		return mended(a.Check(ctx, m.Server, m.Instance), "%s answers.", cmp.Or(name, m.Instance))
	case backend.MendMode:
		return mended(a.closeFiles(m.Paths), "Only you can read it now.")
	}
	return backend.Mended{}, &backend.Error{Code: backend.CodeRefused, Message: "Pilotlight cannot do that.", Hint: "Do what the hint says by hand."}
}

// edit changes OpenClaw's config, or shows how it would.
func (a *Agent) edit(ctx context.Context, m backend.Mending, how errand) (backend.Mended, error) {
	var saved backend.ConfigSaved
	var err error
	if m.Kind == backend.MendRestore {
		saved, err = a.RestoreConfig(ctx, how.hash, m.Revision, backend.AuthorAgent, how.dry)
	} else {
		saved, err = a.ChangeConfig(ctx, how.hash, backend.ConfigChange{Edits: m.Edits, Note: how.note}, backend.AuthorAgent, how.dry)
	}
	done, err := mended(err, "OpenClaw's config is changed.")
	done.Diff = saved.Plan.Diff
	return done, err
}

func mended(err error, format string, args ...any) (backend.Mended, error) {
	if err != nil {
		return backend.Mended{}, err
	}
	return backend.Mended{Text: fmt.Sprintf(format, args...)}, nil
}

// lookAgainLimit is how long a mending waits for what it did to show.
const lookAgainLimit = 3 * time.Second

// lookAgain has the server and OpenClaw's config looked at anew, and waits until
// they were, though not for ever. A look that is under way may have begun before
// what was done.
func (a *Agent) lookAgain(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, lookAgainLimit)
	defer cancel()
	var asked time.Time
	until(ctx, func() bool {
		seen, err := inLoop(ctx, a, func() (bool, error) { return a.lookedSince(&asked), nil })
		return seen || err != nil
	})
}

// lookedSince begins a look at every server of this machine and at the config where
// none runs that began before, and says whether those have ended. It runs in the
// loop.
func (a *Agent) lookedSince(asked *time.Time) bool {
	g := &a.openclaw
	begin := asked.IsZero()
	if begin && (a.looking() || g.busy) {
		return false
	}
	if begin {
		*asked, g.due = a.cfg.Now(), true
	}
	seen := g.reader == nil || !g.at.Before(*asked)
	for _, w := range a.servers {
		if !w.local && w != a.main {
			continue
		}
		if begin {
			w.lookNow()
		}
		seen = seen && !w.looking && !w.at.Before(*asked)
	}
	return !begin && seen
}

// looking says whether a look at a server of this machine is under way.
func (a *Agent) looking() bool {
	return slices.ContainsFunc(a.servers, func(w *watched) bool { return w.looking && (w.local || w == a.main) })
}

// closeFiles makes files of OpenClaw's readable for their owner alone.
func (a *Agent) closeFiles(paths []string) error {
	r := a.latest.Load()
	if r == nil {
		return &backend.Error{Code: backend.CodeRefused, Message: "OpenClaw's folder is not known.", Hint: "Run the doctor again."}
	}
	return r.Paths.OwnerOnly(paths)
}

package agent

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

// choices are the states that a person chose, or that a choice is worthless without. All
// others tell of rows, which went with the database that they were read from.
func choices() []string { return []string{stateName, settingsState, idsState} }

// carryOver takes what a person chose over from a database that was set aside, unless it
// was chosen anew since: a start that was killed may have come in between. What the new
// one does not take just now is written when it does, and counts all the same; false says
// that there is such.
func (a *Agent) carryOver(ctx context.Context, r store.Report) (whole bool) {
	whole = true
	a.carried = map[string][]byte{}
	for name, value := range r.States {
		if !slices.Contains(choices(), name) || !json.Valid(value) {
			continue
		}
		if now, err := a.rec.store.State(ctx, name); err == nil && now != nil {
			continue
		}
		a.carried[name] = value
		if err := a.rec.store.SetState(ctx, name, value); err != nil {
			a.rec.state(name, value)
			whole = false
		}
	}
	return whole
}

// state reads a small state, be it from before.
func (a *Agent) state(ctx context.Context, name string) ([]byte, error) {
	if value, ok := a.carried[name]; ok {
		return value, nil
	}
	return a.rec.store.State(ctx, name)
}

const (
	// asideState is under what the store keeps the notice of a database that was set aside.
	asideState = "set_aside"
	// asideFor is for how long each start puts that notice up again: whoever was not there
	// when it was first told, and whose machine was restarted since, is told too.
	asideFor = 24 * time.Hour
)

// aside is a database that was set aside, and what a person was told of it.
type aside struct {
	Path   string         `json:"path"`
	Notice backend.Notice `json:"notice"`
}

// tellAside tells of a database that was set aside at this start, or lately, while it is
// still where it was put. Once that and what was chosen (whole) are in the new one, the
// store need not tell it again.
func (a *Agent) tellAside(ctx context.Context, r store.Report, whole bool) error {
	now := a.cfg.Now()
	if r.SetAside == "" {
		var was aside
		if err := a.restore(ctx, asideState, &was); err != nil {
			return err
		}
		if _, err := os.Lstat(was.Path); err == nil && abs(now.Sub(was.Notice.At.Time)) < asideFor {
			a.notices.raise(was.Notice.At.Time, was.Notice)
		}
		return nil
	}
	n := setAside(r, a.keep.Target)
	n.At = backend.At(now)
	a.notices.raise(now, n)
	text, err := json.Marshal(aside{r.SetAside, n})
	if err == nil {
		err = a.rec.store.SetState(ctx, asideState, text)
	}
	if err == nil && whole {
		err = a.rec.store.Settle()
	}
	if err != nil {
		a.cfg.Log.Warn("that the history was set aside will be told again", "error", err)
	}
	return nil
}

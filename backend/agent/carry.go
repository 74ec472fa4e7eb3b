package agent

import (
	"context"
	"encoding/json"
	"slices"

	"pilotlight/store"
)

// choices are the states that a person chose, or that a choice is worthless without. All
// others tell of rows, which went with the database that they were read from.
func choices() []string { return []string{stateName, settingsState, idsState} }

// carryOver takes what a person chose over from a database that was set aside. What the
// new one does not take just now is written when it does, and counts all the same.
func (a *Agent) carryOver(ctx context.Context, r store.Report) {
	a.carried = map[string][]byte{}
	for name, value := range r.States {
		if !slices.Contains(choices(), name) || !json.Valid(value) {
			continue
		}
		a.carried[name] = value
		if err := a.rec.store.SetState(ctx, name, value); err != nil {
			a.rec.state(name, value)
		}
	}
}

// state reads a small state, be it from before.
func (a *Agent) state(ctx context.Context, name string) ([]byte, error) {
	if value, ok := a.carried[name]; ok {
		return value, nil
	}
	return a.rec.store.State(ctx, name)
}

package agent

import (
	"context"
	"encoding/json"

	"pilotlight/backend"
	"pilotlight/backend/rule/tell"
)

// Under what the store keeps the person's settings, and what was told.
const (
	settingsState = "settings"
	toldState     = "told"
)

// defaultSettings tell of fallbacks at any hour: who lives with an agent that
// costs money wants to know.
func defaultSettings() backend.Settings {
	return backend.Settings{Notify: backend.NotifySettings{Fallbacks: true}}
}

// Settings is what the person chose of Pilotlight itself.
func (a *Agent) Settings(ctx context.Context) (backend.Settings, error) {
	return inLoop(ctx, a, func() (backend.Settings, error) { return a.settings, nil })
}

// SetSettings chooses. Quiet hours need both their ends.
func (a *Agent) SetSettings(ctx context.Context, s backend.Settings) (backend.Settings, error) {
	if n := s.Notify; (n.QuietFrom == "") != (n.QuietTo == "") {
		return backend.Settings{}, &backend.Error{
			Code: backend.CodeInvalid, Message: "Quiet hours need a beginning and an end.", Hint: "Give both, or neither for no quiet hours.",
		}
	}
	return inLoopKept(ctx, a, func() (backend.Settings, error) {
		a.settings = s
		a.keepState(settingsState, s)
		return s, nil
	})
}

// keepState hands a state to the recorder as JSON.
func (a *Agent) keepState(name string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		a.cfg.Log.Error("state not kept", "name", name, "error", err)
		return
	}
	a.rec.state(name, b)
}

// restore reads a state that keepState kept into v; what cannot be read leaves
// v as it is.
func (a *Agent) restore(ctx context.Context, name string, v any) error {
	b, err := a.state(ctx, name)
	if err != nil || b == nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		a.cfg.Log.Warn("state not read", "name", name, "error", err)
	}
	return nil
}

// restoreSettings reads what was chosen and told before.
func (a *Agent) restoreSettings(ctx context.Context) error {
	a.settings = defaultSettings()
	if err := a.restore(ctx, settingsState, &a.settings); err != nil {
		return err
	}
	a.told = tell.State{}
	return a.restore(ctx, toldState, &a.told)
}

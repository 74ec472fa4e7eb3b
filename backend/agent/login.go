package agent

import (
	"cmp"
	"context"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/source/login"
)

// noLogin is why an agent that has no login item cannot start at login.
func noLogin() *backend.Error {
	return &backend.Error{
		Code:    backend.CodeRefused,
		Message: "This Pilotlight is not one to start at login.",
		Hint:    "The demo, and a program that cannot tell where it lies, are not. Install Pilotlight, then choose it there.",
	}
}

// Login is whether Pilotlight starts when the person logs in. The file is read
// anew each time: the menu and the command line change it too.
func (a *Agent) Login(context.Context) (backend.Login, error) {
	if a.cfg.Login == nil {
		return backend.Login{Hint: hintOf(noLogin())}, nil
	}
	return readLogin(a.cfg.Login)
}

// SetLogin makes Pilotlight start at login, or no longer; it starts and stops
// nothing now.
func (a *Agent) SetLogin(_ context.Context, on bool) (backend.Login, error) {
	if a.cfg.Login == nil {
		return backend.Login{}, noLogin()
	}
	if err := a.cfg.Login.Set(on); err != nil {
		return backend.Login{}, err
	}
	return readLogin(a.cfg.Login)
}

func readLogin(item *login.Item) (backend.Login, error) {
	s, err := item.State()
	if err != nil {
		return backend.Login{}, cmp.Or(item.Ready(), err) // the same failure, in words
	}
	l := backend.Login{Enabled: s.Enabled, Foreign: s.Exists && !s.Ours}
	if s.Ours {
		l.Program = s.Program
	}
	if err := item.Ready(); err != nil {
		l.Hint = hintOf(backend.AsError(err))
		return l, nil
	}
	l.Available = true
	return l, nil
}

func hintOf(e *backend.Error) string { return strings.TrimSpace(e.Message + " " + e.Hint) }

package api_test

import (
	"context"
	"net/http"
	"testing"

	"pilotlight/backend"
)

func TestLogin(t *testing.T) {
	var set []bool
	refused := &backend.Error{Code: backend.CodeRefused, Message: "Somebody else's file is there.", Hint: "Move it away."}
	r := start(t, &fakeAgent{
		login: func(context.Context) (backend.Login, error) {
			return backend.Login{Enabled: true, Available: true, Program: "/usr/bin/pilotlight"}, nil
		},
		setLogin: func(_ context.Context, on bool) (backend.Login, error) {
			set = append(set, on)
			if !on {
				return backend.Login{}, refused
			}
			return backend.Login{Enabled: on, Available: true}, nil
		},
	})
	c := r.dial(t)
	if l, err := c.Login(t.Context()); err != nil || !l.Enabled || !l.Available || l.Program != "/usr/bin/pilotlight" {
		t.Errorf("login = %+v, %v", l, err)
	}
	if l, err := c.SetLogin(t.Context(), true); err != nil || !l.Enabled {
		t.Errorf("switched on: %+v, %v", l, err)
	}
	if _, err := c.SetLogin(t.Context(), false); backend.CodeOf(err) != backend.CodeRefused || backend.AsError(err).Hint != refused.Hint {
		t.Errorf("refused: %v", err)
	}
	if len(set) != 2 || !set[0] || set[1] {
		t.Errorf("the agent was asked for %v, want true, false", set)
	}
	if got := r.overSocket(t, "PUT", "/api/login", `{}`).StatusCode; got != http.StatusUnprocessableEntity {
		t.Errorf("no wish at all: status %d", got)
	}
}

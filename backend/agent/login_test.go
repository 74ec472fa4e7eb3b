package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/login"
)

// TestLoginIsReadAnew: the menu and the command line change the file too.
func TestLoginIsReadAnew(t *testing.T) {
	home := t.TempDir()
	exe := filepath.Join(home, "pilotlight")
	item := login.New("linux", home, exe, func(string) string { return "" })
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) { c.Login = item })
	if l, err := r.api.Login(t.Context()); err != nil || l.Enabled || !l.Available || l.Hint != "" {
		t.Errorf("before: %+v, %v", l, err)
	}
	if l, err := r.api.SetLogin(t.Context(), true); err != nil || !l.Enabled || l.Program != exe || !item.Enabled() {
		t.Errorf("switched on: %+v, %v", l, err)
	}
	if err := item.Set(false); err != nil {
		t.Fatal(err)
	}
	if l, err := r.api.Login(t.Context()); err != nil || l.Enabled {
		t.Errorf("switched off elsewhere: %+v, %v", l, err)
	}
	foreign := "[Desktop Entry]\nExec=/usr/bin/other\n"
	if err := os.WriteFile(item.Path(), []byte(foreign), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := r.api.Login(t.Context())
	if err != nil || !l.Foreign || l.Available || l.Program != "" || !strings.Contains(l.Hint, item.Path()) {
		t.Errorf("somebody else's file: %+v, %v", l, err)
	}
	if _, err := r.api.SetLogin(t.Context(), true); backend.CodeOf(err) != backend.CodeRefused {
		t.Errorf("over somebody else's file: %v", err)
	}
	if got, _ := os.ReadFile(item.Path()); string(got) != foreign {
		t.Errorf("the file became %q", got)
	}
}

// TestNoLoginSaysWhy: the demo has no login item.
func TestNoLoginSaysWhy(t *testing.T) {
	r := start(t, lmstudiotest.Options{})
	if l, err := r.api.Login(t.Context()); err != nil || l.Available || l.Enabled || l.Hint == "" {
		t.Errorf("login = %+v, %v", l, err)
	}
	if _, err := r.api.SetLogin(t.Context(), true); backend.CodeOf(err) != backend.CodeRefused || backend.AsError(err).Hint == "" {
		t.Errorf("set = %v, want refused with a hint", err)
	}
}

// TestWelcomedIsKept: what a person put away stays away after a restart.
func TestWelcomedIsKept(t *testing.T) {
	r := start(t, lmstudiotest.Options{})
	s, err := r.api.Settings(t.Context())
	if err != nil || s.Welcomed {
		t.Fatalf("settings at first = %+v, %v", s, err)
	}
	s.Welcomed = true
	if _, err := r.api.SetSettings(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	r.stop()
	r.run()
	if s, err := r.api.Settings(t.Context()); err != nil || !s.Welcomed || !s.Notify.Fallbacks {
		t.Errorf("settings after a restart = %+v, %v", s, err)
	}
}

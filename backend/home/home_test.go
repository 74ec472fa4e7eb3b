package home_test

import (
	"path/filepath"
	"testing"

	"pilotlight/backend/home"
)

func env(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestDir(t *testing.T) {
	for _, c := range []struct {
		goos string
		vars map[string]string
		want string
	}{
		{"darwin", nil, "/u/Library/Application Support/Pilotlight"},
		{"linux", nil, "/u/.local/state/pilotlight"},
		{"linux", map[string]string{"XDG_STATE_HOME": "/x"}, "/x/pilotlight"},
		{"linux", map[string]string{"XDG_STATE_HOME": "not/absolute"}, "/u/.local/state/pilotlight"},
		{"darwin", map[string]string{"PILOTLIGHT_HOME": "/mine"}, "/mine"},
	} {
		if got := home.Dir(c.goos, "/u", env(c.vars)); got != c.want {
			t.Errorf("%s with %v: %q, want %q", c.goos, c.vars, got, c.want)
		}
	}
}

func TestUserWithAnEmptyEnvironment(t *testing.T) {
	if got := home.User(env(map[string]string{"HOME": "/h"})); got != "/h" {
		t.Errorf("HOME is ignored: %q", got)
	}
	if got := home.User(env(nil)); !filepath.IsAbs(got) {
		t.Errorf("without HOME the home folder is %q", got)
	}
}

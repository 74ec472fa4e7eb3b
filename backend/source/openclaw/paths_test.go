package openclaw_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pilotlight/backend/source/openclaw"
)

// place is a home with an OpenClaw environment of its own.
type place struct {
	t    *testing.T
	home string
	tmp  string // takes the place of /tmp
	vars map[string]string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	return &place{t: t, home: t.TempDir(), tmp: t.TempDir(), vars: map[string]string{}}
}

func (p *place) env() openclaw.Env {
	return openclaw.Env{
		Getenv: func(name string) string { return p.vars[name] },
		Home:   p.home, UID: os.Getuid(), Dir: p.home, SharedTmp: p.tmp,
	}
}

// write puts a file into the home and gives its path.
func (p *place) write(name, text string) string {
	p.t.Helper()
	file := name
	if !filepath.IsAbs(file) {
		file = filepath.Join(p.home, name)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

func TestFindFollowsOpenClawsOrder(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vars          map[string]string
		files         []string
		config, state string // below the home
		prefix        string
	}{
		"as installed":                      {config: ".openclaw/openclaw.json", state: ".openclaw"},
		"the config's own variable wins":    {vars: map[string]string{"OPENCLAW_CONFIG_PATH": "~/x/my.json", "OPENCLAW_STATE_DIR": "~/s"}, config: "x/my.json", state: "s"},
		"a state folder":                    {vars: map[string]string{"OPENCLAW_STATE_DIR": "~/s"}, config: "s/openclaw.json", state: "s"},
		"a state folder keeps to itself":    {vars: map[string]string{"OPENCLAW_STATE_DIR": "~/s"}, files: []string{".openclaw/openclaw.json"}, config: "s/openclaw.json", state: "s"},
		"another home":                      {vars: map[string]string{"OPENCLAW_HOME": "~/h"}, config: "h/.openclaw/openclaw.json", state: "h/.openclaw"},
		"a tilde in another home":           {vars: map[string]string{"OPENCLAW_HOME": "~/h", "OPENCLAW_STATE_DIR": "~/s"}, config: "h/s/openclaw.json", state: "h/s"},
		"what means nothing is nothing":     {vars: map[string]string{"OPENCLAW_STATE_DIR": " ", "OPENCLAW_HOME": "undefined", "OPENCLAW_CONFIG_PATH": "null"}, config: ".openclaw/openclaw.json", state: ".openclaw"},
		"a relative path":                   {vars: map[string]string{"OPENCLAW_CONFIG_PATH": "here.json"}, config: "here.json", state: ".openclaw"},
		"another's home is not expanded":    {vars: map[string]string{"OPENCLAW_CONFIG_PATH": "~bob/x.json"}, config: "~bob/x.json", state: ".openclaw"},
		"a profile":                         {vars: map[string]string{"OPENCLAW_PROFILE": "work"}, config: ".openclaw-work/openclaw.json", state: ".openclaw-work", prefix: "openclaw-work-"},
		"the default profile is none":       {vars: map[string]string{"OPENCLAW_PROFILE": "Default"}, config: ".openclaw/openclaw.json", state: ".openclaw"},
		"a profile is no path":              {vars: map[string]string{"OPENCLAW_PROFILE": "../x"}, config: ".openclaw/openclaw.json", state: ".openclaw"},
		"an earlier life's folder":          {files: []string{".clawdbot/clawdbot.json"}, config: ".clawdbot/clawdbot.json", state: ".clawdbot"},
		"an earlier life's other folder":    {files: []string{".moltbot/openclaw.json"}, config: ".moltbot/openclaw.json", state: ".moltbot"},
		"an old name in the new folder":     {files: []string{".openclaw/moltbot.json"}, config: ".openclaw/moltbot.json", state: ".openclaw"},
		"the new one beside the old":        {files: []string{".clawdbot/clawdbot.json", ".openclaw/openclaw.json"}, config: ".openclaw/openclaw.json", state: ".openclaw"},
		"a new folder with an old config":   {files: []string{".clawdbot/clawdbot.json", ".openclaw/agents/x"}, config: ".clawdbot/clawdbot.json", state: ".openclaw"},
		"backups are no config":             {files: []string{".openclaw/openclaw.json.bak", ".openclaw/openclaw.json.last-good"}, config: ".openclaw/openclaw.json", state: ".openclaw"},
		"a profile takes no earlier life's": {vars: map[string]string{"OPENCLAW_PROFILE": "dev"}, files: []string{".clawdbot/clawdbot.json"}, config: ".openclaw-dev/openclaw.json", state: ".openclaw-dev", prefix: "openclaw-dev-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			p.vars = c.vars
			for _, f := range c.files {
				p.write(f, "{}")
			}
			got := openclaw.Find(p.env())
			if want := filepath.Join(p.home, c.config); got.Config != want {
				t.Errorf("config: got %s, want %s", got.Config, want)
			}
			if want := filepath.Join(p.home, c.state); got.StateDir != want {
				t.Errorf("state: got %s, want %s", got.StateDir, want)
			}
			want := c.prefix
			if want == "" {
				want = "openclaw-"
			}
			if got.LogPrefix != want {
				t.Errorf("log prefix: got %s, want %s", got.LogPrefix, want)
			}
		})
	}
}

func TestTheLogsFolderMustBeSafe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make   func(dir string) error
		uid    int
		shared bool // the shared folder is the likelier one
	}{
		"not there yet":          {func(string) error { return nil }, os.Getuid(), true},
		"ours":                   {func(d string) error { return os.Mkdir(d, 0o700) }, os.Getuid(), true},
		"others may read":        {func(d string) error { return os.Mkdir(d, 0o755) }, os.Getuid(), true},
		"others may write":       {func(d string) error { _ = os.Mkdir(d, 0o700); return os.Chmod(d, 0o777) }, os.Getuid(), false},
		"somebody else's":        {func(d string) error { return os.Mkdir(d, 0o700) }, os.Getuid() + 1, false},
		"a link":                 {func(d string) error { return os.Symlink(os.TempDir(), d) }, os.Getuid(), false},
		"a file":                 {func(d string) error { return os.WriteFile(d, nil, 0o600) }, os.Getuid(), false},
		"a system without users": {func(d string) error { _ = os.Mkdir(d, 0o700); return os.Chmod(d, 0o777) }, -1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			own := t.TempDir()
			p.vars["TMPDIR"] = own
			shared := filepath.Join(p.tmp, "openclaw")
			if err := c.make(shared); err != nil {
				t.Fatal(err)
			}
			env := p.env()
			env.UID = c.uid
			got := openclaw.Find(env)
			if (got.LogDir == shared) != c.shared {
				t.Errorf("got %s, want the shared folder: %v", got.LogDir, c.shared)
			}
			if len(got.LogDirs) != 2 || got.LogDirs[0] != got.LogDir {
				t.Errorf("both folders must be looked at, got %v", got.LogDirs)
			}
		})
	}
}

func TestTheLogOfNow(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	own := t.TempDir()
	p.vars["TMPDIR"] = own
	zone := time.FixedZone("there", 10*3600)
	now := time.Date(2026, 11, 22, 20, 0, 0, 0, time.UTC).In(zone) // the 23rd there
	paths := openclaw.Find(p.env())
	if got, want := paths.LogNow(now), filepath.Join(p.tmp, "openclaw", "openclaw-2026-11-23.log"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p.write(filepath.Join(paths.LogDirs[1], "openclaw-2026-11-23.log"), "")
	if got, want := paths.LogNow(now), filepath.Join(paths.LogDirs[1], "openclaw-2026-11-23.log"); got != want {
		t.Errorf("where it is: got %s, want %s", got, want)
	}
	paths.LogFile = "/var/log/claw.log"
	if got := paths.LogNow(now); got != "/var/log/claw.log" {
		t.Errorf("got %s, want the configured file", got)
	}
}

package login_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"howett.net/plist"

	"pilotlight/backend"
	"pilotlight/backend/source/login"
)

func noEnv(string) string { return "" }

// setup makes a home and an installed program for a system.
func setup(t *testing.T, goos string) (item *login.Item, home, program string) {
	t.Helper()
	home = t.TempDir()
	program = filepath.Join(home, "bin", "pilotlight")
	exe := program
	if goos == "darwin" {
		program = filepath.Join(home, "Applications", "Pilotlight.app")
		exe = filepath.Join(program, "Contents", "MacOS", "pilotlight")
		if err := os.MkdirAll(filepath.Dir(exe), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return login.New(goos, home, exe, noEnv), home, program
}

func TestOnAndOff(t *testing.T) {
	for _, goos := range []string{"darwin", "linux"} {
		t.Run(goos, func(t *testing.T) {
			item, _, program := setup(t, goos)
			if item.Enabled() {
				t.Fatal("on before it was set")
			}
			if err := item.Set(false); err != nil {
				t.Errorf("switching off what is off: %v", err)
			}
			for range 2 { // twice: a second time changes nothing
				if err := item.Set(true); err != nil {
					t.Fatalf("switch on: %v", err)
				}
				s, err := item.State()
				if err != nil || !s.Enabled || s.Program != program {
					t.Errorf("state = %+v, %v, want on with %s", s, err, program)
				}
			}
			fi, err := os.Stat(item.Path())
			if err != nil {
				t.Fatal(err)
			}
			if got := fi.Mode().Perm(); got != 0o644 {
				t.Errorf("mode = %o, want 644", got)
			}
			if left, _ := filepath.Glob(filepath.Join(filepath.Dir(item.Path()), "*")); len(left) != 1 {
				t.Errorf("files left behind: %v", left)
			}
			if err := item.Set(false); err != nil {
				t.Fatalf("switch off: %v", err)
			}
			if _, err := os.Stat(item.Path()); !os.IsNotExist(err) || item.Enabled() {
				t.Errorf("still there after switching off: %v", err)
			}
		})
	}
}

// TestForeignFileIsLeftAlone puts somebody else's things in the item's place.
func TestForeignFileIsLeftAlone(t *testing.T) {
	foreign := map[string][]string{
		"darwin": {
			"", "not a plist",
			`<plist version="1.0"><dict><key>Label</key><string>other.app</string><key>ProgramArguments</key><array><string>/usr/bin/open</string><string>x</string></array></dict></plist>`,
			`<plist version="1.0"><dict><key>Label</key><string>app.pilotlight</string><key>ProgramArguments</key><array><string>/usr/local/bin/mine</string><string>x</string></array></dict></plist>`,
		},
		"linux": {"", "[Desktop Entry]\nExec=/usr/bin/pilotlight\n", "[Other]\nX-Pilotlight-Managed=true\n"},
	}
	for goos, texts := range foreign {
		for _, text := range texts {
			item, _, _ := setup(t, goos)
			mustWrite(t, item.Path(), text)
			for _, on := range []bool{true, false} {
				err := item.Set(on)
				if backend.CodeOf(err) != backend.CodeRefused || backend.AsError(err).Hint == "" {
					t.Errorf("%s: Set(%v) over %q = %v, want refused with a hint", goos, on, text, err)
				}
			}
			if got, _ := os.ReadFile(item.Path()); string(got) != text {
				t.Errorf("%s: %q became %q", goos, text, got)
			}
			if item.Enabled() {
				t.Errorf("%s: %q counts as ours", goos, text)
			}
		}
	}
}

// TestLinkIsLeftAlone: people keep such files in folders of their own and link
// them; writing would replace the link.
func TestLinkIsLeftAlone(t *testing.T) {
	item, home, _ := setup(t, "linux")
	target := filepath.Join(home, "dotfiles.desktop")
	mustWrite(t, target, "[Desktop Entry]\nX-Pilotlight-Managed=true\n")
	if err := os.MkdirAll(filepath.Dir(item.Path()), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, item.Path()); err != nil {
		t.Fatal(err)
	}
	if err := item.Set(true); backend.CodeOf(err) != backend.CodeRefused {
		t.Errorf("Set over a link = %v, want refused", err)
	}
	if fi, err := os.Lstat(item.Path()); err != nil || fi.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
}

func TestUnwritableFolderIsSaid(t *testing.T) {
	item, home, _ := setup(t, "linux")
	mustWrite(t, filepath.Join(home, ".config"), "a file where the folder should be")
	err := item.Set(true)
	if err == nil || backend.AsError(err).Hint == "" || !strings.Contains(err.Error(), item.Path()) {
		t.Errorf("Set = %v, want an error with the path and a hint", err)
	}
}

// TestLaunchAgentHasWhatLaunchdNeeds reads the file as launchd would.
func TestLaunchAgentHasWhatLaunchdNeeds(t *testing.T) {
	item, home, program := setup(t, "darwin")
	if err := item.Set(true); err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(home, "Library/LaunchAgents/app.pilotlight.plist"); item.Path() != want {
		t.Errorf("path = %s, want %s", item.Path(), want)
	}
	data, err := os.ReadFile(item.Path())
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if _, err := plist.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	if got["Label"] != "app.pilotlight" || got["RunAtLoad"] != true {
		t.Errorf("plist = %v", got)
	}
	if _, ok := got["KeepAlive"]; ok {
		t.Error("KeepAlive would start Pilotlight again after a person quit it")
	}
	args := got["ProgramArguments"].([]any)
	want := []any{"/usr/bin/open", "-g", "-a", program}
	if len(args) != len(want) {
		t.Fatalf("arguments = %v, want %v", args, want)
	}
	for i := range want {
		if args[i] != want[i] {
			t.Errorf("arguments = %v, want %v", args, want)
		}
	}
}

// TestBundleMustStay: an app that is gone at the next login is not registered.
func TestBundleMustStay(t *testing.T) {
	for _, exe := range []string{
		"/usr/local/bin/pilotlight", // no app around it, and none in /Applications here
		"/private/var/folders/x/AppTranslocation/y/d/Pilotlight.app/Contents/MacOS/pilotlight",
		"/Volumes/Pilotlight/Pilotlight.app/Contents/MacOS/pilotlight",
		"/nowhere/Pilotlight.app/Contents/MacOS/pilotlight",
	} {
		item := login.New("darwin", t.TempDir(), exe, noEnv)
		err := item.Set(true)
		if backend.CodeOf(err) != backend.CodeRefused || !strings.Contains(backend.AsError(err).Hint, "Applications") {
			t.Errorf("%s: Set = %v, want refused with a hint", exe, err)
		}
		if _, err := os.Stat(item.Path()); err == nil {
			t.Errorf("%s: a file was written", exe)
		}
	}
}

// TestWindowInsideTheAppMeansTheApp: the window's program may ask too.
func TestWindowInsideTheAppMeansTheApp(t *testing.T) {
	home := t.TempDir()
	outer := filepath.Join(home, "Pilotlight.app")
	exe := filepath.Join(outer, "Contents/Helpers/Dashboard.app/Contents/MacOS/pilotlight-window")
	if err := os.MkdirAll(filepath.Dir(exe), 0o755); err != nil {
		t.Fatal(err)
	}
	item := login.New("darwin", home, exe, noEnv)
	if err := item.Set(true); err != nil {
		t.Fatal(err)
	}
	if s, _ := item.State(); s.Program != outer {
		t.Errorf("starts %s, want %s", s.Program, outer)
	}
}

func TestConfigHomeIsHonoured(t *testing.T) {
	home := t.TempDir()
	for env, want := range map[string]string{
		"":             filepath.Join(home, ".config/autostart/pilotlight.desktop"),
		"relative":     filepath.Join(home, ".config/autostart/pilotlight.desktop"),
		home + "/else": filepath.Join(home, "else/autostart/pilotlight.desktop"),
	} {
		item := login.New("linux", home, "/usr/bin/pilotlight", func(k string) string {
			if k == "XDG_CONFIG_HOME" {
				return env
			}
			return ""
		})
		if item.Path() != want {
			t.Errorf("XDG_CONFIG_HOME=%q: %s, want %s", env, item.Path(), want)
		}
	}
}

// TestOddPathsSurvive: the path comes back as it went in.
func TestOddPathsSurvive(t *testing.T) {
	for _, exe := range []string{"/opt/my apps/pilotlight", `/opt/a"b\c$d%e` + "`f/pilotlight", "/opt/ü/pilotlight"} {
		item := login.New("linux", t.TempDir(), exe, noEnv)
		if err := item.Set(true); err != nil {
			t.Errorf("%s: %v", exe, err)
			continue
		}
		if s, err := item.State(); err != nil || s.Program != exe || !s.Enabled {
			t.Errorf("%s came back as %+v, %v", exe, s, err)
		}
	}
	for _, exe := range []string{"pilotlight", "", "/opt/a\nb"} {
		if err := login.New("linux", t.TempDir(), exe, noEnv).Set(true); backend.CodeOf(err) != backend.CodeRefused {
			t.Errorf("%q: %v, want refused", exe, err)
		}
	}
}

// TestSwitchedOffByTheDesktop: desktops switch an entry off inside the file.
func TestSwitchedOffByTheDesktop(t *testing.T) {
	for _, line := range []string{"Hidden=true", "X-GNOME-Autostart-enabled=false"} {
		item, _, _ := setup(t, "linux")
		mustWrite(t, item.Path(), "[Desktop Entry]\nExec=/usr/bin/pilotlight agent\nX-Pilotlight-Managed=true\n"+line+"\n")
		if item.Enabled() {
			t.Errorf("%s counts as on", line)
		}
		if err := item.Set(true); err != nil || !item.Enabled() {
			t.Errorf("%s: switching on again: %v, on = %v", line, err, item.Enabled())
		}
	}
}

func mustWrite(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestReadyForesees: what Ready answers is what Set(true) does, and it writes nothing.
func TestReadyForesees(t *testing.T) {
	for name, tc := range map[string]struct {
		goos, exe, there string
		want             bool
	}{
		"installed":        {"linux", "/usr/bin/pilotlight", "", true},
		"no path":          {"linux", "pilotlight", "", false},
		"somebody else's":  {"linux", "/usr/bin/pilotlight", "[Desktop Entry]\nExec=/usr/bin/other\n", false},
		"an app that goes": {"darwin", "/Volumes/Pilotlight/Pilotlight.app/Contents/MacOS/pilotlight", "", false},
	} {
		item := login.New(tc.goos, t.TempDir(), tc.exe, noEnv)
		if tc.there != "" {
			mustWrite(t, item.Path(), tc.there)
		}
		err := item.Ready()
		if (err == nil) != tc.want {
			t.Errorf("%s: Ready = %v", name, err)
		}
		if got, _ := os.ReadFile(item.Path()); string(got) != tc.there {
			t.Errorf("%s: the file is %q", name, got)
		}
		if set := item.Set(true); (set == nil) != tc.want || backend.CodeOf(set) != backend.CodeOf(err) {
			t.Errorf("%s: Set = %v, Ready = %v", name, set, err)
		}
	}
}

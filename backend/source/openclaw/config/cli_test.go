package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotlight/backend/source/openclaw/config"
)

// install puts a stand-in for openclaw where npm would: a package with a version and
// a command that is a link into it. It prints what it is given, as real ones did.
func install(t *testing.T, home, version, script string) string {
	t.Helper()
	pkg := filepath.Join(home, ".npm-global", "lib", "node_modules", "openclaw")
	bin := filepath.Join(home, ".npm-global", "bin")
	for _, dir := range []string{pkg, bin} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string, mode os.FileMode) {
		if err := os.WriteFile(filepath.Join(pkg, name), []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	write("package.json", fmt.Sprintf(`{"name":"openclaw","version":%q}`, version), 0o644)
	write("openclaw.mjs", "#!/bin/sh\n"+script, 0o755)
	path := filepath.Join(bin, "openclaw")
	_ = os.Remove(path)
	if err := os.Symlink("../lib/node_modules/openclaw/openclaw.mjs", path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindingTheCommandRunsNothing(t *testing.T) {
	t.Parallel()
	b := lay(t, small, "PATH", "")
	if cli, ok := b.src.FindCLI(); ok {
		t.Skipf("this machine has %s", cli.Path)
	}
	ran := filepath.Join(b.dir, "ran")
	want := install(t, b.dir, "2026.9.6", "touch "+ran)
	cli, ok := b.src.FindCLI()
	if !ok || cli.Path != want || cli.Version != "2026.9.6" {
		t.Errorf("found %+v %v", cli, ok)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("it was run")
	}
}

// Answers of real versions, with the noise that was around them.
const (
	good3  = `{"valid":true,"path":"/tmp/x/openclaw.json"}`
	good9  = `{"valid":true,"path":"/tmp/x/openclaw.json","warnings":[{"path":"agents.entries","message":"Moved agents.list to keyed agents.entries."}]}`
	bad3   = "{\n  \"valid\": false,\n  \"path\": \"/tmp/x/openclaw.json\",\n  \"issues\": [\n    {\n      \"path\": \"meta\",\n      \"message\": \"Unrecognized key: \\\"migrations\\\"\"\n    }\n  ]\n}"
	bad9   = `{"ok":false,"error":{"type":"cli_error","message":"OpenClaw config is invalid: ~/.openclaw/openclaw.json"},"valid":false,"path":"/x","issues":[{"path":"agents.defaults.model","message":"Unrecognized key: \"quant\""}]}`
	noise  = "│\n◇  Doctor {warnings}\n"
	failed = `{"ok":false,"error":{"type":"cli_error","message":"no such command"}}`
)

func TestTheCommandsAnswer(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		version, out string
		rc           int
		ran, valid   bool
		issue        string
	}{
		"good, 2026.3.13":     {"2026.3.13", good3, 0, true, true, ""},
		"good, 2026.9.6":      {"2026.9.6", good9, 0, true, true, "agents.entries"},
		"bad, 2026.3.13":      {"2026.3.13", bad3, 1, true, false, "meta"},
		"bad, 2026.9.6":       {"2026.9.6", noise + bad9, 1, true, false, "agents.defaults.model"},
		"another answer":      {"2026.9.6", failed, 1, false, false, ""},
		"nothing":             {"2026.9.6", "", 0, false, false, ""},
		"2026.2.9 is not run": {"2026.2.9", good3, 0, false, false, ""},
	} {
		b := lay(t, small, "PATH", "")
		seen := filepath.Join(b.dir, "seen")
		// The edit is what the stand-in finds bad; the file before is good.
		script := fmt.Sprintf("env > %s; cat \"$OPENCLAW_CONFIG_PATH\" >> %s; echo 'Config noise' >&2\n"+
			"if grep -q a/b \"$OPENCLAW_CONFIG_PATH\"; then echo '%s'; exit 0; fi\ncat <<'END'\n%s\nEND\nexit %d\n", seen, seen, good3, c.out, c.rc)
		install(t, b.dir, c.version, script)
		cli, ok := b.src.FindCLI()
		if !ok || cli.Version != c.version {
			t.Skip("this machine has another openclaw")
		}
		r := apply(t, b.open(), toC).Validate(t.Context(), cli)
		if r.Ran != c.ran || r.Valid != c.valid || r.Ran == (r.Why != "") {
			t.Errorf("%s: %+v", name, r)
		}
		if c.issue != "" && (len(r.Issues) != 1 || r.Issues[0].Path != c.issue || r.Issues[0].IsError() == c.valid) {
			t.Errorf("%s: issues %+v", name, r.Issues)
		}
	}
}

func TestTheCommandGetsNoSecretAndNoFolderOfThePersons(t *testing.T) {
	t.Parallel()
	b := lay(t, configs(t)["06-secrets.json5"], "PATH", "", "OPENROUTER_API_KEY", "of the environment")
	seen := filepath.Join(b.dir, "seen")
	install(t, b.dir, "2026.9.6", fmt.Sprintf("env > %s; cat \"$OPENCLAW_CONFIG_PATH\" >> %s; echo '%s'", seen, seen, good9))
	cli, ok := b.src.FindCLI()
	if !ok || !strings.HasPrefix(cli.Path, b.dir) {
		t.Skip("this machine has another openclaw")
	}
	if r := apply(t, b.open(), toC).Validate(t.Context(), cli); !r.Ran || !r.Valid {
		t.Fatalf("%+v", r)
	}
	got := read(t, seen)
	noSecret(t, "what the command saw", got)
	for line := range strings.Lines(got) {
		if name, value, _ := strings.Cut(strings.TrimSpace(line), "="); name == "OPENCLAW_CONFIG_PATH" || name == "OPENCLAW_STATE_DIR" || name == "HOME" {
			if strings.HasPrefix(value, b.dir) || value == "" {
				t.Errorf("%s is %s", name, value)
			}
			if _, err := os.Stat(value); err == nil {
				t.Errorf("%s is left behind", value)
			}
		}
	}
}

func TestIncludesCannotBeCheckedByACopy(t *testing.T) {
	t.Parallel()
	b := lay(t, `{ gateway: { mode: "local" }, tools: { $include: "./tools.json5" } }`, "PATH", "")
	b.put(filepath.Join(b.dir, "tools.json5"), "{}")
	r := apply(t, b.open(), toC).Validate(t.Context(), config.CLI{Path: "/bin/false", Version: "2026.9.6"})
	if r.Ran || !strings.Contains(r.Why, "includes") {
		t.Errorf("%+v", r)
	}
}

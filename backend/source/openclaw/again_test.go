package openclaw_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend/source/openclaw"
)

func TestAReadingIsReadAgainOnlyWhenSomethingChanged(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write(".openclaw/openclaw.json", `{$include:"./m.json5", gateway:{port:1}}`)
	p.write(".openclaw/m.json5", `{agents:{defaults:{model:"a/${NAME}"}}}`)
	p.write(".openclaw/.env", "NAME=b\n")
	long := time.Now().Add(-time.Hour)
	for _, f := range []string{"openclaw.json", "m.json5", ".env"} {
		if err := os.Chtimes(filepath.Join(p.home, ".openclaw", f), long, long); err != nil {
			t.Fatal(err)
		}
	}
	reader := openclaw.NewReader(p.env())
	now := time.Now()
	look := func() openclaw.Reading {
		now = now.Add(time.Minute)
		return reader.Read(now)
	}
	first := look()
	if first.OpenClaw.Primary != "a/b" || !first.ReadAt.Equal(now) {
		t.Fatalf("got %+v", first)
	}
	if again := look(); !again.ReadAt.Equal(first.ReadAt) {
		t.Error("nothing changed, and it was read again")
	}
	for name, change := range map[string]struct{ file, text, want string }{
		"what is included":       {"m.json5", `{agents:{defaults:{model:"a/x"}}}`, "a/x"},
		"the variables":          {".env", "NAME=c\n", "a/c"},
		"the config, in no time": {"openclaw.json", `{agents:{defaults:{model:"a/y"}}}`, "a/y"},
	} {
		was := map[string]string{}
		for _, f := range []string{"openclaw.json", "m.json5", ".env"} {
			b, err := os.ReadFile(filepath.Join(p.home, ".openclaw", f))
			if err != nil {
				t.Fatal(err)
			}
			was[f] = string(b)
		}
		p.write(".openclaw/"+change.file, change.text)
		if got := look(); got.OpenClaw.Primary != change.want {
			t.Errorf("%s: got %s, want %s", name, got.OpenClaw.Primary, change.want)
		}
		for f, text := range was {
			p.write(".openclaw/"+f, text)
		}
		look()
	}
	if err := os.RemoveAll(filepath.Join(p.home, ".openclaw")); err != nil {
		t.Fatal(err)
	}
	if got := look(); got.OpenClaw.Found || got.Err == nil {
		t.Errorf("the config is gone, got %+v", got.OpenClaw)
	}
	p.write(".clawdbot/clawdbot.json", `{agents:{defaults:{model:"old/one"}}}`)
	if got := look(); got.OpenClaw.Primary != "old/one" {
		t.Errorf("another one came, got %+v", got.OpenClaw)
	}
}

// A file system's clock is coarse: of two writes of one size in one tick the
// second cannot be seen by looking at the file.
func TestTwoChangesInOneTickAreNotMissed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	file := p.write(".openclaw/openclaw.json", `{agents:{defaults:{model:"a/1"}}}`)
	at := time.Now()
	set := func() {
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	set()
	reader := openclaw.NewReader(p.env())
	reader.Read(at.Add(time.Millisecond))
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(`{agents:{defaults:{model:"a/2"}}}`); err != nil {
		t.Fatal(err)
	}
	f.Close()
	set()
	if got := reader.Read(at.Add(time.Minute)); got.OpenClaw.Primary != "a/2" {
		t.Errorf("got %s, want a/2", got.OpenClaw.Primary)
	}
}

// A config that was caught in the midst of being written looks the same afterwards,
// and old, where the clock had been set forward meanwhile.
func TestABrokenConfigIsReadAgain(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	at := time.Now()
	reader := openclaw.NewReader(p.env())
	for i, text := range []string{`{agents:{defaults:{model:"a/1"}}`, `{agents:{defaults:{model:"a/12"}}}`[:32], `{agents:{defaults:{model:"a"}}}  `[:32]} {
		file := p.write(".openclaw/openclaw.json", text)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
		got := reader.Read(at.Add(40 * 24 * time.Hour))
		if whole := i == 2; (got.Err == nil) != whole {
			t.Errorf("%s: got %v", text, got.Err)
		}
	}
}

func TestTheGatewaysPort(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		vars   map[string]string
		config string
		want   int
	}{
		"as installed":         {nil, `{}`, 18789},
		"in the config":        {nil, `{gateway:{port:7}}`, 7},
		"a variable wins":      {map[string]string{"OPENCLAW_GATEWAY_PORT": "8"}, `{gateway:{port:7}}`, 8},
		"a variable of no use": {map[string]string{"OPENCLAW_GATEWAY_PORT": "x"}, `{gateway:{port:7}}`, 7},
		"out of range":         {nil, `{gateway:{port:70000}}`, 18789},
	} {
		p := newPlace(t)
		p.vars = c.vars
		if got := p.config(c.config).GatewayPort; got != c.want {
			t.Errorf("%s: got %d, want %d", name, got, c.want)
		}
	}
}

func TestTheLogIsLookedAtEveryTime(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write(".openclaw/openclaw.json", `{logging:{file:"~/claw.log"}}`)
	reader := openclaw.NewReader(p.env())
	now := time.Now().Add(time.Hour)
	if oc := reader.Read(now).OpenClaw; oc.LogReadable || oc.LogError != nil {
		t.Errorf("not there yet: got %v, %v", oc.LogReadable, oc.LogError)
	}
	file := p.write("claw.log", "{}\n")
	if oc := reader.Read(now).OpenClaw; !oc.LogReadable || oc.LogPath != file {
		t.Errorf("there: got %v, %s", oc.LogReadable, oc.LogPath)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if oc := reader.Read(now).OpenClaw; oc.LogReadable || oc.LogError == nil || oc.LogError.Hint == "" {
		t.Errorf("a pipe: got %v, %v", oc.LogReadable, oc.LogError)
	}
}

package openclaw_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
)

// read reads a home once, long after its files were written.
func (p *place) read() openclaw.Reading {
	return openclaw.NewReader(p.env()).Read(time.Now().Add(time.Hour))
}

func (p *place) config(text string) openclaw.Reading {
	p.t.Helper()
	p.write(".openclaw/openclaw.json", text)
	return p.read()
}

func TestRealConfigsAreRead(t *testing.T) {
	t.Parallel()
	const minimax, opus = "lmstudio/minimax-m2.1-gs32", "anthropic/claude-opus-4-6"
	for _, c := range []struct {
		file, primary string
		fallbacks     []string
		version       string
		port          int
		baseURL, api  string
	}{
		{"local-first.json", minimax, []string{opus}, "", 18790, "http://127.0.0.1:18299/v1", "openai-responses"},
		{"hosted-first.json", opus, []string{minimax}, "", 18790, "http://127.0.0.1:18234/ok/v1", "openai-responses"},
		{"after-config-set.json", minimax, []string{opus}, "2026.9.6", 18791, "http://127.0.0.1:18234/ok/v1", "openai-responses"},
		{"onboard-lmstudio.json", "lmstudio/qwen/qwen3.5-9b", []string{}, "2026.9.6", 18789, "http://127.0.0.1:18234/ok/v1", "openai-completions"},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join("testdata", "config", c.file))
			if err != nil {
				t.Fatal(err)
			}
			r := newPlace(t).config(string(text))
			oc := r.OpenClaw
			if !oc.Found || !oc.ConfigValid || r.Err != nil || len(oc.Issues) != 0 {
				t.Fatalf("got found %v, valid %v, error %v, issues %v", oc.Found, oc.ConfigValid, r.Err, oc.Issues)
			}
			if oc.Primary != c.primary || !reflect.DeepEqual(oc.Fallbacks, c.fallbacks) {
				t.Errorf("got %s, %v, want %s, %v", oc.Primary, oc.Fallbacks, c.primary, c.fallbacks)
			}
			if oc.Version != c.version || r.GatewayPort != c.port {
				t.Errorf("got %q at %d, want %q at %d", oc.Version, r.GatewayPort, c.version, c.port)
			}
			p := r.Providers["lmstudio"]
			if p.BaseURL != c.baseURL || p.API != c.api || !p.HasKey {
				t.Errorf("got provider %+v", p)
			}
			if m := p.Models["minimax-m2.1-gs32"]; m.ContextWindow == nil || *m.ContextWindow != 196608 {
				t.Errorf("got model %+v", m)
			}
		})
	}
}

func TestWhatAPersonWrites(t *testing.T) {
	t.Parallel()
	// want checks a reading; the config is what stands between the braces.
	for name, c := range map[string]struct {
		config string
		want   func(r openclaw.Reading) bool
	}{
		"comments, bare keys, single quotes": {
			`// mine
			agents: {defaults: {model: {primary: 'lmstudio/a', /* then */ fallbacks: ['x/b',],},},},`,
			func(r openclaw.Reading) bool {
				return r.OpenClaw.Primary == "lmstudio/a" && reflect.DeepEqual(r.OpenClaw.Fallbacks, []string{"x/b"})
			}},
		"a model as text": {`agents:{defaults:{model:"lmstudio/a"}}`,
			func(r openclaw.Reading) bool { return r.OpenClaw.Primary == "lmstudio/a" && r.OpenClaw.ConfigValid }},
		"no model": {`gateway:{port:1}`,
			func(r openclaw.Reading) bool { return r.OpenClaw.Primary == "" && r.OpenClaw.ConfigValid }},
		"an alias for a ref": {`agents:{defaults:{model:{primary:"mini",fallbacks:["OPUS"]},models:{"lmstudio/a/b":{alias:"Mini"},"anthropic/o":{alias:"Opus"}}}}`,
			func(r openclaw.Reading) bool {
				return r.OpenClaw.Primary == "lmstudio/a/b" && reflect.DeepEqual(r.OpenClaw.Fallbacks, []string{"anthropic/o"}) && r.OpenClaw.Version == ""
			}},
		"hexadecimal numbers": {`gateway:{port:0x4967},models:{providers:{lmstudio:{timeoutSeconds:+1.5,models:[{id:"a",contextWindow:0x1000}]}}}`,
			func(r openclaw.Reading) bool {
				p := r.Providers["lmstudio"]
				return r.GatewayPort == 18791 && *p.TimeoutSeconds == 1.5 && *p.Models["a"].ContextWindow == 4096
			}},
		"numbers that are none": {`gateway:{port:"18790"},models:{providers:{l:{timeoutSeconds:Infinity,models:[{id:"a",contextWindow:-1},{id:"b",contextWindow:1.5},{id:"c",contextWindow:"big"}]}}}`,
			func(r openclaw.Reading) bool {
				p := r.Providers["l"]
				for _, m := range p.Models {
					if m.ContextWindow != nil {
						return false
					}
				}
				return r.GatewayPort == openclaw.DefaultPort && p.TimeoutSeconds == nil && len(p.Models) == 3
			}},
		"preload off": {`models:{providers:{lmstudio:{params:{preload:false}}}}`,
			func(r openclaw.Reading) bool {
				p := r.Providers["lmstudio"]
				return p.Preload != nil && !*p.Preload && !p.HasKey && p.BaseURL == ""
			}},
		"a key by reference": {`models:{providers:{a:{apiKey:{source:"env",provider:"default",id:"LMS_KEY"}},b:{apiKey:""}}}`,
			func(r openclaw.Reading) bool { return r.Providers["a"].HasKey && !r.Providers["b"].HasKey }},
		"a log in the home": {`logging:{file:"~/logs/claw.log"}`,
			func(r openclaw.Reading) bool {
				return strings.HasSuffix(r.Paths.LogFile, "/logs/claw.log") && r.Paths.LogFile[0] == '/'
			}},
		"a log of errors alone": {`logging:{level:"Error"}`, func(r openclaw.Reading) bool { return r.Quiet }},
		"a log of warnings":     {`logging:{level:"warn"}`, func(r openclaw.Reading) bool { return !r.Quiet }},
		"unknown keys, wrong types elsewhere": {`models:7,logging:[],gateway:"x",meta:{lastTouchedVersion:9},future:{deep:[1]}`,
			func(r openclaw.Reading) bool { return r.OpenClaw.ConfigValid && r.OpenClaw.Version == "" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newPlace(t).config("{" + c.config + "}")
			if r.Err != nil || !c.want(r) {
				t.Errorf("got %+v, error %v", r, r.Err)
			}
		})
	}
}

func TestABadConfigIsToldAndNothingMore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config, path string
		readable     bool // the rest of it is still of use
	}{
		"half a file":             {`{agents:{defaults:`, "", false},
		"not an object":           {`[]`, "", false},
		"empty":                   {``, "", false},
		"a deep hole":             {strings.Repeat("[", 200_000), "", false},
		"broken text":             {"{a:\"\xff\xfe", "", false},
		"a model that is none":    {`{agents:{defaults:{model:7}}}`, "agents.defaults.model", true},
		"a primary that is none":  {`{agents:{defaults:{model:{primary:{}}}}}`, "agents.defaults.model.primary", true},
		"fallbacks that are none": {`{agents:{defaults:{model:{primary:"a/b",fallbacks:"c/d"}}}}`, "agents.defaults.model.fallbacks", true},
		"a fallback that is none": {`{agents:{defaults:{model:{fallbacks:["c/d",1]}}}}`, "agents.defaults.model.fallbacks[1]", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newPlace(t).config(c.config)
			if r.OpenClaw.ConfigValid || !r.OpenClaw.Found {
				t.Errorf("got valid %v, found %v", r.OpenClaw.ConfigValid, r.OpenClaw.Found)
			}
			if len(r.OpenClaw.Issues) == 0 || r.OpenClaw.Issues[0].Path != c.path {
				t.Errorf("got issues %v, want one at %q", r.OpenClaw.Issues, c.path)
			}
			if (r.Err == nil) != c.readable || r.Err != nil && r.Err.Hint == "" {
				t.Errorf("got error %v", r.Err)
			}
			if r.Hash == "" {
				t.Error("the file has no hash")
			}
		})
	}
}

func TestWhatIsNoConfigFile(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		make  func(file string) error
		code  backend.Code
		found bool
	}{
		"nothing":  {func(f string) error { return os.Remove(filepath.Dir(f)) }, backend.CodeNotFound, false},
		"a folder": {func(f string) error { return os.Mkdir(f, 0o700) }, backend.CodeRefused, true},
		"a pipe":   {func(f string) error { return syscall.Mkfifo(f, 0o600) }, backend.CodeRefused, true},
		"too large": {func(f string) error {
			return os.WriteFile(f, []byte(strings.Repeat(" ", 8<<20)+"{}"), 0o600)
		}, backend.CodeTooLarge, true},
		"a folder without a config": {func(string) error { return nil }, backend.CodeNotFound, true},
		"a link to nothing":         {func(f string) error { return os.Symlink("gone.json", f) }, backend.CodeNotFound, true},
		"a link to itself":          {func(f string) error { return os.Symlink(f, f) }, backend.CodeRefused, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			file := filepath.Join(p.home, ".openclaw", "openclaw.json")
			if err := os.Mkdir(filepath.Dir(file), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.make(file); err != nil {
				t.Fatal(err)
			}
			r := p.read()
			if r.Err == nil || r.Err.Code != c.code || r.Err.Hint == "" {
				t.Errorf("got error %+v, want %s with a hint", r.Err, c.code)
			}
			if r.OpenClaw.Found != c.found || r.OpenClaw.ConfigValid {
				t.Errorf("got found %v, valid %v", r.OpenClaw.Found, r.OpenClaw.ConfigValid)
			}
			if r.GatewayPort != openclaw.DefaultPort || r.OpenClaw.Fallbacks == nil || r.OpenClaw.Chain == nil {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestALinkedConfigIsFollowed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	real := p.write("dotfiles/claw.json5", `{agents:{defaults:{model:"a/b"}}}`)
	p.write(".openclaw/.env", "")
	if err := os.Symlink(real, filepath.Join(p.home, ".openclaw", "openclaw.json")); err != nil {
		t.Fatal(err)
	}
	if r := p.read(); r.OpenClaw.Primary != "a/b" || !strings.HasSuffix(r.OpenClaw.ConfigPath, ".openclaw/openclaw.json") {
		t.Errorf("got %+v", r.OpenClaw)
	}
}

func TestSecretsNeverLeave(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.vars["SECRET_A"] = "hidden-in-environment"
	p.write(".openclaw/.env", "SECRET_B='hidden-in-dotenv'\n")
	r := p.config(`{
		env: {vars: {SECRET_C: "hidden-in-block"}},
		gateway: {auth: {token: "hidden-token"}},
		models: {providers: {
			a: {apiKey: "hidden-plain", baseUrl: "http://user:hidden-password@10.0.0.1:1/v1?key=hidden-query#hidden-fragment", headers: {x: "hidden-header"}},
			b: {apiKey: "${SECRET_A}"}, c: {apiKey: "${SECRET_B}"}, d: {apiKey: "${SECRET_C}"},
			e: {apiKey: {source: "file", provider: "default", id: "hidden-id"}, baseUrl: "hidden-in-no-url"},
			f: {apiKey: 'hidden-broken ${NOWHERE}'},
		}},
		channels: {whatsapp: {token: "hidden-channel"}},
	}`)
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		if !r.Providers[name].HasKey {
			t.Errorf("provider %s: the key was not seen", name)
		}
	}
	broken := newPlace(t).config(`{models:{providers:{a:{apiKey:"hidden-then-broken"`)
	for _, r := range []openclaw.Reading{r, broken} {
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(text), fmt.Sprintf("%v", r), fmt.Sprintf("%+v", r), fmt.Sprintf("%#v", r)} {
			if i := strings.Index(text, "hidden"); i >= 0 {
				t.Errorf("a secret left: …%s", text[max(0, i-60):min(len(text), i+40)])
			}
		}
	}
	if got, want := r.Providers["a"].BaseURL, "http://10.0.0.1:1/v1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

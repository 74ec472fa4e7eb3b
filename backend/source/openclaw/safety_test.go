package openclaw_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
)

func ptr[T any](v T) *T { return &v }

func TestFences(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config string
		want   backend.ConfigSafety
	}{
		"nothing set": {"", backend.ConfigSafety{}},
		"all of it": {
			`tools: {profile: "coding", allow: ["read"], alsoAllow: ["x"], deny: ["exec", 7, "", "group:web"], exec: {mode: "ask", security: "full"},
			 web: {search: {enabled: false}, fetch: {enabled: true}}, byProvider: {lmstudio: {profile: "messaging", deny: ["browser"]}, odd: 7}},
			 browser: {enabled: false}, agents: {defaults: {sandbox: {mode: "all"}, compaction: {mode: "safeguard", enabled: false}}},
			 gateway: {bind: "custom", customBindHost: "192.168.1.5", auth: {mode: "password", password: {source: "env", provider: "default", id: "P"}}}`,
			backend.ConfigSafety{
				ToolsProfile: "coding", ToolsAllow: []string{"read"}, ToolsAlso: []string{"x"}, ToolsDeny: []string{"exec", "group:web"},
				ToolsBy:  map[string]backend.ToolRule{"lmstudio": {Profile: "messaging", Deny: []string{"browser"}}},
				ExecMode: "ask", WebSearch: ptr(false), WebFetch: ptr(true), Browser: ptr(false), SandboxMode: "all",
				Compaction: "safeguard", CompactionOn: ptr(false), GatewayBind: "custom", GatewayHost: "192.168.1.5",
				GatewayAuth: "password", GatewayKey: true,
			},
		},
		"an older exec":  {`tools: {exec: {security: "deny"}}`, backend.ConfigSafety{ExecMode: "deny"}},
		"agents' own":    {`agents: {list: [{id: "b", tools: {deny: ["x"]}}, {id: "a", sandbox: {mode: "off"}}, {id: "c"}, 7], entries: {d: {tools: {profile: "full"}}, e: {tools: {}}}}`, backend.ConfigSafety{OwnRules: []string{"a", "b", "d"}}},
		"wrong kinds":    {`tools: [], browser: "off", agents: {defaults: 3}, gateway: {bind: 4, auth: "none"}`, backend.ConfigSafety{}},
		"a blank token":  {`gateway: {auth: {token: "  "}}`, backend.ConfigSafety{}},
		"a gateway open": {`gateway: {bind: "lan", auth: {mode: "none"}}`, backend.ConfigSafety{GatewayBind: "lan", GatewayAuth: "none"}},
	} {
		r := newPlace(t).config("{" + c.config + "}")
		if r.Safety == nil || r.Err != nil {
			t.Errorf("%s: nothing was read: %v", name, r.Err)
			continue
		}
		if !reflect.DeepEqual(*r.Safety, c.want) {
			t.Errorf("%s: got  %+v\nwant %+v", name, *r.Safety, c.want)
		}
	}
	if r := newPlace(t).config("{ tools: "); r.Safety != nil {
		t.Errorf("a broken config: got %+v", r.Safety)
	}
}

func TestTheGatewaysKeyMayBeAVariable(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write(".openclaw/.env", "OPENCLAW_GATEWAY_TOKEN=very-secret\n")
	r := p.config("{}")
	if r.Safety == nil || !r.Safety.GatewayKey {
		t.Errorf("got %+v", r.Safety)
	}
	text, err := json.Marshal(r)
	if err != nil || strings.Contains(string(text), "very-secret") {
		t.Errorf("the key left: %s, %v", text, err)
	}
}

func TestKeysInClearText(t *testing.T) {
	t.Parallel()
	provider := func(key string) string { return `models: {providers: {"open.router": {apiKey: ` + key + `}}}` }
	const at = `models.providers["open.router"].apiKey`
	for config, want := range map[string]string{
		provider(`"sk-or-v1-0123"`): at,
		provider(`"Bearer 0123"`):   at,
		provider(`"$${KEY}"`):       at, // the text itself, by OpenClaw's rules
		provider(`"${key}"`):        at, // no variable: small letters
		provider(`"${KEY}"`):        "",
		provider(`" ${KEY} "`):      "",
		provider(`{source: "env", provider: "default", id: "KEY"}`):     "",
		provider(`"OPENROUTER_API_KEY"`):                                "",
		provider(`"lmstudio-local"`):                                    "",
		provider(`"LM-Studio"`):                                         "",
		provider(`"oauth:minimax"`):                                     "",
		provider(`""`):                                                  "",
		provider(`17`):                                                  "",
		`gateway: {auth: {mode: "token", token: "0123456789"}}`:         "gateway.auth.token",
		`channels: {slack: {accounts: {a: {botToken: "xoxb-1"}}}}`:      "channels.slack.accounts.a.botToken",
		`channels: {x: [{password: "p1"}, {pass_word: "p2"}]}`:          "channels.x[0].password channels.x[1].pass_word",
		`models: {providers: {a: {headers: {"Authorization": "B 1"}}}}`: "models.providers.a.headers.Authorization",
		`models: {providers: {a: {models: [{maxTokens: 9}]}}}`:          "",
		`env: {OPENAI_API_KEY: "sk-1"}, meta: {token: "x1"}`:            "",
		`token: ["a1", "b1"]`:                                           "",
	} {
		r := newPlace(t).config("{" + config + "}")
		if r.Safety == nil {
			t.Errorf("%s: not read: %v", config, r.Err)
		} else if got := strings.Join(r.Safety.ClearTextKeys, " "); got != want {
			t.Errorf("%s: got %q, want %q", config, got, want)
		}
	}
	var many strings.Builder
	many.WriteString("{")
	for i := range 500 {
		fmt.Fprintf(&many, "k%d: {token: \"t1\"},", i)
	}
	many.WriteString("deep: " + strings.Repeat("{a:", 200) + `{token: "t1"}` + strings.Repeat("}", 200) + "}")
	if got := len(newPlace(t).config(many.String()).Safety.ClearTextKeys); got != 50 {
		t.Errorf("of many: got %d", got)
	}
}

func TestAccess(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for file, mode := range map[string]fs.FileMode{
		"openclaw.json": 0o644, "openclaw.json.bak": 0o600, ".env": 0o640, "credentials/whatsapp/creds.json": 0o600,
		"agents/main/agent/auth-profiles.json": 0o600, "agents/main/sessions/sessions.json": 0o666, "agents/main/agent/other.txt": 0o666,
		"logs/gateway.log": 0o644,
	} {
		p.write(".openclaw/"+file, "{}")
		if err := os.Chmod(filepath.Join(p.home, ".openclaw", file), mode); err != nil {
			t.Fatal(err)
		}
	}
	state := filepath.Join(p.home, ".openclaw")
	for dir, mode := range map[string]fs.FileMode{"": 0o755, "agents": 0o700, "credentials/whatsapp": 0o750} {
		if err := os.Chmod(filepath.Join(state, dir), mode); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(p.home, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(state, "credentials", "link")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(state, "openclaw.json.last-good"), 0o666); err != nil {
		t.Fatal(err)
	}
	got := map[string]backend.FileAccess{}
	list := openclaw.Access(openclaw.Find(p.env()))
	for _, a := range list {
		if !strings.HasPrefix(a.Path, state) && a.Mode.Perm()&0o011 != 0 {
			t.Errorf("%s is told of, which others may enter", a.Path)
		}
		rel, err := filepath.Rel(state, a.Path)
		if err != nil {
			t.Fatal(err)
		}
		got[rel] = a
	}
	for file, want := range map[string]fs.FileMode{
		"..": fs.ModeDir | 0o700, ".": fs.ModeDir | 0o755, "openclaw.json": 0o644, "openclaw.json.bak": 0o600, ".env": 0o640, "agents": fs.ModeDir | 0o700,
		"credentials/whatsapp": fs.ModeDir | 0o750, "agents/main/agent/auth-profiles.json": 0o600, "agents/main/sessions/sessions.json": 0o666,
	} {
		if a, ok := got[file]; !ok || a.Mode != want || !a.Mine {
			t.Errorf("%s: got %v %v, want %v", file, a, ok, want)
		}
	}
	for _, file := range []string{"credentials/link", "openclaw.json.last-good", "agents/main/agent/other.txt"} {
		if a, ok := got[file]; ok {
			t.Errorf("%s is told of: %+v", file, a)
		}
	}
	if list[0].Path != state {
		t.Errorf("the first is %s, want the state folder", list[0].Path)
	}
}

func TestAccessOfALinkedConfig(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("dotfiles/claw.json", "{}")
	p.write(".openclaw/.env", "")
	to := filepath.Join(p.home, "dotfiles", "claw.json")
	if err := os.Symlink(to, filepath.Join(p.home, ".openclaw", "openclaw.json")); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, a := range openclaw.Access(openclaw.Find(p.env())) {
		found = found || a.Path == to && a.Mode.IsRegular()
	}
	if !found {
		t.Error("the file that the config leads to is not told of")
	}
	if got := openclaw.Access(openclaw.Find(newPlace(t).env())); len(got) != 0 {
		t.Errorf("without an OpenClaw: got %v", got)
	}
}

func TestAccessOfALinkedFolder(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.write("elsewhere/openclaw.json", "{}")
	p.write("elsewhere/agents/main/agent/auth-profiles.json", "{}")
	state := filepath.Join(p.home, ".openclaw")
	if err := os.Symlink(filepath.Join(p.home, "elsewhere"), state); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, a := range openclaw.Access(openclaw.Find(p.env())) {
		paths = append(paths, a.Path)
	}
	for _, want := range []string{"", "openclaw.json", "agents/main/agent/auth-profiles.json"} {
		if want = filepath.Join(state, want); !slices.Contains(paths, want) {
			t.Errorf("%s is not among %v", want, paths)
		}
	}
}

func TestAccessIsBounded(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for i := range 400 {
		p.write(fmt.Sprintf(".openclaw/agents/a%d/agent/auth-profiles.json", i), "{}")
		p.write(fmt.Sprintf(".openclaw/agents/a%d/sessions/sessions.json", i), "{}")
	}
	if got := len(openclaw.Access(openclaw.Find(p.env()))); got > 300 || got < 200 {
		t.Errorf("got %d", got)
	}
}

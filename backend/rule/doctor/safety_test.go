package doctor_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

const state = "/Users/ann/.openclaw"

// guarded is the healthy machine with all that the groups safety and machine need.
func guarded() doctor.Facts {
	f := healthy()
	f.Safety = &backend.ConfigSafety{
		ToolsProfile: "messaging", SandboxMode: "all", Compaction: "safeguard", GatewayBind: "loopback", GatewayAuth: "token", GatewayKey: true,
	}
	f.Files = []backend.FileAccess{
		{Path: state, Mode: fs.ModeDir | 0o700, Mine: true}, {Path: state + "/openclaw.json", Mode: 0o600, Mine: true},
		{Path: state + "/agents/main/agent/auth-profiles.json", Mode: 0o600, Mine: true},
	}
	f.Listening = []backend.Listening{{Server: "lmstudio", Source: "lsof"}}
	f.Disk = &backend.DiskSpace{Path: "/Users/ann/.lmstudio/models", FreeBytes: 900e9, TotalBytes: 2000e9}
	f.Sleep = &backend.SleepRule{IdleMinutes: ptr(0.0), Source: "pmset"}
	f.Status.Machine = &backend.Sample{
		Memory: &backend.Memory{
			TotalBytes: 512 * gb, UsedBytes: 180 * gb, AvailableBytes: ptr(300 * gb), SwapUsedBytes: ptr(int64(0)),
			Pressure: ptr(backend.PressureNormal), Source: "host_statistics64",
		},
		GPUs: []backend.GPU{{Name: "Apple M3 Ultra", Vendor: "apple", MemoryLimitBytes: ptr(400 * gb)}},
	}
	return f
}

// trouble is one thing broken, and what the check of an id must say of it.
type trouble struct {
	name    string
	id      string
	breaks  func(*doctor.Facts)
	verdict backend.Finding
	says    string   // a part of the detail
	hints   string   // a part of the hint
	fixes   []string // as fixesOf writes them
}

func each(t *testing.T, all []trouble) {
	t.Helper()
	for _, c := range all {
		t.Run(c.id+" "+c.name, func(t *testing.T) {
			t.Parallel()
			f := guarded()
			c.breaks(&f)
			checks := doctor.Examine(f)
			sound(t, checks)
			got := find(t, checks, c.id)
			if got.Verdict != c.verdict || !strings.Contains(got.Detail, c.says) || !strings.Contains(got.Hint, c.hints) {
				t.Errorf("%s: %q\nhint %q\nwant %s, %q, %q", got.Verdict, got.Detail, got.Hint, c.verdict, c.says, c.hints)
			}
			if fixes := fixesOf(got); !slices.Equal(fixes, c.fixes) {
				t.Errorf("fixes %q, want %q", fixes, c.fixes)
			}
		})
	}
}

func TestASafeMachineHasNothingToMend(t *testing.T) {
	t.Parallel()
	checks := doctor.Examine(guarded())
	sound(t, checks)
	n := 0
	for _, c := range checks {
		if c.Group != "safety" && c.Group != "machine" {
			continue
		}
		n++
		if c.Verdict != backend.FindingOK {
			t.Errorf("%s: %s: %s", c.ID, c.Verdict, c.Detail)
		}
	}
	if n != 17 {
		t.Errorf("%d checks, want 17", n)
	}
}

// TestNothingIsKnown: a fact that is missing is never taken for well.
func TestWhatIsNotKnownIsSkipped(t *testing.T) {
	t.Parallel()
	bare := healthy()
	bare.Fits = nil
	for name, f := range map[string]doctor.Facts{"nothing at all": {}, "no probe has answered": bare} {
		for _, c := range doctor.Examine(f) {
			if c.Group != "safety" && c.Group != "machine" || name == "no probe has answered" && c.ID == "weak_against_injection" {
				continue // the one that goes by the server's list alone
			}
			if c.Verdict != backend.FindingSkip {
				t.Errorf("%s: %s is %s: %s", name, c.ID, c.Verdict, c.Detail)
			}
		}
	}
}

func wideOpen(f *doctor.Facts) {
	f.Safety.ToolsProfile, f.Safety.SandboxMode = "full", ""
	f.Safety.WebSearch = ptr(true)
}

const (
	noWeb     = `no_web tools.byProvider.lmstudio.deny=["group:web","browser"]`
	messaging = `messaging_only tools.byProvider.lmstudio.profile="messaging"`
)

func TestTools(t *testing.T) {
	t.Parallel()
	each(t, []trouble{
		{"everything", "tools_narrow", wideOpen, "warn", "may run commands, change files, read the web by web_search, web_fetch, browser.", "skip the filters", []string{noWeb, messaging}},
		{"nothing set", "tools_narrow", func(f *doctor.Facts) { f.Safety = &backend.ConfigSafety{} }, "warn", "read the web by web_fetch, browser.", "", []string{noWeb, messaging}},
		{"in a sandbox", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.SandboxMode = "all" }, "ok", "may run commands", "", nil},
		{"asked about each", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ExecMode = "ask" }, "ok", "run commands that were allowed", "", nil},
		{"commands refused", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ExecMode = "deny" }, "ok", "may change files, read", "", nil},
		{"commands denied", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ToolsDeny = []string{"Bash"} }, "ok", "may change files, read", "", nil},
		{"by a group", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ToolsDeny = []string{"group:runtime", "group:fs"} }, "ok", "may read the web", "", nil},
		{"by a pattern", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ToolsDeny = []string{"web_*", "brow*"} }, "ok", "may run commands, change files.", "", nil},
		{"a mark that is a letter", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ToolsDeny = []string{"[ew]*", "????*"} }, "warn", "may run commands", "", []string{noWeb, messaging}},
		{"a list of what is allowed", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ToolsAllow = []string{"read", "message"} }, "ok", "neither run commands nor", "", nil},
		{"all is allowed", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ToolsAllow = []string{"*"} }, "warn", "run commands", "", []string{noWeb, messaging}},
		{"beside the profile", "tools_narrow", func(f *doctor.Facts) {
			wideOpen(f)
			f.Safety.ToolsProfile, f.Safety.ToolsAlso = "minimal", []string{"exec", "group:web"}
		}, "warn", "may run commands, read the web by web_search, web_fetch.", "", []string{noWeb, messaging}},
		{"coding, 2026.9", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ToolsProfile = "coding" }, "warn", "by web_search, web_fetch.", "", []string{noWeb, messaging}},
		{"coding, 2026.2", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); f.Safety.ToolsProfile = "coding"; version(f, "2026.2.9") }, "ok", "may run commands, change files.", "", nil},
		{"its provider has a rule", "tools_narrow", func(f *doctor.Facts) {
			wideOpen(f)
			f.Safety.ToolsBy = map[string]backend.ToolRule{"LMStudio": {Deny: []string{"exec", "browser"}}}
		}, "ok", "may change files, read the web by web_search, web_fetch.", "", nil},
		{"its model has a rule, which counts alone", "tools_narrow", func(f *doctor.Facts) {
			wideOpen(f)
			f.Safety.ToolsBy = map[string]backend.ToolRule{"lmstudio": {Profile: "minimal"}, ref: {Deny: []string{"read"}}}
		}, "warn", "may run commands", "", []string{
			`no_web tools.byProvider["lmstudio/minimax-m2.1-gs32"].deny=["read","group:web","browser"]`,
			`messaging_only tools.byProvider["lmstudio/minimax-m2.1-gs32"].profile="messaging"`,
		}},
		{"a version that was not seen", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); version(f, "2026.10.1") }, "warn", "run commands", "", nil},
		{"a version that is not known", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); version(f, "") }, "warn", "run commands", "", nil},
		{"a version in between", "tools_narrow", func(f *doctor.Facts) { wideOpen(f); version(f, "2026.5.3-beta.1") }, "warn", "run commands", "", []string{noWeb, messaging}},
		{"agents of their own", "tools_narrow", func(f *doctor.Facts) { f.Safety.OwnRules = []string{"ops", "fun"} }, "ok", "not judged here, have the agents: ops, fun.", "", nil},
		{"hosted alone", "tools_narrow", func(f *doctor.Facts) {
			wideOpen(f)
			f.Status.OpenClaw.Chain = f.Status.OpenClaw.Chain[1:]
		}, "skip", "No model of the chain is on a server of your own.", "", nil},
		{"no config", "tools_narrow", func(f *doctor.Facts) { f.Safety = nil }, "skip", "cannot be read", "", nil},
	})
}

func TestSmallModels(t *testing.T) {
	t.Parallel()
	sized := func(p string, more ...func(*doctor.Facts)) func(*doctor.Facts) {
		return func(f *doctor.Facts) {
			wideOpen(f)
			model(f).Parameters = p
			for _, m := range more {
				m(f)
			}
		}
	}
	each(t, []trouble{
		{"small, and reads the web", "web_tools", sized("229B-A10B"), "warn", "MiniMax M2.1 has 229B-A10B parameters, and may use web_search, web_fetch, browser.", "critical for models up to 300 billion", []string{noWeb}},
		{"small, and does not", "web_tools", sized("9B", func(f *doctor.Facts) { f.Safety.ToolsDeny = []string{"group:web", "browser"} }), "ok", "no tool for the web", "", nil},
		{"switched off", "web_tools", sized("9B", func(f *doctor.Facts) {
			f.Safety.WebSearch, f.Safety.WebFetch, f.Safety.Browser = ptr(false), ptr(false), ptr(false)
		}), "ok", "no tool for the web", "", nil},
		{"large", "web_tools", sized("685B"), "ok", "MiniMax M2.1 is large: 685B parameters.", "", nil},
		{"the largest that counts as small", "web_tools", sized("300B"), "warn", "300B", "", []string{noWeb}},
		{"not known", "web_tools", sized(""), "skip", "how many parameters MiniMax M2.1 has", "", nil},
		{"not listed", "web_tools", func(f *doctor.Facts) { wideOpen(f); srv(f).Models = nil }, "skip", "how many parameters minimax-m2.1-gs32 has", "", nil},
		{"no sandbox", "sandbox", sized("9B"), "warn", "There is no sandbox", "needs Docker", nil},
		{"off", "sandbox", sized("9B", func(f *doctor.Facts) { f.Safety.SandboxMode = "off" }), "warn", "There is no sandbox", "", nil},
		{"but for the main session", "sandbox", sized("9B", func(f *doctor.Facts) { f.Safety.SandboxMode = "non-main" }), "warn", "All sessions but the main one", "", nil},
		{"nothing to fence in", "sandbox", sized("9B", func(f *doctor.Facts) { f.Safety.ToolsProfile = "messaging" }), "ok", "neither run commands nor change files", "", nil},
		{"large, no sandbox", "sandbox", sized("685B"), "ok", "are large", "", nil},
		{"not known", "sandbox", sized("many"), "skip", "how many parameters", "", nil},
		{"few bits", "weak_against_injection", func(f *doctor.Facts) { model(f).BitsPerWeight = ptr(3.2) }, "warn", "MiniMax M2.1 has 3.2 bits for a weight.", "talked into", nil},
		{"bits by the name", "weak_against_injection", func(f *doctor.Facts) { model(f).BitsPerWeight, model(f).Quantization = nil, "IQ2_M" }, "warn", "2 bits", "", nil},
		{"bits not known", "weak_against_injection", func(f *doctor.Facts) { model(f).BitsPerWeight, model(f).Quantization = nil, "" }, "skip", "not known how MiniMax M2.1 is quantized", "", nil},
	})
}

func TestCompaction(t *testing.T) {
	t.Parallel()
	each(t, []trouble{
		{"off", "compaction", func(f *doctor.Facts) { f.Safety.CompactionOn = ptr(false) }, "warn", "compaction.enabled is false", "compact", []string{"compact -agents.defaults.compaction.enabled"}},
		{"on by the switch", "compaction", func(f *doctor.Facts) { f.Safety.CompactionOn = ptr(true) }, "ok", "in the mode safeguard", "", nil},
		{"left open", "compaction", func(f *doctor.Facts) { f.Safety.Compaction = "" }, "ok", "as OpenClaw has it", "", nil},
		{"no config", "compaction", func(f *doctor.Facts) { f.Safety = nil }, "skip", "cannot be read", "", nil},
		{"no OpenClaw", "compaction", func(f *doctor.Facts) { f.Status.OpenClaw.Found = false }, "skip", "no OpenClaw", "", nil},
	})
}

func TestWhoCanReachIt(t *testing.T) {
	t.Parallel()
	listens := func(all bool, token *bool) func(*doctor.Facts) {
		return func(f *doctor.Facts) {
			f.Listening = []backend.Listening{{Server: "lmstudio", All: all, Token: token}}
		}
	}
	binds := func(bind, auth string, key bool) func(*doctor.Facts) {
		return func(f *doctor.Facts) {
			f.Safety.GatewayBind, f.Safety.GatewayAuth, f.Safety.GatewayKey = bind, auth, key
		}
	}
	custom := func(host string) func(*doctor.Facts) {
		return func(f *doctor.Facts) { binds("custom", "", false)(f); f.Safety.GatewayHost = host }
	}
	each(t, []trouble{
		{"everybody, without a token", "server_open", listens(true, ptr(false)), "fail", "LM Studio takes connections from the network, and wants no token.", "Serve on Local Network", nil},
		{"everybody, perhaps", "server_open", listens(true, nil), "warn", "not known whether it wants a token", "", nil},
		{"everybody, with a token", "server_open", listens(true, ptr(true)), "ok", "with a token", "", nil},
		{"this machine alone", "server_open", listens(false, ptr(false)), "ok", "from this machine alone", "", nil},
		{"not known", "server_open", func(f *doctor.Facts) { f.Listening = nil }, "skip", "not known", "", nil},
		{"another engine", "server_open", func(f *doctor.Facts) {
			f.Status.Servers = append(f.Status.Servers, backend.Server{ID: "vllm", Name: "vLLM", Engine: backend.EngineVLLM, Kind: backend.KindOpenAI})
			f.Listening = append(f.Listening, backend.Listening{Server: "vllm", All: true, Token: ptr(false)})
		}, "fail", "vLLM takes connections from the network, and wants no token, LM Studio takes connections from this machine alone.", "127.0.0.1", nil},
		{"gateway, everybody and nobody asked", "gateway_open", binds("lan", "none", true), "fail", "on every interface, and asks nobody", "loopback", nil},
		{"gateway, no token to be seen", "gateway_open", binds("lan", "", false), "warn", "no token or password", "", nil},
		{"gateway, with a token", "gateway_open", binds("lan", "token", true), "ok", "wants a token or password", "", nil},
		{"gateway behind a proxy", "gateway_open", binds("lan", "trusted-proxy", false), "ok", "a proxy", "", nil},
		{"gateway in a tailnet", "gateway_open", binds("tailnet", "token", false), "warn", "in your tailnet", "", nil},
		{"gateway, auto", "gateway_open", binds("auto", "", false), "warn", "where it has none", "", nil},
		{"gateway at an address", "gateway_open", custom("192.168.1.5"), "warn", "at an address of its own", "", nil},
		{"gateway at an address of the loopback", "gateway_open", custom("127.0.0.1"), "ok", "this machine alone", "", nil},
		{"gateway by default", "gateway_open", binds("", "", false), "ok", "this machine alone", "", nil},
		{"gateway here, nobody asked", "gateway_open", binds("loopback", "none", false), "warn", "asks nobody", "token", nil},
		{"gateway, a word of tomorrow", "gateway_open", binds("mesh", "", false), "skip", `"mesh"`, "", nil},
	})
}

func TestWhoCanRead(t *testing.T) {
	t.Parallel()
	files := func(list ...backend.FileAccess) func(*doctor.Facts) {
		return func(f *doctor.Facts) { f.Files = list }
	}
	dir := func(path string, mode fs.FileMode) backend.FileAccess {
		return backend.FileAccess{Path: path, Mode: fs.ModeDir | mode, Mine: true}
	}
	file := func(path string, mode fs.FileMode) backend.FileAccess {
		return backend.FileAccess{Path: path, Mode: mode, Mine: true}
	}
	config := file(state+"/openclaw.json", 0o644)
	others := config
	others.Mine = false
	for _, c := range []struct {
		trouble
		paths []string
	}{
		{trouble{"everything open", "files_private", files(dir(state, 0o755), config, file(state+"/.env", 0o640)), "fail",
			"/Users/ann/.openclaw (0755), /Users/ann/.openclaw/openclaw.json (0644), /Users/ann/.openclaw/.env (0640).", "chmod go-rwx", []string{"private"}},
			[]string{state, state + "/openclaw.json", state + "/.env"}},
		{trouble{"the folder is closed", "files_private", files(dir(state, 0o700), config), "ok", "the 2 files and folders", "", nil}, nil},
		{trouble{"a folder above is closed", "files_private", files(dir(state, 0o755), config, dir("/Users/ann", 0o700)), "ok", "", "", nil}, nil},
		{trouble{"its name begins like a closed one", "files_private", files(dir(state, 0o700), file(state+"-dev/openclaw.json", 0o644)), "fail", "-dev/openclaw.json (0644)", "", nil}, nil},
		{trouble{"the folder alone", "files_private", files(dir(state, 0o755), file(state+"/openclaw.json", 0o600)), "warn", "(0755)", "", []string{"private"}}, []string{state}},
		{trouble{"may be gone through", "files_private", files(dir(state, 0o711), file(state+"/openclaw.json", 0o600)), "ok", "", "", nil}, nil},
		{trouble{"may be gone through to an open file", "files_private", files(dir(state, 0o711), config), "fail", "(0644)", "", []string{"private"}}, []string{state + "/openclaw.json"}},
		{trouble{"others may write", "files_private", files(dir(state, 0o722)), "fail", "(0722)", "", []string{"private"}}, []string{state}},
		{trouble{"it belongs to somebody else", "files_private", files(dir(state, 0o755), others), "fail", "(0644)", "not for /Users/ann/.openclaw/openclaw.json", []string{"private"}}, []string{state}},
		{trouble{"a config elsewhere, and a log", "files_private", func(f *doctor.Facts) {
			f.Status.OpenClaw.ConfigPath = "/etc/claw.json"
			f.Files = []backend.FileAccess{dir(state, 0o700), file("/etc/claw.json", 0o644), dir("/tmp/openclaw", 0o755)}
		}, "fail", "/tmp/openclaw (0755)", "not for /tmp/openclaw", []string{"private"}}, []string{"/etc/claw.json"}},
		{trouble{"not known", "files_private", files(), "skip", "Nothing is known", "", nil}, nil},
	} {
		each(t, []trouble{c.trouble})
		f := guarded()
		c.breaks(&f)
		if got := find(t, doctor.Examine(f), c.id).Fix; got != nil && !slices.Equal(got.Do.Paths, c.paths) {
			t.Errorf("%s: mends %q, want %q", c.name, got.Do.Paths, c.paths)
		}
	}
}

func TestKeysWrittenOut(t *testing.T) {
	t.Parallel()
	keys := func(v string, paths ...string) func(*doctor.Facts) {
		return func(f *doctor.Facts) { version(f, v); f.Safety.ClearTextKeys = paths }
	}
	const one = "models.providers.openrouter.apiKey"
	each(t, []trouble{
		{"one", "keys_in_clear_text", keys("2026.9.6", one), "warn", "One key stands in the config in clear text: " + one + ".", `source: "env"`, nil},
		{"an older version", "keys_in_clear_text", keys("2026.2.9", one), "warn", one, `write "${NAME}"`, nil},
		{"many", "keys_in_clear_text", keys("", "a", "b", "c", "d", "e", "f", "g", "h"), "warn", "8 keys stand in the config in clear text: a, b, c, d, e, f and 2 more.", "", nil},
		{"none", "keys_in_clear_text", keys("2026.9.6"), "ok", "refers", "", nil},
	})
	f := guarded()
	keys("2026.2.9", one)(&f)
	if hint := find(t, doctor.Examine(f), "keys_in_clear_text").Hint; strings.Contains(hint, "source:") {
		t.Errorf("2026.2.9 takes no such reference: %s", hint)
	}
}

// TestWebToolsAsOpenClawSaysItself: what "openclaw security audit" of 2026.9.6 said of
// a small model on these configs, run on 30 November 2026.
func TestWebToolsAsOpenClawSaysItself(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		web string // "" for none
		backend.ConfigSafety
	}{
		{"web_fetch, browser", backend.ConfigSafety{ToolsProfile: "full"}},
		{"web_fetch", backend.ConfigSafety{ToolsProfile: "coding"}},
		{"web_fetch", backend.ConfigSafety{ToolsProfile: "messaging", ToolsAlso: []string{"group:web"}}},
		{"browser", backend.ConfigSafety{ToolsProfile: "full", ToolsDeny: []string{"web_*"}}},
		{"web_search, web_fetch, browser", backend.ConfigSafety{ToolsAllow: []string{"group:openclaw"}, WebSearch: ptr(true)}},
		{"web_fetch", backend.ConfigSafety{ToolsBy: map[string]backend.ToolRule{"lmstudio/" + slashed: {Deny: []string{"browser"}}, "lmstudio": {Profile: "minimal"}}}},
		{"", backend.ConfigSafety{ToolsProfile: "full", ToolsBy: map[string]backend.ToolRule{"lmstudio": {Deny: []string{"group:web", "browser"}}}}},
	} {
		f := guarded()
		f.Safety = &c.ConfigSafety
		h := hop(&f)
		h.Ref, h.Model, h.Key = "lmstudio/"+slashed, slashed, slashed
		model(&f).Key, model(&f).Name, model(&f).Parameters = slashed, "", "9B"
		got := find(t, doctor.Examine(f), "web_tools")
		verdict, ends := backend.FindingWarn, " may use "+c.web+"."
		if c.web == "" {
			verdict, ends = backend.FindingOK, " has no tool for the web."
		}
		if got.Verdict != verdict || !strings.HasSuffix(got.Detail, ends) {
			t.Errorf("%+v: %s: %s, want %s: %q", c.ConfigSafety, got.Verdict, got.Detail, verdict, ends)
		}
	}
}

const slashed = "qwen/qwen3.5-9b"

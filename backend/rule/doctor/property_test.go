package doctor_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// draw makes random facts from values that have a meaning, each of them there or not.
type draw struct{ *rapid.T }

func pick[T any](d draw, of ...T) T { return rapid.SampledFrom(of).Draw(d.T, "pick") }

func maybe[T any](d draw, v T) *T {
	if rapid.Bool().Draw(d.T, "there") {
		return &v
	}
	return nil
}

func (d draw) coin() bool { return rapid.Bool().Draw(d.T, "coin") }

func (d draw) tokens() *int {
	return maybe(d, pick(d, 0, 1, 2048, 8192, 32768, 65536, 131072, 196608, 1<<40, -1))
}

// set is a number of tokens as the config can have it: whole, above 0.
func (d draw) set() *int { return maybe(d, pick(d, 1, 2048, 8192, 32768, 131072, 196608, 1<<40)) }

func (d draw) bytes() int64 { return pick(d, int64(0), -1, gb, 170*gb, 400*gb, 1<<62) }

func (d draw) at() backend.Time {
	return before(time.Duration(rapid.IntRange(-3600, 8*24*3600).Draw(d.T, "ago")) * time.Second)
}

func (d draw) word() string {
	return pick(d, "", "lmstudio", "LMStudio", "vllm", key, "glm-5", "a/b", "🔥", "x\"y'z", "anthropic", opus, ref, "%s %d")
}

func (d draw) err() *backend.Error {
	return maybe(d, backend.Error{
		Code: pick(d, backend.CodeNetwork, backend.CodeServerOff, backend.CodeGuardrail, backend.CodeLoadFailed, ""), Message: d.word(), Hint: d.word(),
	})
}

func (d draw) fit() *backend.Fit {
	return maybe(d, backend.Fit{
		ContextLength: d.tokens(), TotalBytes: d.bytes(), AvailableBytes: maybe(d, d.bytes()),
		Verdict: pick(d, backend.Fits, backend.Tight, backend.TooBig, backend.FitUnknown, ""),
	})
}

func (d draw) server() backend.Server {
	s := backend.Server{
		ID: pick(d, "lmstudio", "lmstudio", "vllm", "a/b", "🔥", "%s"), Kind: pick(d, backend.KindLMStudio, backend.KindOpenAI), Name: d.word(), URL: d.word(), Host: pick(d, "", "", "far"),
		Engine: pick(d, "", backend.EngineLMStudio, backend.EngineVLLM, backend.EngineOllama, backend.EngineGateway, backend.EngineHosted),
		State:  pick(d, backend.ServerUp, backend.ServerUp, backend.ServerOff, backend.ServerDown, backend.ServerNeedsToken, backend.ServerUnknown),
		API:    maybe(d, pick(d, backend.APIv1, backend.APIv0, backend.APIOpenAI)), ListedAt: maybe(d, d.at()), StateSince: maybe(d, d.at()),
		LatencySeconds: maybe(d, 0.01), Error: d.err(), Providers: []string{d.word()},
	}
	s.Tells = maybe(d, backend.Tells{
		Loaded: d.coin(), Expiry: d.coin(), Load: d.coin(), Unload: d.coin(), Note: d.word(),
		WarmBy: pick(d, backend.WarmByLoad, backend.WarmByKeepAlive, backend.WarmAlways, backend.WarmByRequest, backend.WarmNever, ""),
	})
	for range rapid.IntRange(0, 4).Draw(d.T, "models") {
		s.Models = append(s.Models, d.model())
	}
	return s
}

func (d draw) model() backend.Model {
	m := backend.Model{
		Key: pick(d, key, key, key+"@q8", "x/"+key+"-8bit", d.word()), Name: d.word(), Type: pick(d, backend.TypeLLM, backend.TypeEmbedding),
		Quantization: pick(d, "", "Q2_K", "4bit", "UD-IQ3_XXS", "bit", "-"), BitsPerWeight: maybe(d, pick(d, 0, -1, 2.1, 3.5, 8)),
		Parameters: pick(d, "", "B", "4B", "26B-A4B", "1e9", "270M", "9.9.9B"), Architecture: pick(d, "", "llama"), SizeBytes: maybe(d, d.bytes()),
		MaxContextLength: d.tokens(), Loading: d.coin(), Fit: d.fit(),
	}
	for range rapid.IntRange(0, 3).Draw(d.T, "instances") {
		m.Instances = append(m.Instances, backend.Instance{
			ID: pick(d, key, key+":2", "other"), ContextLength: d.tokens(), TTLSeconds: maybe(d, pick(d, 0.0, 3600, 1e300)), ExpiresAt: maybe(d, d.at()),
			Busy: maybe(d, d.coin()), SeenLoadedAt: d.at(), Explicit: maybe(d, d.coin()), Missing: d.coin() && d.coin(), Crashed: d.coin() && d.coin(), //nolint:staticcheck // a coin each
		})
	}
	return m
}

func (d draw) hop() backend.Hop {
	p, m := d.word(), d.word()
	return backend.Hop{
		Ref: p + "/" + m, Provider: p, Model: m, Local: d.coin(), Server: d.word(), Key: d.word(), Alias: d.word(),
		State:         pick(d, "warm", "loading", "not_loaded", "missing", "server_off", "hosted", "elsewhere", "unknown"),
		ContextWindow: d.set(), TimeoutSeconds: maybe(d, pick(d, 0.0, -5, 10, 300, 1e12)),
	}
}

func (d draw) issues() []backend.ConfigIssue {
	var list []backend.ConfigIssue
	for range rapid.IntRange(0, 3).Draw(d.T, "issues") {
		list = append(list, backend.ConfigIssue{
			Path:     pick(d, "", lms+".baseUrl", lms+".models[0].id", lms+".api", "agents.defaults.model.primary", "agents.defaults.models"),
			Code:     pick(d, "no_v1", "localhost", "not_on_server", "api_lmstudio", "no_provider", "not_listed", "unknown_key"),
			Severity: pick(d, backend.SeverityError, backend.SeverityWarning, ""), Message: "It is wrong: " + d.word(), Hint: d.word(), Line: pick(d, 0, 3),
			Edits: pick(d, nil, []backend.ConfigEdit{edit(lms+".x", `"glm-5"`)}),
		})
	}
	return list
}

func (d draw) form() *backend.ConfigForm {
	f := form()
	f.Primary, f.ModelsMode = d.word(), pick(d, "merge", "replace", "")
	e, p := entry(&doctor.Facts{Config: f}), provider(&doctor.Facts{Config: f})
	e.ID, e.API, e.ContextWindow, e.ContextTokens, e.MaxTokens = d.word(), pick(d, "", "openai-completions"), d.set(), nil, d.set()
	p.ID, p.API, p.BaseURL, p.TimeoutSeconds = d.word(), pick(d, "", "openai-responses", "ollama"), pick(d, "", "http://localhost:1234", "::"), nil
	p.HasKey, p.KeyKind = d.coin(), pick(d, backend.KeyText, backend.KeyEnv, backend.KeyRef)
	return maybe(d, *f)
}

func (d draw) remedy() *backend.Remedy {
	return maybe(d, backend.Remedy{
		Action: pick(d, backend.ActionLoad, backend.ActionKeep, backend.ActionKeepContext, backend.ActionStartServer, backend.ActionUnloadExtra, backend.ActionTimeout, backend.ActionCheck, ""),
		Model:  d.word(), Server: d.word(), Context: d.tokens(), Seconds: maybe(d, pick(d, 0.0, 90, 1e20)),
	})
}

func (d draw) facts() doctor.Facts {
	f := doctor.Facts{Now: noon, Version: pick(d, "", "2026.2.9", "2026.3.13", "2026.9.6", "v2026.11.1", "latest", "9.9"), Config: d.form(), Issues: d.issues()}
	f.Status = &backend.Status{Keep: backend.Keep{
		Server: d.word(), Model: d.word(), ContextLength: d.tokens(), Since: d.at(), InstanceID: d.word(), Reason: d.err(), NextAttemptAt: maybe(d, d.at()),
		State: pick(d, backend.KeepOff, backend.KeepWarm, backend.KeepLoading, backend.KeepWaiting, backend.KeepPaused, backend.KeepBlocked, ""),
	}}
	for range rapid.IntRange(0, 3).Draw(d.T, "servers") {
		f.Status.Servers = append(f.Status.Servers, d.server())
	}
	if d.coin() || d.coin() { //nolint:staticcheck // a coin each
		o := &backend.OpenClaw{Found: d.coin() || d.coin(), ConfigPath: d.word(), ConfigValid: d.coin(), LogPath: d.word(), LogReadable: d.coin(), LogError: d.err(), Gateway: pick(d, "up", "down", "unknown", "")} //nolint:staticcheck // a coin each
		for range rapid.IntRange(0, 3).Draw(d.T, "hops") {
			o.Chain = append(o.Chain, d.hop())
		}
		f.Status.OpenClaw = o
	}
	f.LMStudio = backend.LMStudioSeen{Folder: d.word(), Installed: maybe(d, d.coin()), Running: maybe(d, d.coin())}
	f.Quiet, f.Preload = maybe(d, d.coin()), pick(d, nil, map[string]bool{"lmstudio": false}, map[string]bool{"lmstudio": true})
	f.Edit = maybe(d, backend.Revision{ID: 3, At: d.at(), Note: d.word(), Verdict: maybe(d, backend.ConfigVerdict{
		Code: pick(d, backend.VerdictPending, backend.VerdictRejected, backend.VerdictUndone, backend.VerdictReplaced, backend.VerdictUnknown), Text: d.word(), Hint: d.word(),
	})})
	d.history(&f)
	return f
}

func (d draw) history(f *doctor.Facts) {
	for range rapid.IntRange(0, 5).Draw(d.T, "loads") {
		f.Loads = append(f.Loads, backend.Load{
			At: d.at(), Server: d.word(), Model: d.word(), Event: pick(d, backend.Loaded, backend.Unloaded, backend.LoadFailed),
			Cause: pick(d, backend.CauseCrashed, backend.CauseTTL, backend.CauseUser, backend.CauseAlreadyLoaded, ""), Detail: pick(d, "", "not enough memory"),
		})
	}
	for range rapid.IntRange(0, 4).Draw(d.T, "fallbacks") {
		f.Fallbacks = append(f.Fallbacks, backend.Fallback{
			At: d.at(), Requested: d.hop().Ref, Answered: maybe(d, d.word()),
			Cause: backend.Cause{Code: pick(d, backend.FellContext, backend.FellMemory, backend.FellTimeoutCold, backend.FellAuth, "")},
		})
	}
	for range rapid.IntRange(0, 3).Draw(d.T, "patterns") {
		f.Patterns = append(f.Patterns, backend.Pattern{
			Code: pick(d, backend.PatternStuck, backend.PatternStorm, backend.PatternRepeat, backend.PatternCold), Text: d.word() + ".", Hint: d.word(), Model: d.word(), Remedy: d.remedy(),
		})
	}
	f.Cold, f.Fits, f.Reach = map[doctor.Held]doctor.Cold{}, map[doctor.Held]doctor.Fitted{}, map[string]backend.Reach{}
	for range 3 {
		h := doctor.Held{Server: d.word(), Model: d.word()}
		f.Cold[h] = doctor.Cold{Median: time.Minute, P95: pick(d, 0, -time.Hour, time.Minute, 20*time.Minute, 1<<62), N: pick(d, 0, 3, 9)}
		f.Fits[h] = doctor.Fitted{AtConfig: d.fit(), AtLoaded: d.fit(), FitsUpTo: d.tokens()}
		f.Reach[d.word()] = backend.Reach{URL: d.word(), Status: pick(d, 0, 200, 401, 404, 500, -1), LatencySeconds: maybe(d, pick(d, 0.0, -1, 0.02, 90)), Lists: d.coin(), Error: d.err()}
	}
}

func TestWhateverIsKnownTheReportIsSound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		f := draw{rt}.facts()
		checks := doctor.Examine(f)
		sound(rt, checks)
		for _, c := range checks {
			for _, fix := range append(c.Others, deref(c.Fix)...) {
				onlyKnownKeys(rt, f, c.ID, fix)
			}
		}
	})
}

// onlyKnownKeys looks that no key is written which only OpenClaw 2026.9 knows, where
// it is not known that this version reads the config.
func onlyKnownKeys(rt *rapid.T, f doctor.Facts, id string, fix backend.Fix) {
	if strings.HasPrefix(f.Version, "2026.9") || strings.HasPrefix(f.Version, "v2026.11") {
		return
	}
	for _, e := range fix.Do.Edits {
		for _, k := range []string{".timeoutSeconds", ".params", ".contextTokens"} {
			if strings.Contains(e.Path, k) && !e.Unset {
				rt.Errorf("%s: %s writes %s for OpenClaw %q", id, fix.ID, e.Path, f.Version)
			}
		}
	}
}

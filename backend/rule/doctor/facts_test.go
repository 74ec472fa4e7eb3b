package doctor_test

import (
	"fmt"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// before is a moment so long before noon.
func before(d time.Duration) backend.Time { return backend.At(noon.Add(-d)) }

const (
	key    = "minimax-m2.1-gs32"
	ref    = "lmstudio/" + key
	opus   = "anthropic/claude-opus-4-6"
	gb     = int64(1) << 30
	lms    = "models.providers.lmstudio"
	theURL = "http://127.0.0.1:1234"
)

// healthy is a Mac Studio whose model is warm and whose OpenClaw is in order.
func healthy() doctor.Facts {
	claw := &backend.OpenClaw{
		Found: true, ConfigPath: "/Users/ann/.openclaw/openclaw.json", ConfigValid: true, Version: "2026.9.6", Primary: ref,
		Fallbacks: []string{opus}, LogPath: "/tmp/openclaw/openclaw-2026-11-30.log", LogReadable: true, Gateway: "up",
		Chain: []backend.Hop{
			{
				Ref: ref, Provider: "lmstudio", Model: key, BaseURL: theURL + "/v1", Local: true, Server: "lmstudio", Key: key,
				State: "warm", ContextWindow: ptr(196608), TimeoutSeconds: ptr(300.0),
			},
			{Ref: opus, Provider: "anthropic", Model: "claude-opus-4-6", Alias: "Opus", State: "hosted"},
		},
	}
	fit := backend.Fit{ContextLength: ptr(196608), TotalBytes: 170 * gb, AvailableBytes: ptr(300 * gb), Verdict: backend.Fits}
	return doctor.Facts{
		Now: noon, OS: "darwin", Unified: true, Version: "2026.9.6",
		Status: &backend.Status{
			Servers:  []backend.Server{lmstudioServer()},
			OpenClaw: claw,
			Keep: backend.Keep{
				Server: "lmstudio", Model: key, ContextLength: ptr(196608), Policy: backend.Always, State: backend.KeepWarm,
				InstanceID: key, Since: before(3 * time.Hour),
			},
		},
		LMStudio: backend.LMStudioSeen{Folder: "/Users/ann/.lmstudio", Installed: ptr(true), Running: ptr(true)},
		Config:   form(), Issues: []backend.ConfigIssue{}, Quiet: ptr(false),
		Edit: &backend.Revision{ID: 7, At: before(48 * time.Hour), Note: "use it", Verdict: &backend.ConfigVerdict{
			Code: backend.VerdictAccepted, Text: "OpenClaw took it over.",
		}},
		Fallbacks: []backend.Fallback{}, Patterns: []backend.Pattern{},
		Loads: []backend.Load{{At: before(3 * time.Hour), Server: "lmstudio", Model: key, InstanceID: key, Event: backend.Loaded, Cause: backend.CauseKeepWarm}},
		Cold:  map[doctor.Held]doctor.Cold{held: {Median: 60 * time.Second, P95: 100 * time.Second, N: 12}},
		Fits:  map[doctor.Held]doctor.Fitted{held: {AtConfig: &fit, AtLoaded: &fit, FitsUpTo: ptr(196608)}},
		Reach: map[string]backend.Reach{"lmstudio": {
			Provider: "lmstudio", URL: theURL + "/v1/models", At: before(time.Minute), Status: 200, LatencySeconds: ptr(0.004),
			Models: []string{key, "text-embedding-nomic"}, Lists: true,
		}},
	}
}

var held = doctor.Held{Server: "lmstudio", Model: key}

func lmstudioServer() backend.Server {
	return backend.Server{
		ID: "lmstudio", Kind: backend.KindLMStudio, Engine: backend.EngineLMStudio, Name: "LM Studio", URL: theURL, State: backend.ServerUp,
		API: ptr(backend.APIv1), Version: "0.4.25", CheckedAt: ptr(before(time.Second)), ListedAt: ptr(before(time.Second)),
		StateSince: ptr(before(5 * time.Hour)), LatencySeconds: ptr(0.003), Providers: []string{"lmstudio"},
		Tells: &backend.Tells{Loaded: true, Context: true, Busy: true, Expiry: true, Load: true, Unload: true, WarmBy: backend.WarmByLoad},
		Models: []backend.Model{
			{
				Key: key, Name: "MiniMax M2.1", Type: backend.TypeLLM, Format: "mlx", Quantization: "4bit", BitsPerWeight: ptr(4.5),
				Parameters: "229B-A10B", Architecture: "minimax_m2", SizeBytes: ptr(129 * int64(1e9)), MaxContextLength: ptr(196608),
				Instances: []backend.Instance{{
					ID: key, ContextLength: ptr(196608), Busy: ptr(false), Explicit: ptr(true), SeenLoadedAt: before(3 * time.Hour),
				}},
			},
			{Key: "text-embedding-nomic", Name: "Nomic", Type: backend.TypeEmbedding, Instances: []backend.Instance{}},
		},
	}
}

func form() *backend.ConfigForm {
	return &backend.ConfigForm{
		Primary: ref, Fallbacks: []string{opus}, ModelsMode: "merge", Allow: []string{},
		Models: []backend.ConfigEntry{{Ref: ref, Alias: "MiniMax"}, {Ref: opus, Alias: "Opus"}},
		Providers: []backend.ConfigProvider{{
			ID: "lmstudio", Path: lms, BaseURL: theURL + "/v1", API: "openai-responses", HasKey: true, KeyKind: backend.KeyText,
			TimeoutSeconds: ptr(300.0), Server: "lmstudio",
			Models: []backend.ConfigModel{{ID: key, Path: lms + ".models[0]", Name: "MiniMax M2.1", ContextWindow: ptr(196608), MaxTokens: ptr(8192)}},
		}},
		Agents: []backend.ConfigAgent{},
	}
}

// The parts of Facts that tests break.

func hop(f *doctor.Facts) *backend.Hop                 { return &f.Status.OpenClaw.Chain[0] }
func srv(f *doctor.Facts) *backend.Server              { return &f.Status.Servers[0] }
func model(f *doctor.Facts) *backend.Model             { return &srv(f).Models[0] }
func inst(f *doctor.Facts) *backend.Instance           { return &model(f).Instances[0] }
func provider(f *doctor.Facts) *backend.ConfigProvider { return &f.Config.Providers[0] }
func entry(f *doctor.Facts) *backend.ConfigModel       { return &provider(f).Models[0] }
func fits(f *doctor.Facts, change func(*doctor.Fitted)) {
	v := f.Fits[held]
	change(&v)
	f.Fits[held] = v
}

func unload(f *doctor.Facts) {
	model(f).Instances = []backend.Instance{}
	hop(f).State = "not_loaded"
	f.Status.Keep = backend.Keep{State: backend.KeepOff}
}

func version(f *doctor.Facts, v string) { f.Version, f.Status.OpenClaw.Version = v, v }

func reach(f *doctor.Facts, change func(*backend.Reach)) {
	v := f.Reach["lmstudio"]
	change(&v)
	f.Reach["lmstudio"] = v
}

func gone(ago time.Duration, cause backend.LoadCause) backend.Load {
	return backend.Load{At: before(ago), Server: "lmstudio", Model: key, InstanceID: key, Event: backend.Unloaded, Cause: cause}
}

func refused(ago time.Duration, detail string) backend.Load {
	return backend.Load{At: before(ago), Server: "lmstudio", Model: key, Event: backend.LoadFailed, Cause: backend.CauseOpenClaw, Detail: detail}
}

func fell(ago time.Duration, cause backend.CauseCode) backend.Fallback {
	answered := opus
	return backend.Fallback{At: before(ago), Requested: ref, Answered: &answered, Outcome: backend.FellBack, Cause: backend.Cause{Code: cause}}
}

func issue(path, code, message, hint string, edits ...backend.ConfigEdit) backend.ConfigIssue {
	return backend.ConfigIssue{Path: path, Severity: backend.SeverityWarning, Code: code, Message: message, Hint: hint, Edits: edits}
}

func edit(path, value string) backend.ConfigEdit {
	return backend.ConfigEdit{Path: path, Value: []byte(value)}
}

func find(t *testing.T, checks []backend.Check, id string) backend.Check {
	t.Helper()
	for _, c := range checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("there is no check %q", id)
	return backend.Check{}
}

// fixesOf are the ids of a check's fixes with what each does to the config.
func fixesOf(c backend.Check) []string {
	var out []string
	all := c.Others
	if c.Fix != nil {
		all = append([]backend.Fix{*c.Fix}, all...)
	}
	for _, f := range all {
		s := f.ID
		for _, e := range f.Do.Edits {
			switch {
			case e.Unset:
				s += " -" + e.Path
			case e.RenameTo != "":
				s += " " + e.Path + ">" + e.RenameTo
			default:
				s += " " + e.Path + "=" + string(e.Value)
			}
		}
		if f.Do.Context != nil {
			s += fmt.Sprintf(" %d", *f.Do.Context)
		}
		if f.Do.Instance != "" {
			s += " " + f.Do.Instance
		}
		if f.Bytes != nil {
			s += fmt.Sprintf(" %dGB", *f.Bytes/gb)
		}
		out = append(out, s)
	}
	return out
}

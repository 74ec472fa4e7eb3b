package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// scenario breaks a healthy set-up, and says what one check must make of it.
type scenario struct {
	name   string
	breaks func(*doctor.Facts)
	id     string
	want   backend.Finding
	says   string   // in the detail
	advice string   // in the hint
	fixes  []string // as fixesOf tells them
}

func run(t *testing.T, list []scenario) {
	t.Helper()
	for _, tc := range list {
		t.Run(tc.id+"/"+tc.name, func(t *testing.T) {
			t.Parallel()
			f := healthy()
			tc.breaks(&f)
			checks := doctor.Examine(f)
			sound(t, checks)
			c := find(t, checks, tc.id)
			if c.Verdict != tc.want || !strings.Contains(c.Detail, tc.says) || !strings.Contains(c.Hint, tc.advice) {
				t.Errorf("%s\n  detail %q, want %s with %q\n  hint   %q, want %q", c.Verdict, c.Detail, tc.want, tc.says, c.Hint, tc.advice)
			}
			if got := fixesOf(c); !slices.Equal(got, tc.fixes) {
				t.Errorf("fixes\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(tc.fixes, "\n  "))
			}
		})
	}
}

const (
	ok   = backend.FindingOK
	warn = backend.FindingWarn
	fail = backend.FindingFail
	skip = backend.FindingSkip
)

func elsewhere(f *doctor.Facts) {
	srv(f).Kind, srv(f).Engine, srv(f).Name = backend.KindOpenAI, backend.EngineVLLM, "vLLM"
	srv(f).Tells = &backend.Tells{Loaded: true, Context: true, WarmBy: backend.WarmAlways}
	srv(f).ID, hop(f).Server, hop(f).Provider, provider(f).ID = "vllm", "vllm", "vllm", "vllm"
	f.Status.Keep = backend.Keep{State: backend.KeepOff}
}

func hostedOnly(f *doctor.Facts) { f.Status.OpenClaw.Chain = f.Status.OpenClaw.Chain[1:] }

func TestSetupOfLMStudio(t *testing.T) {
	t.Parallel()
	down := func(f *doctor.Facts) { srv(f).State, srv(f).Models = backend.ServerDown, nil }
	run(t, []scenario{
		{"healthy", func(*doctor.Facts) {}, "lmstudio_installed", ok, "/Users/ann/.lmstudio", "", nil},
		{"not there", func(f *doctor.Facts) { down(f); f.LMStudio = backend.LMStudioSeen{Installed: ptr(false)} }, "lmstudio_installed", fail, "not found", "lmstudio.ai", nil},
		{"answers all the same", func(f *doctor.Facts) { f.LMStudio = backend.LMStudioSeen{Installed: ptr(false)} }, "lmstudio_installed", ok, theURL, "", nil},
		{"not known", func(f *doctor.Facts) { down(f); f.LMStudio = backend.LMStudioSeen{} }, "lmstudio_installed", skip, "not known", "", nil},
		{"files alone", func(f *doctor.Facts) { down(f); f.LMStudio.Installed = nil }, "lmstudio_installed", skip, "/Users/ann/.lmstudio", "", nil},
		{"another machine", func(f *doctor.Facts) { srv(f).Host = "studio.local" }, "lmstudio_installed", skip, "studio.local", "", nil},
		{"another engine", elsewhere, "lmstudio_installed", skip, "not LM Studio", "", nil},
		{"only hosted models", hostedOnly, "lmstudio_installed", skip, "No model of the chain", "", nil},
		{"does not run", func(f *doctor.Facts) { down(f); f.LMStudio.Running = ptr(false) }, "lmstudio_running", fail, "does not run", "Open LM Studio", nil},
		{"not installed", func(f *doctor.Facts) { down(f); f.LMStudio = backend.LMStudioSeen{Installed: ptr(false)} }, "lmstudio_running", skip, "not installed", "", nil},
		{"not known", func(f *doctor.Facts) { down(f); f.LMStudio = backend.LMStudioSeen{} }, "lmstudio_running", skip, "not known", "", nil},
		{"server off", func(f *doctor.Facts) { srv(f).State = backend.ServerOff; f.LMStudio = backend.LMStudioSeen{} }, "lmstudio_running", ok, "runs", "", nil},
		{"healthy", func(*doctor.Facts) {}, "lmstudio_server", ok, theURL + " in 3 ms, version 0.4.25", "", nil},
		{"off", func(f *doctor.Facts) { srv(f).State = backend.ServerOff }, "lmstudio_server", fail, "its server at " + theURL + " is off", "Developer tab", []string{"start_server"}},
		{"off elsewhere", func(f *doctor.Facts) { srv(f).State, srv(f).Host = backend.ServerOff, "studio.local" }, "lmstudio_server", fail, "is off", "Developer tab", nil},
		{"down", down, "lmstudio_server", fail, "Nothing answers at " + theURL, "Open LM Studio", nil},
		{"down elsewhere", func(f *doctor.Facts) { down(f); srv(f).Host = "studio.local" }, "lmstudio_server", fail, "Nothing answers", "studio.local", nil},
		{"token", func(f *doctor.Facts) {
			srv(f).State, srv(f).Error = backend.ServerNeedsToken, &backend.Error{Message: "LM Studio asks for an API token.", Hint: "Create one."}
		}, "lmstudio_server", fail, "LM Studio asks for an API token.", "Create one.", nil},
		{"not asked", func(f *doctor.Facts) { srv(f).State = backend.ServerUnknown }, "lmstudio_server", skip, "not asked", "", nil},
		{"none", func(f *doctor.Facts) { f.Status = &backend.Status{} }, "lmstudio_server", skip, "watches no LM Studio", "", nil},
	})
}

// misnamed is a config that names a model which the server does not have.
func misnamed(f *doctor.Facts) {
	const wrong = "minimax-m2.1"
	h := hop(f)
	h.Ref, h.Model, h.Key, h.State = "lmstudio/"+wrong, wrong, "", "missing"
	entry(f).ID, f.Config.Primary = wrong, h.Ref
	f.Config.Models[0].Ref, f.Config.Allow = h.Ref, []string{opus, h.Ref}
	f.Config.Agents = []backend.ConfigAgent{
		{ID: "work", Path: "agents.list[0].model", Primary: h.Ref, Fallbacks: []string{}, Own: true},
		{ID: "play", Path: "agents.list[1].model", Primary: opus, Fallbacks: []string{h.Ref}, Own: true},
		{ID: "rest", Path: "agents.list[2].model", Primary: h.Ref},
	}
	f.Status.Keep = backend.Keep{State: backend.KeepOff}
	f.Issues = []backend.ConfigIssue{issue(lms+".models[0].id", "not_on_server", "LM Studio does not have it.", "Did you mean it?", edit(lms+".models[0].id", `"`+key+`"`))}
}

func builds(more ...backend.Model) func(*doctor.Facts) {
	return func(f *doctor.Facts) { srv(f).Models = append(srv(f).Models, more...) }
}

func TestSetupOfTheModel(t *testing.T) {
	t.Parallel()
	large := backend.Model{
		Key: "lmstudio-community/MiniMax-M2.1-MLX-8bit", Name: "MiniMax M2.1 8bit", Type: backend.TypeLLM, Quantization: "8bit",
		Parameters: "229B-A10B", Architecture: "minimax_m2", SizeBytes: ptr(243 * int64(1e9)),
	}
	with := func(m backend.Model, change func(*backend.Model)) backend.Model { change(&m); return m }
	run(t, []scenario{
		{"healthy", func(*doctor.Facts) {}, "model_listed", ok, "LM Studio has minimax-m2.1-gs32 (229B-A10B, 4bit, 129 GB)", "", nil},
		{"misnamed", misnamed, "model_listed", fail, "no model minimax-m2.1; it has minimax-m2.1-gs32", "Did you mean minimax-m2.1-gs32?", []string{
			`rename models.providers.lmstudio.models[0].id="minimax-m2.1-gs32" agents.defaults.model.primary="lmstudio/minimax-m2.1-gs32"` +
				` agents.defaults.models["lmstudio/minimax-m2.1"]>lmstudio/minimax-m2.1-gs32 agents.defaults.modelPolicy.allow[1]="lmstudio/minimax-m2.1-gs32"` +
				` agents.list[0].model.primary="lmstudio/minimax-m2.1-gs32" agents.list[1].model.fallbacks[0]="lmstudio/minimax-m2.1-gs32"` +
				` agents.list[2].model={"primary":"lmstudio/minimax-m2.1-gs32"}`,
		}},
		{"misnamed beyond guessing", func(f *doctor.Facts) { misnamed(f); f.Issues = nil }, "model_listed", fail, "no model minimax-m2.1", "Download it", nil},
		{"nothing there", func(f *doctor.Facts) { misnamed(f); srv(f).Models = nil }, "model_listed", fail, "it has none at all", "Did you mean", []string{fixesOf(find(t, examined(misnamed), "model_listed"))[0]}},
		{"server off", func(f *doctor.Facts) { srv(f).State = backend.ServerOff }, "model_listed", skip, "cannot be asked", "", nil},
		{"never listed", func(f *doctor.Facts) { srv(f).Models, srv(f).ListedAt = nil, nil }, "model_listed", skip, "not told its models", "", nil},
		{"only what is loaded is offered", func(f *doctor.Facts) {
			unload(f)
			reach(f, func(r *backend.Reach) { r.Models = []string{"another"} })
		}, "model_listed", warn, "does not offer it at " + theURL, "just-in-time", []string{"keep 196608 170GB", "load 196608 170GB"}},
		{"hosted", hostedOnly, "model_listed", skip, "No model of the chain is on a server of your own", "", nil},

		{"the only build", func(*doctor.Facts) {}, "largest_build", ok, "the only build", "", nil},
		{"a larger build", builds(large), "largest_build", warn, "though lmstudio-community/MiniMax-M2.1-MLX-8bit (229B-A10B, 8bit, 243 GB) is downloaded", "choose it in Config", nil},
		{"a larger one that does not fit", builds(with(large, func(m *backend.Model) { m.Fit = &backend.Fit{Verdict: backend.TooBig} })), "largest_build", ok, "does not fit", "", nil},
		{"one that fits beside one that does not", builds(with(large, func(m *backend.Model) { m.Key, m.SizeBytes = "minimax-m2.1-5bit", ptr(160*int64(1e9)) }),
			with(large, func(m *backend.Model) { m.Fit = &backend.Fit{Verdict: backend.TooBig} })), "largest_build", warn, "minimax-m2.1-5bit", "", nil},
		{"a smaller build", builds(with(large, func(m *backend.Model) { m.SizeBytes = ptr(90 * int64(1e9)) })), "largest_build", ok, "the largest of 2 builds", "", nil},
		{"another model of that size", builds(with(large, func(m *backend.Model) { m.Key, m.Name = "glm-5-8bit", "GLM 5" })), "largest_build", ok, "the only build", "", nil},
		{"other parameters", builds(with(large, func(m *backend.Model) { m.Parameters = "456B" })), "largest_build", ok, "the only build", "", nil},
		{"other architecture", builds(with(large, func(m *backend.Model) { m.Architecture = "llama" })), "largest_build", ok, "the only build", "", nil},
		{"the same name", builds(with(large, func(m *backend.Model) { m.Key, m.Name = "whatever", "MiniMax M2.1" })), "largest_build", warn, "whatever", "", nil},
		{"named by its quantization", builds(with(large, func(m *backend.Model) { m.Key, m.Name = "unsloth/MiniMax-M2.1-UD-Q6_K_XL-GGUF", "" })), "largest_build", warn, "UD-Q6_K_XL", "", nil},
		{"named by its variant", builds(with(large, func(m *backend.Model) { m.Key, m.Name = key+"@q8_0", "" })), "largest_build", warn, key + "@q8_0", "", nil},
		{"another version of it", builds(with(large, func(m *backend.Model) { m.Key, m.Name = "minimax-m2-8bit", "" })), "largest_build", ok, "the only build", "", nil},
		{"size not known", func(f *doctor.Facts) { model(f).SizeBytes = nil }, "largest_build", skip, "does not tell how large", "", nil},

		{"healthy", func(*doctor.Facts) {}, "quantization", ok, "4.5 bits for a weight", "", nil},
		{"three", func(f *doctor.Facts) { model(f).BitsPerWeight = ptr(3.25) }, "quantization", warn, "3.25 bits", "4 bits or more", nil},
		{"two", func(f *doctor.Facts) { model(f).BitsPerWeight = ptr(2.06) }, "quantization", fail, "2.06 bits", "4 bits or more", nil},
		{"by its name", func(f *doctor.Facts) { model(f).BitsPerWeight, model(f).Quantization = nil, "IQ2_XXS" }, "quantization", fail, "2 bits", "", nil},
		{"by its name in full", func(f *doctor.Facts) { model(f).BitsPerWeight, model(f).Quantization = nil, "Q4_K_M" }, "quantization", ok, "4 bits", "", nil},
		{"of MLX", func(f *doctor.Facts) { model(f).BitsPerWeight, model(f).Quantization = nil, "3bit" }, "quantization", warn, "3 bits", "", nil},
		{"not known", func(f *doctor.Facts) { model(f).BitsPerWeight, model(f).Quantization = nil, "" }, "quantization", skip, "does not tell", "", nil},

		{"healthy", func(*doctor.Facts) {}, "model_size", ok, "229B-A10B", "", nil},
		{"small", func(f *doctor.Facts) { model(f).Parameters = "4B" }, "model_size", warn, "a small model: 4B", "larger model", nil},
		{"in millions", func(f *doctor.Facts) { model(f).Parameters = "270M" }, "model_size", warn, "270M", "larger model", nil},
		{"eight", func(f *doctor.Facts) { model(f).Parameters = "8B" }, "model_size", ok, "8B", "", nil},
		{"a trillion", func(f *doctor.Facts) { model(f).Parameters = "1T" }, "model_size", ok, "1T", "", nil},
		{"large though its name says 2", func(f *doctor.Facts) { model(f).Key, hop(f).Key = "mixtral-2b-x", "mixtral-2b-x" }, "model_size", ok, "229B", "", nil},
		{"not known", func(f *doctor.Facts) { model(f).Parameters = "" }, "model_size", skip, "does not tell", "", nil},
		{"no figure", func(f *doctor.Facts) { model(f).Parameters = "large" }, "model_size", skip, "does not tell", "", nil},
	})
}

func examined(breaks func(*doctor.Facts)) []backend.Check {
	f := healthy()
	breaks(&f)
	return doctor.Examine(f)
}

func TestSetupInMemory(t *testing.T) {
	t.Parallel()
	tooBig := func(f *doctor.Facts) {
		fits(f, func(v *doctor.Fitted) {
			v.AtConfig = &backend.Fit{ContextLength: ptr(196608), TotalBytes: 400 * gb, Verdict: backend.TooBig}
			v.FitsUpTo = ptr(70000)
		})
	}
	smaller := func(f *doctor.Facts) {
		inst(f).ContextLength = ptr(32768)
		fits(f, func(v *doctor.Fitted) {
			v.AtLoaded = &backend.Fit{ContextLength: ptr(32768), TotalBytes: 137 * gb, Verdict: backend.Fits}
		})
	}
	run(t, []scenario{
		{"healthy", func(*doctor.Facts) {}, "model_loaded", ok, "MiniMax M2.1 is in memory with a context of 196,608 tokens", "", nil},
		{"not loaded", unload, "model_loaded", fail, "not in memory", "Loading it mostly takes 60 s.", []string{"keep 196608 170GB", "load 196608 170GB"}},
		{"too big", func(f *doctor.Facts) { unload(f); tooBig(f) }, "model_loaded", fail, "not in memory", "", []string{"keep 65536", "load 65536"}},
		{"too big at all", func(f *doctor.Facts) { unload(f); tooBig(f); fits(f, func(v *doctor.Fitted) { v.FitsUpTo = nil }) }, "model_loaded", fail, "not in memory", "", nil},
		{"loading", func(f *doctor.Facts) { unload(f); model(f).Loading = true }, "model_loaded", ok, "being loaded", "", nil},
		{"crashed", func(f *doctor.Facts) { inst(f).Crashed = true; f.Status.Keep = backend.Keep{} }, "model_loaded", fail, "its engine is dead", "", []string{"keep 196608 170GB", "check " + key}},
		{"missing for a look", func(f *doctor.Facts) { inst(f).Missing = true }, "model_loaded", skip, "next look", "", nil},
		{"paused", func(f *doctor.Facts) { k := f.Status.Keep; unload(f); k.State = backend.KeepPaused; f.Status.Keep = k }, "model_loaded", warn, "paused", "", []string{"resume"}},
		{"does not tell", func(f *doctor.Facts) { unload(f); srv(f).Tells = nil; srv(f).API = ptr(backend.APIOpenAI) }, "model_loaded", skip, "does not tell", "", nil},
		{"a gateway", func(f *doctor.Facts) {
			unload(f)
			elsewhere(f)
			srv(f).Tells = &backend.Tells{WarmBy: backend.WarmByRequest}
		}, "model_loaded", skip, "one token", "", nil},

		{"healthy", func(*doctor.Facts) {}, "model_kept", ok, "keeps MiniMax M2.1 loaded", "", nil},
		{"nothing kept", func(f *doctor.Facts) { f.Status.Keep = backend.Keep{State: backend.KeepOff} }, "model_kept", warn, "Nothing keeps", "", []string{"keep 196608 170GB"}},
		{"another kept", func(f *doctor.Facts) { f.Status.Keep.Model = "glm-5" }, "model_kept", warn, "keeps glm-5, and OpenClaw asks for MiniMax M2.1", "", []string{"keep 196608 170GB"}},
		{"paused", func(f *doctor.Facts) { f.Status.Keep.State = backend.KeepPaused }, "model_kept", warn, "paused until you go on", "", []string{"resume"}},
		{"always warm", elsewhere, "model_kept", skip, "as long as it runs", "", nil},
		{"without OpenClaw", func(f *doctor.Facts) { f.Status.OpenClaw = nil }, "model_kept", ok, "keeps MiniMax M2.1", "", nil},
		{"on a server that is gone", func(f *doctor.Facts) { f.Status.OpenClaw, f.Status.Servers = nil, nil }, "model_kept", skip, "not looked for OpenClaw", "", nil},

		{"healthy", func(*doctor.Facts) {}, "context_window", ok, "told 196,608 tokens, and MiniMax M2.1 is loaded with 196,608", "", nil},
		{"more than is loaded, and OpenClaw would load", smaller, "context_window", warn, "makes LM Studio load it once more", "", []string{
			"lower_context " + lms + ".models[0].contextWindow=32768", "more_context 196608 170GB",
		}},
		{"more than is loaded", func(f *doctor.Facts) { smaller(f); version(f, "2026.3.13") }, "context_window", fail, "told 196,608 tokens, but MiniMax M2.1 is loaded with 32,768", "cut or refused", []string{
			"lower_context " + lms + ".models[0].contextWindow=32768", "more_context 196608 170GB",
		}},
		{"more than fits", func(f *doctor.Facts) { smaller(f); version(f, "2026.3.13"); tooBig(f) }, "context_window", fail, "loaded with 32,768", "", []string{
			"lower_context " + lms + ".models[0].contextWindow=32768", "more_context 65536",
		}},
		{"with contextTokens", func(f *doctor.Facts) { smaller(f); entry(f).ContextTokens = ptr(131072) }, "context_window", warn, "told 131,072", "", []string{
			"lower_context " + lms + ".models[0].contextTokens=32768", "more_context 131072",
		}},
		{"too little to be told", func(f *doctor.Facts) { smaller(f); inst(f).ContextLength = ptr(4096) }, "context_window", warn, "loaded with 4,096", "", []string{"more_context 196608 170GB"}},
		{"a long answer too", func(f *doctor.Facts) { smaller(f); entry(f).MaxTokens = ptr(32768) }, "context_window", warn, "", "", []string{
			"lower_context " + lms + ".models[0].contextWindow=32768 " + lms + ".models[0].maxTokens=8192", "more_context 196608 170GB",
		}},
		{"more than the model has", func(f *doctor.Facts) { model(f).MaxContextLength = ptr(131072) }, "context_window", fail, "told 196,608 tokens; MiniMax M2.1 has 131,072", "", []string{
			"model_max " + lms + ".models[0].contextWindow=131072",
		}},
		{"less than OpenClaw needs", func(f *doctor.Facts) { entry(f).ContextWindow = ptr(8192) }, "context_window", warn, "own prompt takes about 13,000", "32,768", nil},
		{"not set", func(f *doctor.Facts) { entry(f).ContextWindow = nil }, "context_window", warn, "a figure of its own", "", []string{"lower_context " + lms + ".models[0].contextWindow=196608"}},
		{"not loaded", unload, "context_window", ok, "not known now", "", nil},
		{"nothing known", func(f *doctor.Facts) { unload(f); srv(f).Models = nil }, "context_window", skip, "not known", "", nil},

		{"healthy", func(*doctor.Facts) {}, "max_tokens", ok, "8,192 tokens of 196,608", "", nil},
		{"the whole context", func(f *doctor.Facts) { entry(f).MaxTokens = ptr(196608) }, "max_tokens", fail, "196,608 tokens", "8,192", []string{"max_tokens " + lms + ".models[0].maxTokens=8192"}},
		{"most of it", func(f *doctor.Facts) { entry(f).MaxTokens = ptr(131072) }, "max_tokens", warn, "leaves 65,536", "8,192", []string{"max_tokens " + lms + ".models[0].maxTokens=8192"}},
		{"not set", func(f *doctor.Facts) { entry(f).MaxTokens = nil }, "max_tokens", ok, "takes 8,192", "", nil},
		{"not set, and little context", func(f *doctor.Facts) { entry(f).MaxTokens, entry(f).ContextWindow = nil, ptr(8192) }, "max_tokens", fail, "8,192", "2,048", []string{"max_tokens " + lms + ".models[0].maxTokens=2048"}},
		{"no config", func(f *doctor.Facts) { f.Config = nil }, "max_tokens", skip, "cannot be read", "", nil},
		{"no entry", func(f *doctor.Facts) { provider(f).Models = nil }, "max_tokens", skip, "nothing of MiniMax M2.1 but its name", "", nil},
	})
}

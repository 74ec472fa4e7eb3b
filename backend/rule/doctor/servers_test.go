package doctor_test

import (
	"slices"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/rule/doctor"
)

// beside adds a server to a healthy set-up.
func beside(s backend.Server) func(*doctor.Facts) {
	return func(f *doctor.Facts) {
		if s.Kind == "" {
			s.Kind = backend.KindOpenAI
		}
		f.Status.Servers = append(f.Status.Servers, s)
	}
}

// inChain has the fallback on a server.
func inChain(id string, s backend.Server) func(*doctor.Facts) {
	return func(f *doctor.Facts) {
		beside(s)(f)
		f.Status.OpenClaw.Chain[1].Server = id
	}
}

func TestFurtherServers(t *testing.T) {
	t.Parallel()
	vllm := backend.Server{
		ID: "gpu-box:8000", Name: "vLLM", Host: "gpu-box", URL: "http://gpu-box:8000", Engine: backend.EngineVLLM, State: backend.ServerUp, Version: "0.11",
		LatencySeconds: ptr(0.012), ListedAt: ptr(before(0)), Models: []backend.Model{{Key: "a", Instances: []backend.Instance{{ID: "a"}}}, {Key: "b"}},
		Providers: []string{"vllm"}, Tells: &backend.Tells{Loaded: true, WarmBy: backend.WarmAlways, Note: "It does not tell when it is busy"},
	}
	with := func(change func(*backend.Server)) backend.Server {
		s := vllm
		s.Tells = ptr(*vllm.Tells)
		change(&s)
		return s
	}
	hosted := backend.Server{ID: "anthropic", Name: "Anthropic", URL: "https://api.anthropic.com", Engine: backend.EngineHosted, State: backend.ServerUp, LatencySeconds: ptr(0.12), Region: "us"}
	hostedAt := func(change func(*backend.Server)) backend.Server { s := hosted; change(&s); return s }
	badCert := &backend.Error{Code: backend.CodeNetwork, Message: "Its certificate is for another name", Hint: "Correct the address."}
	run(t, []scenario{
		{"up", beside(vllm), "servers_gpu_box_8000", ok, "vLLM 0.11 answers in 12 ms. It lists 2 models, 1 in memory. It does not tell when it is busy.", "", nil},
		{"down and in use", inChain(vllm.ID, with(func(s *backend.Server) { s.State = backend.ServerDown })), "servers_gpu_box_8000", fail, "Nothing answers at http://gpu-box:8000", "Start it", nil},
		{"down and not in use", beside(with(func(s *backend.Server) { s.State = backend.ServerDown })), "servers_gpu_box_8000", warn, "No model of the chain is there", "Start it", nil},
		{"wants a token", beside(with(func(s *backend.Server) { s.State = backend.ServerNeedsToken })), "servers_gpu_box_8000", warn, "wants an API token", "token", nil},
		{"a bad certificate", inChain(vllm.ID, with(func(s *backend.Server) { s.State, s.Error = backend.ServerDown, badCert })), "servers_gpu_box_8000", fail, "certificate is for another name.", "Correct the address.", nil},
		{"makes no sense", beside(with(func(s *backend.Server) {
			s.State, s.Error = backend.ServerUnknown, &backend.Error{Message: "It answers with a page", Hint: "Look."}
		})), "servers_gpu_box_8000", warn, "with a page.", "Look.", nil},
		{"not asked", beside(with(func(s *backend.Server) { s.State = "" })), "servers_gpu_box_8000", skip, "not asked", "", nil},
		{"not as OpenClaw asks it", func(f *doctor.Facts) {
			inChain(vllm.ID, vllm)(f)
			f.Reach["vllm"] = backend.Reach{URL: "http://gpu-box:8000/models", Status: 404}
		}, "servers_gpu_box_8000", fail, "(curl http://gpu-box:8000/models) it does not answer as it should: 404.", "address", nil},
		{"ollama", beside(with(func(s *backend.Server) {
			s.ID, s.Engine, s.Tells.WarmBy = "ollama", backend.EngineOllama, backend.WarmByKeepAlive
		})), "servers_ollama", ok, "kept warm there by its keep_alive", "", nil},
		{"a gateway", beside(with(func(s *backend.Server) {
			s.ID, s.Engine, s.Tells = "gw", backend.EngineGateway, &backend.Tells{WarmBy: backend.WarmByRequest, Note: "It says nothing of what is loaded."}
		})), "servers_gw", ok, "sends none unless you ask for it. It says nothing of what is loaded.", "", nil},
		{"hosted", beside(hosted), "servers_anthropic", ok, "A hosted service answers in 120 ms. It answers from us.", "", nil},
		{"hosted, from somewhere", beside(hostedAt(func(s *backend.Server) { s.Region = "" })), "servers_anthropic", ok, "From which region is not known.", "", nil},
		{"hosted, with a key", beside(hostedAt(func(s *backend.Server) { s.State = backend.ServerNeedsToken })), "servers_anthropic", ok, "only OpenClaw has", "", nil},
		{"hosted, not reachable", inChain("anthropic", hostedAt(func(s *backend.Server) { s.State = backend.ServerDown })), "servers_anthropic", fail, "Nothing answers", "", nil},
		{"LM Studio that nobody needs", func(f *doctor.Facts) {
			elsewhere(f)
			beside(backend.Server{ID: "lmstudio", Kind: backend.KindLMStudio, Name: "LM Studio", URL: theURL, State: backend.ServerDown})(f)
		}, "servers_lmstudio", skip, "nothing needs it", "", nil},
		{"another LM Studio, off", beside(backend.Server{ID: "studio2", Kind: backend.KindLMStudio, Name: "LM Studio", Host: "studio2", State: backend.ServerOff}), "servers_studio2", warn, "its server is off", "Developer tab", nil},
		{"always warm, and no more to say", beside(with(func(s *backend.Server) { s.Tells.Note = "" })), "servers_gpu_box_8000", ok, "1 in memory. What it serves is in memory as long as it runs.", "", nil},
		{"hosted, with a note", beside(hostedAt(func(s *backend.Server) { s.Tells = &backend.Tells{Note: "Asked without the key"} })), "servers_anthropic", ok, "from us. Asked without the key.", "", nil},
		{"a hosted provider, not asked", func(*doctor.Facts) {}, "reach_anthropic", skip, "only when you run the doctor", "", nil},
		{"a hosted provider, without its key", func(f *doctor.Facts) { f.Reach["anthropic"] = backend.Reach{Status: 401, LatencySeconds: ptr(0.12)} }, "reach_anthropic", ok, "It is reachable in 120 ms. It was asked without the key", "", nil},
		{"a hosted provider that answers", func(f *doctor.Facts) { f.Reach["anthropic"] = backend.Reach{Status: 200} }, "reach_anthropic", ok, "It is reachable. From which region", "", nil},
		{"a hosted provider that is not reached", func(f *doctor.Facts) {
			f.Reach["anthropic"] = backend.Reach{URL: "https://x", Error: &backend.Error{Message: "no such host"}}
		}, "reach_anthropic", fail, "curl https://x: no such host.", "network", nil},
		{"one elsewhere", func(f *doctor.Facts) {
			f.Status.OpenClaw.Chain[1].State = "elsewhere"
			f.Reach["anthropic"] = backend.Reach{Status: 200}
		}, "reach_anthropic", ok, "does not watch it", "", nil},
		{"one elsewhere that refuses", func(f *doctor.Facts) {
			f.Status.OpenClaw.Chain[1].State = "elsewhere"
			f.Reach["anthropic"] = backend.Reach{URL: "http://x", Status: 401}
		}, "reach_anthropic", fail, "curl http://x: 401.", "key", nil},
		{"one elsewhere, asked without its key", func(f *doctor.Facts) {
			f.Status.OpenClaw.Chain[1].State = "elsewhere"
			f.Config.Providers = append(f.Config.Providers, backend.ConfigProvider{ID: "anthropic", Path: "models.providers.anthropic", HasKey: true, KeyKind: backend.KeyEnv})
			f.Reach["anthropic"] = backend.Reach{URL: "http://x", Status: 401}
		}, "reach_anthropic", ok, "which Pilotlight does not have", "", nil},
		{"odd ids", func(f *doctor.Facts) {
			for _, id := range []string{"a/b", "a b", "日本/モデル🔥", ""} {
				beside(with(func(s *backend.Server) { s.ID = id }))(f)
			}
		}, "servers_a_b_2", ok, "answers", "", nil},
	})
	f := healthy()
	for _, c := range doctor.Examine(f) {
		if strings.HasPrefix(c.ID, "servers_") {
			t.Errorf("the server of set-up stands twice: %s", c.Title)
		}
	}
}

func TestTextFromOutsideIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("xé\"'/🔥%s%d", 2000)
	f := healthy()
	srv(&f).Models = append(srv(&f).Models, backend.Model{Key: long, Name: long, Type: backend.TypeLLM})
	h := hop(&f)
	h.Ref, h.Model, h.Key, h.State, h.Provider = long+"/"+long, long, "", "missing", long
	f.Config.Primary, f.Config.Providers[0].ID, f.Config.Providers[0].Path = h.Ref, long, long
	entry(&f).ID = long
	f.Status.Keep.State, f.Status.Keep.Model, f.Status.Keep.Reason = backend.KeepBlocked, long, &backend.Error{Message: long, Hint: long}
	f.Reach[long] = backend.Reach{URL: long, Error: &backend.Error{Message: long, Hint: long}}
	f.Patterns = slices.Repeat([]backend.Pattern{{Code: backend.PatternStuck, Text: long, Hint: long}}, 20)
	f.Edit.Verdict = &backend.ConfigVerdict{Code: backend.VerdictUndone, Text: long, Hint: long}
	beside(backend.Server{ID: long, Name: long, Host: long, URL: long, State: backend.ServerDown, Error: &backend.Error{Message: long, Hint: long}})(&f)
	sound(t, doctor.Examine(f))
}

package openai_test

import (
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openai/openaitest"
)

// Each engine is told by asking, once; then a look is what it says it is.
func TestEnginesAreToldApart(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		play    openaitest.Engine
		is      backend.Engine
		version string
		warm    backend.WarmBy
		loaded  bool // it tells
		listed  bool
		steady  []string // the requests of the third look
	}{
		{openaitest.LlamaCpp, backend.EngineLlamaCpp, "b6900-1a2b3c4d", backend.WarmAlways, true, true, []string{"GET /props"}},
		{openaitest.Router, backend.EngineLlamaCpp, "", backend.WarmByLoad, true, true, []string{"GET /v1/models"}},
		{openaitest.VLLM, backend.EngineVLLM, "0.11.0", backend.WarmAlways, true, true, []string{"GET /v1/models"}},
		{openaitest.Ollama, backend.EngineOllama, "0.33.0", backend.WarmByKeepAlive, true, true, []string{"GET /api/ps"}},
		{openaitest.LiteLLM, backend.EngineLiteLLM, "", backend.WarmByRequest, false, true, []string{"GET /model/info"}},
		{openaitest.Gateway, backend.EngineGateway, "", backend.WarmByRequest, false, true, []string{"GET /v1/models"}},
		{openaitest.Hosted, backend.EngineHosted, "", backend.WarmNever, false, false, []string{"GET /v1/models"}},
	} {
		for _, prefix := range []string{"", "/some/gate"} {
			t.Run(string(tc.play)+prefix, func(t *testing.T) {
				t.Parallel()
				s, c := play(t, openaitest.Options{Engine: tc.play, Token: token, Prefix: prefix, Now: still})
				var o backend.Observation
				for range 3 {
					s.Requests()
					o = c.Look(t.Context(), still)
				}
				if o.State != backend.ServerUp || o.Engine != tc.is || o.Version != tc.version || o.Listed != tc.listed || o.Err != nil || o.Server != "far" {
					t.Errorf("got %+v", o)
				}
				if o.Tells == nil || o.Tells.WarmBy != tc.warm || o.Tells.Loaded != tc.loaded {
					t.Errorf("tells %+v", o.Tells)
				}
				var steady []string
				for _, r := range tc.steady {
					steady = append(steady, "GET "+prefix+r[len("GET "):])
				}
				if got := paths(s); !slices.Equal(got, steady) {
					t.Errorf("a steady look asks %q, want %q", got, steady)
				}
				if !tc.listed {
					return
				}
				if m := only(t, o); tc.loaded != (len(m.Instances) > 0) && tc.play != openaitest.Router && tc.play != openaitest.Ollama {
					t.Errorf("instances %+v", m.Instances)
				}
			})
		}
	}
}

func TestAnLMStudioElsewhereIsRecognised(t *testing.T) {
	t.Parallel()
	s := lmstudiotest.Start(t, lmstudiotest.Options{Models: lmstudiotest.SmallModels()})
	c := client(t, openai.Config{ID: "far", URL: s.URL() + "/v1"})
	for range 2 {
		o := c.Look(t.Context(), still)
		if o.Engine != backend.EngineLMStudio || o.State != backend.ServerUp || o.Listed || o.Tells == nil {
			t.Errorf("got %+v", o)
		}
	}
	if c.URL() != s.URL() {
		t.Errorf("URL %q", c.URL())
	}
}

func TestAnotherServerAtTheSameAddress(t *testing.T) {
	t.Parallel()
	engines := []openaitest.Engine{openaitest.Ollama, openaitest.LlamaCpp, openaitest.VLLM, openaitest.LiteLLM, openaitest.Router, openaitest.Gateway, openaitest.Ollama, openaitest.VLLM}
	first := openaitest.Start(t, openaitest.Options{Engine: openaitest.Gateway})
	addr := first.URL()[len("http://"):]
	c := client(t, openai.Config{ID: "far", URL: first.BaseURL()})
	if o := c.Look(t.Context(), still); o.Engine != backend.EngineGateway {
		t.Fatalf("got %+v", o)
	}
	_ = first.Close()
	for _, e := range engines { // each takes the place of the last between two looks
		s := openaitest.Start(t, openaitest.Options{Engine: e, Addr: addr})
		o := c.Look(t.Context(), func() time.Time { return fixed })
		if e == openaitest.Gateway || e == openaitest.Ollama || e == openaitest.LiteLLM {
			// After a gateway these are asked for again only in a while.
			o = c.Look(t.Context(), func() time.Time { return fixed.Add(time.Hour) })
		}
		want := backend.Engine(e)
		if e == openaitest.Router {
			want = backend.EngineLlamaCpp
		}
		if o.Engine != want || o.State != backend.ServerUp || !o.Listed {
			t.Errorf("%s: %+v", e, o)
		}
		_ = s.Close()
	}
}

func TestDownAndUpAgain(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.VLLM, Models: []openaitest.Model{{ID: "qwen/qwen3", Context: 4096}}})
	if o := c.Look(t.Context(), still); !o.Listed || *only(t, o).Instances[0].ContextLength != 4096 {
		t.Fatalf("got %+v", o)
	}
	_ = s.Kill()
	o := c.Look(t.Context(), still)
	if o.State != backend.ServerDown || o.Listed || o.Engine != backend.EngineVLLM || o.Latency != 0 {
		t.Errorf("got %+v", o)
	}
	wantCode(t, o.Err, backend.CodeNetwork)
	s.SetContext("qwen/qwen3", 8192)
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	if o := c.Look(t.Context(), still); o.State != backend.ServerUp || !o.Listed {
		t.Errorf("got %+v", o)
	}
}

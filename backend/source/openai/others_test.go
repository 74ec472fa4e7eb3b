package openai_test

import (
	"slices"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openai/openaitest"
)

func TestVLLMTellsContextAndBusy(t *testing.T) {
	t.Parallel()
	odd := `or"g\model`
	s, c := play(t, openaitest.Options{Engine: openaitest.VLLM, Models: []openaitest.Model{{ID: odd, Context: 32768}, {ID: "b"}}})
	o := c.Look(t.Context(), still)
	i := byKey(o, odd).Instances[0]
	if *i.ContextLength != 32768 || !*i.Explicit || !o.Detailed || *byKey(o, odd).MaxContextLength != 32768 {
		t.Errorf("instance %+v", i)
	}
	s.SetBusy(odd, 3)
	o, err := c.Detail(t.Context(), still, o)
	if err != nil || !*byKey(o, odd).Instances[0].Busy || *byKey(o, "b").Instances[0].Busy {
		t.Errorf("detail %+v, %v", o, err)
	}
	if p, err := c.Processing(t.Context(), odd); err != nil || p.Queued != 3 {
		t.Errorf("got %+v, %v", p, err)
	}
	_, err = c.Load(t.Context(), backend.LoadRequest{Model: "b"}, nil)
	wantCode(t, err, backend.CodeUnsupported)
	s.Fail(openaitest.Fault{Status: 404, Only: "/metrics"})
	_, err = c.Processing(t.Context(), odd)
	wantCode(t, err, backend.CodeUnsupported)
	if o, err := c.Detail(t.Context(), still, o); err != nil || byKey(o, odd).Instances[0].Busy != nil {
		t.Errorf("without metrics: %+v, %v", o, err)
	}
}

func TestLiteLLMKeepsNoKeys(t *testing.T) {
	t.Parallel()
	models := []openaitest.Model{{ID: "smart", Behind: "anthropic/claude", MaxContext: 200000}, {ID: "emb", Embedding: true}, {ID: "smart"}}
	s, c := play(t, openaitest.Options{Engine: openaitest.LiteLLM, Token: token, Models: models})
	o := c.Look(t.Context(), still)
	if len(o.Models) != 2 || o.Models[0].Name != "smart (anthropic/claude)" || *o.Models[0].MaxContextLength != 200000 || o.Models[1].Type != backend.TypeEmbedding || o.Models[0].Instances != nil {
		t.Errorf("got %+v", o.Models)
	}
	for _, m := range o.Models {
		if strings.Contains(m.Name+m.Key+m.Format+m.Architecture, "secret") || strings.Contains(m.Name, "10.0.0.7") {
			t.Errorf("kept %+v", m)
		}
	}
	if slices.Contains(paths(s), "GET /health") {
		t.Error("every model behind was asked")
	}
	wantCode(t, c.Ping(t.Context(), "smart"), backend.CodeUnsupported)
}

func TestLiteLLMWithAKeyThatMayOnlyList(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.LiteLLM, Token: token, NoInfo: true})
	for range 2 {
		paths(s)
		if o := c.Look(t.Context(), still); o.Engine != backend.EngineLiteLLM || !o.Listed || only(t, o).Key != "tiny" {
			t.Errorf("got %+v", o)
		}
	}
	if got := paths(s); !slices.Equal(got, []string{"GET /v1/models"}) {
		t.Errorf("asks %q", got)
	}
}

func TestAGatewayIsAskedForATokenOnlyWhereAllowed(t *testing.T) {
	t.Parallel()
	allow := func(c *openai.Config) { c.AskAllowed = true }
	s, c := play(t, openaitest.Options{Engine: openaitest.Gateway})
	c.Look(t.Context(), still)
	paths(s)
	wantCode(t, c.Ping(t.Context(), "tiny"), backend.CodeUnsupported)
	if got := paths(s); len(got) != 0 {
		t.Errorf("asked %q", got)
	}
	s, c = play(t, openaitest.Options{Engine: openaitest.Gateway, Prefix: "/p"}, allow)
	c.Look(t.Context(), still)
	paths(s)
	wantCode(t, c.Ping(t.Context(), "tiny"), "")
	if got := paths(s); !slices.Equal(got, []string{"POST /p/v1/chat/completions"}) {
		t.Errorf("asked %q", got)
	}
	wantCode(t, c.Ping(t.Context(), "nosuch"), backend.CodeNotFound)
	s.SetToken(token)
	wantCode(t, c.Ping(t.Context(), "tiny"), backend.CodeNeedsToken)
	s, c = play(t, openaitest.Options{Engine: openaitest.Hosted}, allow)
	c.Look(t.Context(), still)
	paths(s)
	wantCode(t, c.Ping(t.Context(), "tiny"), backend.CodeUnsupported)
	if got := paths(s); len(got) != 0 {
		t.Errorf("a hosted provider was asked %q", got)
	}
}

func TestAGatewayWithoutAList(t *testing.T) {
	t.Parallel()
	_, c := play(t, openaitest.Options{Engine: openaitest.Gateway, NoList: true})
	o := c.Look(t.Context(), still)
	if o.State != backend.ServerUp || o.Listed || o.Engine != backend.EngineGateway {
		t.Errorf("got %+v", o)
	}
	wantCode(t, o.Err, backend.CodeUnsupported)
}

// A hosted provider is up whatever it answers, and never gets the key.
func TestHosted(t *testing.T) {
	t.Parallel()
	for _, f := range []openaitest.Fault{{}, {Status: 404}, {Status: 429}, {Status: 503}, {HTML: true}, {Redirect: "http://127.0.0.1:1"}, {Empty: true}} {
		s, c := play(t, openaitest.Options{Engine: openaitest.Hosted}, func(c *openai.Config) { c.Token = token })
		s.Fail(f)
		o := c.Look(t.Context(), still)
		if o.State != backend.ServerUp || o.Listed || len(o.Models) != 0 || o.Engine != backend.EngineHosted {
			t.Errorf("%+v: %+v", f, o)
		}
		if (o.Err != nil) != (f.Status == 503) {
			t.Errorf("%+v: %v", f, o.Err)
		}
		for _, r := range s.Requests() {
			if r.Authorization != "" || r.Method != "GET" {
				t.Errorf("%+v", r)
			}
		}
		_ = s.Kill()
		if o := c.Look(t.Context(), still); o.State != backend.ServerDown {
			t.Errorf("killed: %+v", o)
		}
	}
}

func TestRegions(t *testing.T) {
	for host, want := range map[string]string{
		"bedrock-runtime.eu-central-1.amazonaws.com": "eu-central-1", "bedrock-runtime-fips.us-gov-west-1.amazonaws.com": "us-gov-west-1",
		"europe-west4-aiplatform.googleapis.com": "europe-west4", "aiplatform.googleapis.com": "", "aiplatform.eu.rep.googleapis.com": "eu",
		"eu.api.openai.com": "eu", "api.openai.com": "", "EU.openrouter.ai": "eu", "openrouter.ai": "", "api.anthropic.com": "",
		"us-east-1.api.x.ai": "us-east-1", "swedencentral.api.cognitive.microsoft.com": "swedencentral",
		"mine.eastus2.models.ai.azure.com": "eastus2", "westeurope.openai.azure.com": "", "bedrock-runtime.evil.com": "",
		"eu.api.openai.com.evil.org": "", "127.0.0.1": "",
	} {
		if got := openai.RegionOf(host); got != want {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

func TestWhatNoneOfThemCanDo(t *testing.T) {
	t.Parallel()
	for _, e := range []openaitest.Engine{openaitest.LlamaCpp, openaitest.VLLM, openaitest.Ollama, openaitest.LiteLLM, openaitest.Gateway, openaitest.Hosted} {
		_, c := play(t, openaitest.Options{Engine: e})
		c.Look(t.Context(), still)
		_, err := c.Estimate(t.Context(), backend.LoadRequest{Model: "tiny"})
		wantCode(t, err, backend.CodeUnsupported)
		_, err = c.ModelPaths(t.Context())
		wantCode(t, err, backend.CodeUnsupported)
		if e == openaitest.LiteLLM || e == openaitest.Gateway || e == openaitest.Hosted {
			_, err = c.Detail(t.Context(), still, backend.Observation{})
			wantCode(t, err, backend.CodeUnsupported)
			_, err = c.Processing(t.Context(), "tiny")
			wantCode(t, err, backend.CodeUnsupported)
			wantCode(t, c.Unload(t.Context(), "tiny"), backend.CodeUnsupported)
		}
	}
}

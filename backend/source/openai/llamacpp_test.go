package openai_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openai/openaitest"
)

var tiny = []openaitest.Model{{ID: "qwen/qwen3-8b", Context: 16384, MaxContext: 40960, Quantization: "Q4_K - Medium"}}

func TestLlamaServesOneModel(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.LlamaCpp, Models: tiny})
	o := c.Look(t.Context(), still)
	m := only(t, o)
	if m.Key != "qwen/qwen3-8b" || m.Format != "gguf" || m.Quantization != "Q4_K - Medium" || *m.MaxContextLength != 40960 ||
		m.Parameters != "8.0B" || *m.SizeBytes != 4<<30 || *m.BitsPerWeight < 4 || *m.BitsPerWeight > 5 {
		t.Errorf("model %+v", m)
	}
	i := m.Instances[0]
	if i.ID != m.Key || *i.ContextLength != 16384 || *i.Parallel != 2 || i.Explicit != nil || o.Detailed {
		t.Errorf("instance %+v, detailed %v: this version may put it away when idle", i, o.Detailed)
	}
	// Started with another model and context, unseen.
	s.SetModels([]openaitest.Model{{ID: "other.gguf", Context: 4096}})
	if m := only(t, c.Look(t.Context(), still)); m.Key != "other.gguf" || *m.Instances[0].ContextLength != 4096 {
		t.Errorf("model %+v", m)
	}
}

// A restart that nobody saw is told by what changes with every start.
func TestLlamaWasRestartedBetweenTwoLooks(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.LlamaCpp, Models: tiny})
	for range 2 {
		if o := c.Look(t.Context(), still); o.Reconnected {
			t.Errorf("without a restart: %+v", o)
		}
	}
	was := only(t, c.Look(t.Context(), still)).Instances[0].Reference
	_ = s.Kill()
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
	o := c.Look(t.Context(), still)
	if is := only(t, o).Instances[0].Reference; !o.Reconnected || was == "" || is == was {
		t.Errorf("after a restart: %q, then %q, %v", was, is, o.Reconnected)
	}
}

func TestLlamaIsLoading(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.LlamaCpp, Models: tiny})
	s.SetLoading(true)
	o := c.Look(t.Context(), still)
	if o.State != backend.ServerUp || o.Listed || o.Engine != backend.EngineLlamaCpp {
		t.Errorf("before it was ever seen: %+v", o)
	}
	wantCode(t, o.Err, backend.CodeBusy)
	s.SetLoading(false)
	if o = c.Look(t.Context(), still); len(only(t, o).Instances) != 1 {
		t.Errorf("loaded: %+v", o)
	}
	s.SetLoading(true)
	if o = c.Look(t.Context(), still); !o.Listed || !only(t, o).Loading || len(only(t, o).Instances) != 0 {
		t.Errorf("loading again: %+v", o)
	}
}

// Going to sleep is seen, and watching never keeps it awake nor wakes it.
func TestLlamaSleepsUndisturbed(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.LlamaCpp, Models: tiny})
	c.Look(t.Context(), still)
	s.SetSleeping(true)
	o := c.Look(t.Context(), still)
	if len(only(t, o).Instances) != 0 || !o.Listed {
		t.Errorf("asleep: %+v", o)
	}
	o, err := c.Detail(t.Context(), still, o)
	if err != nil || len(only(t, o).Instances) != 0 {
		t.Errorf("detail: %+v, %v", o, err)
	}
	if p, err := c.Processing(t.Context(), "qwen/qwen3-8b"); err != nil || p.Busy {
		t.Errorf("processing: %+v, %v", p, err)
	}
	if !s.Sleeping() || slices.Contains(paths(s), "GET /slots") {
		t.Error("it was woken up")
	}
}

func TestLlamaTellsWhetherItIsBusy(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name            string
		metrics, noSlot bool
		detail          bool // a detail tells it
		code            backend.Code
	}{
		{"metrics", true, false, true, ""},
		{"slots alone", false, false, false, ""},
		{"neither", false, true, false, backend.CodeUnsupported},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, c := play(t, openaitest.Options{Engine: openaitest.LlamaCpp, Models: tiny, Metrics: tc.metrics, NoSlots: tc.noSlot})
			if o := c.Look(t.Context(), still); o.Tells.Busy != (tc.code == "") {
				t.Errorf("tells %+v", o.Tells)
			}
			s.SetBusy("qwen/qwen3-8b", 2)
			p, err := c.Processing(t.Context(), "qwen/qwen3-8b")
			wantCode(t, err, tc.code)
			if err == nil && (!p.Busy || p.Queued != 2) {
				t.Errorf("got %+v", p)
			}
			paths(s)
			o, err := c.Detail(t.Context(), still, backend.Observation{})
			if b := only(t, o).Instances[0].Busy; err != nil || (b != nil) != tc.detail || tc.detail && !*b {
				t.Errorf("detail: busy %v, %v", b, err)
			}
			if got := paths(s); slices.Contains(got, "GET /slots") {
				t.Errorf("a detail asked %q", got)
			}
		})
	}
}

func TestLlamaLoadsNothing(t *testing.T) {
	t.Parallel()
	_, c := play(t, openaitest.Options{Engine: openaitest.LlamaCpp, Models: tiny})
	_, err := c.Load(t.Context(), backend.LoadRequest{Model: "x"}, nil)
	wantCode(t, err, backend.CodeUnsupported) // not looked yet
	c.Look(t.Context(), still)
	_, err = c.Load(t.Context(), backend.LoadRequest{Model: "x"}, nil)
	wantCode(t, err, backend.CodeUnsupported)
	wantCode(t, c.Unload(t.Context(), "x"), backend.CodeUnsupported)
	wantCode(t, c.Ping(t.Context(), "qwen/qwen3-8b"), "")
}

func TestRouterLoadsAndUnloads(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.Router, Token: token, LoadTime: 10 * time.Millisecond, Models: []openaitest.Model{
		{ID: "ggml-org/gemma-3-4b:Q4_K_M", Context: 4096}, {ID: "qwen3-8b", Context: 8192, Loaded: true}, {ID: "broken"},
	}})
	o := c.Look(t.Context(), time.Now)
	if len(o.Models) != 3 || len(o.Models[0].Instances) != 0 || *byKey(o, "qwen3-8b").Instances[0].ContextLength != 8192 || !o.Tells.Load {
		t.Fatalf("got %+v", o)
	}
	ctx := within(t, 30*time.Second)
	got, err := c.Load(ctx, backend.LoadRequest{Model: "ggml-org/gemma-3-4b:Q4_K_M", ContextLength: ptr(99)}, nil)
	if err != nil || got.InstanceID != "ggml-org/gemma-3-4b:Q4_K_M" || *got.ContextLength != 4096 {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := c.Unload(ctx, "qwen3-8b"); err != nil {
		t.Error(err)
	}
	if got := s.Loaded(); !slices.Equal(got, []string{"ggml-org/gemma-3-4b:Q4_K_M"}) {
		t.Errorf("loaded %q", got)
	}
	wantCode(t, c.Unload(ctx, "qwen3-8b"), backend.CodeNotFound)
	_, err = c.Load(ctx, backend.LoadRequest{Model: "nosuch"}, nil)
	wantCode(t, err, backend.CodeModelMissing)
	s.FailLoad("broken")
	_, err = c.Load(ctx, backend.LoadRequest{Model: "broken"}, nil)
	wantCode(t, err, backend.CodeLoadFailed)
	for _, m := range c.Look(t.Context(), time.Now).Models {
		if strings.Contains(m.Name+m.Format+m.Parameters, "secret") {
			t.Errorf("a command line was kept: %+v", m)
		}
	}
}

func TestRouterLoadThatIsGivenUp(t *testing.T) {
	t.Parallel()
	_, c := play(t, openaitest.Options{Engine: openaitest.Router, LoadTime: time.Hour})
	c.Look(t.Context(), time.Now)
	_, err := c.Load(within(t, 50*time.Millisecond), backend.LoadRequest{Model: "tiny"}, nil)
	wantCode(t, err, backend.CodeTimeout)
	if !strings.Contains(backend.AsError(err).Hint, "may still go on") {
		t.Errorf("hint %q", backend.AsError(err).Hint)
	}
	if m := only(t, c.Look(t.Context(), time.Now)); !m.Loading {
		t.Errorf("got %+v", m)
	}
}

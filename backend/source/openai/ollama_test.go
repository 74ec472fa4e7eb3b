package openai_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openai/openaitest"
)

func ollamaModels() []openaitest.Model {
	return []openaitest.Model{
		{ID: "llama3", MaxContext: 8192, Context: 4096, Loaded: true}, {ID: "gpt-oss:120b-cloud", Cloud: true},
		{ID: "nomic-embed-text", Family: "nomic-bert", Embedding: true, MaxContext: 2048}, {ID: "hf.co/a/b:Q4_K_M"},
	}
}

func TestOllamaListsWhatItHasAndWhatIsLoaded(t *testing.T) {
	t.Parallel()
	at := newHand()
	s, c := play(t, openaitest.Options{Engine: openaitest.Ollama, Now: at.now, Models: ollamaModels()})
	o := c.Look(t.Context(), at.now)
	for range 3 { // the longest contexts come a few at a time
		o = c.Look(t.Context(), at.now)
	}
	if len(o.Models) != 4 || !o.Listed || !o.Detailed {
		t.Fatalf("got %+v", o)
	}
	m := byKey(o, "llama3:latest")
	if m == nil || m.Parameters != "8.0B" || m.Quantization != "Q4_K_M" || m.Architecture != "llama" || *m.SizeBytes != 4<<30 || *m.MaxContextLength != 8192 {
		t.Errorf("model %+v", m)
	}
	if i := m.Instances[0]; i.ID != "llama3:latest" || *i.ContextLength != 4096 || i.Explicit == nil || !*i.Explicit || i.ExpiresAt != nil || i.TTLSeconds != nil {
		t.Errorf("instance %+v: it is kept for good", i)
	}
	if m := byKey(o, "gpt-oss:120b-cloud"); m.Format != "cloud" || m.SizeBytes != nil || m.MaxContextLength != nil {
		t.Errorf("a model that runs elsewhere: %+v", m)
	}
	if m := byKey(o, "nomic-embed-text:latest"); m.Type != backend.TypeEmbedding || *m.MaxContextLength != 2048 {
		t.Errorf("for embeddings: %+v", m)
	}
	s.Load("llama3", 5*time.Minute)
	i := byKey(c.Look(t.Context(), at.now), "llama3:latest").Instances[0]
	if i.Explicit == nil || *i.Explicit || i.ExpiresAt == nil || *i.ExpiresAt != backend.At(fixed.Add(5*time.Minute)) {
		t.Errorf("instance %+v: it is dropped in five minutes", i)
	}
	at.advance(6 * time.Minute)
	if i := byKey(c.Look(t.Context(), at.now), "llama3:latest").Instances; len(i) != 0 {
		t.Errorf("instances %+v after its time", i)
	}
}

func TestOllamaIsAskedForContextsOnce(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.Ollama, Models: ollamaModels()})
	shows := 0
	for range 6 {
		c.Look(t.Context(), still)
		n := 0
		for _, p := range paths(s) {
			if p == "POST /api/show" {
				n++
			}
		}
		if shows += n; n > 2 {
			t.Errorf("%d in one look", n)
		}
	}
	if shows != 3 {
		t.Errorf("asked %d times for three models", shows)
	}
}

func TestOllamaDownloadsAreReadAnewNowAndThen(t *testing.T) {
	t.Parallel()
	at := newHand()
	s, c := play(t, openaitest.Options{Engine: openaitest.Ollama, Now: at.now})
	c.Look(t.Context(), at.now)
	s.SetModels([]openaitest.Model{{ID: "tiny"}, {ID: "new"}})
	if o := c.Look(t.Context(), at.now); len(o.Models) != 1 {
		t.Errorf("got %d models at once", len(o.Models))
	}
	at.advance(31 * time.Second)
	if o := c.Look(t.Context(), at.now); len(o.Models) != 2 {
		t.Errorf("got %d models after half a minute", len(o.Models))
	}
	s.SetModels([]openaitest.Model{{ID: "tiny"}, {ID: "new"}, {ID: "newer", Loaded: true}})
	if o := c.Look(t.Context(), at.now); len(o.Models) != 3 {
		t.Errorf("got %d models: one that is loaded and not listed is news", len(o.Models))
	}
}

func TestOllamaLoadsForGood(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.Ollama, Models: []openaitest.Model{
		{ID: "llama3", MaxContext: 8192}, {ID: "nomic-embed-text", Embedding: true, Family: "nomic-bert"}, {ID: "huge"},
	}})
	c.Look(t.Context(), time.Now)
	ctx := within(t, 30*time.Second)
	got, err := c.Load(ctx, backend.LoadRequest{Model: "llama3", ContextLength: ptr(6144)}, nil)
	if err != nil || got.InstanceID != "llama3:latest" || !s.KeptForever("llama3") {
		t.Errorf("got %+v, %v, for good %v", got, err, s.KeptForever("llama3"))
	}
	if i := byKey(c.Look(t.Context(), time.Now), "llama3:latest").Instances[0]; *i.ContextLength != 6144 || !*i.Explicit {
		t.Errorf("instance %+v", i)
	}
	if _, err := c.Load(ctx, backend.LoadRequest{Model: "nomic-embed-text"}, nil); err != nil || !s.KeptForever("nomic-embed-text") {
		t.Errorf("for embeddings: %v", err)
	}
	if err := c.Unload(ctx, "nomic-embed-text:latest"); err != nil {
		t.Error(err)
	}
	if got := s.Loaded(); !slices.Equal(got, []string{"llama3"}) {
		t.Errorf("loaded %q", got)
	}
	s.Load("llama3", time.Hour) // as somebody else would, with a context of their own
	s.SetContext("llama3", 7000)
	if _, err := c.Load(ctx, backend.LoadRequest{Model: "llama3"}, nil); err != nil || !s.KeptForever("llama3") {
		t.Errorf("kept for good: %v", err)
	}
	if i := byKey(c.Look(t.Context(), time.Now), "llama3:latest").Instances[0]; *i.ContextLength != 7000 {
		t.Errorf("instance %+v: it was loaded anew", i)
	}
	wantCode(t, c.Ping(ctx, "llama3:latest"), "")
	if i := byKey(c.Look(t.Context(), time.Now), "llama3:latest").Instances[0]; !s.KeptForever("llama3") || *i.ContextLength != 7000 {
		t.Errorf("instance %+v: a question of ours set it back", i)
	}
	wantCode(t, c.Ping(ctx, "huge:latest"), backend.CodeNotFound) // it is not loaded for that
	if got := s.Loaded(); !slices.Equal(got, []string{"llama3"}) {
		t.Errorf("loaded %q", got)
	}
	_, err = c.Load(ctx, backend.LoadRequest{Model: "nosuch"}, nil)
	wantCode(t, err, backend.CodeModelMissing)
	wantCode(t, c.Unload(ctx, "nosuch"), backend.CodeNotFound)
	s.FailLoad("huge")
	_, err = c.Load(ctx, backend.LoadRequest{Model: "huge"}, nil)
	wantCode(t, err, backend.CodeGuardrail)
	_, err = c.Load(ctx, backend.LoadRequest{Model: "gpt-oss:120b-cloud"}, nil)
	wantCode(t, err, backend.CodeUnsupported)
	_, err = c.Processing(ctx, "llama3:latest")
	wantCode(t, err, backend.CodeUnsupported)
}

func TestOllamaRenewsWhatIsThere(t *testing.T) {
	t.Parallel()
	s, c := play(t, openaitest.Options{Engine: openaitest.Ollama, Models: []openaitest.Model{{ID: "llama3", MaxContext: 8192}}})
	c.Look(t.Context(), time.Now)
	ctx := within(t, 30*time.Second)
	wantCode(t, c.Renew(ctx, "llama3:latest"), backend.CodeNotFound)
	if got := s.Loaded(); len(got) != 0 {
		t.Errorf("%q were loaded by a renewal", got)
	}
	s.Load("llama3", time.Minute)
	s.SetContext("llama3", 7000)
	if err := c.Renew(ctx, "llama3:latest"); err != nil || !s.KeptForever("llama3") {
		t.Errorf("kept for good: %v", err)
	}
	if i := byKey(c.Look(t.Context(), time.Now), "llama3:latest").Instances[0]; *i.ContextLength != 7000 {
		t.Errorf("instance %+v: it was loaded anew", i)
	}
	_, other := play(t, openaitest.Options{Engine: openaitest.VLLM})
	other.Look(t.Context(), time.Now)
	wantCode(t, other.Renew(ctx, "x"), backend.CodeUnsupported)
}

func TestOllamaLoadThatIsGivenUp(t *testing.T) {
	t.Parallel()
	_, c := play(t, openaitest.Options{Engine: openaitest.Ollama, LoadTime: time.Hour})
	c.Look(t.Context(), time.Now)
	_, err := c.Load(within(t, 50*time.Millisecond), backend.LoadRequest{Model: "tiny"}, nil)
	wantCode(t, err, backend.CodeTimeout)
}

// Older versions tell less.
func TestOllamaRows(t *testing.T) {
	for body, want := range map[string]string{
		`{"models":null}`: "",
		`{"models":[{"name":"a:latest","expires_at":"2026-11-22T10:05:00Z"}]}`:                              "a:latest context=<nil> explicit=false expires=2026-11-22T10:05:00.000Z",
		`{"models":[{"model":"a:latest","expires_at":"2318-09-04T01:02:03.5Z","context_length":"4096"}]}`:   "a:latest context=4096 explicit=true expires=<nil>",
		`{"models":[{"name":"a:latest","expires_at":"0001-01-01T00:00:00Z","context_length":0}]}`:           "a:latest context=<nil> explicit=<nil> expires=<nil>",
		`{"models":[{"name":"a:latest","expires_at":7,"size":"many","details":[1],"digest":{}},7,null,{}]}`: "a:latest context=<nil> explicit=<nil> expires=<nil>",
		`{"models":[{"name":"a\u0007:latest"},{"name":""},{"name":7}]}`:                                     "",
	} {
		models, _, ok := openai.ReadOllama([]byte(body), fixed)
		got := ""
		for _, m := range models {
			i := m.Instances[0]
			got += fmt.Sprintf("%s context=%v explicit=%v expires=%v", i.ID, deref(i.ContextLength), deref(i.Explicit), deref(i.ExpiresAt))
		}
		if !ok || got != want {
			t.Errorf("%s\n got %q\nwant %q", body, got, want)
		}
	}
	for _, body := range []string{``, `[]`, `{}`, `{"models":{}}`, `{"models":"a"}`, `<html>`} {
		if _, _, ok := openai.ReadOllama([]byte(body), fixed); ok {
			t.Errorf("%s passes for a list", body)
		}
	}
}

func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

func TestCanonicalKey(t *testing.T) {
	for in, want := range map[string]string{
		"llama3": "llama3:latest", "llama3:8b": "llama3:8b", "": "", "hf.co/a/b": "hf.co/a/b:latest", "host:5000/a/b": "host:5000/a/b:latest",
	} {
		if got := openai.CanonicalKey(backend.EngineOllama, in); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	if got := openai.CanonicalKey(backend.EngineVLLM, "llama3"); got != "llama3" {
		t.Errorf("vLLM's is %q", got)
	}
}

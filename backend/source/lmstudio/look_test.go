package lmstudio_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
)

func TestLookReadsV1(t *testing.T) {
	h := &canned{}
	h.set("/api/v1/models", 200, fixture(t, "models_v1.json"))
	got := serve(t, h).Look(t.Context(), still)
	want := backend.Observation{
		Server: "lmstudio", At: fixed, State: backend.ServerUp, API: backend.APIv1, Listed: true, Engine: backend.EngineLMStudio,
		Tells: got.Tells, // told by another test
		Models: []backend.Model{{
			Key: "google/gemma-3-1b", Name: "Gemma 3 1B", Type: backend.TypeLLM, Format: "mlx",
			Quantization: "4bit", BitsPerWeight: ptr(4.0), Parameters: "1B", Architecture: "gemma3_text",
			SizeBytes: ptr(int64(771933305)), MaxContextLength: ptr(32768),
			Instances: []backend.Instance{
				{ID: "google/gemma-3-1b", ContextLength: ptr(8192), Parallel: ptr(4)},
				{ID: "google/gemma-3-1b:2", ContextLength: ptr(4096), Explicit: ptr(false), ExpiresAt: backend.AtPtr(fixed.Add(3589 * time.Second))},
			},
		}, {
			Key: "text-embedding-nomic-embed-text-v1.5", Name: "Nomic Embed Text v1.5", Type: backend.TypeEmbedding, Format: "gguf",
			Quantization: "Q4_K_M", BitsPerWeight: ptr(4.0), SizeBytes: ptr(int64(84106624)), MaxContextLength: ptr(2048),
			Instances: []backend.Instance{{ID: "text-embedding-nomic-embed-text-v1.5", ContextLength: ptr(2048)}},
		}, {
			Key: "someone/unheard-of", Name: "someone/unheard-of", Type: backend.TypeLLM,
			SizeBytes: ptr(int64(1000)), MaxContextLength: ptr(4096),
		}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestLookReadsV0(t *testing.T) {
	h := &canned{}
	h.set("/api/v0/models", 200, fixture(t, "models_v0.json"))
	c := serve(t, h)
	got := c.Look(t.Context(), still)
	if got.API != backend.APIv0 || !got.Listed || got.State != backend.ServerUp {
		t.Fatalf("got %+v", got)
	}
	want := []backend.Model{{
		Key: "qwen/qwen2-vl-7b", Name: "qwen/qwen2-vl-7b", Type: backend.TypeLLM, Format: "mlx", Quantization: "4bit",
		Architecture: "qwen2_vl", MaxContextLength: ptr(32768),
		Instances: []backend.Instance{
			{ID: "qwen/qwen2-vl-7b", ContextLength: ptr(4096)},
			{ID: "qwen/qwen2-vl-7b:2", ContextLength: ptr(8192)},
		},
	}, {
		Key: "text-embedding-nomic-embed-text-v1.5", Name: "text-embedding-nomic-embed-text-v1.5", Type: backend.TypeEmbedding,
		Format: "gguf", Quantization: "Q4_0", Architecture: "nomic-bert", MaxContextLength: ptr(2048),
	}, {
		Key: "granite-3.0-2b", Name: "granite-3.0-2b", Type: backend.TypeLLM, Format: "gguf", Quantization: "Q4_K_M",
		Architecture: "granite", MaxContextLength: ptr(4096), Loading: true,
	}, {
		Key: "my-own-name", Name: "my-own-name", Type: backend.TypeLLM,
		Instances: []backend.Instance{{ID: "my-own-name", ContextLength: ptr(2048)}},
	}, {
		Key: "alone:2", Name: "alone:2", Type: backend.TypeLLM, Instances: []backend.Instance{{ID: "alone:2"}},
	}}
	if !reflect.DeepEqual(got.Models, want) {
		t.Errorf("got  %+v\nwant %+v", got.Models, want)
	}
	if asked := h.requests(); !reflect.DeepEqual(asked, []string{"GET /api/v1/models", "GET /api/v0/models"}) {
		t.Errorf("first look asked %v", asked)
	}
}

// One request and no new connection is what makes looking every few seconds
// for ever affordable, for us and for LM Studio's log.
func TestLookIsOneRequestOverOneConnection(t *testing.T) {
	h := &canned{}
	h.set("/api/v1/models", 200, fixture(t, "models_v1.json"))
	var conns atomic.Int32
	s := httptest.NewUnstartedServer(h)
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := client(t, lmstudio.Config{ID: "lmstudio", URL: s.URL, NoWebSocket: true})
	for range 10 {
		c.Look(t.Context(), still)
	}
	if n := len(h.requests()); n != 10 {
		t.Errorf("10 looks made %d requests", n)
	}
	// On a machine that is very busy net/http may drop a connection whose
	// request it has not yet seen as written.
	if n := conns.Load(); n > 3 {
		t.Errorf("10 looks made %d connections", n)
	}
}

func TestLookFollowsTheServersVersion(t *testing.T) {
	h, at := &canned{}, newHand()
	h.set("/api/v0/models", 200, `{"object":"list","data":[]}`)
	c := serve(t, h)
	look := func() []string {
		c.Look(t.Context(), at.now)
		return h.requests()
	}
	look()
	if got := look(); !reflect.DeepEqual(got, []string{"GET /api/v0/models"}) {
		t.Errorf("second look at v0 asked %v", got)
	}
	at.advance(10 * time.Minute)
	if got := look(); len(got) != 2 || got[0] != "GET /api/v1/models" {
		t.Errorf("look after ten minutes asked %v", got)
	}
	if got := look(); len(got) != 1 {
		t.Errorf("look right after asked %v", got)
	}
	// Updated while it was away.
	h.set("/api/v0/models", 200, "gone")
	look()
	h.set("/api/v0/models", 200, `{"object":"list","data":[]}`)
	h.set("/api/v1/models", 200, `{"models":[]}`)
	if got := look(); !reflect.DeepEqual(got, []string{"GET /api/v1/models"}) {
		t.Errorf("look after an outage asked %v", got)
	}
	// And back again.
	h.set("/api/v1/models", 404, `{"error":"Unexpected endpoint or method. (GET /api/v1/models)"}`)
	if got := look(); len(got) != 2 {
		t.Errorf("look after a downgrade asked %v", got)
	}
	if got := look(); !reflect.DeepEqual(got, []string{"GET /api/v0/models"}) {
		t.Errorf("second look after a downgrade asked %v", got)
	}
}

// A v1 that fails once is no reason to take 0.4 for 0.3, which cannot load.
func TestLookDoesNotForgetV1ForAnError(t *testing.T) {
	h := &canned{}
	h.set("/api/v0/models", 200, `{"object":"list","data":[]}`)
	h.set("/api/v1/models", 200, `{"models":[]}`)
	c := serve(t, h)
	c.Look(t.Context(), still)
	h.set("/api/v1/models", 500, `{"error":{"type":"internal_error","message":"oops"}}`)
	if got := c.Look(t.Context(), still); !got.Listed {
		t.Errorf("v0 was not used: %+v", got)
	}
	h.requests()
	c.Look(t.Context(), still)
	if got := h.requests(); got[0] != "GET /api/v1/models" {
		t.Errorf("asked %v", got)
	}
}

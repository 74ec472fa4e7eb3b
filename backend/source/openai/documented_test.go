package openai_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
)

// documented answers each path with a file of testdata/documented.
func documented(t *testing.T, files map[string]string) *openai.Client {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch file, ok := files[r.URL.Path]; {
		case !ok:
			http.NotFound(w, r)
		case file == "":
			_, _ = w.Write([]byte("Ollama is running"))
		default:
			_, _ = w.Write(fixture(t, "documented/"+file))
		}
	}))
	t.Cleanup(s.Close)
	return client(t, openai.Config{ID: "x", URL: s.URL + "/v1"})
}

func TestVLLMByItsDocuments(t *testing.T) {
	t.Parallel()
	c := documented(t, map[string]string{"/v1/models": "vllm/v1-models.json", "/version": "vllm/version.json", "/metrics": "vllm/metrics.txt"})
	o := c.Look(t.Context(), still)
	if o.Engine != backend.EngineVLLM || o.Version != "0.11.0" || len(o.Models) != 2 {
		t.Fatalf("got %+v", o)
	}
	if m := o.Models[0]; m.Key != "Qwen/Qwen3-32B" || *m.Instances[0].ContextLength != 40960 {
		t.Errorf("model %+v", m)
	}
	if m := o.Models[1]; m.Instances[0].ID != "sql-lora" || m.Instances[0].ContextLength != nil {
		t.Errorf("an adapter: %+v", m)
	}
	if p, err := c.Processing(t.Context(), "Qwen/Qwen3-32B"); err != nil || p.Queued != 3 || !p.Busy {
		t.Errorf("got %+v, %v", p, err)
	}
	if p, err := c.Processing(t.Context(), "sql-lora"); err != nil || !p.Busy {
		t.Errorf("an adapter's base is busy: %+v, %v", p, err)
	}
}

func TestOllamaByItsDocuments(t *testing.T) {
	t.Parallel()
	c := documented(t, map[string]string{"/": "", "/api/tags": "ollama/tags.json", "/api/ps": "ollama/ps.json", "/api/show": "ollama/show.json", "/api/version": "vllm/version.json"})
	o := c.Look(t.Context(), still)
	if o.Engine != backend.EngineOllama || len(o.Models) != 3 || !o.Listed {
		t.Fatalf("got %+v", o)
	}
	m := o.Models[0]
	if i := m.Instances[0]; m.Key != "deepseek-r1:latest" || *m.MaxContextLength != 8192 || *m.SizeBytes != 4683075271 || !*i.Explicit || i.ExpiresAt != nil || *i.ContextLength != 4096 {
		t.Errorf("model %+v", m)
	}
	m = o.Models[1]
	if i := m.Instances[0]; *m.MaxContextLength != 131072 || *i.Explicit || i.ExpiresAt.String() != "2026-11-22T10:04:31.837Z" {
		t.Errorf("model %+v", m)
	}
	if m = o.Models[2]; m.Format != "cloud" || m.SizeBytes != nil || len(m.Instances) != 0 {
		t.Errorf("model %+v", m)
	}
}

package openai_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
)

// replayed answers each path with what a real server was recorded to answer.
type replayed struct {
	t     *testing.T
	mu    sync.Mutex
	files map[string]string // path to file below testdata/recorded
}

func (p *replayed) set(path, file string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files[path] = file
}

func (p *replayed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	file, ok := p.files[r.URL.Path]
	p.mu.Unlock()
	if !ok {
		if file, ok = p.files["*"]; !ok {
			http.NotFound(w, r)
			return
		}
	}
	res, body := recorded(p.t, file) //nolint:bodyclose // read from a file
	for name, values := range res.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body)
}

func recorded(t testing.TB, file string) (*http.Response, []byte) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", "recorded", file))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(b)), nil)
	if err != nil {
		t.Fatal(file, err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(file, err)
	}
	return res, body
}

func replay(t *testing.T, files map[string]string, token string) (*replayed, *openai.Client) {
	t.Helper()
	p := &replayed{t: t, files: files}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	return p, client(t, openai.Config{ID: "real", URL: s.URL + "/v1", Token: token})
}

func llama(state string) map[string]string {
	return map[string]string{
		"/v1/models": "llamacpp/" + state + "/v1-models.http", "/props": "llamacpp/" + state + "/props.http", "/": "llamacpp/ready/root-no-gzip.http",
		"/health": "llamacpp/" + state + "/health.http", "/slots": "llamacpp/ready/slots.http", "/metrics": "llamacpp/ready/metrics.http",
		"*": "llamacpp/ready/nosuch.http",
	}
}

func TestARealLlama(t *testing.T) {
	t.Parallel()
	p, c := replay(t, llama("ready"), "")
	o := c.Look(t.Context(), still)
	m := only(t, o)
	if o.Engine != backend.EngineLlamaCpp || !o.Listed || o.Err != nil || o.Version != "" || m.Key != "tiny" || *m.MaxContextLength != 131072 || m.Quantization != "all F32" || *m.BitsPerWeight != 32 {
		t.Fatalf("got %+v", o)
	}
	if i := m.Instances[0]; *i.ContextLength != 65536 || *i.Parallel != 2 {
		t.Errorf("instance %+v", i)
	}
	if got, err := c.Processing(t.Context(), "tiny"); err != nil || got.Busy {
		t.Errorf("idle: %+v, %v", got, err)
	}
	p.set("/slots", "llamacpp/busy/slots.http")
	if got, err := c.Processing(t.Context(), "tiny"); err != nil || got.Queued != 1 {
		t.Errorf("busy: %+v, %v", got, err)
	}
	for path, file := range llama("sleeping") {
		if path != "/metrics" && path != "/slots" {
			p.set(path, file)
		}
	}
	if o := c.Look(t.Context(), still); len(only(t, o).Instances) != 0 || !o.Listed {
		t.Errorf("asleep: %+v", o)
	}
	for _, path := range []string{"/v1/models", "/props", "/health", "/slots", "/metrics"} {
		p.set(path, "llamacpp/loading/props.http")
	}
	if o := c.Look(t.Context(), still); o.State != backend.ServerUp || !only(t, o).Loading || backend.CodeOf(o.Err) != backend.CodeBusy {
		t.Errorf("loading: %+v", o)
	}
}

func TestARealLlamaThatIsLoadingAtFirst(t *testing.T) {
	t.Parallel()
	_, c := replay(t, llama("loading"), "")
	o := c.Look(t.Context(), still)
	if o.State != backend.ServerUp || o.Listed || o.Engine != backend.EngineLlamaCpp {
		t.Errorf("got %+v", o)
	}
	wantCode(t, o.Err, backend.CodeBusy)
}

func TestARealLlamaWithAKey(t *testing.T) {
	t.Parallel()
	files := map[string]string{"*": "llamacpp/key/props-none.http", "/health": "llamacpp/key/health-none.http"}
	p, c := replay(t, files, token)
	o := c.Look(t.Context(), still)
	if o.State != backend.ServerNeedsToken || o.Engine != backend.EngineLlamaCpp {
		t.Errorf("got %+v", o)
	}
	p.set("/v1/models", "llamacpp/key/v1-models-good.http")
	p.set("/props", "llamacpp/key/props-good.http")
	p.set("/metrics", "llamacpp/key/metrics-good.http")
	o, err := c.Detail(t.Context(), still, o)
	if err != nil || !o.Listed || only(t, o).Key != "tiny" || len(only(t, o).Instances) != 0 { // it was asleep
		t.Errorf("got %+v, %v", o, err)
	}
}

func TestARealLiteLLM(t *testing.T) {
	t.Parallel()
	base := func(folder, who string) map[string]string {
		return map[string]string{
			"/health/liveliness": "litellm/open/health-liveliness.http", "/health/readiness": "litellm/open/health-readiness.http",
			"/": "litellm/key/root-none.http", "*": "litellm/key/props-none.http",
			"/v1/models": "litellm/" + folder + "/v1-models" + who + ".http", "/model/info": "litellm/" + folder + "/model-info" + who + ".http",
		}
	}
	for _, tc := range []struct {
		folder, who, token string
		state              backend.ServerState
	}{
		{"open", "", "", backend.ServerUp},
		{"key", "-good", token, backend.ServerUp},
		{"key", "-none", "", backend.ServerNeedsToken},
		{"key", "-wrong", token, backend.ServerNeedsToken},
		{"key-with-prisma", "-none", "", backend.ServerNeedsToken},
		{"key-with-prisma", "-wrong", token, backend.ServerNeedsToken},
	} {
		t.Run(tc.folder+tc.who, func(t *testing.T) {
			t.Parallel()
			p, c := replay(t, base(tc.folder, tc.who), tc.token)
			o := c.Look(t.Context(), still)
			if o.Engine != backend.EngineLiteLLM || o.State != tc.state {
				t.Fatalf("got %+v", o)
			}
			if tc.state != backend.ServerUp {
				wantCode(t, o.Err, backend.CodeNeedsToken)
				return
			}
			if len(o.Models) != 3 || *byKey(o, "tiny").MaxContextLength != 65536 || !strings.HasPrefix(byKey(o, "tiny").Name, "tiny (openai/") {
				t.Errorf("got %+v", o.Models)
			}
			p.set("/model/info", "litellm/key-with-prisma/model-info-none.http")
			if o := c.Look(t.Context(), still); len(o.Models) != 3 || *byKey(o, "hosted/claude-opus").MaxContextLength != 200000 {
				t.Errorf("by the list alone: %+v", o.Models)
			}
		})
	}
}

func TestARealOllama(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"/": "ollama/empty/root.http", "/v1/models": "ollama/empty/v1-models.http", "/api/version": "ollama/empty/api-version.http", "*": "ollama/empty/props.http",
		"/api/tags": "ollama/empty/api-tags.http", "/api/ps": "ollama/empty/api-ps.http", "/api/show": "ollama/listed/api-show.http",
	}
	p, c := replay(t, files, "")
	at := newHand()
	if o := c.Look(t.Context(), at.now); o.Engine != backend.EngineOllama || !o.Listed || len(o.Models) != 0 || o.Version != "" {
		t.Fatalf("empty: %+v", o)
	}
	p.set("/api/tags", "ollama/listed/api-tags.http")
	at.advance(time.Minute)
	m := only(t, c.Look(t.Context(), at.now))
	if m.Key != "tiny:latest" || *m.MaxContextLength != 131072 || m.Quantization != "" || m.Parameters != "156K" || len(m.Instances) != 0 {
		t.Errorf("listed: %+v", m)
	}
	p.set("/api/ps", "ollama/loaded/api-ps-for-good.http")
	if i := only(t, c.Look(t.Context(), at.now)).Instances[0]; !*i.Explicit || i.ExpiresAt != nil || *i.ContextLength != 65536 {
		t.Errorf("for good: %+v", i)
	}
	p.set("/api/ps", "ollama/loaded/api-ps-5m.http")
	if i := only(t, c.Look(t.Context(), at.now)).Instances[0]; *i.Explicit || i.ExpiresAt.String() != "2026-11-30T10:41:10.222Z" {
		t.Errorf("for five minutes: %+v", i)
	}
	p.set("/api/generate", "ollama/loaded/api-generate-load.http")
	if _, err := c.Load(t.Context(), backend.LoadRequest{Model: "tiny"}, nil); err != nil {
		t.Error(err)
	}
	p.set("/api/generate", "ollama/loaded/api-generate-unload.http")
	p.set("/api/ps", "ollama/loaded/api-ps-just-unloaded.http")
	if err := c.Unload(t.Context(), "tiny:latest"); err != nil {
		t.Error(err)
	}
	p.set("/api/generate", "ollama/loaded/api-generate-unknown.http")
	_, err := c.Load(t.Context(), backend.LoadRequest{Model: "nosuch"}, nil)
	wantCode(t, err, backend.CodeModelMissing)
}

// Every body that was recorded is put to every parser: none may fall over, and each
// takes only its own.
func TestRecordedBodiesAreToldApart(t *testing.T) {
	files, err := filepath.Glob("testdata/recorded/*/*/*.http")
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		res, body := recorded(t, strings.TrimPrefix(filepath.ToSlash(file), "testdata/recorded/")) //nolint:bodyclose // read from a file
		name := filepath.Base(file)
		good := res.StatusCode == http.StatusOK
		_, _, _, props := openai.ReadProps(body)
		if want := good && strings.HasPrefix(name, "props"); props != want {
			t.Errorf("%s: properties %v", file, props)
		}
		_, slots := openai.ReadSlots(body)
		if want := good && strings.HasPrefix(name, "slots"); slots != want {
			t.Errorf("%s: slots %v", file, slots)
		}
		if _, _, _, found, err := openai.ReadList(body); (err == nil && found) != (good && (strings.HasPrefix(name, "v1-models") || strings.HasPrefix(name, "model-info"))) && !slots {
			t.Errorf("%s: list %v, %v", file, found, err)
		}
		if loads := openai.ReadMetrics(body); (len(loads) > 0) != (good && strings.HasPrefix(name, "metrics")) {
			t.Errorf("%s: metrics %v", file, loads)
		}
	}
}

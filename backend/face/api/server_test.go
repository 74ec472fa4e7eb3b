package api_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

// logBuffer is a log that a test can read.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func newLog() *logBuffer { return &logBuffer{} }

func (l *logBuffer) into(c *api.Config) { c.Log = slog.New(slog.NewTextHandler(l, nil)) }

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestBodyCap(t *testing.T) {
	called := false
	r := start(t, &fakeAgent{setKeep: func(context.Context, backend.Target) (backend.Keep, error) {
		called = true
		return backend.Keep{}, nil
	}})
	big := `{"model":"` + strings.Repeat("m", 64<<10) + `"}`
	t.Run("announced", func(t *testing.T) {
		wantProblem(t, r.do(t, "PUT", "/api/keep", big, asJSON, bearer), 413, backend.CodeTooLarge)
	})
	t.Run("not announced", func(t *testing.T) {
		req, _ := http.NewRequest("PUT", "http://"+r.addr+"/api/keep", io.MultiReader(strings.NewReader(big)))
		setHeaders(req, []string{asJSON, bearer})
		transport := &http.Transport{}
		defer transport.CloseIdleConnections()
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		b, _ := io.ReadAll(resp.Body)
		wantProblem(t, reply{resp, string(b)}, 413, backend.CodeTooLarge)
	})
	t.Run("in a GET", func(t *testing.T) {
		wantProblem(t, r.overSocket(t, "GET", "/api/status", big), 413, backend.CodeTooLarge)
	})
	if called {
		t.Error("a body over the cap reached the agent")
	}
}

func TestBodyThatNeverComes(t *testing.T) {
	s := api.New(api.Config{Agent: &fakeAgent{}, History: &fakeAgent{}})
	srv := s.HTTPServer(s.SocketHandler())
	srv.ReadTimeout = 50 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, srv, l)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "PUT /api/keep HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{")
	b, _ := io.ReadAll(conn) // the server ends the connection
	if !strings.HasPrefix(string(b), "HTTP/1.1 408 ") || !strings.Contains(string(b), `"hint":"`) {
		t.Errorf("got %q", b)
	}
}

// A load takes longer than any time-out of the server, and its context must
// live as long as its caller.
func TestLoadOutlivesTheReadTimeout(t *testing.T) {
	agent := &fakeAgent{load: func(ctx context.Context, _, model string, _ *int) (backend.Load, error) {
		select {
		case <-ctx.Done():
			return backend.Load{}, ctx.Err()
		case <-time.After(300 * time.Millisecond):
			return backend.Load{Model: model}, nil
		}
	}}
	s := api.New(api.Config{Agent: agent, History: agent, WriteTimeout: 50 * time.Millisecond})
	srv := s.HTTPServer(s.SocketHandler())
	srv.ReadTimeout = 50 * time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serve(t, srv, l)
	got := do(t, &http.Transport{}, "http://"+l.Addr().String(), "POST", "/api/models/load", `{"model":"m"}`, asJSON)
	if load := wantJSON[backend.Load](t, got); load.Model != "m" {
		t.Errorf("got %+v", load)
	}
}

// deadlines records the read deadlines that handlers set.
type deadlines struct {
	*httptest.ResponseRecorder
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// net/http cancels a request's context when a read deadline passes, even long
// after the body was read.
func TestNoReadDeadlineIsLeftBehind(t *testing.T) {
	w := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	agent := &fakeAgent{
		load: func(context.Context, string, string, *int) (backend.Load, error) {
			if len(w.set) == 0 || !w.set[len(w.set)-1].IsZero() {
				t.Errorf("a load runs under the deadlines %v", w.set)
			}
			return backend.Load{}, nil
		},
		subscribe: func(uint64) *api.Subscription {
			if len(w.set) == 0 || !w.set[len(w.set)-1].IsZero() {
				t.Errorf("a stream runs under the deadlines %v", w.set)
			}
			ended := make(chan backend.Event)
			close(ended)
			return &api.Subscription{Events: ended, Close: func() {}}
		},
	}
	h := api.New(api.Config{Agent: agent, History: agent}).SocketHandler()
	post := httptest.NewRequest("POST", "/api/models/load", strings.NewReader(`{"model":"m"}`))
	post.Header.Set("Content-Type", "application/json")
	for _, r := range []*http.Request{post, httptest.NewRequest("GET", "/api/events", nil)} {
		w.set = nil
		if h.ServeHTTP(w, r); w.Code != http.StatusOK {
			t.Errorf("%s: status %d", r.URL, w.Code)
		}
	}
}

func TestLoadSeesItsCallerLeave(t *testing.T) {
	left := make(chan struct{})
	begun := make(chan struct{})
	r := start(t, &fakeAgent{load: func(ctx context.Context, _, _ string, _ *int) (backend.Load, error) {
		close(begun)
		<-ctx.Done()
		close(left)
		return backend.Load{}, ctx.Err()
	}})
	conn, err := net.Dial("unix", r.socket)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(conn, "POST /api/models/load HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"model\":\"m\"}")
	<-begun
	conn.Close()
	<-left
}

func TestPanicIsAProblem(t *testing.T) {
	log := newLog()
	r := start(t, &fakeAgent{setKeep: func(context.Context, backend.Target) (backend.Keep, error) {
		panic("a bug in here")
	}}, log.into)
	got := r.do(t, "PUT", "/api/keep", `{"model":"my-private-text"}`, asJSON, bearer)
	wantProblem(t, got, 500, backend.CodeInternal)
	if strings.Contains(got.body, "a bug") {
		t.Errorf("the answer tells the panic: %s", got.body)
	}
	for _, secret := range []string{"my-private-text", token} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(log.String(), "a bug in here") || !strings.Contains(log.String(), "/api/keep") {
		t.Errorf("the log does not tell what happened: %s", log)
	}
}

func TestPanicInTheMiddleCutsTheAnswer(t *testing.T) {
	sub := &api.Subscription{Close: func() {}, Events: make(chan backend.Event), Dropped: func() bool { panic("a bug") }}
	events := make(chan backend.Event)
	sub.Events = events
	r := start(t, &fakeAgent{subscribe: func(uint64) *api.Subscription { return sub }})
	s := r.listen(t, "")
	s.next()
	close(events)
	if err := s.end(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream ended with %v, want it cut", err)
	}
}

func TestHeaders(t *testing.T) {
	r := start(t, &fakeAgent{})
	want := map[string]string{
		"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
			"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
		"X-Content-Type-Options":       "nosniff",
		"Referrer-Policy":              "no-referrer",
		"Cross-Origin-Opener-Policy":   "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	}
	for _, path := range []string{"/", "/api/status", "/api/nothing", "/healthz", "/open", "/openapi.json", "/metrics"} {
		for _, got := range []reply{r.overSocket(t, "GET", path, ""), r.do(t, "GET", path, ""), r.do(t, "GET", path, "", bearer)} {
			for name, value := range want {
				if got.Header.Get(name) != value {
					t.Errorf("GET %s: %s = %q, want %q", path, name, got.Header.Get(name), value)
				}
			}
			for name := range got.Header {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("GET %s: there is a %s", path, name)
				}
			}
			if strings.HasPrefix(path, "/api/") && got.Header.Get("Cache-Control") != "no-store" {
				t.Errorf("GET %s: Cache-Control = %q", path, got.Header.Get("Cache-Control"))
			}
		}
	}
}

func TestServerLimits(t *testing.T) {
	s := api.New(api.Config{Agent: &fakeAgent{}, History: &fakeAgent{}})
	srv := s.HTTPServer(http.NotFoundHandler())
	if srv.ReadHeaderTimeout != 5*time.Second || srv.ReadTimeout != 10*time.Second || srv.IdleTimeout != 60*time.Second ||
		srv.MaxHeaderBytes != 16<<10 || srv.WriteTimeout != 0 {
		t.Errorf("got %v %v %v %v %v", srv.ReadHeaderTimeout, srv.ReadTimeout, srv.IdleTimeout, srv.MaxHeaderBytes, srv.WriteTimeout)
	}
}

// BenchmarkStatus is a status of a well-filled machine over a real socket.
func BenchmarkStatus(b *testing.B) {
	st := bigStatus()
	for _, c := range []struct {
		name   string
		status func() *backend.Status
	}{
		{"unchanged", func() *backend.Status { return st }},
		{"new every time", func() *backend.Status { c := *st; return &c }},
	} {
		b.Run(c.name, func(b *testing.B) {
			agent := &fakeAgent{status: c.status}
			s := api.New(api.Config{Agent: agent, History: agent})
			l, err := net.Listen("unix", filepath.Join(b.TempDir(), "s"))
			if err != nil {
				b.Fatal(err)
			}
			serve(b, s.HTTPServer(s.SocketHandler()), l)
			t := (&rig{socket: l.Addr().String()}).socketTransport()
			defer t.CloseIdleConnections()
			req, _ := http.NewRequest("GET", "http://x/api/status", nil)
			for b.Loop() {
				resp, err := t.RoundTrip(req)
				if err != nil {
					b.Fatal(err)
				}
				n, _ := io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				b.SetBytes(n)
			}
		})
	}
}

func bigStatus() *backend.Status {
	at := backend.At(newClock().now())
	st := &backend.Status{Version: "1.2.3", StartedAt: at, Listen: "http://127.0.0.1:7456"}
	for s := range 2 {
		server := backend.Server{ID: fmt.Sprint("server", s), Kind: backend.KindLMStudio, State: backend.ServerUp, CheckedAt: &at}
		for m := range 30 {
			server.Models = append(server.Models, backend.Model{
				Key: fmt.Sprintf("publisher/a-model-of-some-name-%d", m), Name: "A model of some name", Type: backend.TypeLLM,
				Format: "gguf", Quantization: "Q4_K_M", SizeBytes: ptr(int64(5 << 30)), MaxContextLength: ptr(131072),
				Instances: []backend.Instance{{ID: "x", ContextLength: ptr(32768), SeenLoadedAt: at}},
			})
		}
		st.Servers = append(st.Servers, server)
	}
	return st
}

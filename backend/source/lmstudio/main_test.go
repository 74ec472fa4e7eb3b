package lmstudio_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// token has LM Studio's form and belongs to nobody.
const token = "sk-lm-abcdefgh:01234567890123456789"

var fixed = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

// still is a clock that stands.
func still() time.Time { return fixed }

// hand is a clock that a test moves by hand.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func newHand() *hand { return &hand{at: fixed} }

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// canned answers each path with a status and a body; other paths are unknown
// routes, answered as LM Studio does. It counts.
type canned struct {
	mu     sync.Mutex
	bodies map[string]string
	status map[string]int
	asked  []string
	header http.Header // of the last request
	sent   string      // its body
}

func (c *canned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = append(c.asked, r.Method+" "+r.URL.Path)
	c.header, c.sent = r.Header.Clone(), string(b)
	body, ok := c.bodies[r.URL.Path]
	if !ok {
		body = fmt.Sprintf(`{"error":"Unexpected endpoint or method. (%s %s)"}`, r.Method, r.URL.Path)
	}
	if s := c.status[r.URL.Path]; s != 0 {
		w.WriteHeader(s)
	}
	_, _ = io.WriteString(w, body)
}

func (c *canned) set(path string, status int, body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.bodies == nil {
		c.bodies, c.status = map[string]string{}, map[string]int{}
	}
	c.bodies[path], c.status[path] = body, status
}

func (c *canned) requests() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := c.asked
	c.asked = nil
	return list
}

// serve starts a server and a client of it without a WebSocket.
func serve(t testing.TB, h http.Handler, change ...func(*lmstudio.Config)) *lmstudio.Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	cfg := lmstudio.Config{ID: "lmstudio", URL: s.URL, NoWebSocket: true}
	for _, c := range change {
		c(&cfg)
	}
	return client(t, cfg)
}

func client(t testing.TB, cfg lmstudio.Config) *lmstudio.Client {
	t.Helper()
	c := lmstudio.New(cfg)
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

func withToken(cfg *lmstudio.Config) { cfg.Token = token }

func fixture(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// within is a context for calls that should not take long.
func within(t testing.TB, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

func wantCode(t *testing.T, err error, want backend.Code) {
	t.Helper()
	if got := backend.CodeOf(err); got != want {
		t.Fatalf("error %v has code %q, want %q", err, got, want)
	}
	if err == nil {
		return
	}
	e := backend.AsError(err)
	if e.Message == "" || e.Hint == "" {
		t.Errorf("error %+v lacks a message or a hint", e)
	}
	if strings.Contains(e.Message+e.Hint+fmt.Sprint(e.Err), "01234567890123456789") {
		t.Errorf("error tells the token: %+v", e)
	}
}

func ptr[T any](v T) *T { return &v }

package openai_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
	"pilotlight/backend/source/openai/openaitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// token belongs to nobody.
const token = "sk-test-0123456789abcdef"

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

// play starts a fake and a client of it.
func play(t testing.TB, o openaitest.Options, change ...func(*openai.Config)) (*openaitest.Server, *openai.Client) {
	t.Helper()
	s := openaitest.Start(t, o)
	cfg := openai.Config{ID: "far", URL: s.BaseURL(), Token: o.Token, Hosted: o.Engine == openaitest.Hosted}
	for _, c := range change {
		c(&cfg)
	}
	return s, client(t, cfg)
}

func client(t testing.TB, cfg openai.Config) *openai.Client {
	t.Helper()
	c := openai.New(cfg)
	openai.SetPatience(c, time.Minute) // tests wait for conditions, not for times
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// paths are the requests that came in since the last call.
func paths(s *openaitest.Server) []string {
	var list []string
	for _, r := range s.Requests() {
		list = append(list, r.Method+" "+r.Path)
	}
	return list
}

func fixture(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
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
	if strings.Contains(e.Message+e.Hint+fmt.Sprint(e.Err), token) {
		t.Errorf("error tells the token: %+v", e)
	}
}

// only is the one model of an observation.
func only(t *testing.T, o backend.Observation) backend.Model {
	t.Helper()
	if len(o.Models) != 1 {
		t.Fatalf("%d models: %+v", len(o.Models), o)
	}
	return o.Models[0]
}

func byKey(o backend.Observation, key string) *backend.Model {
	for i := range o.Models {
		if o.Models[i].Key == key {
			return &o.Models[i]
		}
	}
	return nil
}

func ptr[T any](v T) *T { return &v }

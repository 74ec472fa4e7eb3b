package agent_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openai"
)

// newSilent is the URL of a host that takes connections and never says a word.
func newSilent(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() { ln.Close() })
	return "http://" + ln.Addr().String()
}

// waits counts the looks of a patientSource that go on.
var waits atomic.Int32

// patientSource waits for an answer as long as it may.
type patientSource struct {
	*openai.Client
	url string
}

func (s patientSource) Look(ctx context.Context, now func() time.Time) backend.Observation {
	o := backend.Observation{Server: s.ID(), State: backend.ServerDown}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
	if err == nil {
		waits.Add(1)
		c := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		var res *http.Response
		if res, err = c.Do(req); err == nil {
			res.Body.Close()
		}
	}
	o.At = now()
	o.Err = &backend.Error{Code: backend.CodeNetwork, Message: "It does not answer.", Hint: "Wait.", Err: err}
	return o
}

// safeBuffer is a log that may be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func (s *safeBuffer) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(io.Writer(s), &slog.HandlerOptions{Level: slog.LevelDebug}))
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

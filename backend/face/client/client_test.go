package client_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pilotlight/backend"
	"pilotlight/backend/face/client"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// agent serves one handler on a unix socket and gives a client of it.
func agent(t *testing.T, h http.HandlerFunc) *client.Client {
	t.Helper()
	l := listen(t)
	srv := &http.Server{Handler: h}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // always ErrServerClosed, or the test has failed by then
	}()
	t.Cleanup(func() {
		_ = srv.Close()
		<-done
	})
	return dial(t, l.Addr().String())
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "agent.sock"))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func dial(t *testing.T, socket string) *client.Client {
	t.Helper()
	c := client.New(socket)
	t.Cleanup(c.Close)
	return c
}

// wantError checks the code, and that a person is told what to do.
func wantError(t *testing.T, err error, code backend.Code) *backend.Error {
	t.Helper()
	e, ok := errors.AsType[*backend.Error](err)
	if !ok {
		t.Fatalf("got %#v, want a *backend.Error", err)
	}
	if e.Code != code || e.Message == "" || e.Hint == "" {
		t.Errorf("got %q %q %q, want %q", e.Code, e.Message, e.Hint, code)
	}
	return e
}

func TestNoAgent(t *testing.T) {
	stale := listen(t)
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	stale.Close()
	for name, socket := range map[string]string{
		"no socket":      filepath.Join(t.TempDir(), "agent.sock"),
		"no folder":      filepath.Join(t.TempDir(), "gone", "agent.sock"),
		"nobody listens": stale.Addr().String(),
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, socket)
			_, err := c.Status(t.Context())
			e := wantError(t, err, backend.CodeAgentDown)
			if e.Message != "Pilotlight is not running." || !strings.Contains(e.Hint, "pilotlight agent") {
				t.Errorf("got %q, %q", e.Message, e.Hint)
			}
			wantError(t, c.Events(t.Context(), 0, nil), backend.CodeAgentDown)
		})
	}
}

func TestSomeoneElsesAgent(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may open every socket")
	}
	l := listen(t)
	defer l.Close()
	if err := os.Chmod(l.Addr().String(), 0); err != nil {
		t.Fatal(err)
	}
	_, err := dial(t, l.Addr().String()).Status(t.Context())
	wantError(t, err, backend.CodeForbidden)
}

func TestOddAnswers(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no JSON":            func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") },
		"another error":      func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusTeapot) },
		"error without code": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); fmt.Fprint(w, `{}`) },
		"wrong types":        func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"version":7}`) },
		"far too much": func(w http.ResponseWriter, _ *http.Request) {
			for range 17 {
				fmt.Fprint(w, strings.Repeat(" ", 1<<20))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := agent(t, answer).Status(t.Context())
			wantError(t, err, backend.CodeProtocol)
		})
	}
}

func TestAgentThatEndsWhileItAnswers(t *testing.T) {
	c := agent(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, `{"version":`)
		panic(http.ErrAbortHandler)
	})
	_, err := c.Status(t.Context())
	wantError(t, err, backend.CodeNetwork)
}

func TestTimeAndCancel(t *testing.T) {
	c := agent(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // net/http notices a client that left only once the body was read
		<-r.Context().Done()
	})
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := c.Status(short)
	wantError(t, err, backend.CodeTimeout)
	gone, cancel := context.WithCancel(t.Context())
	time.AfterFunc(time.Millisecond, cancel)
	if _, err := c.Load(gone, "", "m", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestRequests(t *testing.T) {
	var got string
	c := agent(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Method + " " + r.URL.String() + " " + r.Header.Get("Content-Type")
		fmt.Fprint(w, `{}`)
	})
	if _, err := c.Keep(t.Context()); err != nil || got != "GET /api/keep " {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := c.SetKeep(t.Context(), backend.Target{Model: "m"}); err != nil || got != "PUT /api/keep application/json" {
		t.Errorf("%q, %v", got, err)
	}
}

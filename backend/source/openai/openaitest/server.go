package openaitest

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"time"
)

// Server is a running fake. All methods may be called from any goroutine.
type Server struct {
	opts Options
	addr string // the real one, so that it opens there again
	cert *tls.Certificate

	life    sync.Mutex // serialises starting and stopping
	server  *http.Server
	cancel  context.CancelFunc
	serving sync.WaitGroup

	mu       sync.Mutex
	models   []*model
	token    string
	fault    Fault
	loading  bool
	sleeping bool
	asked    []Request
	asks     int
	starts   int
}

// model is a Model and how it is.
type model struct {
	Model
	loaded  bool
	coming  time.Time // when the load that runs ends; zero for none
	failed  bool
	context int
	expires time.Time // zero is never
	busy    int
}

// Request is one that came in.
type Request struct {
	Method, Path  string
	Authorization string
}

// TB is the part of testing.TB that Start needs.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// New starts a fake. It fails when the address cannot be listened on.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	s := &Server{opts: o, addr: o.Addr, token: o.Token}
	s.SetModels(o.Models)
	if o.TLS {
		s.cert = selfSigned()
	}
	if err := s.Restart(); err != nil {
		return nil, err
	}
	return s, nil
}

// Start is New for tests: it fails the test instead of returning an error, and
// closes the fake when the test ends.
func Start(t TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("start fake %s: %v", o.Engine, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// selfSigned is the certificate that httptest has for 127.0.0.1, which no computer
// trusts.
func selfSigned() *tls.Certificate {
	t := httptest.NewUnstartedServer(nil)
	t.StartTLS()
	defer t.Close()
	return &t.TLS.Certificates[0]
}

// URL is where the server is, with its prefix and without /v1.
func (s *Server) URL() string {
	scheme := "http://"
	if s.cert != nil {
		scheme = "https://"
	}
	return scheme + s.addr + s.opts.Prefix
}

// BaseURL is what a provider in OpenClaw's config is given.
func (s *Server) BaseURL() string { return s.URL() + "/v1" }

// Engine is what is played.
func (s *Server) Engine() Engine { return s.opts.Engine }

// Close ends the server.
func (s *Server) Close() error { return s.Kill() }

// Kill ends it as kill does: connections are cut, what was loaded is gone.
func (s *Server) Kill() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.server == nil {
		return nil
	}
	// The handlers are told last: one that ends without a word would otherwise have
	// its connection answer with an empty 200.
	_ = s.server.Close()
	s.cancel()
	s.mu.Lock()
	for _, m := range s.models {
		m.loaded, m.coming, m.failed, m.busy = false, time.Time{}, false, 0
	}
	s.sleeping = false
	s.mu.Unlock()
	s.serving.Wait()
	s.server = nil
	return nil
}

// Restart starts it again at the same address, with what it loads at its start. It
// fails when the port was taken meanwhile.
func (s *Server) Restart() error {
	s.life.Lock()
	defer s.life.Unlock()
	if s.server != nil {
		return nil
	}
	l, err := net.Listen("tcp", s.addr)
	for tries := 0; err != nil && s.cancel != nil && tries < 100; tries++ {
		time.Sleep(50 * time.Millisecond) // given up a moment ago, it may still be in use
		l, err = net.Listen("tcp", s.addr)
	}
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	s.addr = l.Addr().String()
	if s.cert != nil {
		l = tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{*s.cert}})
	}
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	server := &http.Server{
		Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second,
		BaseContext: func(net.Listener) context.Context { return ctx }, ErrorLog: log.New(io.Discard, "", 0),
	}
	s.server = server
	s.mu.Lock()
	s.starts++
	for _, m := range s.models {
		m.loaded = s.servesAll() || m.Loaded
		m.context = m.Context
		m.expires = time.Time{}
	}
	s.mu.Unlock()
	s.serving.Go(func() { _ = server.Serve(l) })
	return nil
}

// servesAll says that the engine has in memory all that it lists.
func (s *Server) servesAll() bool { return s.opts.Engine == LlamaCpp || s.opts.Engine == VLLM }

// Requests are those that came in since the last call, oldest first, at most a
// thousand.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.asked
	s.asked = nil
	return list
}

// Total is how many requests ever came in.
func (s *Server) Total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asks
}

func (s *Server) note(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asks++
	if len(s.asked) >= 1000 {
		s.asked = slices.Delete(s.asked, 0, 500)
	}
	s.asked = append(s.asked, Request{r.Method, r.URL.Path, r.Header.Get("Authorization")})
}

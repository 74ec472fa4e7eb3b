package lmstudiotest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// Server is a running fake. All methods may be called from any goroutine.
type Server struct {
	opts    Options
	version version

	life     sync.Mutex // serialises starting and stopping
	public   *port      // the HTTP server, which a person can switch off
	internal *port      // the app itself
	serverOn bool       // what the person chose; survives a restart of the app

	requests requestLog

	mu         sync.Mutex
	changed    chan struct{} // closed and replaced at every change
	app        *appRun       // nil while the app is off
	models     []*Model
	instances  []*instance
	loads      []*load // under way
	token      string
	memory     int64
	loadTime   time.Duration
	answerTime time.Duration
	override   int
	failure    string
	fault      Fault
	faultPath  string
	inference  InferenceFault
}

// appRun is one life of the app; loads belong to it and die with it.
type appRun struct {
	ctx    context.Context
	cancel context.CancelFunc
	loads  sync.WaitGroup
}

// TB is the part of testing.TB that Start needs. It is named here so that the
// demo, which uses this package too, does not carry the testing package.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// New starts a fake: the app is on and so is its HTTP server. It fails when an
// address cannot be listened on or Home cannot be written.
func New(o Options) (*Server, error) {
	o = o.withDefaults()
	s := &Server{
		opts:     o,
		version:  parseVersion(o.Version),
		changed:  make(chan struct{}),
		token:    o.Token,
		memory:   o.MemoryBytes,
		loadTime: o.LoadTime,
		serverOn: true,
	}
	for _, m := range o.Models {
		if m.Key == "" {
			return nil, errors.New("a model without a key")
		}
		m = m.withDefaults()
		s.models = append(s.models, &m)
	}
	s.public = newPort(o.Addr, s.handlerPublic(), s.flapping)
	s.internal = newPort(o.InternalAddr, s.handlerInternal(), s.flapping)
	if err := s.StartApp(); err != nil {
		_ = s.Close()
		return nil, err
	}
	if err := s.writeHome(); err != nil {
		_ = s.Close()
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
		t.Fatalf("start fake LM Studio: %v", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// URL is the HTTP server's address, whether it is on or off.
func (s *Server) URL() string { return "http://" + s.public.address() }

// InternalURL is the app's own address.
func (s *Server) InternalURL() string { return "http://" + s.internal.address() }

// InternalPort is the port of InternalURL.
func (s *Server) InternalPort() int { return portOf(s.internal.address()) }

// Version is the version that is played.
func (s *Server) Version() string { return s.opts.Version }

func portOf(addr string) int {
	_, text, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(text)
	return n
}

// Close ends everything and waits for it.
func (s *Server) Close() error { return s.QuitApp() }

// StopServer switches the HTTP server off, as a person does in the app. The
// app, its internal port and the models in memory stay.
func (s *Server) StopServer() error {
	s.life.Lock()
	defer s.life.Unlock()
	s.serverOn = false
	s.public.stop()
	return nil
}

// StartServer switches the HTTP server on again, on the same port. It fails
// while the app is off or when the port was taken meanwhile.
func (s *Server) StartServer() error {
	s.life.Lock()
	defer s.life.Unlock()
	s.mu.Lock()
	on := s.app != nil
	s.mu.Unlock()
	if !on {
		return errors.New("the app is off")
	}
	if err := s.public.start(); err != nil {
		return fmt.Errorf("start HTTP server: %w", err)
	}
	s.serverOn = true
	return nil
}

// QuitApp ends the app: connections are cut, loads die, instances are gone. The
// connections go first, so that nobody gets an answer about the rest.
func (s *Server) QuitApp() error {
	s.life.Lock()
	defer s.life.Unlock()
	s.public.stop()
	s.internal.stop()
	s.mu.Lock()
	app := s.app
	s.app = nil
	for _, i := range s.instances {
		i.gone = true
	}
	s.instances, s.loads = nil, nil
	s.bump()
	s.mu.Unlock()
	if app != nil {
		app.cancel()
		app.loads.Wait()
	}
	return nil
}

// StartApp starts the app again on the same ports, with nothing loaded and with
// the HTTP server as it was left: on, unless StopServer was last.
func (s *Server) StartApp() error {
	s.life.Lock()
	defer s.life.Unlock()
	s.mu.Lock()
	if s.app == nil {
		ctx, cancel := context.WithCancel(context.Background())
		s.app = &appRun{ctx: ctx, cancel: cancel}
	}
	s.mu.Unlock()
	if err := s.internal.start(); err != nil {
		return fmt.Errorf("start internal API port: %w", err)
	}
	if s.serverOn {
		if err := s.public.start(); err != nil {
			return fmt.Errorf("start HTTP server: %w", err)
		}
	}
	return nil
}

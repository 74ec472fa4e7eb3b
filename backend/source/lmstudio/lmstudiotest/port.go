package lmstudiotest

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// port is one listening address that can be closed and opened again. Closing
// cuts every connection, the WebSockets too, and waits for all handlers.
type port struct {
	addr    string // the real one once opened, so that it opens there again
	handler http.Handler
	flap    func() bool // every other connection is reset while true

	mu       sync.Mutex
	open     bool
	reopens  bool
	conns    map[net.Conn]struct{}
	accepted int
	server   *http.Server
	cancel   context.CancelFunc
	handlers sync.WaitGroup
	serving  sync.WaitGroup
}

func newPort(addr string, handler http.Handler, flap func() bool) *port {
	return &port{addr: addr, handler: handler, flap: flap}
}

// start listens. An address that was just given up may still be in use for a
// moment, or be taken by another program's connection, so a reopening insists
// for a while.
func (p *port) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open {
		return nil
	}
	listener, err := net.Listen("tcp", p.addr)
	for tries := 0; err != nil && p.reopens && tries < 40; tries++ {
		time.Sleep(50 * time.Millisecond)
		listener, err = net.Listen("tcp", p.addr)
	}
	if err != nil {
		return err
	}
	p.addr = listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	p.conns = make(map[net.Conn]struct{})
	p.open, p.reopens = true, true
	p.server = &http.Server{
		Handler:           http.HandlerFunc(p.serveHTTP),
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ReadHeaderTimeout: 10 * time.Second,
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	server := p.server
	p.serving.Go(func() { _ = server.Serve(&trackedListener{Listener: listener, port: p}) })
	return nil
}

// address is where it listens, or did: the other port may be asked before this one is
// open.
func (p *port) address() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.addr
}

func (p *port) stop() {
	p.mu.Lock()
	if !p.open {
		p.mu.Unlock()
		return
	}
	p.open = false
	server, conns, cancel := p.server, p.conns, p.cancel
	p.conns = nil
	p.mu.Unlock()
	// The handlers are told last: a handler that ends without a word would
	// otherwise have its connection answer with an empty 200.
	_ = server.Close()
	cut(conns)
	cancel()
	p.handlers.Wait()
	p.serving.Wait()
}

// cutAll closes every connection but goes on listening.
func (p *port) cutAll() {
	p.mu.Lock()
	conns := p.conns
	if p.open {
		p.conns = make(map[net.Conn]struct{})
	}
	p.mu.Unlock()
	cut(conns)
}

func cut(conns map[net.Conn]struct{}) {
	for c := range conns {
		_ = c.Close()
	}
}

// serveHTTP counts the handlers that run; the standard server forgets those
// that took their connection over, as WebSockets do.
func (p *port) serveHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	if !p.open {
		p.mu.Unlock()
		panic(http.ErrAbortHandler)
	}
	p.handlers.Add(1)
	p.mu.Unlock()
	defer p.handlers.Done()
	p.handler.ServeHTTP(w, r)
}

// trackedListener remembers the connections, so that stop can cut them.
type trackedListener struct {
	net.Listener
	port *port
}

func (l *trackedListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		p := l.port
		p.mu.Lock()
		p.accepted++
		reset := p.flap() && p.accepted%2 == 0
		open := p.open
		if open && !reset {
			p.conns[conn] = struct{}{}
		}
		p.mu.Unlock()
		if !open {
			_ = conn.Close()
			return nil, errors.New("closed")
		}
		if reset {
			if tcp, ok := conn.(*net.TCPConn); ok {
				_ = tcp.SetLinger(0)
			}
			_ = conn.Close()
			continue
		}
		return &trackedConn{Conn: conn, port: p}, nil
	}
}

type trackedConn struct {
	net.Conn
	port *port
}

func (c *trackedConn) Close() error {
	c.port.mu.Lock()
	delete(c.port.conns, c.Conn)
	c.port.mu.Unlock()
	return c.Conn.Close()
}

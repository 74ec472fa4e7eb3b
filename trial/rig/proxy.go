package rig

import (
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// Weather is what a Proxy does with connections.
type Weather int

// The weathers. Those that are there when it changes feel it too.
const (
	Fair   Weather = iota // everything passes
	Refuse                // nobody listens, and what was open is closed
	Reset                 // every connection is reset
	Stall                 // nothing passes any more, and nobody is told
	Slow                  // every piece waits a little
)

// slowness is how long a piece waits in slow weather.
const slowness = 60 * time.Millisecond

// Proxy stands between the agent and a server, and is the network that can fail.
type Proxy struct {
	addr   string
	listen func(addr string) (net.Listener, error)
	done   sync.WaitGroup

	mu      sync.Mutex
	in      net.Listener // nil while it refuses
	to      string
	weather Weather
	changed chan struct{} // closed and replaced when the weather changes
	conns   map[net.Conn]bool
	closed  bool
}

// NewProxy listens on any free port of 127.0.0.1; listen says in which network.
func NewProxy(listen func(addr string) (net.Listener, error)) (*Proxy, error) {
	p := &Proxy{listen: listen, changed: make(chan struct{}), conns: map[net.Conn]bool{}}
	in, err := listen("127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p.addr = in.Addr().String()
	p.open(in)
	return p, nil
}

// Addr is host:port of where it listens.
func (p *Proxy) Addr() string { return p.addr }

// Lead sets where connections go to from now on.
func (p *Proxy) Lead(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.to = addr
}

func (p *Proxy) open(in net.Listener) {
	p.in = in
	p.done.Go(func() {
		for {
			c, err := in.Accept()
			if err != nil {
				return
			}
			p.done.Go(func() { p.serve(c) })
		}
	})
}

// Set changes the weather.
func (p *Proxy) Set(w Weather) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.weather = w
	close(p.changed)
	p.changed = make(chan struct{})
	if w == Refuse || w == Reset {
		for c := range p.conns {
			end(c, w == Reset)
		}
	}
	if w == Refuse {
		if p.in != nil {
			_ = p.in.Close()
			p.in = nil
		}
		return nil
	}
	if p.in != nil || p.closed {
		return nil
	}
	// The port may be another's for a moment.
	var err error
	for range 100 {
		var in net.Listener
		if in, err = p.listen(p.addr); err == nil {
			p.open(in)
			return nil
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// Close ends everything and waits for it.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	_ = p.Set(Refuse)
	p.done.Wait()
}

// end closes a connection, by a reset where that is wanted.
func end(c net.Conn, reset bool) {
	if t, ok := c.(*net.TCPConn); ok && reset {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}

// hold notes a connection; false where the weather is against it.
func (p *Proxy) hold(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.weather == Refuse || p.weather == Reset {
		end(c, p.weather == Reset)
		return false
	}
	p.conns[c] = true
	return true
}

func (p *Proxy) drop(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	_ = c.Close()
}

func (p *Proxy) serve(c net.Conn) {
	if !p.hold(c) {
		return
	}
	defer p.drop(c)
	if !p.pass() {
		return
	}
	p.mu.Lock()
	to := p.to
	p.mu.Unlock()
	back, err := net.DialTimeout("tcp", to, 5*time.Second)
	if err != nil {
		end(c, true)
		return
	}
	if !p.hold(back) {
		return
	}
	defer p.drop(back)
	var both sync.WaitGroup
	both.Go(func() { p.copy(back, c) })
	both.Go(func() { p.copy(c, back) })
	both.Wait()
}

// copy passes pieces on as the weather lets it, and ends both sides with one.
func (p *Proxy) copy(to, from net.Conn) {
	defer func() { _ = to.Close(); _ = from.Close() }()
	buf := make([]byte, 4096)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			if !p.pass() {
				return
			}
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				end(to, true)
			}
			return
		}
	}
}

// pass waits until a piece may pass; false ends the connection.
func (p *Proxy) pass() bool {
	for {
		p.mu.Lock()
		w, changed, closed := p.weather, p.changed, p.closed
		p.mu.Unlock()
		switch {
		case closed || w == Refuse || w == Reset:
			return false
		case w == Slow:
			time.Sleep(slowness)
			return true
		case w != Stall:
			return true
		}
		<-changed
	}
}

package lmstudio

import (
	"context"
	"errors"
	"sync"
	"time"

	"pilotlight/backend"
)

// The namespaces of the WebSocket API that are used.
const (
	nsLLM       = "/llm"
	nsEmbedding = "/embedding"
	nsSystem    = "/system"
)

const (
	firstPause = 10 * time.Second
	longPause  = 10 * time.Minute
)

// sockets holds the standing connection, to the llm namespace, and leaves a
// server alone that has none.
type sockets struct {
	clock clock
	// turn is held by whoever dials; a channel, so that waiting for it can be
	// given up.
	turn chan struct{}

	mu       sync.Mutex
	llm      *conn // nil before the first dialling; may have ended
	failures int
	next     time.Time // no dialling before
}

// take waits for the turn to dial.
func (s *sockets) take(ctx context.Context) error {
	select {
	case s.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *sockets) give() { <-s.turn }

// forgive lets the next call dial at once: the server has just come up, or has
// answered.
func (s *sockets) forgive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures, s.next = 0, time.Time{}
}

// failed makes the next dialling wait, longer each time.
func (s *sockets) failed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next = s.clock().Add(min(firstPause<<min(s.failures, 10), longPause))
	s.failures++
}

// current is the standing connection while it lives, and whether a new one may
// be dialled.
func (s *sockets) current() (cn *conn, dial bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.llm != nil && s.llm.ended() {
		s.llm = nil
	}
	return s.llm, !s.clock().Before(s.next)
}

// llmConn is the standing connection, dialled if need be. The error is
// CodeUnsupported, or the context's.
func (c *Client) llmConn(ctx context.Context) (*conn, error) {
	if c.cfg.NoWebSocket || c.base == nil {
		return nil, noWebSocket(nil)
	}
	if err := c.ws.take(ctx); err != nil {
		return nil, err
	}
	defer c.ws.give()
	cn, may := c.ws.current()
	switch {
	case cn != nil:
		return cn, nil
	case !may || c.life.Err() != nil:
		return nil, noWebSocket(nil)
	}
	cn, err := c.dialNS(ctx, nsLLM, c.lostConn)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err() // says nothing about the server
		}
		c.ws.failed()
		return nil, noWebSocket(err)
	}
	c.ws.mu.Lock()
	c.ws.llm = cn
	c.ws.mu.Unlock()
	c.askVersion(ctx)
	return cn, nil
}

func (c *Client) dialNS(ctx context.Context, ns string, lost func(*conn)) (*conn, error) {
	ctx, stop := c.bound(ctx)
	defer stop()
	return openConn(ctx, c.life, c.http, c.cfg.URL+ns, newHello(c.cfg.Token), lost)
}

// lostConn notes that a standing connection broke. One that never worked tells
// only that there is no use in dialling.
func (c *Client) lostConn(cn *conn) {
	if cn.hasWorked() {
		c.noteLost()
		return
	}
	c.ws.failed()
}

// askVersion learns the server's version, which REST does not tell. Best
// effort: it is only shown.
func (c *Client) askVersion(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	cn, err := c.dialNS(ctx, nsSystem, func(*conn) {})
	if err != nil {
		return
	}
	defer cn.close()
	raw, err := cn.call(ctx, "version", nil)
	if err != nil {
		return
	}
	var v struct {
		Version looseString `json:"version"`
	}
	if object(raw, &v) {
		c.noteVersion(v.Version.label())
	}
}

// rpc calls endpoint over the standing connection and tells a good connection
// from a bad one by it.
func (c *Client) rpc(ctx context.Context, endpoint string, param any) ([]byte, error) {
	cn, err := c.llmConn(ctx)
	if err != nil {
		return nil, err
	}
	raw, err := cn.call(ctx, endpoint, param)
	if err == nil {
		c.ws.forgive()
	}
	return raw, err
}

// once makes one call over a connection of its own, to a namespace that is too
// seldom needed for a standing one.
func (c *Client) once(ctx context.Context, ns, endpoint string, param any) ([]byte, error) {
	if c.cfg.NoWebSocket || c.base == nil {
		return nil, noWebSocket(nil)
	}
	cn, err := c.dialNS(ctx, ns, func(*conn) {})
	if err != nil {
		return nil, noWebSocket(err)
	}
	defer cn.close()
	return cn.call(ctx, endpoint, param)
}

func (c *Client) closeSockets() {
	c.ws.turn <- struct{}{}
	defer c.ws.give()
	c.ws.mu.Lock()
	cn := c.ws.llm
	c.ws.llm = nil
	c.ws.mu.Unlock()
	if cn != nil {
		cn.close()
	}
}

func noWebSocket(err error) *backend.Error {
	return &backend.Error{
		Code:    backend.CodeUnsupported,
		Message: "LM Studio's finer figures cannot be read at the moment: it offers no WebSocket connection.",
		Hint:    "Nothing to do: the model list still works. A newer LM Studio may offer more.",
		Err:     err,
	}
}

// wsProblem says in words why an RPC brought no result. model or instance named
// by what is for the message of a missing one.
func (c *Client) wsProblem(err error, what string) error {
	if e, ok := errors.AsType[*backend.Error](err); ok {
		return e
	}
	if e, ok := errors.AsType[*wsError](err); ok {
		switch {
		case e.unauthorized():
			return c.needsToken()
		case e.unknownRoute():
			return noWebSocket(err)
		case e.instanceGone():
			return noInstance(what)
		default:
			return &backend.Error{Code: backend.CodeProtocol, Message: c.said("LM Studio refused the question", &e.apiError), Hint: "If this goes on, restart LM Studio.", Err: err}
		}
	}
	switch {
	case errors.Is(err, errMisfit):
		return noWebSocket(err)
	case errors.Is(err, errConnLost):
		return &backend.Error{Code: backend.CodeNetwork, Message: "The connection to LM Studio broke before it answered.", Hint: "If this goes on, restart LM Studio.", Err: err}
	default:
		return &backend.Error{Code: backend.CodeTimeout, Message: "LM Studio did not answer in time.", Hint: "It may be busy. If this goes on for minutes, restart it.", Err: err}
	}
}

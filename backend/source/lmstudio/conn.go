package lmstudio

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/coder/websocket"

	"pilotlight/backend/wire"
)

const (
	// frameCap bounds a frame, in bytes; the largest real one is listLoaded's.
	frameCap = 1 << 20

	// rpcTimeout bounds a call over the WebSocket, connecting included.
	rpcTimeout = 2 * time.Second
)

var (
	errConnLost   = errors.New("the WebSocket connection broke")
	errRefused    = errors.New("the WebSocket handshake was refused")
	errNoResult   = errors.New("no result within the time allowed")
	errMisfit     = errors.New("the server does not know the question")
	errUnfinished = errors.New("the channel was closed without a result")
)

// wsError is the server's rpcError or channelError.
type wsError struct{ apiError }

func (e *wsError) Error() string { return "the server answered with an error" }

// conn is one authenticated connection to one namespace. One goroutine reads
// it, from openConn until close or until the server ends it.
type conn struct {
	ws   *websocket.Conn
	stop context.CancelFunc // ends the reader
	done chan struct{}      // closed when the reader has ended

	mu     sync.Mutex
	nextID int
	calls  map[int]rpcWait
	chans  map[int]*channel
	misfit map[string]bool // endpoints that the server does not know
	ours   bool            // we end it
	worked bool            // it has answered something
}

type rpcReply struct {
	result json.RawMessage
	err    error
}

type rpcWait struct {
	endpoint string
	reply    chan rpcReply // holds one
}

// openConn dials url and authenticates. lost is called, from the reader, when
// the connection ends in any way but close. life ends the connection.
func openConn(ctx, life context.Context, hc *http.Client, url string, h hello, lost func(*conn)) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, rpcTimeout)
	defer cancel()
	ws, res, err := websocket.Dial(ctx, url, &websocket.DialOptions{HTTPClient: hc})
	if err != nil {
		if res != nil && res.Body != nil {
			_ = res.Body.Close()
		}
		return nil, err
	}
	ws.SetReadLimit(frameCap)
	if err := authenticate(ctx, ws, h); err != nil {
		_ = ws.CloseNow()
		return nil, err
	}
	rctx, stop := context.WithCancel(life)
	c := &conn{
		ws: ws, stop: stop, done: make(chan struct{}),
		calls: map[int]rpcWait{}, chans: map[int]*channel{}, misfit: map[string]bool{},
	}
	go c.run(rctx, lost)
	return c, nil
}

func authenticate(ctx context.Context, ws *websocket.Conn, h hello) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if err := ws.Write(ctx, websocket.MessageText, b); err != nil {
		return err
	}
	_, b, err = ws.Read(ctx)
	if err != nil {
		return err
	}
	var v struct {
		Success wire.Bool `json:"success"`
	}
	if !object(b, &v) || !v.Success.Yes() {
		// The server's reason is left out: it may repeat the credentials.
		return errRefused
	}
	return nil
}

// run reads until the connection ends, then fails everything that waits.
func (c *conn) run(ctx context.Context, lost func(*conn)) {
	defer close(c.done)
	var tooBig bool
	for {
		_, b, err := c.ws.Read(ctx)
		if err != nil {
			tooBig = errors.Is(err, websocket.ErrMessageTooBig)
			break
		}
		var f incoming
		if json.Unmarshal(b, &f) == nil {
			c.handle(f)
		}
	}
	_ = c.ws.CloseNow()
	c.mu.Lock()
	c.fail(errConnLost, func(string) bool { return true })
	ours := c.ours
	c.worked = c.worked && !tooBig // it was us who could not go on
	c.mu.Unlock()
	if !ours && ctx.Err() == nil {
		lost(c)
	}
}

func (c *conn) handle(f incoming) {
	switch f.Type {
	case "rpcResult":
		c.reply(f.CallID, rpcReply{result: f.Result})
	case "rpcError":
		c.reply(f.CallID, rpcReply{err: asWSError(f.Error)})
	case "channelSend":
		if f.AckID != nil && f.ChannelID != nil {
			_ = c.write(channelAck{"channelAck", *f.ChannelID, *f.AckID})
		}
		c.onMessage(f.ChannelID, f.Message)
	case "channelClose":
		c.endChannel(f.ChannelID, rpcReply{err: errUnfinished})
	case "channelError":
		c.endChannel(f.ChannelID, rpcReply{err: asWSError(f.Error)})
	case "keepAlive":
		_ = c.write(bareFrame{"keepAliveAck"})
	case "communicationWarning":
		c.onWarning(string(f.Warning))
	}
}

func asWSError(raw json.RawMessage) error {
	e := parseAPIError(raw)
	if e == nil {
		e = &apiError{}
	}
	return &wsError{*e}
}

func (c *conn) reply(id *int, r rpcReply) {
	if id == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if wait, ok := c.calls[*id]; ok {
		delete(c.calls, *id)
		c.worked = c.worked || r.err == nil
		wait.reply <- r
	}
}

// misfitWarning matches the warnings that stand in for an answer: the server
// (lmstudio-js, ServerPort.ts) neither begins nor refuses a call that it does
// not know, or not in this form. It warns five times, then it is silent.
var misfitWarning = regexp.MustCompile(`^Received\s+(?:(?:rpcCall|channelCreate)\s+for\s+(?:unknown|unhandled)\s+endpoint|` +
	`invalid\s+(?:parameter\s+for\s+rpcCall|creationParameter\s+for\s+channel)),\s+endpoint(?:Name)?\s+=\s+([A-Za-z0-9]+)`)

func (c *conn) onWarning(text string) {
	m := misfitWarning.FindStringSubmatch(text)
	if m == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.misfit) < 64 {
		c.misfit[m[1]] = true
	}
	c.fail(errMisfit, func(endpoint string) bool { return endpoint == m[1] })
}

// fail ends what waits for an endpoint. Called with the lock.
func (c *conn) fail(err error, which func(endpoint string) bool) {
	for id, wait := range c.calls {
		if which(wait.endpoint) {
			delete(c.calls, id)
			wait.reply <- rpcReply{err: err}
		}
	}
	for id, ch := range c.chans {
		if which(ch.endpoint) {
			delete(c.chans, id)
			ch.result <- rpcReply{err: err}
		}
	}
}

// write sends one frame. It has a time limit of its own: the library closes the
// connection when a write's context ends, and one impatient caller must not
// cost everybody the connection.
func (c *conn) write(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), rpcTimeout)
	defer cancel()
	if err := c.ws.Write(ctx, websocket.MessageText, b); err != nil {
		return errConnLost
	}
	return nil
}

// call makes an RPC and waits for its result, at most rpcTimeout. The result is
// nil for a void one.
func (c *conn) call(ctx context.Context, endpoint string, param any) (json.RawMessage, error) {
	return c.callFor(ctx, rpcTimeout, endpoint, param)
}

// callFor is call for what is not answered at once.
func (c *conn) callFor(ctx context.Context, longest time.Duration, endpoint string, param any) (json.RawMessage, error) {
	wait := rpcWait{endpoint, make(chan rpcReply, 1)}
	c.mu.Lock()
	if c.misfit[endpoint] {
		c.mu.Unlock()
		return nil, errMisfit
	}
	c.nextID++
	id := c.nextID
	c.calls[id] = wait
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.calls, id)
		c.mu.Unlock()
	}()
	if err := c.write(rpcCall{"rpcCall", endpoint, id, param}); err != nil {
		return nil, err
	}
	limit := time.NewTimer(longest)
	defer limit.Stop()
	select {
	case r := <-wait.reply:
		return r.result, r.err
	case <-limit.C:
		return nil, errNoResult
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *conn) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// hasWorked says whether the server ever answered something useful on it.
func (c *conn) hasWorked() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.worked
}

// close ends the connection and waits for its reader.
func (c *conn) close() {
	c.mu.Lock()
	c.ours = true
	c.mu.Unlock()
	c.stop()
	_ = c.ws.CloseNow()
	<-c.done
}

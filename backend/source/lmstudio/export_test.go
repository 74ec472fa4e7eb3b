package lmstudio

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"pilotlight/backend"
)

// SetClock makes the waiting between diallings follow a test's clock.
func SetClock(c *Client, now func() time.Time) { c.ws.clock = now }

// ReadList reads an answer of the v1 or the v0 list.
func ReadList(r io.Reader, api backend.API, now func() time.Time) (models []backend.Model, found, whole, failed bool, err error) {
	d := dialectV1
	if api == backend.APIv0 {
		d = dialectV0
	}
	l, err := readList(r, d, now)
	return l.models, l.found, l.whole, l.apiErr != nil, err
}

// Frames is a connection whose frames a test makes.
type Frames struct{ c *conn }

// OpenFrames dials.
func OpenFrames(ctx context.Context, url string) (Frames, error) {
	c, err := openConn(ctx, context.WithoutCancel(ctx), http.DefaultClient, url, newHello(""), func(*conn) {})
	return Frames{c}, err
}

// Close ends it.
func (f Frames) Close() {
	f.c.close()
	http.DefaultClient.CloseIdleConnections()
}

// Fed is what became of a call and a load.
type Fed struct {
	Progress *float64
	Said     string // the server's own words
}

// Feed has call 1 and channel 2 wait, takes frames in as the reader does, and ends
// what still waits.
func (f Frames) Feed(frames []string) (got Fed) {
	wait := rpcWait{"version", make(chan rpcReply, 1)}
	ch := &channel{endpoint: "loadModel", progress: make(chan float64, 1), result: make(chan rpcReply, 1)}
	f.c.mu.Lock()
	f.c.calls, f.c.chans, f.c.misfit = map[int]rpcWait{1: wait}, map[int]*channel{2: ch}, map[string]bool{}
	f.c.mu.Unlock()
	for _, text := range frames {
		var in incoming
		if json.Unmarshal([]byte(text), &in) == nil {
			f.c.handle(in)
		}
	}
	f.c.mu.Lock()
	f.c.fail(errConnLost, func(string) bool { return true })
	f.c.mu.Unlock()
	for _, r := range []rpcReply{<-wait.reply, <-ch.result} {
		if e, ok := errors.AsType[*wsError](r.err); ok {
			got.Said += e.text
		}
	}
	select {
	case p := <-ch.progress:
		got.Progress = &p
	default:
	}
	return got
}

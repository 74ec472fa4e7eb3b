package client

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"pilotlight/backend"
)

const (
	// maxSilence is three times the longest pause between heartbeats.
	maxSilence = 45 * time.Second
	// maxEvent bounds one line of the stream; a state is the longest.
	maxEvent = 16 << 20
)

// heartbeat keeps the stream alive and is no news for the caller.
const heartbeat = "heartbeat"

// errSilent ends a stream that stopped sending heartbeats.
var errSilent = errors.New("no heartbeat")

// Events calls f for everything that happens, first with the present state,
// then with what was missed since the id `after` when it is not 0. The id is 0
// for an event that cannot be resumed from. Data is valid until f returns.
//
// It returns f's first error as it is, ctx.Err() when ctx ended, and a
// *backend.Error when the stream ended or fell silent. To go on, call it again
// with the last id.
func (c *Client) Events(ctx context.Context, after uint64, f func(kind string, id uint64, data json.RawMessage) error) error {
	streaming, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	path := "/api/events"
	if after != 0 {
		path += "?after=" + strconv.FormatUint(after, 10)
	}
	watchdog := time.AfterFunc(c.silence, func() { cancel(errSilent) })
	defer watchdog.Stop()

	req, err := newRequest(streaming, http.MethodGet, path, nil)
	if err != nil {
		return err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return ended(ctx, streaming, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		raw, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // what cannot be read cannot be a problem
		return problem(resp.StatusCode, raw)
	}
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, maxEvent)
	var e event
	for lines.Scan() {
		watchdog.Reset(c.silence)
		if err := e.take(lines.Bytes(), f); err != nil {
			return err
		}
	}
	return ended(ctx, streaming, lines.Err())
}

// ended words the end of a stream. A nil err is an end that the agent chose.
func ended(ctx, streaming context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(context.Cause(streaming), errSilent):
		return &backend.Error{
			Code: backend.CodeTimeout, Message: "Pilotlight stopped sending events.",
			Hint: "See whether it still runs: pilotlight status", Err: errSilent,
		}
	case errors.Is(err, bufio.ErrTooLong):
		return odd(err)
	case err == nil:
		err = io.EOF
	}
	return explain(streaming, err)
}

// event is one server-sent event as it comes in, line by line.
type event struct {
	kind string
	id   uint64
	data []byte
}

// take reads one line, and hands the event over at the empty one.
func (e *event) take(line []byte, f func(string, uint64, json.RawMessage) error) error {
	if len(line) == 0 {
		defer func() { e.kind, e.id, e.data = "", 0, e.data[:0] }()
		if len(e.data) == 0 || e.kind == heartbeat {
			return nil
		}
		return f(e.kind, e.id, e.data)
	}
	field, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(field) {
	case "event":
		e.kind = string(value)
	case "id":
		id, err := strconv.ParseUint(string(value), 10, 64)
		if err != nil {
			return odd(err)
		}
		e.id = id
	case "data":
		if len(e.data) > 0 {
			e.data = append(e.data, '\n')
		}
		if len(e.data)+len(value) > maxEvent {
			return odd(bufio.ErrTooLong)
		}
		e.data = append(e.data, value...)
	}
	return nil
}

// Package client is the way to a running agent from Go: the command line and
// the tray use it. It speaks the API over the agent's unix socket, where the
// file's mode is the sign-in.
//
// It gives errors back as the agent's own *backend.Error, with the same code
// and hint. It must never reach into the agent's files or its database, and
// never decide anything.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"time"

	"pilotlight/backend"
)

const (
	// maxAnswer bounds what one answer may take in memory: a status with
	// hundreds of models is well below 1 MB.
	maxAnswer = 16 << 20
	// quick is the time-out of requests that the agent answers from what it
	// knows. Loads, unloads and checks wait for a model server and have none.
	quick = 10 * time.Second
	// host is only a name: the socket is the address.
	host = "http://pilotlight"
)

// Client talks to one agent. It may be used by many goroutines.
type Client struct {
	http      *http.Client
	transport *http.Transport
	silence   time.Duration // of an event stream that is taken as broken
}

// New makes a client for the agent behind a socket. It connects when it is used.
func New(socketPath string) *Client {
	t := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", socketPath)
		},
		DisableCompression: true,
		MaxIdleConns:       4,
		IdleConnTimeout:    30 * time.Second,
	}
	return &Client{http: &http.Client{Transport: t}, transport: t, silence: maxSilence}
}

// Close ends idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Status is all that a glance needs.
func (c *Client) Status(ctx context.Context) (*backend.Status, error) {
	st, err := call[backend.Status](ctx, c, http.MethodGet, "/api/status", nil, quick)
	if err != nil {
		return nil, err
	}
	return &st, nil
}

// Models lists every model of every server.
func (c *Client) Models(ctx context.Context) (backend.Page[backend.ServerModel], error) {
	return call[backend.Page[backend.ServerModel]](ctx, c, http.MethodGet, "/api/models", nil, quick)
}

// Load loads a model once and waits until that ended, without a time-out. The
// load goes on when ctx ends. An empty server is the only or first one; a nil
// context length, in tokens, leaves it to the server.
func (c *Client) Load(ctx context.Context, server, model string, contextLength *int) (backend.Load, error) {
	return call[backend.Load](ctx, c, http.MethodPost, "/api/models/load", struct {
		Server        string `json:"server,omitempty"`
		Model         string `json:"model"`
		ContextLength *int   `json:"context_length,omitempty"`
	}{server, model, contextLength}, 0)
}

// Unload unloads an instance. Without force it is refused as busy while the
// instance is known to be answering someone.
func (c *Client) Unload(ctx context.Context, server, instanceID string, force bool) (backend.Load, error) {
	return call[backend.Load](ctx, c, http.MethodPost, "/api/models/unload", struct {
		Server     string `json:"server,omitempty"`
		InstanceID string `json:"instance_id"`
		Force      bool   `json:"force,omitempty"`
	}{server, instanceID, force}, 0)
}

// Check asks an instance for one token; nil says that it answers.
func (c *Client) Check(ctx context.Context, server, instanceID string) error {
	_, err := call[struct{}](ctx, c, http.MethodPost, "/api/models/check", struct {
		Server     string `json:"server,omitempty"`
		InstanceID string `json:"instance_id"`
	}{server, instanceID}, 0)
	return err
}

// Keep is what is kept, and how it stands.
func (c *Client) Keep(ctx context.Context) (backend.Keep, error) {
	return call[backend.Keep](ctx, c, http.MethodGet, "/api/keep", nil, quick)
}

// SetKeep keeps a model in memory.
func (c *Client) SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error) {
	return call[backend.Keep](ctx, c, http.MethodPut, "/api/keep", t, quick)
}

// Release keeps nothing any more. It unloads nothing.
func (c *Client) Release(ctx context.Context) (backend.Keep, error) {
	return call[backend.Keep](ctx, c, http.MethodDelete, "/api/keep", nil, quick)
}

// Pause pauses the keep; a length of 0 lasts until Resume.
func (c *Client) Pause(ctx context.Context, length time.Duration) (backend.Keep, error) {
	var body struct {
		Seconds *float64 `json:"seconds,omitempty"`
	}
	if length != 0 {
		seconds := length.Seconds()
		body.Seconds = &seconds
	}
	return call[backend.Keep](ctx, c, http.MethodPost, "/api/keep/pause", body, quick)
}

// Resume ends a pause.
func (c *Client) Resume(ctx context.Context) (backend.Keep, error) {
	return call[backend.Keep](ctx, c, http.MethodPost, "/api/keep/resume", nil, quick)
}

// Replace lets the instance that stands in the way, or that will expire, be
// unloaded although nothing proves that it is idle.
func (c *Client) Replace(ctx context.Context) (backend.Keep, error) {
	return call[backend.Keep](ctx, c, http.MethodPost, "/api/keep/replace", nil, quick)
}

// Link makes a one-time address that signs a browser in.
func (c *Client) Link(ctx context.Context) (string, error) {
	link, err := call[struct {
		URL string `json:"url"`
	}](ctx, c, http.MethodPost, "/api/session/link", nil, quick)
	return link.URL, err
}

// call sends one request and reads its answer as T. A time-out of 0 is none.
func call[T any](ctx context.Context, c *Client, method, path string, body any, timeout time.Duration) (T, error) {
	return callWith[T](ctx, c, method, path, body, timeout, nil)
}

// callWith is call with more headers.
func callWith[T any](ctx context.Context, c *Client, method, path string, body any, timeout time.Duration, header http.Header) (T, error) {
	var out T
	if timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, timeout)
		defer cancel()
	}
	req, err := newRequest(ctx, method, path, body)
	if err != nil {
		return out, err
	}
	maps.Copy(req.Header, header)
	resp, err := c.http.Do(req)
	if err != nil {
		return out, explain(ctx, err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return out, explain(ctx, err)
	case len(raw) > maxAnswer:
		return out, odd(errors.New("the answer is larger than 16 MB"))
	case resp.StatusCode >= http.StatusBadRequest:
		return out, problem(resp.StatusCode, raw)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		return out, odd(err)
	}
	return out, nil
}

func newRequest(ctx context.Context, method, path string, body any) (*http.Request, error) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("encode the request: %w", err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, host+path, r)
	if err != nil {
		return nil, fmt.Errorf("make the request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return req, nil
}

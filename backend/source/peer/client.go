package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	// usualPatience bounds a look, both its requests together.
	usualPatience = 3 * time.Second
	// actLimit bounds what a peer answers from what it knows.
	actLimit = 10 * time.Second
	// loadLimit is how long a load or an unload over there is waited for.
	loadLimit = time.Hour
	// bodyCap bounds every answer, in bytes.
	bodyCap = 2 << 20
)

// Client speaks with one Pilotlight. Its methods may be called at the same time.
type Client struct {
	url      string
	token    string
	patience time.Duration
	http     *http.Client
	clean    cleaner

	mu     sync.Mutex
	rights backend.Rights // "" until it was asked, and after trouble
}

// New makes a client for an address and a token, as Address and Token gave
// them. It connects when it is used. A look is given up after patience; 0 is 3 s.
func New(url, token string, patience time.Duration) *Client {
	if patience <= 0 {
		patience = usualPatience
	}
	t := wire.Transport(patience)        // without a proxy: a token is shown to nobody on the way that can be helped
	t.IdleConnTimeout = 50 * time.Second // less than the 60 s after which the other side hangs up
	return &Client{
		url: url, token: token, patience: patience, clean: cleaner{secret: token},
		http: &http.Client{
			Transport:     t,
			CheckRedirect: wire.Stay,
		},
	}
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// URL is where the peer is.
func (c *Client) URL() string { return c.url }

// Report is what a look brought.
type Report struct {
	Rights   backend.Rights
	Instance string // tells it from every other Pilotlight; "" from a version that does not tell
	Host     string // the machine's name, "" where it does not tell
	Version  string
	View     *backend.PeerView
	Latency  time.Duration // of the state alone
}

// Look asks how the peer stands: one request in the steady state. The error is
// needs_token for a token that is not taken, network or timeout where nothing
// answers, protocol for what is not a Pilotlight, refused where it refuses us.
func (c *Client) Look(ctx context.Context, now func() time.Time) (Report, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience)
	defer cancel()
	r, err := c.look(ctx, now)
	if err != nil {
		c.know("")
	}
	return r, err
}

func (c *Client) look(ctx context.Context, now func() time.Time) (Report, error) {
	start := now()
	body, err := c.ask(ctx, http.MethodGet, "/api/status", nil)
	if err != nil {
		return Report{}, err
	}
	r, ok := c.read(body)
	if !ok {
		return Report{}, c.notPilotlight("it answers, but as another program would")
	}
	r.Latency = max(now().Sub(start), 0)
	r.Rights, err = c.askRights(ctx)
	return r, err
}

// askRights asks once what the token may do. A version that cannot be asked
// knows only one token, which may do everything.
func (c *Client) askRights(ctx context.Context) (backend.Rights, error) {
	c.mu.Lock()
	known := c.rights
	c.mu.Unlock()
	if known != "" {
		return known, nil
	}
	var v struct {
		Rights backend.Rights `json:"rights"`
	}
	body, err := c.ask(ctx, http.MethodGet, "/api/rights", nil)
	switch {
	case backend.CodeOf(err) == backend.CodeNotFound:
		v.Rights = backend.RightsFull
	case err != nil:
		return "", err
	case json.Unmarshal(body, &v) != nil || v.Rights != backend.RightsFull:
		v.Rights = backend.RightsRead // whatever else a later version grants, looking is all that is sure
	}
	c.know(v.Rights)
	return v.Rights, nil
}

func (c *Client) know(r backend.Rights) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rights = r
}

// ask sends one request and gives the body of a good answer.
func (c *Client) ask(ctx context.Context, method, path string, in any) ([]byte, error) {
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return nil, &backend.Error{Code: backend.CodeInternal, Message: "The request to the other machine could not be written.", Err: err}
		}
		body = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.url+path, body)
	if err != nil {
		return nil, badAddress("The address of the other machine cannot be used.")
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Pilotlight")
	req.Header.Set("Authorization", "Bearer "+c.token)
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, c.noAnswer(ctx, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, bodyCap+1))
	switch {
	case err != nil:
		return nil, c.noAnswer(ctx, err)
	case len(b) > bodyCap:
		return nil, c.notPilotlight("its answer is larger than 2 MB")
	}
	return c.judge(res, bytes.TrimSpace(b))
}

// judge gives the body of an answer that a Pilotlight would give.
func (c *Client) judge(res *http.Response, body []byte) ([]byte, error) {
	switch status := res.StatusCode; {
	case status == http.StatusUnauthorized:
		return nil, c.needsToken()
	case status >= 300 && status < 400:
		return nil, c.notPilotlight("it answers with a redirect to another address, which Pilotlight does not follow")
	case len(body) > 0 && body[0] == '<':
		return nil, c.notPilotlight("it answers with a web page")
	case status >= 400:
		return nil, c.refusal(status, body)
	case len(body) == 0 || body[0] != '{':
		return nil, c.notPilotlight("its answer is not JSON")
	}
	return body, nil
}

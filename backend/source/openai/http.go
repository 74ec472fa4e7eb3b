package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	dialTimeout = 2 * time.Second

	// listCap bounds a list of models, answerCap any other answer, in bytes. Ten
	// thousand models in vLLM's words take about 5 MB.
	listCap   = 8 << 20
	answerCap = 1 << 20
	// wordCap bounds the answer to a question whose answer is a word.
	wordCap = 4 << 10
)

// answer is what came back, read to its cap.
type answer struct {
	status int
	server string // what it calls itself
	to     string // where a redirect points
	body   []byte
	cut    bool  // there was more
	broken error // why the body ended too early, nil where it did not
}

// request makes a request to the server. It carries the token, unless the server
// is a hosted one: that is asked nothing that would need it.
func (c *Client) request(ctx context.Context, method, url string, body []byte) (*http.Request, error) {
	if !c.good {
		return nil, badAddress()
	}
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, url, r)
	if err != nil {
		return nil, badAddress()
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Pilotlight")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.cfg.Token != "" && !c.cfg.Hosted && wire.HeaderSafe(c.cfg.Token) {
		req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	return req, nil
}

// get asks path, below the server's base, for an answer of at most most bytes.
func (c *Client) get(ctx context.Context, path string, most int64) (answer, error) {
	return c.fetch(ctx, http.MethodGet, c.at.base+path, nil, most)
}

// post sends v as JSON. The answer's status is not judged.
func (c *Client) post(ctx context.Context, path string, v any) (answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{}, &backend.Error{Code: backend.CodeInternal, Message: "The request to the server could not be written.", Err: err}
	}
	return c.fetch(ctx, http.MethodPost, c.at.base+path, body, answerCap)
}

func (c *Client) fetch(ctx context.Context, method, url string, body []byte, most int64) (answer, error) {
	ctx, stop := c.bound(ctx)
	defer stop()
	req, err := c.request(ctx, method, url, body)
	if err != nil {
		return answer{}, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	a := headOf(res)
	a.body = bytes.TrimSpace(b)
	if a.cut = int64(len(b)) > most; a.cut {
		a.body = a.body[:min(int64(len(a.body)), most)]
	}
	if err != nil && ctx.Err() != nil {
		return answer{}, ctx.Err() // the error may tell only that the connection was closed for it
	}
	a.broken = err
	return a, nil
}

// headOf is an answer without its body.
func headOf(res *http.Response) answer {
	return answer{status: res.StatusCode, server: res.Header.Get("Server"), to: res.Header.Get("Location")}
}

// bound ends ctx with the client as well.
func (c *Client) bound(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// patienceWith is how long one request of a look may take: a list over the internet
// takes longer than one from this machine.
func patienceWith(local bool) time.Duration {
	if local {
		return 2 * time.Second
	}
	return 4 * time.Second
}

// patience is how long one request of a look may take.
func (c *Client) patience() time.Duration { return c.wait }

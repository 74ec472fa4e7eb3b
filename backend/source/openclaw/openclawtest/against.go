package openclawtest

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// The patience and the caps of PlayAgainst.
const (
	preloadPatience = 2 * time.Minute // OpenClaw's own for the provider
	bodyCap         = 1 << 20
)

// PlayAgainst plays a turn for which an LM Studio is really asked, over HTTP and
// as OpenClaw asks it: 2026.9 looks what is loaded, loads the model if it must,
// and then requests an answer; older ones only request. What comes back is
// recorded as the version records it. Models that are not LM Studio's do what
// Turn.Failures says of them, and answer where it says nothing. lmstudioURL ""
// takes that of the options. A request is bounded by Options.Timeout, else by
// Turn.Timeout, as in life.
func (c *OpenClaw) PlayAgainst(ctx context.Context, lmstudioURL string, t Turn) (Run, error) {
	r := c.newRun(ctx, t.withDefaults(), &wall{clock: c.opts.Now, pace: 1}, c.seed())
	p := &peer{url: strings.TrimSuffix(strings.TrimRight(cmp.Or(lmstudioURL, c.opts.LMStudioURL), "/"), "/v1"), run: r}
	p.client = &http.Client{Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true}}
	r.real = p
	r.ask = p.ask
	r.play()
	return r.result(), r.err
}

// peer is the LM Studio that is asked for real.
type peer struct {
	url    string
	client *http.Client
	run    *run
}

// asksForReal says whether a candidate is asked over HTTP.
func (r *run) asksForReal(c candidate) bool { return r.real != nil && c.provider == "lmstudio" }

// ask makes one request for an answer.
func (p *peer) ask(c candidate, position, try int) wire {
	r := p.run
	if !r.asksForReal(c) {
		return r.scripted(c, position, try)
	}
	if r.preloadDue(c) {
		if why := p.preload(c); why != "" {
			r.preloadFails(c, why)
		} else {
			r.preloadWorks(c)
		}
	}
	ctx, cancel, whose := p.patience()
	defer cancel()
	began := time.Now()
	w := p.infer(ctx, c)
	w.took = time.Since(began)
	switch {
	case r.ctx.Err() != nil:
		r.fail(r.ctx.Err())
	case ctx.Err() != nil:
		w = wire{timeout: whose, took: w.took}
	}
	return w
}

// patience is how long the next request may take, and whose time it is that
// ends it: the provider's or the run's.
func (p *peer) patience() (context.Context, context.CancelFunc, string) {
	r := p.run
	left, whose := r.turn.Timeout-r.now().Sub(r.started), "run"
	if limit := r.c.opts.Timeout; r.c.era == era9 && limit > 0 && limit < left {
		left, whose = limit, "provider"
	}
	ctx, cancel := context.WithTimeout(r.ctx, max(0, left))
	return ctx, cancel, whose
}

// preload loads the model unless it is loaded with enough context. It gives the
// reason where it failed. Its patience is its own: the request for an answer
// starts afresh, and may then meet a model that is still being loaded.
func (p *peer) preload(c candidate) string {
	ctx, cancel := context.WithTimeout(p.run.ctx, cmp.Or(p.run.c.opts.Timeout, preloadPatience))
	defer cancel()
	status, body, err := p.do(ctx, http.MethodGet, "/api/v1/models", nil)
	if err != nil {
		return "Error: LM Studio model discovery failed: TypeError: fetch failed"
	}
	var list struct {
		Models []struct {
			Key       string
			Max       int `json:"max_context_length"`
			Instances []struct {
				Config struct {
					Context int `json:"context_length"`
				}
			} `json:"loaded_instances"`
		}
	}
	if status != http.StatusOK || json.Unmarshal(body, &list) != nil {
		return fmt.Sprintf("Error: LM Studio model discovery failed (%d)", status)
	}
	want := p.run.c.opts.Context
	for _, m := range list.Models {
		if !strings.EqualFold(m.Key, c.model) {
			continue
		}
		if m.Max > 0 {
			want = min(want, m.Max)
		}
		for _, i := range m.Instances {
			if i.Config.Context >= want {
				return ""
			}
		}
		status, body, err := p.do(ctx, http.MethodPost, "/api/v1/models/load", object{{"model", m.Key}, {"context_length", want}})
		switch {
		case err != nil:
			return "Error: LM Studio model load failed: TypeError: fetch failed"
		case status != http.StatusOK:
			return fmt.Sprintf("Error: LM Studio model load failed (%d): %s", status, strings.TrimSpace(string(body)))
		}
		return ""
	}
	return "" // a model that is not on the list is asked for all the same
}

// infer makes the request itself, in a stream, and reads it to its end.
func (p *peer) infer(ctx context.Context, c candidate) wire {
	path, body := "/v1/responses", object{{"model", c.model}, {"stream", true}, {"max_output_tokens", 8192},
		{"input", []any{object{{"role", "user"}, {"content", p.run.turn.Prompt}}}}}
	if c.api == completionsAPI {
		path, body = "/v1/chat/completions", object{{"model", c.model}, {"stream", true}, {"max_completion_tokens", 8192},
			{"messages", []any{object{{"role", "user"}, {"content", p.run.turn.Prompt}}}}}
	}
	status, answer, err := p.do(ctx, http.MethodPost, path, body)
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return wire{cause: "ECONNREFUSED"}
	case err != nil:
		return wire{cause: "ECONNRESET"}
	case status >= 400:
		return readError(status, answer)
	}
	return readStream(answer)
}

func (p *peer) do(ctx context.Context, method, path string, body any) (status int, answer []byte, err error) {
	var text io.Reader
	if body != nil {
		text = bytes.NewReader(appendJSON(nil, body))
	}
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, text)
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer lmstudio")
	req.Header.Set("User-Agent", "OpenAI/JS 7.15.0")
	res, err := p.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(res.Body, bodyCap))
	return res.StatusCode, answer, err
}

// readError takes an error's body apart as the SDK does: an object, or a text.
func readError(status int, body []byte) wire {
	w := wire{status: status, code: absent{}}
	var v struct{ Error json.RawMessage }
	_ = json.Unmarshal(body, &v)
	var compact bytes.Buffer
	if json.Compact(&compact, body) == nil {
		w.body = compact.String()
	}
	var text string
	var e map[string]json.RawMessage
	switch {
	case json.Unmarshal(v.Error, &text) == nil:
		w.message, w.bare = text, true
	case json.Unmarshal(v.Error, &e) == nil && e != nil:
		_ = json.Unmarshal(e["message"], &w.message)
		_ = json.Unmarshal(e["type"], &w.kind)
		if code, has := e["code"]; has {
			w.code = nil
			if json.Unmarshal(code, &text) == nil && text != "" {
				w.code = text
			}
		}
	default:
		w.message = "status code (no body)"
	}
	return w
}

// readStream looks whether a stream of events ended in an error, or told one in
// an answer of status 200.
func readStream(body []byte) wire {
	for text := range strings.Lines(string(body)) {
		data, ok := strings.CutPrefix(strings.TrimSpace(text), "data:")
		if !ok && !strings.HasPrefix(text, "{") {
			continue
		}
		if !ok {
			data = text
		}
		var v struct {
			Error    json.RawMessage
			Response struct{ Error json.RawMessage }
		}
		if json.Unmarshal([]byte(data), &v) != nil {
			continue
		}
		for _, raw := range []json.RawMessage{v.Error, v.Response.Error} {
			if len(raw) == 0 || string(raw) == "null" {
				continue
			}
			w := readError(http.StatusOK, []byte(`{"error":`+string(raw)+`}`))
			return wire{stream: cmp.Or(w.message, "stream ended with an error"), code: absent{}}
		}
	}
	return wire{}
}

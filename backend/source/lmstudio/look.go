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

const (
	// lookTimeout bounds the requests for a list within one look.
	lookTimeout = 2 * time.Second

	// retryV1 is how often a server known for v0 is asked for v1 again, in case
	// it was updated unseen.
	retryV1 = 10 * time.Minute
)

// Look asks for the list of models, one request while all is well, and finds
// out why when there is none. It always returns an observation, within about
// four seconds at worst; only Listed makes Models a list.
func (c *Client) Look(ctx context.Context, now func() time.Time) backend.Observation {
	ctx, stop := c.bound(ctx)
	defer stop()
	start := now()
	obs := c.list(ctx, start, now)
	obs.Server, obs.At = c.cfg.ID, now()
	if obs.Listed {
		obs.Latency = obs.At.Sub(start)
	}
	c.noteLook(ctx, &obs)
	return obs
}

// noteLook remembers the outcome and adds what is known from elsewhere.
func (c *Client) noteLook(ctx context.Context, obs *backend.Observation) {
	up := obs.State == backend.ServerUp
	c.mu.Lock()
	came := up && !c.seen.up
	c.seen.up = up
	c.mu.Unlock()
	if came {
		// It may have come back as another version, and with a WebSocket. One
		// question more, and only now.
		c.ws.forgive()
		if c.local {
			c.alive(ctx)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch obs.State {
	case backend.ServerDown, backend.ServerOff:
		// Seen down: that says all a broken connection would.
		c.seen.lost = false
	default:
		obs.Reconnected, c.seen.lost = c.seen.lost, false
	}
	if obs.State != backend.ServerDown {
		obs.Version = c.seen.version
	}
	obs.Engine, obs.Tells = backend.EngineLMStudio, c.tells()
}

// list asks the route that worked last, then the other one if the server says
// that it does not know the first.
func (c *Client) list(ctx context.Context, start time.Time, now clock) backend.Observation {
	lctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	var first *apiError
	for i, d := range c.dialects(start) {
		l, status, err := c.fetch(lctx, d, now)
		switch {
		case unauthorizedStatus(status) || l.apiErr.unauthorized():
			return backend.Observation{State: backend.ServerNeedsToken, Err: c.needsToken()}
		case err != nil:
			return c.whyNot(ctx, status, err)
		case l.apiErr == nil && l.found:
			return c.listed(d, l, first)
		case l.apiErr == nil:
			return unknown(notUnderstood("The program at " + c.cfg.URL + " answers, but not with a list of models."))
		case i == 0:
			first = l.apiErr
		}
	}
	return unknown(&backend.Error{
		Code:    backend.CodeProtocol,
		Message: c.said("LM Studio did not give its list of models", first),
		Hint:    "Update LM Studio to 0.4 or later. If it is, restart it.",
	})
}

// listed is the observation of a list that was read. first is what the other
// route had said before, nil when this one was asked first.
func (c *Client) listed(d dialect, l listing, first *apiError) backend.Observation {
	obs := backend.Observation{State: backend.ServerUp, API: d.api, Listed: true, Models: l.models}
	if !l.whole {
		obs.Listed = false
		obs.Err = notUnderstood("LM Studio's list does not say of every model whether it is loaded.")
	}
	// 0.4 still has v0, so v1 failing once must not make it a server of v0.
	if d.api == backend.APIv1 || first == nil || first.unknownRoute() {
		c.learn(d.api, l.models)
	}
	return obs
}

// dialects is the order in which to try the list routes.
func (c *Client) dialects(now time.Time) [2]dialect {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen.api != backend.APIv0 || !c.seen.up || now.Sub(c.seen.v1Asked) >= retryV1 || now.Before(c.seen.v1Asked) {
		c.seen.v1Asked = now
		return [2]dialect{dialectV1, dialectV0}
	}
	return [2]dialect{dialectV0, dialectV1}
}

// fetch reads one list route. The status is 0 when there was no answer.
func (c *Client) fetch(ctx context.Context, d dialect, now clock) (listing, int, error) {
	req, err := c.request(ctx, http.MethodGet, d.path, nil)
	if err != nil {
		return listing{}, 0, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return listing{}, 0, err
	}
	defer res.Body.Close()
	body := &io.LimitedReader{R: res.Body, N: listCap + 1}
	l, err := readList(body, d, now)
	switch {
	case body.N <= 0:
		return listing{}, res.StatusCode, errTooLarge
	case body.N == listCap+1 && errors.Is(err, io.EOF):
		return listing{}, res.StatusCode, errNotList // an empty body
	}
	return l, res.StatusCode, err
}

var errTooLarge = errors.New("an answer over its cap")

// whyNot turns a list that did not come into a state.
func (c *Client) whyNot(ctx context.Context, status int, err error) backend.Observation {
	if status != 0 && !timedOut(err) {
		return unknown(c.oddAnswer(status, err))
	}
	e := c.netError(err, "If this goes on, restart LM Studio.")
	if e.Code == backend.CodeInvalid || ctx.Err() != nil {
		return unknown(e)
	}
	if dialFailed(err) {
		return c.nobodyThere(ctx, err)
	}
	if e.Code == backend.CodeTimeout {
		return unknown(c.silent(ctx, err))
	}
	return unknown(e)
}

// oddAnswer describes an answer that came and is no list.
func (c *Client) oddAnswer(status int, err error) *backend.Error {
	e := notUnderstood("The program at " + c.cfg.URL + " answers, but not as LM Studio does.")
	e.Err = err
	_, syntax := errors.AsType[*json.SyntaxError](err)
	switch {
	case errors.Is(err, errTooLarge):
		e.Message = "LM Studio's list of models is larger than 4 MB, which no list should be."
	case errors.Is(err, errTooMany):
		e.Message = "LM Studio's list has more than 2000 models, which no list should have."
	case status >= 300 && status < 400:
		e.Message = "The program at " + c.cfg.URL + " sends us elsewhere, which LM Studio never does."
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), !syntax && !errors.Is(err, errNotList) && !errors.Is(err, errTrailing):
		e.Message = "LM Studio's answer broke off in the middle."
		e.Hint = "If this goes on, restart LM Studio."
	}
	return e
}

func unknown(e *backend.Error) backend.Observation {
	return backend.Observation{State: backend.ServerUnknown, Err: e}
}

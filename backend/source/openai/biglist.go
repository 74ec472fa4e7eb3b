package openai

import (
	"context"
	"net/http"
	"time"

	"pilotlight/backend"
)

const (
	// bigList is from how many models on a list is worth remembering: a proxy in
	// front of everything lists thousands, in megabytes, which hardly ever change.
	bigList = 300

	// bigListEvery is how old it may be.
	bigListEvery = time.Minute
)

// remembered is a long list that was read lately, without instances.
type remembered struct {
	url    string
	at     time.Time
	models []backend.Model // never changed
	err    *backend.Error
}

// lookAgain asks whether a server answers whose long list was read lately, without
// reading it again. ok is false where there is none, or where it does not answer as
// it did then.
func (c *Client) lookAgain(ctx context.Context, now clock) (obs backend.Observation, ok bool) {
	l := c.known().long
	if age := now().Sub(l.at); l.models == nil || age >= bigListEvery || age < 0 {
		return backend.Observation{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, l.url, nil)
	if err != nil {
		return backend.Observation{}, false
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.noAnswer(err), true
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return backend.Observation{}, false
	}
	return backend.Observation{
		State: backend.ServerUp, Listed: true, Err: l.err, Models: append([]backend.Model(nil), l.models...),
	}, true
}

// remember keeps a long list of a server that tells nothing but its list.
func (c *Client) remember(obs backend.Observation, url string, now clock) {
	if !obs.Listed || len(obs.Models) < bigList {
		return
	}
	models := append([]backend.Model(nil), obs.Models...)
	c.learn(func(s *seen) { s.long = remembered{url: url, at: now(), models: models, err: obs.Err} })
}

// listURL is where the list was last read, or is likely to be.
func (c *Client) listURL() string {
	if url := c.known().models; url != "" {
		return url
	}
	return firstOf(c.at.models...)
}

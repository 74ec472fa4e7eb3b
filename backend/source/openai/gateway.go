package openai

import (
	"context"
	"net/http"

	"pilotlight/backend"
)

// lookGateway asks a server that says nothing of itself for its list. fits is
// false when the list's rows tell that another answers now.
func (c *Client) lookGateway(ctx context.Context, now clock) (obs backend.Observation, fits bool) {
	l, err := c.fetchList(ctx)
	if err != nil {
		return c.noAnswer(err), true
	}
	if l.ok() && (l.ownedBy("llamacpp") || l.ownedBy("vllm")) || llamaLoading(l.answer) {
		c.learn(func(s *seen) { s.engine = "" })
		return backend.Observation{}, false
	}
	obs = c.gateway(l)
	c.remember(obs, c.listURL(), now)
	return obs, true
}

// gateway is the observation of a list, or of the want of one, from a server of
// which nothing more is known.
func (c *Client) gateway(l listAnswer) backend.Observation {
	switch {
	case l.ok():
		return c.listed(l.list, l.models())
	case withoutListStatus(l.status):
		return withoutList(c.at.base + " is there, but does not list its models.")
	case l.status == http.StatusTooManyRequests:
		return withoutList(c.at.base + " is there, but asked too often for its list.")
	}
	return c.refused(l.answer, l.err)
}

// withoutListStatus says that the server has no list, as opposed to not giving it.
func withoutListStatus(status int) bool {
	return status == http.StatusNotFound || status == http.StatusMethodNotAllowed || status == http.StatusNotImplemented
}

func withoutList(message string) backend.Observation {
	return backend.Observation{State: backend.ServerUp, Err: &backend.Error{
		Code:    backend.CodeUnsupported,
		Message: message,
		Hint:    "What it serves is known only from OpenClaw's config. If it should list models, check the provider's baseUrl.",
	}}
}

// lookHosted asks whether a hosted provider answers. Any answer will do: without
// the key it is nearly always a refusal.
func (c *Client) lookHosted(ctx context.Context) backend.Observation {
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	req, err := c.request(ctx, http.MethodGet, c.at.models[0], nil)
	if err != nil {
		return c.noAnswer(err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return c.noAnswer(err)
	}
	_ = res.Body.Close() // a list of hundreds of models, which nobody needs
	obs := backend.Observation{State: backend.ServerUp}
	if res.StatusCode >= 500 {
		obs.Err = &backend.Error{
			Code:    backend.CodeProtocol,
			Message: c.at.host + " answers with an error of its own.",
			Hint:    "The provider may be in trouble. Look at its status page.",
		}
	}
	return obs
}

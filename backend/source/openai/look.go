package openai

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"pilotlight/backend"
)

// Look asks the server what it serves: one request while all is well, two at most,
// a few more at the first look and after an outage, to find out who answers. It
// always returns an observation, within about eight seconds at worst, four for a
// server of this machine; only Listed makes Models a list.
//
// Where Tells.Loaded is false, a model without instances is not "not loaded": the
// server does not tell.
func (c *Client) Look(ctx context.Context, now func() time.Time) backend.Observation {
	ctx, stop := c.bound(ctx)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 2*c.patience())
	defer cancel()
	start := now()
	obs := c.look(ctx, now)
	obs.Server, obs.At = c.cfg.ID, now()
	if obs.State == backend.ServerUp || obs.State == backend.ServerNeedsToken {
		obs.Latency = max(obs.At.Sub(start), 0)
	}
	if obs.State == backend.ServerDown {
		c.forget()
	}
	return c.labelled(obs)
}

// labelled adds what is known of the server apart from this look.
func (c *Client) labelled(obs backend.Observation) backend.Observation {
	s := c.known()
	engine := c.engine()
	if engine == "" {
		engine = s.last
	}
	obs.Engine, obs.Region, obs.API = engine, regionOf(c.at.host), backend.APIOpenAI
	obs.Tells = tellsOf(engine, s.llama)
	if engine == backend.EngineLMStudio {
		obs.API = "" // which of its own it speaks is for its own client to find out
	}
	if obs.State != backend.ServerDown {
		obs.Version = s.version
	}
	return obs
}

// look asks as befits the engine that answered last, and finds out anew who
// answers when the answer is another's.
func (c *Client) look(ctx context.Context, now clock) backend.Observation {
	if !c.good {
		return unknown(badAddress())
	}
	var obs backend.Observation
	fits := false
	switch c.engine() {
	case backend.EngineHosted:
		return c.lookHosted(ctx)
	case backend.EngineLMStudio:
		obs, fits = c.lookLMStudio(ctx)
	case backend.EngineLlamaCpp:
		obs, fits = c.lookLlama(ctx, nil)
	case backend.EngineVLLM:
		obs, fits = c.lookVLLM(ctx, nil)
	case backend.EngineOllama:
		obs, fits = c.lookOllama(ctx, now)
	case backend.EngineLiteLLM:
		if obs, fits = c.lookAgain(ctx, now); !fits {
			obs, fits = c.lookLite(ctx, now)
		}
	case backend.EngineGateway:
		if c.mayHaveChanged(now()) {
			return c.identify(ctx, now)
		}
		if obs, fits = c.lookAgain(ctx, now); !fits {
			obs, fits = c.lookGateway(ctx, now)
		}
	}
	if fits {
		return obs
	}
	c.learn(func(s *seen) { *s = seen{last: s.last, probed: s.probed} })
	return c.identify(ctx, now)
}

// listAnswer is an answer to the question for the list.
type listAnswer struct {
	answer
	list
	err error // of reading it; the request itself was answered
}

// ok says that a list came.
func (l listAnswer) ok() bool {
	return l.err == nil && l.found && l.status == http.StatusOK
}

// fetchList asks for the list at the URL that worked last, or at each where it may
// be. The error is a request without an answer.
func (c *Client) fetchList(ctx context.Context) (listAnswer, error) {
	urls := c.at.models
	if last := c.known().models; last != "" {
		urls = []string{last}
	}
	var first listAnswer
	for i, url := range urls {
		l, err := c.fetchListAt(ctx, url)
		if err != nil {
			return listAnswer{}, err
		}
		if l.ok() {
			c.learn(func(s *seen) { s.models = url })
			return l, nil
		}
		if i == 0 {
			first = l
		}
		if l.status != http.StatusNotFound && l.status != http.StatusMethodNotAllowed {
			return l, nil
		}
	}
	return first, nil
}

func (c *Client) fetchListAt(ctx context.Context, url string) (listAnswer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	ctx, stop := c.bound(ctx)
	defer stop()
	req, err := c.request(ctx, http.MethodGet, url, nil)
	if err != nil {
		return listAnswer{}, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return listAnswer{}, err
	}
	defer res.Body.Close()
	l := listAnswer{answer: headOf(res)}
	if res.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(io.LimitReader(res.Body, wordCap))
		l.body = bytes.TrimSpace(b)
		l.said = saidIn(l.body)
		return l, nil
	}
	head := &headed{r: &io.LimitedReader{R: res.Body, N: listCap + 1}}
	l.list, l.err = readList(head)
	l.body, l.cut = head.first, head.r.N <= 0
	if l.err != nil && ctx.Err() != nil {
		return listAnswer{}, ctx.Err() // the error may tell only that the connection was closed for it
	}
	return l, nil
}

// headed keeps the first bytes of what is read through it, by which an answer that
// is no list is described.
type headed struct {
	r     *io.LimitedReader
	first []byte
}

func (h *headed) Read(p []byte) (int, error) {
	n, err := h.r.Read(p)
	if room := 256 - len(h.first); room > 0 {
		h.first = append(h.first, p[:min(n, room)]...)
	}
	return n, err
}

// listed is the observation of a list, with a word on what is not in it.
func (c *Client) listed(l list, models []backend.Model) backend.Observation {
	obs := backend.Observation{State: backend.ServerUp, Listed: true, Models: models}
	if l.more > 0 {
		obs.Err = tooMany(l.more + len(l.rows))
	}
	return obs
}

func tooMany(n int) *backend.Error {
	return &backend.Error{
		Code:    backend.CodeTooLarge,
		Message: fmt.Sprintf("This server lists %d models; Pilotlight shows the first %d.", n, maxModels),
		Hint:    "If one that you need is missing here, it works in OpenClaw all the same.",
	}
}

// noAnswer turns a request that brought no answer into a state.
func (c *Client) noAnswer(err error) backend.Observation {
	e := c.netError(err, "If this goes on, restart the server.")
	if dialFailed(err) && c.life.Err() == nil && !errors.Is(err, context.Canceled) {
		return backend.Observation{State: backend.ServerDown, Err: e}
	}
	// A server that takes connections and says nothing is not down: a machine that
	// is short of memory hangs like this with its models still loaded.
	return unknown(e)
}

// refused turns an answer that is no list into a state. It is the same for every
// engine.
func (c *Client) refused(a answer, err error) backend.Observation {
	if unauthorized(a.status) {
		return backend.Observation{State: backend.ServerNeedsToken, Err: c.needsToken()}
	}
	return unknown(c.oddAnswer(a, err))
}

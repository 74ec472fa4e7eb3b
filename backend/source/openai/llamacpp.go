package openai

import (
	"context"
	"net/http"
	"net/url"

	"pilotlight/backend"
)

// llamaSeen is what is known of a llama.cpp server.
type llamaSeen struct {
	router   bool
	models   []backend.Model // of the list, without instances; replaced, never changed
	alias    looseString     // with which properties the list went
	path     looseString
	start    string // changes with every start, "" where it is not told
	sleeping bool
	canSleep bool  // this version can, so that a question may keep it awake
	metrics  *bool // it has the page of metrics; nil is not told
	slots    *bool
}

// becomeLlama notes that llama.cpp answers. l is the answer that told it.
func (c *Client) becomeLlama(ctx context.Context, l listAnswer) backend.Observation {
	c.become(backend.EngineLlamaCpp, "")
	if llamaLoading(l.answer) {
		return c.loading()
	}
	router := false
	for _, r := range l.rows {
		router = router || r.Status.value != ""
	}
	c.learn(func(s *seen) { s.llama.router = router })
	obs, fits := c.lookLlama(ctx, &l)
	if fits {
		return obs
	}
	// Rows of llama.cpp's from a program that passes them on.
	c.become(backend.EngineGateway, "")
	return c.gateway(l)
}

// lookLlama asks a llama.cpp server. asked is a list that is there already.
//
// The properties tell all that changes, in one request that neither waits behind
// an answer nor keeps the server from going to sleep, which /slots would do both.
func (c *Client) lookLlama(ctx context.Context, asked *listAnswer) (obs backend.Observation, fits bool) {
	if c.known().llama.router {
		return c.lookRouter(ctx, asked)
	}
	pctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	a, err := c.get(pctx, "/props", answerCap)
	if err != nil {
		return c.noAnswer(err), true
	}
	p, is := parseProps(a.body)
	switch {
	case llamaLoading(a):
		return c.loading(), true
	case unauthorized(a.status) || a.status >= 500:
		return c.refused(a, a.broken), true
	case a.status != http.StatusOK || !is:
		return backend.Observation{}, false
	case p.Role == "router":
		c.learn(func(s *seen) { s.llama = llamaSeen{router: true} })
		return c.lookRouter(ctx, asked)
	}
	return c.llamaServes(ctx, p, asked)
}

// llamaServes is the observation of a server with one model. Its list, which does
// not change as long as the model is the same, is asked once.
func (c *Client) llamaServes(ctx context.Context, p props, asked *listAnswer) (backend.Observation, bool) {
	s := c.known().llama
	if s.models == nil || s.alias != p.Alias || s.path != p.Path {
		if asked == nil {
			l, err := c.fetchList(ctx)
			if err != nil {
				return c.noAnswer(err), true
			}
			asked = &l
		}
		switch {
		case llamaLoading(asked.answer):
			return c.loading(), true
		case !asked.ok():
			return c.refused(asked.answer, asked.err), true
		}
		s.models = make([]backend.Model, 0, len(asked.rows))
		for _, r := range asked.rows {
			s.models = append(s.models, llamaModel(r, p.Ftype))
		}
		s.alias, s.path = p.Alias, p.Path
	}
	start := p.Marker.id()
	restarted := s.start != "" && start != "" && s.start != start
	s.start, s.sleeping, s.canSleep = start, p.Sleeping.Yes(), p.Sleeping.Value != nil
	s.metrics, s.slots = p.HasMetrics.Value, p.HasSlots.Value
	c.learn(func(k *seen) { k.llama, k.version = s, firstOf(p.version(), k.version) })
	obs := backend.Observation{State: backend.ServerUp, Listed: true, Reconnected: restarted, Models: make([]backend.Model, len(s.models))}
	copy(obs.Models, s.models)
	if s.sleeping {
		return obs, true
	}
	i := backend.Instance{ContextLength: p.Settings.context.Integer(maxContext), Parallel: p.Slots.Integer(maxContext), Reference: start}
	if !s.canSleep {
		stays := true
		i.Explicit, obs.Detailed = &stays, true
	}
	for at := range obs.Models {
		i.ID = obs.Models[at].Key
		obs.Models[at].Instances = []backend.Instance{i}
	}
	return obs, true
}

// loading is the observation of a server that loads its model. What it loads is
// known only where it was seen before: then it is not loaded now, for sure.
func (c *Client) loading() backend.Observation {
	models := c.known().llama.models
	obs := backend.Observation{State: backend.ServerUp, Listed: len(models) > 0, Err: &backend.Error{
		Code:    backend.CodeBusy,
		Message: "llama.cpp's server at " + c.at.base + " is loading its model.",
		Hint:    "Wait until it has. A large model takes minutes from a slow disk.",
	}}
	for _, m := range models {
		m.Loading = true
		obs.Models = append(obs.Models, m)
	}
	return obs
}

// lookRouter asks a llama.cpp server that loads several models for its list, which
// tells of each how it is.
func (c *Client) lookRouter(ctx context.Context, asked *listAnswer) (backend.Observation, bool) {
	if asked == nil {
		l, err := c.fetchList(ctx)
		if err != nil {
			return c.noAnswer(err), true
		}
		asked = &l
	}
	switch {
	case unauthorized(asked.status) || asked.status >= 500:
		return c.refused(asked.answer, asked.err), true
	case !asked.ok():
		return backend.Observation{}, false
	}
	models := make([]backend.Model, 0, len(asked.rows))
	for _, r := range asked.rows {
		if r.Status.value == "" {
			return backend.Observation{}, false // another server, or this one with a model of its own
		}
		m := llamaModel(r, "")
		switch r.Status.value {
		case "loaded":
			m.Instances = []backend.Instance{{ID: m.Key, ContextLength: r.Meta.context.Integer(maxContext)}}
		case "loading":
			m.Loading = true
		}
		models = append(models, m)
	}
	return c.listed(asked.list, models), true
}

// llamaBusy asks what a model is doing. Where the version can sleep, the page of
// metrics is asked first: a question for the slots would count as use.
func (c *Client) llamaBusy(ctx context.Context, model string, quietly bool) (backend.Processing, error) {
	s := c.known().llama
	if s.sleeping {
		return backend.Processing{}, nil
	}
	query := ""
	if s.router {
		query = "?autoload=false&model=" + url.QueryEscape(model)
	}
	if s.metrics == nil || *s.metrics {
		loads, err := c.metrics(ctx, "/metrics"+query)
		if l, told := loads[""]; told {
			return backend.Processing{Busy: l.running+l.waiting > 0, Queued: l.running + l.waiting}, nil
		}
		if err != nil && backend.CodeOf(err) != backend.CodeUnsupported {
			return backend.Processing{}, err
		}
		off := false
		c.learn(func(k *seen) { k.llama.metrics = &off })
	}
	if s.slots != nil && !*s.slots || quietly && (s.canSleep || s.router) {
		return backend.Processing{}, cannotTellBusy()
	}
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	a, err := c.get(ctx, "/slots"+query, answerCap)
	if err != nil {
		return backend.Processing{}, c.netError(err, "It may be busy with a long prompt. Try again later.")
	}
	if unauthorized(a.status) {
		return backend.Processing{}, c.needsToken()
	}
	n, ok := parseSlots(a.body)
	if a.status != http.StatusOK || !ok || a.cut {
		return backend.Processing{}, cannotTellBusy()
	}
	return backend.Processing{Busy: n > 0, Queued: n}, nil
}

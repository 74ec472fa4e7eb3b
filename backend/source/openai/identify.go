package openai

import (
	"context"
	"net/http"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// clock tells the time.
type clock func() time.Time

const (
	// askAgain is how often a server that says nothing of itself is asked again who
	// it is, and askSoon the same for one whose answers make no sense.
	askAgain = 10 * time.Minute
	askSoon  = time.Minute
)

// identify finds out who answers and returns what it serves.
//
// The list is asked first: llama.cpp and vLLM write their name into every row, and
// nobody else does. The rest are told by a word that each says at an address of
// its own, without a key even where the list wants one.
func (c *Client) identify(ctx context.Context, now clock) backend.Observation {
	l, err := c.fetchList(ctx)
	switch {
	case err != nil:
		return c.noAnswer(err)
	case llamaLoading(l.answer), l.server == "llama.cpp": // which stands in every answer of its
		return c.becomeLlama(ctx, l)
	case l.ok() && l.ownedBy("llamacpp"):
		return c.becomeLlama(ctx, l)
	case l.ok() && l.ownedBy("vllm"):
		return c.becomeVLLM(ctx, l)
	}
	if !c.probeDue(now()) {
		return c.gateway(l)
	}
	engine, version, sure := c.probe(ctx)
	if engine == backend.EngineVLLM && l.status != http.StatusOK && !unauthorized(l.status) {
		engine = "" // many programs tell a version
	}
	if sure {
		c.learn(func(s *seen) { s.probed = now() })
	}
	if engine == "" && sure && (l.ok() || withoutListStatus(l.status) || unauthorized(l.status)) {
		engine = backend.EngineGateway
	}
	if engine == "" {
		return c.gateway(l)
	}
	c.become(engine, version)
	return c.firstLook(ctx, now, engine, l)
}

// firstLook asks an engine that was just found out, and takes it for a gateway
// when its own answers are not what it would give.
func (c *Client) firstLook(ctx context.Context, now clock, engine backend.Engine, l listAnswer) backend.Observation {
	var obs backend.Observation
	fits := false
	switch engine {
	case backend.EngineLMStudio:
		return backend.Observation{State: backend.ServerUp}
	case backend.EngineLlamaCpp:
		return c.becomeLlama(ctx, l)
	case backend.EngineOllama:
		obs, fits = c.lookOllama(ctx, now)
	case backend.EngineLiteLLM:
		obs, fits = c.lookLite(ctx, now)
	case backend.EngineVLLM:
		obs, fits = c.lookVLLM(ctx, &l)
	}
	if fits {
		return obs
	}
	c.become(backend.EngineGateway, "")
	return c.gateway(l)
}

// become notes who answers.
func (c *Client) become(e backend.Engine, version string) {
	c.learn(func(s *seen) {
		if s.engine != e {
			*s = seen{models: s.models, probed: s.probed}
		}
		s.engine, s.last = e, e
		if version != "" {
			s.version = version
		}
	})
}

func (c *Client) probeDue(now time.Time) bool {
	at := c.known().probed
	return at.IsZero() || now.Sub(at) >= askSoon || now.Before(at)
}

func (c *Client) mayHaveChanged(now time.Time) bool {
	at := c.known().probed
	return now.Sub(at) >= askAgain || now.Before(at)
}

// probe is one question by which an engine is told.
type probe struct {
	engine backend.Engine
	path   string
	is     func(a answer) (version string, is bool)
}

// probes are asked in this order. Ollama also serves /v1/models and llama.cpp also
// some of Ollama's routes, so each is told by what no other says:
// LM Studio by its greeting (lmstudio-js, LMStudioClient.ts), Ollama by its front
// page (server/routes.go), LiteLLM by its sign of life (docs/proxy/health),
// llama.cpp by its properties (tools/server/README.md), vLLM, whose list wanted a
// key, by its version (entrypoints/openai/api_server.py).
var probes = []probe{
	{backend.EngineLMStudio, "/lmstudio-greeting", isLMStudio},
	{backend.EngineOllama, "/", isOllama},
	{backend.EngineLiteLLM, "/health/liveliness", isLiteLLM},
	{backend.EngineLlamaCpp, "/props", isLlama},
	{backend.EngineVLLM, "/version", isVLLM},
}

// probe asks who answers, "" for nobody that is known. sure says that every
// question was answered, one way or another.
func (c *Client) probe(ctx context.Context) (engine backend.Engine, version string, sure bool) {
	sure = true
	for _, p := range probes {
		pctx, cancel := context.WithTimeout(ctx, c.patience()/2)
		a, err := c.get(pctx, p.path, answerCap)
		cancel()
		if err != nil {
			sure = false
			continue
		}
		if v, is := p.is(a); is {
			return p.engine, v, true
		}
	}
	return "", "", sure
}

func isLMStudio(a answer) (string, bool) {
	var v struct {
		LMStudio wire.Bool `json:"lmstudio"`
	}
	return "", a.status == http.StatusOK && object(a.body, &v) && v.LMStudio.Yes()
}

func isOllama(a answer) (string, bool) {
	return "", a.status == http.StatusOK && string(a.body) == "Ollama is running"
}

func isLiteLLM(a answer) (string, bool) {
	return "", a.status == http.StatusOK && strings.Trim(string(a.body), `"`) == "I'm alive!"
}

func isLlama(a answer) (string, bool) {
	p, is := parseProps(a.body)
	return p.version(), a.status == http.StatusOK && is
}

func isVLLM(a answer) (string, bool) {
	var v struct {
		Version looseString `json:"version"`
	}
	is := a.status == http.StatusOK && len(a.body) < 200 && object(a.body, &v) && v.Version != ""
	return v.Version.label(), is
}

// lookLMStudio asks an LM Studio whether it still is one. What it serves is for
// its own client to ask.
func (c *Client) lookLMStudio(ctx context.Context) (backend.Observation, bool) {
	ctx, cancel := context.WithTimeout(ctx, c.patience())
	defer cancel()
	a, err := c.get(ctx, "/lmstudio-greeting", wordCap)
	if err != nil {
		return c.noAnswer(err), true
	}
	_, is := isLMStudio(a)
	return backend.Observation{State: backend.ServerUp}, is
}

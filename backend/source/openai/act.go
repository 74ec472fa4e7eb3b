package openai

import (
	"context"
	"net/http"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// Detail is a look that also tells which models are answering someone, where the
// server tells it and asking does not disturb it. last is not needed: what can be
// told comes with every look.
//
// The error is CodeUnsupported where Look tells all that can be told.
func (c *Client) Detail(ctx context.Context, now func() time.Time, _ backend.Observation) (backend.Observation, error) {
	switch c.engine() {
	case backend.EngineOllama:
		return c.Look(ctx, now), nil
	case backend.EngineVLLM:
		return c.withBusy(ctx, now, c.vllmLoads)
	case backend.EngineLlamaCpp:
		return c.withBusy(ctx, now, func(ctx context.Context, id string) (backend.Processing, error) {
			return c.llamaBusy(ctx, id, true)
		})
	}
	return backend.Observation{}, unsupported("This server tells no more of its models than its list does.")
}

// withBusy is a look with what busy tells of each instance. A server that does not
// tell it of the first is not asked for the rest.
func (c *Client) withBusy(ctx context.Context, now clock, busy func(context.Context, string) (backend.Processing, error)) (backend.Observation, error) {
	obs := c.Look(ctx, now)
	for m := range obs.Models {
		of := slices.Clone(obs.Models[m].Instances)
		for i := range of {
			p, err := busy(ctx, of[i].ID)
			if err != nil {
				return obs, nil //nolint:nilerr // the look is whole without it
			}
			of[i].Busy = &p.Busy
		}
		obs.Models[m].Instances = of
	}
	return obs, nil
}

// Processing asks what a model is doing. llama.cpp counts the question as use,
// where it has no page of metrics: it does not go to sleep then, so do not ask
// without need. The error is CodeUnsupported where the server does not tell.
func (c *Client) Processing(ctx context.Context, instanceID string) (backend.Processing, error) {
	switch c.engine() {
	case backend.EngineVLLM:
		return c.vllmLoads(ctx, instanceID)
	case backend.EngineLlamaCpp:
		return c.llamaBusy(ctx, instanceID, false)
	}
	return backend.Processing{}, unsupported("This server does not tell whether it is answering someone.")
}

// vllmLoads reads a model's requests from the metrics, whose label is the name that
// it is served as. An adapter's requests count as its base's.
func (c *Client) vllmLoads(ctx context.Context, model string) (backend.Processing, error) {
	loads, err := c.metrics(ctx, "/metrics")
	if err != nil {
		return backend.Processing{}, err
	}
	l, told := loads[model]
	if !told {
		for _, other := range loads {
			l.running, l.waiting = l.running+other.running, l.waiting+other.waiting
		}
	}
	return backend.Processing{Busy: l.running+l.waiting > 0, Queued: l.running + l.waiting}, nil
}

// Estimate fails with CodeUnsupported: none of these servers reckons beforehand.
func (c *Client) Estimate(context.Context, backend.LoadRequest) (backend.Estimate, error) {
	return backend.Estimate{}, unsupported("This server does not reckon what a load would take.")
}

// ModelPaths fails with CodeUnsupported: none of these servers tells all its files.
func (c *Client) ModelPaths(context.Context) (map[string]string, error) {
	return nil, unsupported("This server does not tell where its models' files are.")
}

// Load loads a model for good and returns when the server says that it is in
// memory, or that it could not be. ctx bounds the wait and not the load. Ollama
// keeps one for good that it has in memory already, without loading it anew, where
// no other context is asked for. llama.cpp's context is set by its own presets: what
// is asked for is left out, and LoadResult tells what it got.
//
// Errors: CodeUnsupported where the engine loads nothing, CodeModelMissing,
// CodeGuardrail, CodeLoadFailed, CodeNeedsToken; after CodeTimeout and CodeNetwork
// the load may still go on.
func (c *Client) Load(ctx context.Context, r backend.LoadRequest, _ func(float64)) (backend.LoadResult, error) {
	switch c.engine() {
	case backend.EngineOllama:
		return c.loadOllama(ctx, r)
	case backend.EngineLlamaCpp:
		if c.known().llama.router {
			return c.loadRouter(ctx, r)
		}
	}
	return backend.LoadResult{}, c.loadsNothing()
}

// Unload takes a model out of memory. The error is CodeNotFound for one that is
// not there, or as for Load.
func (c *Client) Unload(ctx context.Context, instanceID string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	switch c.engine() {
	case backend.EngineOllama:
		return c.unloadOllama(ctx, instanceID)
	case backend.EngineLlamaCpp:
		if c.known().llama.router {
			return c.unloadRouter(ctx, instanceID)
		}
	}
	return c.loadsNothing()
}

// Ping has a model produce one token to a prompt of one character, which proves it.
// The reply is thrown away. Of a gateway it is asked only where the person wants
// it, of a hosted provider never: it would cost money.
func (c *Client) Ping(ctx context.Context, instanceID string) error {
	switch c.engine() {
	case backend.EngineHosted:
		return unsupported("A hosted provider is not asked for a token: it would cost money.")
	case backend.EngineGateway, backend.EngineLiteLLM, "":
		if !c.cfg.AskAllowed {
			return &backend.Error{
				Code:    backend.CodeUnsupported,
				Message: "This server passes requests on, so none is made to test it.",
				Hint:    "Allow requests of one token for it in Pilotlight's settings, if they cost nothing there.",
			}
		}
	}
	var a answer
	var err error
	if c.engine() == backend.EngineOllama {
		a, err = c.pingOllama(ctx, instanceID)
	} else {
		a, err = c.fetch(ctx, http.MethodPost, c.chatURL(), pingBody(instanceID), answerCap)
	}
	if err == nil {
		err = a.broken
	}
	if err != nil {
		return c.netError(err, "The model may be busy with a long answer. Try again later.")
	}
	said := saidIn(a.body)
	name := wire.Clean(instanceID, stringCap)
	switch {
	case unauthorized(a.status):
		return c.needsToken()
	case a.status == http.StatusOK && said == nil:
		return nil
	case a.status == http.StatusNotFound, said != nil && has(said.text, "invalid model name"):
		return &backend.Error{Code: backend.CodeNotFound, Message: c.said("This server does not serve "+name, said), Hint: "Look at the list again, and at the model's id in OpenClaw's config."}
	}
	return &backend.Error{Code: backend.CodeProtocol, Message: c.said(name+" could not answer", said), Hint: "Look into the server's log."}
}

// unsupported is the answer about what an engine cannot do.
func unsupported(message string) *backend.Error {
	return &backend.Error{Code: backend.CodeUnsupported, Message: message, Hint: "Nothing needs to be done."}
}

func (c *Client) loadsNothing() *backend.Error {
	hint := "Load it where it runs."
	switch c.engine() {
	case backend.EngineLlamaCpp, backend.EngineVLLM:
		hint = "It keeps the model that it was started with. Start it with another one."
	case backend.EngineHosted:
		hint = "The provider keeps its models in memory itself."
	case "":
		hint = "It has not answered yet, so it is not known who it is. Look again first."
	}
	return &backend.Error{Code: backend.CodeUnsupported, Message: "This server cannot be told to load or unload a model.", Hint: hint}
}

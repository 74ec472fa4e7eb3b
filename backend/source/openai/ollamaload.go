package openai

import (
	"context"
	"net/http"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	// goneWithin is how long it is waited for a model to go, and askGone how often it
	// is asked meanwhile.
	goneWithin = 5 * time.Second
	askGone    = 50 * time.Millisecond
)

// ollamaLoad is POST /api/generate without a prompt, which loads or, with a
// keep_alive of 0, unloads (Ollama, docs/api.md). -1 is for good.
type ollamaLoad struct {
	Model     string         `json:"model"`
	KeepAlive int            `json:"keep_alive"`
	Stream    bool           `json:"stream"`
	Prompt    string         `json:"prompt,omitempty"`
	Options   map[string]int `json:"options,omitempty"`
}

func (c *Client) loadOllama(ctx context.Context, r backend.LoadRequest) (backend.LoadResult, error) {
	if cloudName(r.Model) {
		return backend.LoadResult{}, unsupported(wire.Clean(r.Model, stringCap) + " runs at ollama.com, so there is nothing to load here.")
	}
	ask := ollamaLoad{Model: r.Model, KeepAlive: -1}
	length := r.ContextLength
	if length == nil {
		// A load that asks for no context would throw out a model that somebody loaded
		// with another than the usual (Ollama, sched.go, needsReload).
		if in, there := c.ollamaLoaded(ctx, r.Model); there {
			length = in.Context.Integer(maxContext)
		}
	}
	if length != nil {
		ask.Options = map[string]int{"num_ctx": *length}
	}
	start := time.Now()
	a, err := c.post(ctx, "/api/generate", ask)
	if said := saidIn(a.body); err == nil && said != nil && has(said.text, "does not support generate") {
		// A model for embeddings is loaded by a question for none.
		a, err = c.post(ctx, "/api/embed", ask)
	}
	if err != nil {
		return backend.LoadResult{}, c.netError(err, stillLoading)
	}
	if err := c.ollamaRefused(r.Model, a); err != nil {
		return backend.LoadResult{}, err
	}
	return backend.LoadResult{
		InstanceID: CanonicalKey(backend.EngineOllama, r.Model), Duration: time.Since(start),
	}, nil
}

// Renew has Ollama keep for good what it has in memory, where a request gave it an
// end again. It loads nothing: of a model that is gone the error is CodeNotFound;
// CodeUnsupported where the engine gives no such ends.
func (c *Client) Renew(ctx context.Context, instanceID string) error {
	if c.engine() != backend.EngineOllama {
		return unsupported("Nothing ends by itself on this server.")
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	in, there := c.ollamaLoaded(ctx, instanceID)
	if !there {
		return noInstance(instanceID)
	}
	_, err := c.loadOllama(ctx, backend.LoadRequest{Model: instanceID, ContextLength: in.Context.Integer(maxContext)})
	return err
}

// ollamaLoaded is a model as it is in memory, false where it is not there.
func (c *Client) ollamaLoaded(ctx context.Context, model string) (ollamaRow, bool) {
	a, err := c.getSoon(ctx, "/api/ps", listCap)
	if err != nil {
		return ollamaRow{}, false
	}
	rows, _, _ := parseOllama(a.body)
	for _, r := range rows {
		if r.key() == CanonicalKey(backend.EngineOllama, model) {
			return r, true
		}
	}
	return ollamaRow{}, false
}

// unloadOllama tells Ollama to let a model go. It says that it will before it has,
// and does it only when the answer that the model is giving has ended, so it is
// waited for a little: a request that came in between would be served by it still.
func (c *Client) unloadOllama(ctx context.Context, id string) error {
	a, err := c.post(ctx, "/api/generate", ollamaLoad{Model: id, KeepAlive: 0})
	if err != nil {
		return c.netError(err, "It may be unloaded all the same. Look at the list.")
	}
	err = c.ollamaRefused(id, a)
	if backend.CodeOf(err) == backend.CodeModelMissing {
		return noInstance(id)
	}
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, goneWithin)
	defer cancel()
	for {
		if _, there := c.ollamaLoaded(ctx, id); !there {
			return nil
		}
		select {
		case <-time.After(askGone):
		case <-ctx.Done():
			return nil
		case <-c.life.Done():
			return nil
		}
	}
}

// ollamaRefused tells why Ollama did not do as asked, nil when it did.
func (c *Client) ollamaRefused(model string, a answer) error {
	said := saidIn(a.body)
	name := wire.Clean(model, stringCap)
	switch {
	case a.status == http.StatusOK && said == nil && object(a.body, &ignored{}):
		return nil
	case unauthorized(a.status):
		return c.needsToken()
	case a.status == http.StatusNotFound || said != nil && has(said.text, "not found"):
		return &backend.Error{
			Code: backend.CodeModelMissing, Message: "Ollama does not have a model called " + name + ".",
			Hint: "Get it with: ollama pull " + name,
		}
	case said == nil && a.status < 400:
		return notUnderstood("Ollama")
	case said != nil && has(said.text, "requires more system memory", "out of memory", "insufficient memory"):
		return &backend.Error{
			Code: backend.CodeGuardrail, Message: c.said("Ollama did not load "+name+", because there is not enough memory for it", said),
			Hint: "Unload another model, choose a smaller context length or a smaller model.",
		}
	}
	return &backend.Error{
		Code: backend.CodeLoadFailed, Message: c.said("Ollama did not do it for "+name, said),
		Hint: "Try it with: ollama run " + name + ". Ollama's log tells more.",
	}
}

// pingOllama has a model that is in memory produce one token, and leaves its end and
// its context as they are: a request that does not name them would set them back
// (recorded of 0.17.4).
func (c *Client) pingOllama(ctx context.Context, id string) (answer, error) {
	in, there := c.ollamaLoaded(ctx, id)
	if !there {
		return answer{}, noInstance(id)
	}
	ask := struct {
		ollamaLoad
		KeepAlive *int `json:"keep_alive,omitempty"`
	}{ollamaLoad: ollamaLoad{Model: id, Prompt: ".", Options: map[string]int{"num_predict": 1}}}
	if n := in.Context.Integer(maxContext); n != nil {
		ask.Options["num_ctx"] = *n
	}
	if stays := in.instance(time.Now()).Explicit; stays != nil && *stays {
		ask.KeepAlive = new(int)
		*ask.KeepAlive = -1
	}
	return c.post(ctx, "/api/generate", ask)
}

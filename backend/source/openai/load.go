package openai

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	// stillLoading is the hint of every load whose end was not seen.
	stillLoading = "The load may still go on at the server. Look at the list before asking again."

	// askRouter is how often a llama.cpp router is asked how a load goes: it tells
	// only that it has begun.
	askRouter = 500 * time.Millisecond
)

// pingBody is the smallest request that makes a model answer.
func pingBody(model string) []byte {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	b, err := json.Marshal(struct {
		Model     string    `json:"model"`
		Messages  []message `json:"messages"`
		MaxTokens int       `json:"max_tokens"`
		Stream    bool      `json:"stream"`
	}{model, []message{{"user", "."}}, 1, false})
	if err != nil {
		return nil // strings and numbers can always be written
	}
	return b
}

// chatURL is beside the list.
func (c *Client) chatURL() string {
	return strings.TrimSuffix(c.listURL(), "/models") + "/chat/completions"
}

// loadRouter tells a llama.cpp router to load a model, and waits until its list
// says that it has, or has failed (tools/server/README.md, POST /models/load).
func (c *Client) loadRouter(ctx context.Context, r backend.LoadRequest) (backend.LoadResult, error) {
	start := time.Now()
	a, err := c.post(ctx, "/models/load", map[string]string{"model": r.Model})
	if err != nil {
		return backend.LoadResult{}, c.netError(err, stillLoading)
	}
	switch said := saidIn(a.body); {
	case said != nil && has(said.text, "already"):
	case said != nil || a.status >= 400:
		return backend.LoadResult{}, c.routerRefused(r.Model, a.status, said)
	case a.status != http.StatusOK || !object(a.body, &ignored{}):
		return backend.LoadResult{}, notUnderstood("The llama.cpp server")
	}
	for {
		l, err := c.fetchList(ctx)
		switch {
		case err != nil:
			return backend.LoadResult{}, c.netError(err, stillLoading)
		case unauthorized(l.status):
			return backend.LoadResult{}, c.needsToken()
		}
		for _, row := range l.rows {
			switch {
			case string(row.ID) != r.Model:
			case row.Status.value == "loaded":
				return backend.LoadResult{InstanceID: r.Model, ContextLength: row.Meta.context.Integer(maxContext), Duration: time.Since(start)}, nil
			case row.Status.failed:
				return backend.LoadResult{}, c.routerRefused(r.Model, 0, nil)
			}
		}
		select {
		case <-time.After(askRouter):
		case <-ctx.Done():
			return backend.LoadResult{}, c.netError(ctx.Err(), stillLoading)
		case <-c.life.Done():
			return backend.LoadResult{}, c.netError(context.Canceled, stillLoading)
		}
	}
}

func (c *Client) unloadRouter(ctx context.Context, id string) error {
	a, err := c.post(ctx, "/models/unload", map[string]string{"model": id})
	if err != nil {
		return c.netError(err, "It may be unloaded all the same. Look at the list.")
	}
	said := saidIn(a.body)
	switch {
	case unauthorized(a.status):
		return c.needsToken()
	case said == nil && a.status == http.StatusOK && object(a.body, &ignored{}):
		return nil
	case a.status == http.StatusNotFound || said != nil && has(said.text, "not found", "not running", "not loaded"):
		return noInstance(id)
	}
	return &backend.Error{Code: backend.CodeProtocol, Message: c.said("llama.cpp's server did not unload "+wire.Clean(id, stringCap), said), Hint: "Look into its log."}
}

func (c *Client) routerRefused(model string, status int, said *apiError) error {
	name := wire.Clean(model, stringCap)
	switch {
	case unauthorized(status):
		return c.needsToken()
	case status == http.StatusNotFound || said != nil && has(said.text, "not found"):
		return &backend.Error{
			Code: backend.CodeModelMissing, Message: "llama.cpp's server does not have a model called " + name + ".",
			Hint: "Look at its list; a file that was added is seen after it is started again.",
		}
	}
	return &backend.Error{
		Code: backend.CodeLoadFailed, Message: c.said("llama.cpp's server could not load "+name, said),
		Hint: "Look into its log. A smaller context in its presets may help.",
	}
}

func notUnderstood(who string) *backend.Error {
	return &backend.Error{
		Code:    backend.CodeProtocol,
		Message: who + "'s answer was not understood.",
		Hint:    "Look at the list whether it did it all the same, and check that no other program answers at its address.",
	}
}

// noInstance is the answer about a model that is not loaded (any more).
func noInstance(id string) *backend.Error {
	return &backend.Error{
		Code:    backend.CodeNotFound,
		Message: "The server has no loaded model called " + wire.Clean(id, stringCap) + ".",
		Hint:    "It may have been unloaded meanwhile. Look at the list again.",
	}
}

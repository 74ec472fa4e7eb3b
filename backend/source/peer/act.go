package peer

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"pilotlight/backend"
)

// mostModels bounds a list of models.
const mostModels = 2000

// SetKeep has the peer keep a model in memory.
func (c *Client) SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error) {
	return act[backend.Keep](ctx, c, actLimit, http.MethodPut, "/api/keep", t)
}

// Release has it keep nothing any more.
func (c *Client) Release(ctx context.Context) (backend.Keep, error) {
	return act[backend.Keep](ctx, c, actLimit, http.MethodDelete, "/api/keep", nil)
}

// Pause pauses its keep; 0 lasts until Resume.
func (c *Client) Pause(ctx context.Context, length time.Duration) (backend.Keep, error) {
	var body struct {
		Seconds *float64 `json:"seconds,omitempty"`
	}
	if length != 0 {
		seconds := length.Seconds()
		body.Seconds = &seconds
	}
	return act[backend.Keep](ctx, c, actLimit, http.MethodPost, "/api/keep/pause", body)
}

// Resume ends a pause.
func (c *Client) Resume(ctx context.Context) (backend.Keep, error) {
	return act[backend.Keep](ctx, c, actLimit, http.MethodPost, "/api/keep/resume", nil)
}

// Load has it load a model, and waits until that ended there. The load goes on
// when ctx ends.
func (c *Client) Load(ctx context.Context, server, model string, contextLength *int) (backend.Load, error) {
	return act[backend.Load](ctx, c, loadLimit, http.MethodPost, "/api/models/load", struct {
		Server        string `json:"server,omitempty"`
		Model         string `json:"model"`
		ContextLength *int   `json:"context_length,omitempty"`
	}{server, model, contextLength})
}

// Unload has it unload an instance.
func (c *Client) Unload(ctx context.Context, server, instanceID string, force bool) (backend.Load, error) {
	return act[backend.Load](ctx, c, loadLimit, http.MethodPost, "/api/models/unload", struct {
		Server     string `json:"server,omitempty"`
		InstanceID string `json:"instance_id"`
		Force      bool   `json:"force,omitempty"`
	}{server, instanceID, force})
}

// Models lists every model that it knows of.
func (c *Client) Models(ctx context.Context) (backend.Page[backend.ServerModel], error) {
	page, err := act[backend.Page[backend.ServerModel]](ctx, c, actLimit, http.MethodGet, "/api/models", nil)
	page.Items = page.Items[:min(len(page.Items), mostModels)]
	page.Next = ""
	return page, err
}

// act sends one of the requests above and reads its answer.
func act[T any](ctx context.Context, c *Client, limit time.Duration, method, path string, in any) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out T
	body, err := c.ask(ctx, method, path, in)
	if err != nil {
		return out, err
	}
	if err := json.Unmarshal(body, &out); err != nil {
		return out, &backend.Error{
			Code: backend.CodeProtocol, Message: "The answer of the Pilotlight at " + c.url + " was not understood.",
			Hint: "It may be of another version: update both. What was asked may have happened all the same.", Err: err,
		}
	}
	c.clean.all(&out)
	return out, nil
}

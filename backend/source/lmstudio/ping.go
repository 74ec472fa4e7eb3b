package lmstudio

import (
	"context"
	"net/http"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

// pingRequest is the smallest request that makes an instance's engine answer.
// It goes to the chat route of the OpenAI-compatible API, because LM Studio's
// own would keep a thread of it.
type pingRequest struct {
	Model       string        `json:"model"`
	Messages    []pingMessage `json:"messages"`
	MaxTokens   int           `json:"max_tokens"`
	Temperature int           `json:"temperature"`
	Stream      bool          `json:"stream"`
}

type pingMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Ping has an instance produce one token, which proves its engine and winds up
// its TTL. It waits behind whatever the instance is doing, so ctx should allow
// two minutes. Only call it for an instance that is listed: LM Studio would
// load a model that is not. The reply is thrown away.
//
// Errors: CodeModelCrashed for a dead engine, CodeNotFound for an instance that
// is gone, CodeGuardrail or CodeLoadFailed where the server tried to load it,
// CodeNeedsToken, CodeTimeout, CodeNetwork.
func (c *Client) Ping(ctx context.Context, instanceID string) error {
	a, err := c.post(ctx, "/v1/chat/completions", pingRequest{
		Model: instanceID, Messages: []pingMessage{{"user", "."}}, MaxTokens: 1,
	})
	if err != nil {
		return c.netError(err, "The model may be busy with a long answer. Try again later.")
	}
	if a.cut && a.status == http.StatusOK {
		return nil // it answers at length, but it answers
	}
	refused, err := c.read(a, nil)
	if err != nil || refused == nil {
		return err
	}
	return c.pingError(instanceID, refused)
}

func (c *Client) pingError(instanceID string, refused *apiError) *backend.Error {
	name := wire.Clean(instanceID, stringCap)
	switch {
	case has(refused.text, "crashed"):
		return &backend.Error{
			Code:    backend.CodeModelCrashed,
			Message: name + " is listed as loaded, but its engine has crashed.",
			Hint:    "Unload it and load it again.",
		}
	case has(refused.text, "failed to load", "insufficient system resources"):
		return c.loadError(instanceID, refused)
	case refused.unknownRoute():
		return &backend.Error{Code: backend.CodeUnsupported, Message: "This LM Studio has no chat route to test the model with.", Hint: "Update LM Studio."}
	case refused.instanceGone():
		return noInstance(instanceID)
	}
	return &backend.Error{Code: backend.CodeProtocol, Message: c.said(name+" could not answer", refused), Hint: "Try it in LM Studio's own chat."}
}

package openclawtest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// wire is what came back when a model was asked.
type wire struct {
	took    time.Duration
	cause   string // ECONNREFUSED and the like: no answer at all
	timeout string // whose patience ended: "run" or "provider"
	status  int    // of an HTTP error; 0 for none
	message string // of the error object
	kind    string // its type, "" for none
	code    any    // its code: a string, nil for null, or absent
	bare    bool   // {"error":"text"}, as LM Studio likes to answer
	body    string // the error's body as compact JSON
	stream  string // an error in the stream of an answer that began well
}

// absent is a field that is not there, which JavaScript prints as undefined.
type absent struct{}

func (w wire) ok() bool {
	return w.cause == "" && w.timeout == "" && w.status == 0 && w.stream == ""
}

// candidate is one model of the chain.
type candidate struct {
	provider, model, api string
}

func (c candidate) ref() string { return c.provider + "/" + c.model }

// hosted says that the model is asked by Anthropic's protocol, whose errors
// OpenClaw writes otherwise.
func (c candidate) hosted() bool { return c.api == anthropicAPI }

const anthropicAPI = "anthropic-messages"

// wireOf is what a failure looks like on the wire.
func wireOf(f Failure, c candidate) wire {
	switch f {
	case ServerOff:
		return wire{cause: "ECONNREFUSED"}
	case NotLoaded:
		return modelError(404, "No models loaded. Please load a model in the developer page or use the 'lms load' command.", "model_not_found")
	case NotFound:
		return modelError(404, fmt.Sprintf("Model %q not found. Use lms ls to list downloaded models.", c.model), "model_not_found")
	case LoadFailed:
		return modelError(400, fmt.Sprintf("Failed to load model %q. Error: Model loading was stopped due to insufficient system resources. "+
			"Under the current settings, this model requires approximately 130.00 GB of memory.", c.model), nil)
	case ContextOverflow:
		const text = "Trying to keep the first 11023 tokens when context the overflows. However, the model is loaded with context length of only " +
			"8192 tokens, which is not enough. Try to load the model with a larger context length, or provide a shorter input"
		return wire{status: 400, message: text, code: absent{}, bare: true, body: stringify(object{{"error", text}})}
	case Crashed:
		return wire{stream: "The model has crashed without additional information. (Exit code: 6)", code: absent{}}
	case Err500:
		return wire{status: 500, message: "Internal server error", kind: "api_error", code: absent{},
			body: stringify(object{{"error", object{{"message", "Internal server error"}, {"type", "api_error"}}}})}
	case RateLimited:
		return serviceError(429, "rate_limit_error", "This request would exceed your account's rate limit. Please try again later.")
	case Auth:
		return serviceError(401, "authentication_error", "invalid x-api-key")
	}
	return wire{}
}

func modelError(status int, message string, code any) wire {
	e := object{{"message", message}, {"type", "invalid_request_error"}, {"param", "model"}, {"code", code}}
	return wire{status: status, message: message, kind: "invalid_request_error", code: code, body: stringify(object{{"error", e}})}
}

func serviceError(status int, kind, message string) wire {
	e := object{{"type", kind}, {"message", message}}
	return wire{status: status, message: message, kind: kind, code: absent{},
		body: stringify(object{{"type", "error"}, {"error", e}})}
}

// raw is the error text that the SDK of the candidate's protocol makes of it.
func (w wire) raw(c candidate, e era) string {
	switch {
	case w.cause != "":
		return "Connection error."
	case w.timeout != "":
		return "Request timed out."
	case w.stream != "":
		return w.stream
	case c.hosted() && e == era9:
		return fmt.Sprintf("%d: %s", w.status, w.sortedBody())
	case c.hosted():
		return fmt.Sprintf("%d %s", w.status, w.body)
	case w.bare: // the SDK prints what is no object as JSON
		return fmt.Sprintf("%d %s", w.status, stringify(w.message))
	}
	return fmt.Sprintf("%d %s", w.status, w.message)
}

// sortedBody is the body as 2026.9 writes it again, with its keys in order.
func (w wire) sortedBody() string {
	if w.kind == "" || w.bare {
		return w.body
	}
	out := object{{"error", object{{"message", w.message}, {"type", w.kind}}}}
	if w.status < 500 {
		out = out.with(field{"type", "error"})
	}
	return stringify(out)
}

// hash is how OpenClaw names an error text that it does not want to repeat.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])[:12]
}

// js prints a value as JavaScript's template strings do.
func js(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case absent:
		return "undefined"
	case string:
		if v == "" {
			return "undefined"
		}
		return v
	}
	return fmt.Sprint(v)
}

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// hostedReply is what the hosted model says; the fake LM Studio says something
// else, which tells who answered.
const hostedReply = "Hello from the hosted model."

// hostedProvider speaks as much of Anthropic's Messages API as a turn needs. It
// answers, or refuses with the status it is told.
type hostedProvider struct {
	*httptest.Server
	status   atomic.Int64 // 0 = answer
	answered atomic.Int64
	refused  atomic.Int64
}

func startHosted(t *testing.T) *hostedProvider {
	h := &hostedProvider{}
	h.Server = httptest.NewServer(http.HandlerFunc(h.serve))
	t.Cleanup(h.Close)
	return h
}

// refusals are Anthropic's words for the statuses.
var refusals = map[int64]struct{ kind, text string }{
	401: {"authentication_error", "invalid x-api-key"},
	429: {"rate_limit_error", "This request would exceed your account's rate limit. Please try again later."},
	500: {"api_error", "Internal server error"},
	529: {"overloaded_error", "Overloaded"},
}

func (h *hostedProvider) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, 8<<20))
	if err != nil || !strings.HasSuffix(r.URL.Path, "/messages") {
		http.NotFound(w, r)
		return
	}
	var q struct {
		Model  string `json:"model"`
		Stream bool   `json:"stream"`
	}
	_ = json.Unmarshal(body, &q)
	if status := h.status.Load(); status != 0 {
		h.refused.Add(1)
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(int(status))
		_ = json.NewEncoder(w).Encode(object{"type": "error", "error": object{"type": refusals[status].kind, "message": refusals[status].text}})
		return
	}
	h.answered.Add(1)
	message := func(content []any, stop any) object {
		return object{
			"id": "msg_e2e", "type": "message", "role": "assistant", "model": q.Model, "content": content,
			"stop_reason": stop, "stop_sequence": nil, "usage": object{"input_tokens": 1200, "output_tokens": 7},
		}
	}
	if !q.Stream {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(message([]any{object{"type": "text", "text": hostedReply}}, "end_turn"))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	event := func(kind string, fields object) {
		fields["type"] = kind
		text, _ := json.Marshal(fields)
		fmt.Fprintf(w, "event: %s\ndata: %s\n\n", kind, text)
	}
	event("message_start", object{"message": message([]any{}, nil)})
	event("content_block_start", object{"index": 0, "content_block": object{"type": "text", "text": ""}})
	event("content_block_delta", object{"index": 0, "delta": object{"type": "text_delta", "text": hostedReply}})
	event("content_block_stop", object{"index": 0})
	event("message_delta", object{"delta": object{"stop_reason": "end_turn", "stop_sequence": nil}, "usage": object{"output_tokens": 7}})
	event("message_stop", object{})
}

package lmstudiotest

import "net/http"

// messages speaks Anthropic's dialect.
func (s *Server) messages(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := readObject(w, r, body)
	if !ok {
		return
	}
	q := ask(object, body, LLM)
	q.ttl = 0
	s.respond(w, r, q, func(i *instance) {
		id := randomID("msg_")
		if q.stream {
			streamMessage(newEvents(w), id, i.id)
			return
		}
		writeJSON(w, http.StatusOK, anthropicMessage(id, i.id, []any{map[string]any{"type": "text", "text": reply}}, "end_turn", 2))
	})
}

func anthropicMessage(id, model string, content []any, stop any, output int) map[string]any {
	return map[string]any{
		"id": id, "type": "message", "role": "assistant", "model": model, "content": content,
		"stop_reason": stop, "stop_sequence": nil,
		"usage": map[string]int{"input_tokens": 21, "output_tokens": output},
	}
}

func streamMessage(e events, id, model string) {
	e.typed("message_start", map[string]any{"message": anthropicMessage(id, model, []any{}, nil, 1)})
	e.typed("content_block_start", map[string]any{"index": 0, "content_block": map[string]any{"type": "text", "text": ""}})
	for _, word := range words(reply) {
		e.typed("content_block_delta", map[string]any{"index": 0, "delta": map[string]any{"type": "text_delta", "text": word}})
	}
	e.typed("content_block_stop", map[string]any{"index": 0})
	e.typed("message_delta", map[string]any{
		"delta": map[string]any{"stop_reason": "end_turn", "stop_sequence": nil}, "usage": map[string]int{"output_tokens": 2},
	})
	e.typed("message_stop", map[string]any{})
}

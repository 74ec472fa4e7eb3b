package lmstudiotest

import "net/http"

// responses serves /v1/responses. It ignores ttl, as LM Studio does.
func (s *Server) responses(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := readObject(w, r, body)
	if !ok {
		return
	}
	q := ask(object, body, LLM)
	q.ttl = 0
	s.respond(w, r, q, func(i *instance) {
		a := responsesAnswer{id: randomID("resp_"), item: randomID("msg_"), model: i.id, created: s.opts.Now().Unix()}
		if q.stream {
			a.stream(newEvents(w))
			return
		}
		writeJSON(w, http.StatusOK, a.response("completed"))
	})
}

// responsesAnswer is one answer of OpenAI's Responses API, whole or in events.
// The order and the fields of the events are those the official client and
// OpenClaw read.
type responsesAnswer struct {
	id, item, model string
	created         int64
}

func (a responsesAnswer) part(text string) map[string]any {
	return map[string]any{"type": "output_text", "text": text, "annotations": []any{}}
}

func (a responsesAnswer) message(status string) map[string]any {
	content := []any{}
	if status == "completed" {
		content = append(content, a.part(reply))
	}
	return map[string]any{"id": a.item, "type": "message", "role": "assistant", "status": status, "content": content}
}

func (a responsesAnswer) response(status string) map[string]any {
	v := map[string]any{
		"id": a.id, "object": "response", "created_at": a.created, "model": a.model, "status": status,
		"output": []any{}, "error": nil, "incomplete_details": nil, "usage": nil,
	}
	if status == "completed" {
		v["output"] = []any{a.message("completed")}
		v["usage"] = map[string]any{
			"input_tokens": 21, "input_tokens_details": map[string]int{"cached_tokens": 0},
			"output_tokens": 2, "output_tokens_details": map[string]int{"reasoning_tokens": 0}, "total_tokens": 23,
		}
	}
	return v
}

func (a responsesAnswer) stream(e events) {
	n := 0
	send := func(name string, fields map[string]any) {
		fields["sequence_number"] = n
		n++
		e.typed(name, fields)
	}
	at := func(more map[string]any) map[string]any {
		more["item_id"], more["output_index"], more["content_index"] = a.item, 0, 0
		return more
	}
	send("response.created", map[string]any{"response": a.response("in_progress")})
	send("response.in_progress", map[string]any{"response": a.response("in_progress")})
	send("response.output_item.added", map[string]any{"output_index": 0, "item": a.message("in_progress")})
	send("response.content_part.added", at(map[string]any{"part": a.part("")}))
	for _, word := range words(reply) {
		send("response.output_text.delta", at(map[string]any{"delta": word}))
	}
	send("response.output_text.done", at(map[string]any{"text": reply}))
	send("response.content_part.done", at(map[string]any{"part": a.part(reply)}))
	send("response.output_item.done", map[string]any{"output_index": 0, "item": a.message("completed")})
	send("response.completed", map[string]any{"response": a.response("completed")})
}

package lmstudiotest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// reply is what every model says.
const reply = "Hello from the fake LM Studio."

// chatCompletions serves /v1/chat/completions and its v0 twin, which tells more.
func (s *Server) chatCompletions(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := readObject(w, r, body)
	if !ok {
		return
	}
	if _, given := object["messages"]; !given {
		writeJSON(w, http.StatusBadRequest, stringError("'messages' field is required"))
		return
	}
	q := ask(object, body, LLM)
	s.respond(w, r, q, func(i *instance) {
		id := randomID("chatcmpl-")
		if q.stream {
			s.streamChat(w, id, i.id, wantsUsage(object))
			return
		}
		answer := map[string]any{
			"id": id, "object": "chat.completion", "created": s.opts.Now().Unix(), "model": i.id,
			"choices": []any{map[string]any{
				"index": 0, "logprobs": nil, "finish_reason": "stop",
				"message": map[string]any{"role": "assistant", "content": reply, "reasoning_content": "", "tool_calls": []any{}},
			}},
			"usage": usage(), "stats": map[string]any{}, "system_fingerprint": i.id,
		}
		addV0(answer, r, i)
		writeJSON(w, http.StatusOK, answer)
	})
}

func usage() map[string]any {
	return map[string]any{
		"prompt_tokens": 21, "completion_tokens": 2, "total_tokens": 23,
		"completion_tokens_details": map[string]int{"reasoning_tokens": 0},
	}
}

// addV0 adds what the v0 routes tell beyond OpenAI's.
func addV0(answer map[string]any, r *http.Request, i *instance) {
	if !strings.HasPrefix(r.URL.Path, "/api/v0/") {
		return
	}
	answer["stats"] = map[string]any{"tokens_per_second": 51.4, "time_to_first_token": 0.111, "generation_time": 0.954, "stop_reason": "eosFound"}
	answer["model_info"] = map[string]any{"arch": i.model.Arch, "quant": i.model.Quantization, "format": i.model.Format, "context_length": i.context}
	answer["runtime"] = map[string]any{"name": "fake-runtime", "version": "1.0.0", "supported_formats": []string{i.model.Format}}
}

func isTrue(raw json.RawMessage) bool { return string(raw) == "true" }

func wantsUsage(object map[string]json.RawMessage) bool {
	var options struct {
		IncludeUsage bool `json:"include_usage"`
	}
	_ = json.Unmarshal(object["stream_options"], &options)
	return options.IncludeUsage
}

func (s *Server) streamChat(w http.ResponseWriter, id, model string, withUsage bool) {
	e := newEvents(w)
	chunk := func(choices []any, usage map[string]any) {
		c := map[string]any{
			"id": id, "object": "chat.completion.chunk", "created": s.opts.Now().Unix(), "model": model,
			"system_fingerprint": model, "choices": choices,
		}
		if usage != nil {
			c["usage"] = usage
		}
		e.data(c)
	}
	choice := func(delta map[string]any, finish any) []any {
		return []any{map[string]any{"index": 0, "delta": delta, "logprobs": nil, "finish_reason": finish}}
	}
	chunk(choice(map[string]any{"role": "assistant"}, nil), nil)
	for _, word := range words(reply) {
		chunk(choice(map[string]any{"content": word}, nil), nil)
	}
	chunk(choice(map[string]any{}, "stop"), nil)
	if withUsage {
		chunk([]any{}, usage())
	}
	fmt.Fprint(w, "data: [DONE]\n\n")
}

func (s *Server) completions(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := readObject(w, r, body)
	if !ok {
		return
	}
	q := ask(object, body, LLM)
	s.respond(w, r, q, func(i *instance) {
		answer := map[string]any{
			"id": randomID("cmpl-"), "object": "text_completion", "created": s.opts.Now().Unix(), "model": i.id,
			"choices": []any{map[string]any{"index": 0, "text": reply, "logprobs": nil, "finish_reason": "stop"}},
			"usage":   usage(), "stats": map[string]any{},
		}
		addV0(answer, r, i)
		writeJSON(w, http.StatusOK, answer)
	})
}

// embeddings always reports a usage of 0, as LM Studio does.
func (s *Server) embeddings(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := readObject(w, r, body)
	if !ok {
		return
	}
	q := ask(object, body, Embedding)
	s.respond(w, r, q, func(i *instance) {
		writeJSON(w, http.StatusOK, map[string]any{
			"object": "list", "model": i.id,
			"data":  []any{map[string]any{"object": "embedding", "embedding": []float64{0.1, 0.2, 0.3}, "index": 0}},
			"usage": map[string]int{"prompt_tokens": 0, "total_tokens": 0},
		})
	})
}

// chatKeys are all that POST /api/v1/chat takes; ttl is not among them.
var chatKeys = []string{
	"model", "input", "system_prompt", "integrations", "stream", "temperature", "top_p", "top_k", "min_p",
	"repeat_penalty", "max_output_tokens", "reasoning", "context_length", "store", "previous_response_id",
}

// chatV1 answers in one piece; this fake has no stream of this route.
func (s *Server) chatV1(w http.ResponseWriter, r *http.Request, body []byte) {
	object, ok := readObject(w, r, body)
	if !ok {
		return
	}
	b := strictBody{object: object}
	b.allow(chatKeys...)
	q := ask(object, body, LLM)
	q.ttl, q.strict = 0, true
	q.model, q.context = b.text("model"), b.number("context_length")
	if _, given := object["input"]; !given {
		b.fail(objectError{Message: "Missing required field 'input'", Code: "missing_required_parameter", Param: "input"})
	}
	if isTrue(object["stream"]) {
		b.fail(objectError{Message: "Streaming is not implemented here", Code: "not_implemented", Param: "stream"})
	}
	if b.err != nil {
		writeJSON(w, http.StatusBadRequest, b.err.body())
		return
	}
	s.respond(w, r, q, func(i *instance) {
		answer := map[string]any{
			"model_instance_id": i.id,
			"output":            []any{map[string]any{"type": "message", "content": reply}},
			"stats": map[string]any{
				"input_tokens": 21, "total_output_tokens": 2, "reasoning_output_tokens": 0,
				"tokens_per_second": 51.4, "time_to_first_token_seconds": 0.111,
			},
		}
		if string(object["store"]) != "false" {
			answer["response_id"] = randomID("resp_")
		}
		writeJSON(w, http.StatusOK, answer)
	})
}

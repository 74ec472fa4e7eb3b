package lmstudiotest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// question is a request for inference, as far as the fake cares: whom it is
// for, and what becomes of a model that it loads.
type question struct {
	model   string
	kind    string        // LLM or Embedding
	ttl     time.Duration // 0 = the default
	context *int
	strict  bool // an unknown model is an error, however many are loaded
	stream  bool
	tokens  int // of the prompt, about
}

// charsPerToken is the usual rough measure for English and JSON.
const charsPerToken = 4

// ask reads from a request what the OpenAI-like routes have in common. Of the
// prompt only its length is looked at.
func ask(object map[string]json.RawMessage, body []byte, kind string) question {
	return question{
		model: modelOf(object), kind: kind, ttl: ttlOf(object),
		stream: isTrue(object["stream"]), tokens: len(body) / charsPerToken,
	}
}

// refusal is an answer that is an error.
type refusal struct {
	status int
	body   any
}

// infer finds or loads the instance that answers and is busy with it for the
// scripted time. It returns nil, nil when the client hung up.
func (s *Server) infer(ctx context.Context, q question) (*instance, *refusal) {
	i, m, no := s.resolve(q)
	if no != nil {
		return nil, no
	}
	if i == nil {
		ttl := q.ttl
		if ttl <= 0 {
			ttl = s.opts.JITTTL
		}
		// Nothing stops two requests from loading the same model twice
		// (lmstudio-bug-tracker #1751).
		loaded, err := s.finish(ctx, s.beginLoad(loadOrder{model: m, config: loadConfig{Context: q.context}, jit: true, ttl: ttl}))
		if ctx.Err() != nil {
			return nil, nil
		}
		if err != nil {
			return nil, s.jitRefused(m, err)
		}
		i = loaded
	}
	if q.kind == LLM && q.tokens > i.context {
		return nil, s.tooLong(q, i)
	}
	return s.answer(ctx, i)
}

// tooLong refuses a prompt at once: of what LM Studio does with one that does
// not fit, the error is the best known.
func (s *Server) tooLong(q question, i *instance) *refusal {
	if s.version.atLeast(0, 4, 0) {
		return overflow(q.tokens, i.context)
	}
	return overflowOld(q.tokens, i.context)
}

// resolve follows LM Studio's routing: instance ids are case-sensitive, keys
// are not, and an unknown name is answered by the only loaded model there is
// (measured on 0.4.25).
func (s *Server) resolve(q question) (*instance, *Model, *refusal) {
	s.lock()
	defer s.mu.Unlock()
	if i := s.byID(q.model); i != nil && i.model.Type == q.kind {
		return i, nil, nil
	}
	if m := s.byKey(q.model); m != nil && m.Type == q.kind {
		if i := s.instanceOf(m); i != nil {
			return i, nil, nil
		}
		if !s.opts.NoJIT {
			return nil, m, nil
		}
	} else if q.strict {
		return nil, nil, &refusal{http.StatusNotFound, modelNotFound(fmt.Sprintf("Invalid model identifier %q", q.model)).body()}
	}
	var loaded []*instance
	for _, i := range s.instances {
		if i.model.Type == q.kind {
			loaded = append(loaded, i)
		}
	}
	switch len(loaded) {
	case 1:
		return loaded[0], nil, nil
	case 0:
		return nil, nil, s.noneLoaded()
	}
	return nil, nil, &refusal{http.StatusBadRequest, objectError{
		Message: "Multiple models are loaded. Please specify a model by providing a 'model' field.",
		Type:    "invalid_request_error", Param: "model", Code: "model_not_found",
	}.body()}
}

func (s *Server) noneLoaded() *refusal {
	e := map[string]any{
		"message": "No models loaded. Please load a model in the developer page or use the 'lms load' command.",
		"type":    "invalid_request_error", "param": "model", "code": nil,
	}
	status := http.StatusBadRequest
	if !s.version.atLeast(0, 4, 0) {
		status, e["code"] = http.StatusNotFound, "model_not_found"
	}
	return &refusal{status, map[string]any{"error": e}}
}

func (s *Server) jitRefused(m *Model, err error) *refusal {
	status := http.StatusBadRequest
	if !s.version.atLeast(0, 4, 0) {
		status = http.StatusNotFound
	}
	text := err.Error()
	if !strings.HasPrefix(text, "Error: ") {
		text = "Error: " + text
	}
	return &refusal{status, objectError{
		Message: fmt.Sprintf("Failed to load model %q. %s", m.Key, text), Type: "invalid_request_error", Param: "model",
	}.body()}
}

// answer keeps the instance busy. A request to an instance that works on
// something else waits for it. The idle time starts anew when it ends.
func (s *Server) answer(ctx context.Context, i *instance) (*instance, *refusal) {
	s.set(func() { i.waiting++ })
	err := s.await(ctx, func() bool { return !i.held || i.gone || i.crashed })
	var until time.Duration
	s.set(func() {
		i.waiting--
		i.running++
		until = s.answerTime
	})
	if err == nil && until > 0 {
		timed, stop := context.WithTimeout(ctx, until)
		_ = s.await(timed, func() bool { return i.gone || i.crashed })
		stop()
	}
	var no *refusal
	s.set(func() {
		i.running--
		i.lastUsed = s.opts.Now()
		switch {
		case i.crashed:
			no = engineDied()
		case i.gone:
			no = &refusal{http.StatusBadRequest, stringError("Model is unloaded.")}
		}
	})
	if ctx.Err() != nil {
		return nil, nil
	}
	if no != nil {
		return nil, no
	}
	return i, nil
}

// ttlOf reads the ttl member of a request in seconds; what is no positive
// number is ignored (measured on 0.4.25).
func ttlOf(object map[string]json.RawMessage) time.Duration {
	var seconds float64
	if json.Unmarshal(object["ttl"], &seconds) != nil || seconds <= 0 {
		return 0
	}
	const most = float64(1 << 33) // so that the duration cannot overflow
	return time.Duration(min(seconds, most) * float64(time.Second))
}

func modelOf(object map[string]json.RawMessage) string {
	var model string
	_ = json.Unmarshal(object["model"], &model)
	return model
}

// respond runs an inference and hands the instance that answered to write.
func (s *Server) respond(w http.ResponseWriter, r *http.Request, q question, write func(i *instance)) {
	if s.spoilInference(r.Context(), w, q) {
		return
	}
	i, no := s.infer(r.Context(), q)
	switch {
	case no != nil:
		writeJSON(w, no.status, no.body)
	case i != nil:
		write(i)
	}
}

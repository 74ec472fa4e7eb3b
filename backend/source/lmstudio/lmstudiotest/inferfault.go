package lmstudiotest

import (
	"context"
	"fmt"
	"net/http"
)

// InferenceFault is a way for requests for inference to go wrong while lists,
// loads and the WebSocket stay well. What a state of the fake brings about by
// itself needs none of these: a model that is not loaded, a load that is
// refused, a crashed engine, a context too small for the prompt.
type InferenceFault string

// The inference faults, each in the words of the version played.
const (
	InferenceWell         InferenceFault = ""
	InferenceHang         InferenceFault = "hang"          // nothing is answered, for ever
	InferenceServerError  InferenceFault = "server_error"  // 500, an api_error
	InferenceLoadRefused  InferenceFault = "load_refused"  // 400, the guardrail
	InferenceContext      InferenceFault = "context"       // 400, the prompt is longer than the context
	InferenceContextOld   InferenceFault = "context_old"   // the same in the words of 0.3
	InferenceNoneLoaded   InferenceFault = "none_loaded"   // no model is loaded
	InferenceUnknownModel InferenceFault = "unknown_model" // 404, no such model
	InferenceCrashed      InferenceFault = "crashed"       // 400, the engine is dead
	InferenceCrashing     InferenceFault = "crashing"      // the engine dies: an error event within a stream
	InferenceCut          InferenceFault = "cut"           // the connection ends before the first word
)

// FailInference makes requests for inference go wrong from now on;
// InferenceWell ends it. Requests that hang already go on hanging.
func (s *Server) FailInference(f InferenceFault) { s.set(func() { s.inference = f }) }

func (f InferenceFault) known() bool {
	switch f {
	case InferenceWell, InferenceHang, InferenceServerError, InferenceLoadRefused, InferenceContext, InferenceContextOld,
		InferenceNoneLoaded, InferenceUnknownModel, InferenceCrashed, InferenceCrashing, InferenceCut:
		return true
	}
	return false
}

// spoilInference answers wrongly and reports whether it did. The client's
// patience or its connection ends a hanging request.
func (s *Server) spoilInference(ctx context.Context, w http.ResponseWriter, q question) bool {
	s.mu.Lock()
	f := s.inference
	s.mu.Unlock()
	switch f {
	case InferenceWell:
		return false
	case InferenceHang:
		<-ctx.Done()
	case InferenceCrashing:
		s.crashStream(w, q)
	case InferenceCut:
		cutStream(w)
	default:
		no := s.refusalFor(f, q)
		writeJSON(w, no.status, no.body)
	}
	return true
}

func (s *Server) refusalFor(f InferenceFault, q question) *refusal {
	switch f {
	case InferenceLoadRefused:
		const need = 130_000_000_000 // more than any machine this is played on has
		return s.jitRefused(&Model{Key: q.model}, fmt.Errorf("%s", guardrailText(need)))
	case InferenceContext:
		return overflow(q.tokens, min(q.tokens, 4096))
	case InferenceContextOld:
		return overflowOld(q.tokens, min(q.tokens, 4096))
	case InferenceNoneLoaded:
		return s.noneLoaded()
	case InferenceUnknownModel:
		return &refusal{http.StatusNotFound, objectError{
			Message: fmt.Sprintf("Model %q not found. Use lms ls to list downloaded models.", q.model),
			Type:    "invalid_request_error", Param: "model", Code: "model_not_found",
		}.body()}
	case InferenceCrashed:
		return engineDied()
	}
	return &refusal{http.StatusInternalServerError, objectError{Message: "Internal server error", Type: "api_error"}.body()}
}

func engineDied() *refusal {
	return &refusal{http.StatusBadRequest, stringError("The model has crashed without additional information. (Exit code: null)")}
}

// overflow is the refusal of a prompt that does not fit, in the words of 0.4.
func overflow(tokens, context int) *refusal {
	return &refusal{http.StatusBadRequest, stringError(fmt.Sprintf("The number of tokens to keep from the initial prompt is greater than the context length "+
		"(n_keep: %d>= n_ctx: %d). Try to load the model with a larger context length, or provide a shorter input.", tokens, context))}
}

// overflowOld is the same in the words of 0.3.
func overflowOld(tokens, context int) *refusal {
	return &refusal{http.StatusBadRequest, stringError(fmt.Sprintf("Trying to keep the first %d tokens when context the overflows. "+
		"However, the model is loaded with context length of only %d tokens, which is not enough. "+
		"Try to load the model with a larger context length, or provide a shorter input", tokens, context))}
}

// crashStream tells within a stream, whose status is 200 by then, that the
// engine died. A client that wants no stream gets the refusal.
func (s *Server) crashStream(w http.ResponseWriter, q question) {
	if !q.stream {
		no := engineDied()
		writeJSON(w, no.status, no.body)
		return
	}
	newEvents(w).named("error", objectError{Message: "The model has crashed without additional information. (Exit code: 6)"}.body())
}

// cutStream begins a stream that never ends properly.
func cutStream(w http.ResponseWriter) {
	newEvents(w).comment("keep-alive")
	panic(http.ErrAbortHandler)
}

package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// problemType is the media type of RFC 9457.
const problemType = "application/problem+json"

// Problem is how every error leaves the API: the members of RFC 9457, and the
// code that programs branch on and the hint that people need.
type Problem struct {
	Type   string          `json:"type" doc:"Always about:blank: the code says more"`
	Title  string          `json:"title" doc:"The status in words"`
	Status int             `json:"status" doc:"The HTTP status"`
	Detail string          `json:"detail" doc:"What happened and why"`
	Code   backend.Code    `json:"code" doc:"What kind of trouble it is"`
	Hint   string          `json:"hint" doc:"What to do about it"`
	Errors []ProblemDetail `json:"errors,omitempty" doc:"Each thing wrong with a request"`

	Issues []backend.ConfigIssue `json:"issues,omitempty" doc:"Each thing wrong with the config that a change would make"`
}

// ProblemDetail is one thing wrong with a request.
type ProblemDetail struct {
	Location string `json:"location,omitempty" doc:"Where: body.model or query.limit, for example"`
	Message  string `json:"message"`
}

// Error is the detail.
func (p *Problem) Error() string { return p.Detail }

// GetStatus gives huma the status to answer with.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType gives huma the media type to answer with.
func (p *Problem) ContentType(string) string { return problemType }

// kind is what a code means over HTTP.
type kind struct {
	status int
	hint   string // for an error that came without one
}

// kinds is the one table of codes. Every backend.Code is in it.
//
// 409 stands for "the request is fine, the present state forbids it", 502 for
// "the model server answered with trouble", 503 for "it does not answer".
func kinds() map[backend.Code]kind {
	return map[backend.Code]kind{
		backend.CodeInternal:     {http.StatusInternalServerError, "Look into agent.log in Pilotlight's state folder: the cause is written there."},
		backend.CodeInvalid:      {http.StatusUnprocessableEntity, "Correct the request and send it again. GET /openapi.json describes every request."},
		backend.CodeNotFound:     {http.StatusNotFound, "GET /api/models lists every model and instance there is."},
		backend.CodeRefused:      {http.StatusConflict, "Look at GET /api/status to see what stands in the way."},
		backend.CodeConflict:     {http.StatusPreconditionFailed, "Read it again, look at what changed, and send your change again."},
		backend.CodeBusy:         {http.StatusConflict, "Wait until it is done, or send force to go ahead anyway."},
		backend.CodeAgentDown:    {http.StatusServiceUnavailable, "Start it with: pilotlight agent"},
		backend.CodeRunning:      {http.StatusConflict, "Use the agent that runs: pilotlight status"},
		backend.CodePortTaken:    {http.StatusConflict, "Choose another address with --listen, or port 0 for any free one."},
		backend.CodeUnauthorized: {http.StatusUnauthorized, "Run: pilotlight open"},
		backend.CodeForbidden:    {http.StatusForbidden, "Open the dashboard with: pilotlight open"},
		backend.CodeTooLarge:     {http.StatusRequestEntityTooLarge, "Send less: only OpenClaw's config may be longer than 64 KB, and that 8 MB."},
		backend.CodeServerOff:    {http.StatusServiceUnavailable, "Switch on the server in LM Studio's Developer tab, or run: lms server start"},
		backend.CodeAppOff:       {http.StatusServiceUnavailable, "Start LM Studio, or run: lms server start"},
		backend.CodeNetwork:      {http.StatusServiceUnavailable, "Check that the model server runs and that its address is right."},
		backend.CodeTimeout:      {http.StatusGatewayTimeout, "It may still happen: look at GET /api/status in a moment."},
		backend.CodeNeedsToken:   {http.StatusServiceUnavailable, "Give Pilotlight LM Studio's API token in LM_API_TOKEN, and start it again."},
		backend.CodeProtocol:     {http.StatusBadGateway, "Check that the address belongs to a model server, and update Pilotlight."},
		backend.CodeUnsupported:  {http.StatusNotImplemented, "Update the model server, or do this in its own window."},
		backend.CodeSchema:       {http.StatusBadGateway, "Update Pilotlight and the model server to versions that fit each other."},
		backend.CodeModelMissing: {http.StatusNotFound, "Download the model first, or choose one from GET /api/models."},
		backend.CodeGuardrail:    {http.StatusConflict, "Unload another model, choose a smaller context length, or relax LM Studio's memory guardrail."},
		backend.CodeLoadFailed:   {http.StatusBadGateway, "Try a smaller context length, or load the model in LM Studio to see its own message."},
		backend.CodeModelCrashed: {http.StatusBadGateway, "Unload the model and load it again."},
	}
}

// StatusOf is the HTTP status that answers an error with this code, 500 for a
// code that is not known.
func StatusOf(code backend.Code) int {
	if k, ok := kinds()[code]; ok {
		return k.status
	}
	return http.StatusInternalServerError
}

// newProblem describes an error. A status of 0 leaves it to the code's.
func newProblem(status int, e *backend.Error) *Problem {
	k, known := kinds()[e.Code]
	code, detail, hint := e.Code, e.Message, e.Hint
	if !known || code == backend.CodeInternal && e.Hint == "" {
		// Only trouble that somebody wrote a hint for is meant for people, a
		// full disk for example. The message of a bug may tell of files and
		// addresses that are nobody's business; it is logged instead.
		k, code, hint = kinds()[backend.CodeInternal], backend.CodeInternal, ""
		detail = "Something went wrong inside Pilotlight."
	}
	if status == 0 {
		status = k.status
	}
	if hint == "" {
		hint = k.hint
	}
	return &Problem{
		Type: "about:blank", Title: http.StatusText(status), Status: status,
		Detail: detail, Code: code, Hint: hint,
	}
}

// problem turns a handler's error into its answer and logs what is hidden from
// the answer.
func (s *Server) problem(ctx context.Context, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		// Nobody is there to read it.
		return newProblem(0, &backend.Error{Code: backend.CodeTimeout, Message: "The request was given up."})
	}
	e := backend.AsError(err)
	p := newProblem(0, e)
	if bad, ok := errors.AsType[*backend.InvalidConfig](err); ok {
		p.Issues = bad.Issues
	}
	if p.Code == backend.CodeInternal {
		s.log.ErrorContext(ctx, "request failed", "error", err.Error())
	}
	return p
}

// writeProblem answers outside of huma.
func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	h.Del("Content-Length")
	w.WriteHeader(p.Status)
	// A failed write means that the client left.
	_ = json.NewEncoder(w).Encode(p)
}

// refuse answers outside of huma with a code of our own choosing.
func refuse(w http.ResponseWriter, status int, code backend.Code, message, hint string) {
	writeProblem(w, newProblem(status, &backend.Error{Code: code, Message: message, Hint: hint}))
}

// asProblem is a huma transformer: it gives huma's own errors, which come from
// its checks of a request, the one shape. It is a transformer and not a
// replaced huma.NewError because that is a global of the whole program.
func asProblem(_ huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	if m.Status >= http.StatusInternalServerError {
		return newProblem(m.Status, &backend.Error{Code: backend.CodeInternal}), nil
	}
	p := newProblem(m.Status, requestError(m))
	for _, d := range m.Errors {
		// The value is left out: it repeats what was sent, which may be anything.
		p.Errors = append(p.Errors, ProblemDetail{Location: d.Location, Message: d.Message})
	}
	return p, nil
}

// requestError words what huma found wrong with a request.
func requestError(m *huma.ErrorModel) *backend.Error {
	e := &backend.Error{Code: backend.CodeInvalid, Message: "The request is not valid: " + m.Detail + "."}
	switch {
	case m.Status == http.StatusUnsupportedMediaType:
		e.Message = "The request's body is not JSON."
		e.Hint = "Send Content-Type: application/json."
	case m.Status == http.StatusBadRequest && len(m.Errors) == 0:
		e.Message = "The request has no body."
		e.Hint = "Send a JSON object. GET /openapi.json describes it."
	case m.Status == http.StatusBadRequest:
		e.Message = "The request's body is not valid JSON."
		e.Hint = "Send a JSON object. GET /openapi.json describes it."
	case len(m.Errors) > 0:
		var parts []string
		for _, d := range m.Errors {
			parts = append(parts, d.Location+": "+d.Message)
		}
		e.Message = "The request is not valid: " + strings.Join(parts, "; ") + "."
	}
	return e
}

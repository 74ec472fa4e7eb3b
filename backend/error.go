package backend

import (
	"context"
	"errors"
)

// Code names what kind of trouble an Error is. Programs branch on it; people
// read Message and Hint.
type Code string

// The codes an Error can carry. HTTP statuses and exit codes are derived from
// them in the faces, each in one table.
const (
	CodeInternal     Code = "internal"        // a bug or a broken machine; the message is for the log
	CodeInvalid      Code = "invalid"         // the request itself is wrong
	CodeNotFound     Code = "not_found"       // no such model, instance, server or row
	CodeRefused      Code = "refused"         // understood, but it would do harm or conflicts with something
	CodeConflict     Code = "conflict"        // somebody else changed it since it was read
	CodeBusy         Code = "busy"            // the instance is answering someone
	CodeAgentDown    Code = "agent_down"      // no Pilotlight agent answers on the socket
	CodeRunning      Code = "already_running" // another agent works in this state folder
	CodePortTaken    Code = "port_taken"      // the dashboard's address cannot be had
	CodeUnauthorized Code = "unauthorized"    // our own API: not signed in
	CodeForbidden    Code = "forbidden"       // our own API: wrong Host or Origin
	CodeTooLarge     Code = "too_large"       // a body over its cap
	CodeServerOff    Code = "server_off"      // LM Studio runs, its server is switched off
	CodeAppOff       Code = "app_off"         // LM Studio does not run
	CodeNetwork      Code = "network"         // refused, unreachable, cut off, too slow
	CodeTimeout      Code = "timeout"         // no answer in time; what was asked may still happen
	CodeNeedsToken   Code = "needs_token"     // the server wants an API token, or another one
	CodeProtocol     Code = "protocol"        // an answer that no known version would give
	CodeUnsupported  Code = "unsupported"     // this server or version has no such function
	CodeSchema       Code = "schema"          // the server knows the route but not our request
	CodeModelMissing Code = "model_missing"   // the server does not have the model
	CodeGuardrail    Code = "guardrail"       // the server refused for lack of memory
	CodeLoadFailed   Code = "load_failed"     // the engine could not load the model
	CodeModelCrashed Code = "model_crashed"   // listed as loaded, but its engine is dead
)

// Error is what a person can be told: what happened, and what to do about it.
type Error struct {
	Code    Code   `json:"code"`
	Message string `json:"message" doc:"What happened, in words"`
	Hint    string `json:"hint,omitempty" doc:"What to do about it"`
	// Err is the cause, for the log and for errors.Is; it is never shown.
	Err error `json:"-"`
}

// Error is the message; the hint is the caller's to show.
func (e *Error) Error() string { return e.Message }

// Unwrap gives errors.Is and errors.As the cause.
func (e *Error) Unwrap() error { return e.Err }

// CodeOf finds the code of an error anywhere in its chain: "" for nil, timeout
// for an expired context, internal for what carries none.
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return CodeTimeout
	}
	return CodeInternal
}

// AsError gives the Error in err's chain, or wraps err as internal.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return &Error{Code: CodeOf(err), Message: err.Error(), Err: err}
}

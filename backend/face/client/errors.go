package client

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"net/http"
	"strconv"
	"syscall"

	"pilotlight/backend"
)

// problem reads an error answer back into the error that the agent had.
func problem(status int, raw []byte) error {
	var p struct {
		Detail string       `json:"detail"`
		Code   backend.Code `json:"code"`
		Hint   string       `json:"hint"`

		Issues []backend.ConfigIssue `json:"issues"`
	}
	if err := json.Unmarshal(raw, &p); err != nil || p.Code == "" {
		return odd(errors.New("status " + strconv.Itoa(status) + " " + http.StatusText(status)))
	}
	e := backend.Error{Code: p.Code, Message: p.Detail, Hint: p.Hint}
	if len(p.Issues) > 0 {
		return &backend.InvalidConfig{Err: e, Issues: p.Issues}
	}
	return &e
}

// odd is an answer that no agent would give.
func odd(err error) error {
	return &backend.Error{
		Code:    backend.CodeProtocol,
		Message: "The answer is not one of Pilotlight's: " + err.Error() + ".",
		Hint:    "The agent that runs may be of another version: end it and start it again.",
		Err:     err,
	}
}

// explain says in words why there is no answer.
func explain(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		// The caller wanted it so, and knows.
		return context.Canceled
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return &backend.Error{
			Code: backend.CodeAgentDown, Message: "Pilotlight is not running.",
			Hint: "Start it with: pilotlight agent", Err: err,
		}
	case errors.Is(err, fs.ErrPermission):
		return &backend.Error{
			Code: backend.CodeForbidden, Message: "Pilotlight runs, but its socket belongs to someone else.",
			Hint: "Run this as the person who started Pilotlight.", Err: err,
		}
	case errors.Is(err, context.DeadlineExceeded), ctx.Err() != nil:
		return &backend.Error{
			Code: backend.CodeTimeout, Message: "Pilotlight did not answer in time.",
			Hint: "Try again; if that does not help, end Pilotlight and start it again.", Err: err,
		}
	default:
		return &backend.Error{
			Code: backend.CodeNetwork, Message: "The connection to Pilotlight broke off.",
			Hint: "See whether it still runs: pilotlight status", Err: err,
		}
	}
}

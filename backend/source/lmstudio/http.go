package lmstudio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/wire"
)

const (
	dialTimeout = time.Second

	// listCap bounds a list of models, answerCap any other answer, in bytes. A
	// row of a list takes about 700.
	listCap   = 4 << 20
	answerCap = 256 << 10
)

// answer is what came back, read to its cap.
type answer struct {
	status int
	body   []byte
	cut    bool // there was more
}

// request makes a request to the HTTP server, with the token.
func (c *Client) request(ctx context.Context, method, path string, body []byte) (*http.Request, error) {
	if c.base == nil {
		return nil, &backend.Error{
			Code:    backend.CodeInvalid,
			Message: "The address of LM Studio cannot be used.",
			Hint:    "Write it like http://127.0.0.1:1234.",
		}
	}
	var r io.Reader
	if body != nil {
		r = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.cfg.URL+path, r)
	if err != nil {
		return nil, &backend.Error{Code: backend.CodeInternal, Message: "The request to LM Studio could not be made.", Err: err}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Pilotlight")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.cfg.Token != "" && wire.HeaderSafe(c.cfg.Token) {
		req.Header.Set("Authorization", "Bearer "+c.cfg.Token)
	}
	return req, nil
}

// post sends v as JSON and reads the answer. The answer's status is not judged.
func (c *Client) post(ctx context.Context, path string, v any) (answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return answer{}, &backend.Error{Code: backend.CodeInternal, Message: "The request to LM Studio could not be written.", Err: err}
	}
	ctx, stop := c.bound(ctx)
	defer stop()
	req, err := c.request(ctx, http.MethodPost, path, body)
	if err != nil {
		return answer{}, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, answerCap+1))
	if err != nil {
		return answer{}, err
	}
	return answer{status: res.StatusCode, body: bytes.TrimSpace(b), cut: len(b) > answerCap}, nil
}

// bound ends ctx with the client as well.
func (c *Client) bound(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.life, cancel)
	return ctx, func() { stop(); cancel() }
}

// read unmarshals the answer into v, which takes loose fields, and returns what
// stood under "error". The error is CodeNeedsToken or CodeProtocol.
func (c *Client) read(a answer, v any) (*apiError, error) {
	if unauthorizedStatus(a.status) {
		return nil, c.needsToken()
	}
	var e struct {
		Error json.RawMessage `json:"error"`
	}
	if a.cut || !object(a.body, &e) {
		return nil, notUnderstood("LM Studio's answer was not understood.")
	}
	said := parseAPIError(e.Error)
	if said == nil && a.status >= 300 {
		said = &apiError{}
	}
	if said != nil {
		said.status = a.status
		if said.unauthorized() {
			return nil, c.needsToken()
		}
		return said, nil
	}
	if v != nil && json.Unmarshal(a.body, v) != nil {
		return nil, notUnderstood("LM Studio's answer was not understood.")
	}
	return nil, nil
}

func notUnderstood(message string) *backend.Error {
	return &backend.Error{
		Code:    backend.CodeProtocol,
		Message: message,
		Hint:    "Check that LM Studio, and no other program, listens at this address, and that it is up to date.",
	}
}

// netError says in words why a call to the HTTP server brought no answer.
// pending is the hint for a request that may have reached the server: what was
// asked may still happen.
func (c *Client) netError(err error, pending string) *backend.Error {
	if e, ok := errors.AsType[*backend.Error](err); ok {
		return e
	}
	switch {
	case c.life.Err() != nil:
		return &backend.Error{Code: backend.CodeNetwork, Message: "Pilotlight ended while it waited for LM Studio.", Hint: pending, Err: err}
	case dialFailed(err):
		return &backend.Error{
			Code:    backend.CodeNetwork,
			Message: "Nothing answers at " + c.cfg.URL + ".",
			Hint:    "Start LM Studio and switch its server on: Developer, Status.",
			Err:     err,
		}
	case errors.Is(err, context.Canceled):
		return &backend.Error{Code: backend.CodeTimeout, Message: "The request to LM Studio was given up before it answered.", Hint: pending, Err: err}
	case timedOut(err):
		return &backend.Error{Code: backend.CodeTimeout, Message: "LM Studio did not answer in time.", Hint: pending, Err: err}
	default:
		return &backend.Error{Code: backend.CodeNetwork, Message: "The connection to LM Studio broke before it answered.", Hint: pending, Err: err}
	}
}

// dialFailed says that there was no connection at all, so that nothing was
// asked of anyone.
func dialFailed(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial"
}

func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded)
}

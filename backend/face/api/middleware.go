package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// maxBody is the most that a request may carry, maxConfigBody one with
	// OpenClaw's config in it.
	maxBody       = 64 << 10
	maxConfigBody = 9 << 20
	// defaultWriteTimeout is how long one write of an answer may take. Only a
	// client that stopped reading runs into it.
	defaultWriteTimeout = 10 * time.Second
)

// contentPolicy lets a page load only what this server has, and lets nobody
// frame it. data: is for the icons in style sheets.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

type socketKey struct{}

// fromSocket marks requests that came over the unix socket.
func fromSocket(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), socketKey{}, true)))
	})
}

func isFromSocket(ctx context.Context) bool { return ctx.Value(socketKey{}) != nil }

// common is what every request goes through, whichever way it came.
func (s *Server) common(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &writer{ResponseWriter: w, timeout: s.writeTimeout}
		defer s.recoverPanic(out, r)
		setHeaders(w.Header(), r)
		if p := readBody(r); p != nil {
			// What is left of the body stays unread, so the connection ends.
			w.Header().Set("Connection", "close")
			writeProblem(out, p)
			return
		}
		// The read time-out was for the body. Running on, it would cancel a
		// load or a stream: net/http keeps reading to notice a client that left.
		_ = http.NewResponseController(w).SetReadDeadline(time.Time{})
		next.ServeHTTP(out, r)
	})
}

func setHeaders(h http.Header, r *http.Request) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if isAPI(r.URL.Path) {
		h.Set("Cache-Control", "no-store")
	}
}

func isAPI(path string) bool { return path == "/api" || strings.HasPrefix(path, "/api/") }

// readBody reads a request's body within the server's read time-out and puts
// it back as memory.
func readBody(r *http.Request) *Problem {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	most := int64(maxBody)
	if strings.HasPrefix(r.URL.Path, "/api/config") {
		most = maxConfigBody
	}
	if r.ContentLength > most {
		return tooLarge(most)
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, most+1))
	switch {
	case int64(len(b)) > most:
		return tooLarge(most)
	case err != nil:
		e := &backend.Error{Code: backend.CodeInvalid, Message: "The request's body ended early.", Hint: "Send the request again, whole."}
		if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
			e.Message, e.Hint = "The request's body took too long to arrive.", "Send it within "+secondsText(readTimeout)+" seconds."
			return newProblem(http.StatusRequestTimeout, e)
		}
		return newProblem(http.StatusBadRequest, e)
	}
	r.Body = io.NopCloser(bytes.NewReader(b))
	r.ContentLength = int64(len(b))
	return nil
}

func tooLarge(most int64) *Problem {
	return newProblem(0, &backend.Error{
		Code: backend.CodeTooLarge, Message: fmt.Sprintf("The request's body is larger than %d KB.", most>>10),
	})
}

// recoverPanic answers for a handler that panicked. Neither the request's body
// nor its headers are logged.
func (s *Server) recoverPanic(w *writer, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if err, ok := v.(error); ok && (errors.Is(err, http.ErrAbortHandler) || r.Context().Err() != nil) {
		// huma panics when it cannot write an answer because the client left.
		panic(http.ErrAbortHandler)
	}
	s.log.ErrorContext(r.Context(), "request panicked",
		"method", r.Method, "path", r.URL.Path, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if w.wrote {
		// Half an answer must not look like a whole one.
		panic(http.ErrAbortHandler)
	}
	writeProblem(w, newProblem(0, &backend.Error{Code: backend.CodeInternal}))
}

// writer gives every write of an answer a deadline and knows whether there was
// one. What it hides, http.ResponseController finds through Unwrap.
type writer struct {
	http.ResponseWriter
	timeout time.Duration
	wrote   bool
}

func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *writer) WriteHeader(status int) {
	w.extend()
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) Write(b []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(b)
}

func (w *writer) extend() {
	w.wrote = true
	// Deadlines are the kernel's, so they are in real time. A writer without
	// deadlines is one in memory.
	_ = http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(w.timeout))
}

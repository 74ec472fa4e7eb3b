package window

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"syscall"
	"time"

	"pilotlight/backend"
)

const (
	// maxBody is the most that a page may send, in bytes: well above the
	// agent's own limit, so that the agent is the one to refuse.
	maxBody = 1 << 20
	// answerLimit is how long the agent may think about a request that changes
	// nothing. Loads and unloads wait for a model server and have no limit.
	answerLimit = 10 * time.Second
	eventsPath  = "/api/events"
)

// Handler answers every request of the web view: with what the agent says, and
// with the built-in page where there is no agent.
type Handler struct {
	proxy *httputil.ReverseProxy

	mu       sync.Mutex
	leave    context.CancelFunc // ends the event stream of the page that was there before
	streamNo int
}

// NewHandler makes a handler for the agent behind a socket. Log gets what went
// wrong on the way, never what was sent.
func NewHandler(socket string, log *slog.Logger) *Handler {
	return &Handler{proxy: &httputil.ReverseProxy{
		Rewrite:       toAgent,
		Transport:     newTransport(socket),
		FlushInterval: -1, // events must not wait for each other
		ErrorLog:      slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ErrorHandler:  standIn,
	}}
}

// ServeHTTP answers one request. The writer may be one that cannot flush, as
// Wails' is; every write then goes out by itself.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !fromOwnPage(r) {
		writeProblem(w, http.StatusForbidden, &backend.Error{
			Code: backend.CodeForbidden, Message: "The request came from a page that is not Pilotlight's.",
			Hint: "Close the window and open it again.",
		})
		return
	}
	if servePart(w, r) {
		return
	}
	body, err := readBody(r)
	if err != nil {
		writeProblem(w, http.StatusRequestEntityTooLarge, err)
		return
	}
	ctx := r.Context()
	if r.URL.Path == eventsPath {
		var done func()
		ctx, done = h.onlyStream(ctx)
		defer done()
	}
	out := r.Clone(ctx)
	out.Body, out.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	h.proxy.ServeHTTP(w, out)
}

// onlyStream ends the event stream before this one. The web view does not tell
// when a page has gone, so after a reload the old page's stream would stay
// until its next heartbeat: many reloads would use up the agent's places.
func (h *Handler) onlyStream(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(ctx)
	h.mu.Lock()
	if h.leave != nil {
		h.leave()
	}
	h.streamNo++
	no := h.streamNo
	h.leave = cancel
	h.mu.Unlock()
	return ctx, func() {
		cancel()
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.streamNo == no {
			h.leave = nil
		}
	}
}

// fromOwnPage refuses what another site's page would send. There is none in
// this window, and the socket asks nobody to sign in: so nothing may rest on
// that alone.
func fromOwnPage(r *http.Request) bool {
	for _, origin := range r.Header.Values("Origin") {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme != "wails" || u.Host != "wails" {
			return false
		}
	}
	return true
}

// readBody takes the body whole. It comes from the web view's memory, which is
// gone when the handler returns, while a transport may read a body longer.
func readBody(r *http.Request) ([]byte, *backend.Error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	switch {
	case len(b) > maxBody:
		return nil, &backend.Error{
			Code: backend.CodeTooLarge, Message: "The page sent more than 1 MB.", Hint: "Send less at once.",
		}
	case err != nil:
		return nil, &backend.Error{
			Code: backend.CodeInvalid, Message: "What the page sent ended early.", Hint: "Try again.", Err: err,
		}
	}
	return b, nil
}

// dropped are the headers that mean something between a browser and a site,
// and nothing or the wrong thing on the agent's socket. What the web view
// cannot take either, such as a compressed answer or half a file, is not asked for.
var dropped = []string{
	"Accept-Encoding", "Authorization", "Cookie", "If-Modified-Since", "If-None-Match", "If-Range",
	"Origin", "Range", "Referer", "Sec-Fetch-Dest", "Sec-Fetch-Mode", "Sec-Fetch-Site", "Upgrade-Insecure-Requests",
}

func toAgent(p *httputil.ProxyRequest) {
	p.Out.URL.Scheme, p.Out.URL.Host, p.Out.Host = "http", agentHost, agentHost
	for _, name := range dropped {
		p.Out.Header.Del(name)
	}
}

// standIn answers when the agent does not: the window's page gets the built-in
// one, everything else a problem as the agent itself would put it.
func standIn(w http.ResponseWriter, r *http.Request, err error) {
	if r.Method == http.MethodGet && (r.URL.Path == "/" || r.URL.Path == "/index.html") {
		serveAway(w)
		return
	}
	status, e := explain(err)
	writeProblem(w, status, e)
}

// explain says in words why the agent has not answered.
func explain(err error) (int, *backend.Error) {
	var timeout net.Error
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EINVAL):
		return http.StatusServiceUnavailable, &backend.Error{
			Code: backend.CodeAgentDown, Message: "Pilotlight is not running.", Hint: "Reload this window to start it.", Err: err,
		}
	case errors.Is(err, fs.ErrPermission):
		return http.StatusForbidden, &backend.Error{
			Code: backend.CodeForbidden, Message: "Pilotlight runs, but its socket belongs to someone else.",
			Hint: "Open this window as the person who started Pilotlight.", Err: err,
		}
	case errors.As(err, &timeout) && timeout.Timeout():
		return http.StatusGatewayTimeout, &backend.Error{
			Code: backend.CodeTimeout, Message: "Pilotlight did not answer in time.",
			Hint: "Try again; if that does not help, end Pilotlight and start it again.", Err: err,
		}
	default:
		return http.StatusBadGateway, &backend.Error{
			Code: backend.CodeNetwork, Message: "The connection to Pilotlight broke off.", Hint: "Try again in a moment.", Err: err,
		}
	}
}

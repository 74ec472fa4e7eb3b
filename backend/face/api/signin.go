package api

import (
	"context"
	_ "embed"
	"net"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pilotlight/backend"
)

const (
	openPath = "/open"
	styleURL = "/pilotlight-page.css"
)

// The built-in pages need neither scripts nor the dashboard's files.
var (
	//go:embed page/signin.html
	signInPage []byte
	//go:embed page/expired.html
	expiredPage []byte
	//go:embed page/notbuilt.html
	notBuiltPage []byte
	//go:embed page/page.css
	pageStyle []byte
)

func servePage(w http.ResponseWriter, status int, page []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A failed write means that the client left.
	_, _ = w.Write(page)
}

func servePageStyle(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	// A failed write means that the client left.
	_, _ = w.Write(pageStyle)
}

// serveOpen trades a one-time code for a session. The code leaves the address
// bar with the redirect, and is worth nothing afterwards.
func (s *Server) serveOpen(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	if r.Method != http.MethodGet || isPrefetch(r.Header) {
		// Looking at a link must not use it up.
		refuse(w, http.StatusServiceUnavailable, backend.CodeRefused,
			"A sign-in link is not loaded ahead of time.", "Open the link itself.")
		return
	}
	_, signedIn := s.sessions.find(r)
	switch {
	case s.sessions.redeem(r.URL.Query().Get("code")):
		http.SetCookie(w, s.sessions.cookie(s.sessions.start()))
	case signedIn || isFromSocket(r.Context()):
	default:
		servePage(w, http.StatusUnauthorized, expiredPage)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// isPrefetch tells whether a browser loads a page that nobody asked for yet.
func isPrefetch(h http.Header) bool {
	return strings.Contains(h.Get("Sec-Purpose"), "prefetch") || h.Get("Purpose") == "prefetch" || h.Get("X-Moz") == "prefetch"
}

func (s *Server) registerSession(a huma.API) {
	handle(s, a, operation("create-sign-in-link", http.MethodPost, "/api/session/link", "session", "A one-time sign-in address",
		"On the socket only: who can open the socket may sign a browser in."),
		func(ctx context.Context, _ *nothing) (*answer[Link], error) {
			if !isFromSocket(ctx) {
				return nil, &backend.Error{
					Code:    backend.CodeForbidden,
					Message: "A sign-in link is made only for programs on this machine that may open Pilotlight's socket.",
					Hint:    "Run: pilotlight open",
				}
			}
			return &answer[Link]{Body: Link{URL: s.baseURL() + s.NewLink(), ExpiresInSeconds: codeLife.Seconds()}}, nil
		})
	out := operation("sign-out", http.MethodDelete, "/api/session", "session", "Sign out", "")
	out.DefaultStatus = http.StatusNoContent
	out.Responses = map[string]*huma.Response{"204": {Description: "Signed out"}}
	handle(s, a, out, func(context.Context, *nothing) (*huma.StreamResponse, error) {
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			r, w := humago.Unwrap(ctx)
			if sess, ok := s.sessions.find(r); ok {
				s.sessions.revoke(sess)
			}
			http.SetCookie(w, s.sessions.noCookie())
			w.WriteHeader(http.StatusNoContent)
		}}, nil
	})
}

// baseURL is where a browser finds the dashboard. An address for all networks
// is reached by the loopback one.
func (s *Server) baseURL() string {
	listen := s.agent.Status().Listen
	if addr := s.loopback.Load(); addr != nil {
		listen = *addr
	}
	listen = strings.TrimSuffix(strings.TrimPrefix(listen, "http://"), "/")
	if _, _, err := net.SplitHostPort(listen); err != nil {
		return "http://" + listen
	}
	return "http://" + newHosts(listen, nil)[0]
}

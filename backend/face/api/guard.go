package api

import (
	"mime"
	"net"
	"net/http"
	"slices"
	"strings"

	"pilotlight/backend"
)

// guard lets a request over loopback through when it was sent to us by name,
// not by another site's page, and by someone who is signed in and may do what
// is asked.
func (s *Server) guard(hosts hosts, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		rights := s.sessions.bearer(r.Header.Get("Authorization"))
		byToken := rights != ""
		if p := checkOrigin(r, hosts, byToken); p != nil {
			writeProblem(w, p)
			return
		}
		if rights == backend.RightsRead {
			// Even where a session came along: whoever sends this token wants no more.
			if !s.mayRead(r) {
				s.refuseReader(w)
				return
			}
			next.ServeHTTP(w, withRights(r, rights))
			return
		}
		sess, byCookie := s.sessions.find(r)
		if !byToken && !byCookie && !isPublic(r.URL.Path) {
			s.refuseStranger(w, r)
			return
		}
		if byCookie && !byToken && s.sessions.stale(sess) && r.URL.Path != "/api/session" {
			http.SetCookie(w, s.sessions.cookie(s.sessions.renew(sess)))
		}
		next.ServeHTTP(w, r)
	})
}

// isPublic names what needs no sign-in: the sign of life, the way in, and what
// the sign-in page looks like.
func isPublic(path string) bool {
	return path == "/healthz" || path == openPath || path == styleURL
}

// checkOrigin is the protection against other sites' pages. It needs no state:
// browsers say where a request came from, and pages cannot lie about it.
func checkOrigin(r *http.Request, hosts hosts, byToken bool) *Problem {
	// Another site can point a name of its own at 127.0.0.1 and would then be
	// of the same origin for the browser; only Host tells (DNS rebinding). Who
	// sends the token is no such page: a browser adds it to nothing by itself.
	// And a program on another machine, or one that comes through a tunnel, knows
	// this one by an address which we cannot know.
	if !byToken && !hosts.has(r.Host) {
		return forbidden("The request was sent to a name that is not this dashboard's.",
			"Use http://"+hosts[0]+", or name the host when starting the agent.")
	}
	origins := r.Header.Values("Origin")
	for _, origin := range origins {
		if !strings.EqualFold(origin, "http://"+r.Host) {
			return forbidden("The request came from a page of another site.",
				"Use the dashboard's own pages, or the command line.")
		}
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none":
	default:
		// same-site is refused too: every port of localhost is of one site.
		if !isNavigation(r) {
			return forbidden("The request came from a page of another site.",
				"Open the dashboard itself: http://"+hosts[0])
		}
	}
	if isSafe(r.Method) {
		return nil
	}
	if len(origins) == 0 && !byToken {
		return forbidden("The request would change something and does not say which page it came from.",
			"Programs send the token: Authorization: Bearer TOKEN, from the file token in the state folder.")
	}
	return checkType(r)
}

// checkType refuses what a plain HTML form could send.
func checkType(r *http.Request) *Problem {
	if r.ContentLength == 0 {
		return nil
	}
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err == nil && t == "application/json" {
		return nil
	}
	return newProblem(http.StatusUnsupportedMediaType, &backend.Error{
		Code: backend.CodeInvalid, Message: "The request's body is not marked as JSON.",
		Hint: "Send Content-Type: application/json.",
	})
}

// isNavigation tells whether a person followed a link to one of our pages, in a
// tab and not in a frame.
func isNavigation(r *http.Request) bool {
	page := r.URL.Path == openPath || isPage(r.URL.Path)
	return r.Method == http.MethodGet && page &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

func isSafe(method string) bool {
	return method == http.MethodGet || method == http.MethodHead || method == http.MethodOptions
}

func forbidden(message, hint string) *Problem {
	return newProblem(0, &backend.Error{Code: backend.CodeForbidden, Message: message, Hint: hint})
}

// refuseStranger tells a person with a page, and a program with a problem.
func (s *Server) refuseStranger(w http.ResponseWriter, r *http.Request) {
	if isPage(r.URL.Path) && isSafe(r.Method) {
		servePage(w, http.StatusUnauthorized, signInPage)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="pilotlight"`)
	writeProblem(w, newProblem(0, &backend.Error{
		Code: backend.CodeUnauthorized, Message: "You are not signed in.",
		Hint: "Run: pilotlight open. Programs send the token: Authorization: Bearer TOKEN, from the file token in the state folder.",
	}))
}

// hosts are the Host values that are ours, the one to tell people first.
type hosts []string

// newHosts are the names of addr: as it was asked for, and the ways to write
// this machine. Browsers leave the port 80 out.
func newHosts(addr string, more []string) hosts {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return append(hosts{addr}, more...)
	}
	names := []string{"127.0.0.1", "localhost", "::1"}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		names = append([]string{host}, names...)
	}
	var h hosts
	for _, name := range names {
		h = append(h, net.JoinHostPort(name, port))
	}
	if port == "80" {
		for _, name := range names {
			h = append(h, strings.TrimSuffix(net.JoinHostPort(name, ""), ":"))
		}
	}
	return append(h, more...)
}

func (h hosts) has(host string) bool {
	return slices.ContainsFunc(h, func(ours string) bool { return strings.EqualFold(ours, host) })
}

package window

import (
	_ "embed"
	"encoding/json"
	"net/http"

	"pilotlight/backend"
)

// The built-in page. Its files have a folder of their own, which the dashboard
// must not use.
var (
	//go:embed page/away.html
	awayPage []byte
	//go:embed page/away.css
	awayStyle []byte
	//go:embed page/away.js
	awayScript []byte
	//go:embed page/bridge.js
	bridge string
)

// Bridge is the script that is run in every page once it is there. It makes the
// page a good citizen of the window: its title, its links to the outside, its
// theme and the keys that a menu cannot take.
func Bridge() string { return bridge }

const partsPath = "/pilotlight-window/"

// pagePolicy is the dashboard's own, without what the built-in page never does.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// serveAway answers with the built-in page. Its status is 200: Wails puts its
// scripts into no other, and the page needs them.
func serveAway(w http.ResponseWriter) { serveBytes(w, "text/html; charset=utf-8", awayPage) }

// servePart answers for the built-in page's files, and reports whether it did.
func servePart(w http.ResponseWriter, r *http.Request) bool {
	if r.Method != http.MethodGet {
		return false
	}
	switch r.URL.Path {
	case partsPath + "away.css":
		serveBytes(w, "text/css; charset=utf-8", awayStyle)
	case partsPath + "away.js":
		serveBytes(w, "text/javascript; charset=utf-8", awayScript)
	default:
		return false
	}
	return true
}

func serveBytes(w http.ResponseWriter, contentType string, b []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusOK)
	// A failed write means that the page has gone.
	_, _ = w.Write(b)
}

// writeProblem answers as the agent does (RFC 9457, with code and hint), so
// that the dashboard can show it like any other problem.
func writeProblem(w http.ResponseWriter, status int, e *backend.Error) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A failed write means that the page has gone.
	_ = json.NewEncoder(w).Encode(struct {
		Type   string       `json:"type"`
		Title  string       `json:"title"`
		Status int          `json:"status"`
		Detail string       `json:"detail"`
		Code   backend.Code `json:"code"`
		Hint   string       `json:"hint,omitempty"`
	}{"about:blank", http.StatusText(status), status, e.Message, e.Code, e.Hint})
}

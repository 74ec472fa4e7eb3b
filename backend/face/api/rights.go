package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// readable are the routes that the read-only token opens, as the mux names
// them. Whoever adds a route that only looks, and that shows nothing of
// OpenClaw's config, names it here; all others stay closed to it. The doctor shows
// parts of that config, and asks servers anew.
var readable = map[string]bool{
	"GET /healthz":      true,
	"GET /metrics":      true,
	"GET /openapi.json": true,

	"GET /api/rights":            true,
	"GET /api/status":            true,
	"GET /api/events":            true,
	"GET /api/models":            true,
	"GET /api/models/fit":        true,
	"GET /api/keep":              true,
	"GET /api/loads":             true,
	"GET /api/fallbacks":         true,
	"GET /api/fallbacks/summary": true,
	"GET /api/fallbacks/{id}":    true,
	"GET /api/samples":           true,
	"GET /api/timeline":          true,
	"GET /api/export/loads":      true,
	"GET /api/export/fallbacks":  true,
	"GET /api/export/samples":    true,
	"GET /api/export/uses":       true,
}

// mayRead says whether the read-only token opens what r asks for. The mux itself
// is asked which route that is, so that no way of writing a path leads past it.
func (s *Server) mayRead(r *http.Request) bool {
	_, pattern := s.mux.Handler(r)
	return readable[pattern]
}

func (s *Server) refuseReader(w http.ResponseWriter) {
	writeProblem(w, forbidden("This token may only look: it changes nothing, and OpenClaw's config is not shown to it.",
		"To do more, use the token that pilotlight token prints on the machine where this Pilotlight runs."))
}

type rightsKey struct{}

// withRights marks a request with what whoever sent it may do.
func withRights(r *http.Request, rights backend.Rights) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), rightsKey{}, rights))
}

// rightsOf is what whoever sent a request may do. On the socket, and with a
// session, that is everything.
func rightsOf(ctx context.Context) backend.Rights {
	if r, ok := ctx.Value(rightsKey{}).(backend.Rights); ok {
		return r
	}
	return backend.RightsFull
}

// Granted is what whoever asks may do.
type Granted struct {
	Rights backend.Rights `json:"rights" enum:"full,read" doc:"read looks and changes nothing, and does not see OpenClaw's config"`
}

func (s *Server) registerRights(a huma.API) {
	handle(s, a, operation("get-rights", http.MethodGet, "/api/rights", "session", "What you may do here", ""),
		func(ctx context.Context, _ *nothing) (*answer[Granted], error) {
			return &answer[Granted]{Body: Granted{Rights: rightsOf(ctx)}}, nil
		})
}

package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// LoginBody switches starting at login.
type LoginBody struct {
	Enabled bool `json:"enabled"`
}

func (s *Server) registerLogin(a huma.API) {
	handle(s, a, operation("get-login", http.MethodGet, "/api/login", "agent", "Does Pilotlight start at login", ""),
		func(ctx context.Context, _ *nothing) (*answer[backend.Login], error) {
			return answered(s.agent.Login(ctx))
		})
	handle(s, a, operation("set-login", http.MethodPut, "/api/login", "agent", "Start Pilotlight at login, or no longer",
		"Starts and stops nothing now. Refused where it is not available."),
		func(ctx context.Context, in *request[LoginBody]) (*answer[backend.Login], error) {
			return answered(s.agent.SetLogin(ctx, in.Body.Enabled))
		})
}

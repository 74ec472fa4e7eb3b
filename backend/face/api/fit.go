package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"pilotlight/backend"
)

// fitInput asks what a load would take. 0 of a number is that it was left out.
type fitInput struct {
	Server        string `query:"server" maxLength:"512" doc:"A server's id; the only or first one when left out"`
	Model         string `query:"model" required:"true" minLength:"1" maxLength:"512" doc:"The model's key, or a part of it or of its name that fits one model only"`
	ContextLength int    `query:"context_length" minimum:"1" maximum:"100000000" doc:"Tokens; the server's choice when left out"`
	Parallel      int    `query:"parallel" minimum:"1" maximum:"1024" doc:"Requests at once"`
	KVCache       string `query:"kv_cache" enum:"f16,q8_0,q4_0" doc:"What the cache is kept in; taken as f16 when left out. The server's own estimate does not tell of it and is not asked then"`
	Curve         bool   `query:"curve" doc:"Tell also how it goes with the context, for a slider that asks nothing while it moves"`
}

func (in *fitInput) query() backend.FitQuery {
	q := backend.FitQuery{Server: in.Server, Model: in.Model, KVCache: in.KVCache, Curve: in.Curve}
	if in.ContextLength > 0 {
		q.ContextLength = &in.ContextLength
	}
	if in.Parallel > 0 {
		q.Parallel = &in.Parallel
	}
	return q
}

func (s *Server) registerFit(a huma.API) {
	handle(s, a, operation("get-fit", http.MethodGet, "/api/models/fit", "models", "Would a model fit into memory",
		"Loads nothing. What is in use, the limit and what would be in use after the load, by the best source there is, which basis names."),
		func(ctx context.Context, in *fitInput) (*answer[backend.WhatIf], error) {
			return answered(s.agent.Fit(ctx, in.query()))
		})
}

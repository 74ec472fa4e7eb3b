package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"pilotlight/backend"
)

// Fit says whether a model would fit into memory. It loads nothing.
func (c *Client) Fit(ctx context.Context, q backend.FitQuery) (backend.WhatIf, error) {
	v := url.Values{"model": {q.Model}}
	if q.Server != "" {
		v.Set("server", q.Server)
	}
	if q.ContextLength != nil {
		v.Set("context_length", strconv.Itoa(*q.ContextLength))
	}
	if q.Parallel != nil {
		v.Set("parallel", strconv.Itoa(*q.Parallel))
	}
	if q.KVCache != "" {
		v.Set("kv_cache", q.KVCache)
	}
	if q.Curve {
		v.Set("curve", "true")
	}
	return call[backend.WhatIf](ctx, c, http.MethodGet, "/api/models/fit?"+v.Encode(), nil, quick)
}

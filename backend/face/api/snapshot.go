package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"pilotlight/backend"
)

// statusCache keeps the JSON of one snapshot: GET /api/status and every
// subscriber to events want the same bytes, and a snapshot never changes.
type statusCache struct {
	last  atomic.Pointer[encodedStatus]
	alone bool // without other machines, which are not this one's to tell of
}

type encodedStatus struct {
	of   *backend.Status
	json []byte
}

// encode gives the JSON of a snapshot. Two callers at once may both encode a
// new one, which is cheaper than letting one wait for the other.
func (c *statusCache) encode(st *backend.Status) ([]byte, error) {
	if last := c.last.Load(); last != nil && last.of == st {
		return last.json, nil
	}
	whole := complete(st)
	if c.alone {
		whole.Peers = nil
	}
	b, err := json.Marshal(whole)
	if err != nil {
		return nil, err
	}
	c.last.Store(&encodedStatus{of: st, json: b})
	return b, nil
}

// snapshotFor is the cache for those with these rights.
func (s *Server) snapshotFor(r backend.Rights) *statusCache {
	if r == backend.RightsRead {
		return &s.readers
	}
	return &s.snapshot
}

func (s *Server) registerStatus(a huma.API) {
	op := operation("get-status", http.MethodGet, "/api/status", "agent", "All that a glance needs", "")
	op.Responses = map[string]*huma.Response{"200": {
		Description: http.StatusText(http.StatusOK),
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schemaOf[backend.Status](a)}},
	}}
	handle(s, a, op, func(ctx context.Context, _ *nothing) (*huma.StreamResponse, error) {
		b, err := s.snapshotFor(rightsOf(ctx)).encode(s.agent.Status())
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(ctx huma.Context) {
			_, w := humago.Unwrap(ctx)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", strconv.Itoa(len(b)))
			// A failed write means that the client left.
			_, _ = w.Write(b)
		}}, nil
	})
}

// complete is the status with every list there: an empty list is [] for those
// who read it, and never null. It copies what it mends, for a snapshot is
// shared.
func complete(st *backend.Status) *backend.Status {
	c := *st
	c.Servers = make([]backend.Server, len(st.Servers))
	for i, server := range st.Servers {
		server.Models = completeModels(server.Models)
		c.Servers[i] = server
	}
	c.Notices = list(st.Notices)
	c.Machine = completeSample(st.Machine)
	c.LastFallback = completeFallback(st.LastFallback)
	if st.OpenClaw != nil {
		o := *st.OpenClaw
		o.Issues, o.Fallbacks, o.Chain = list(o.Issues), list(o.Fallbacks), list(o.Chain)
		c.OpenClaw = &o
	}
	return &c
}

func completeModels(models []backend.Model) []backend.Model {
	out := make([]backend.Model, len(models))
	for i, m := range models {
		m.Instances = list(m.Instances)
		out[i] = m
	}
	return out
}

func completeSample(sample *backend.Sample) *backend.Sample {
	if sample == nil {
		return nil
	}
	c := *sample
	c.GPUs, c.Processes = list(c.GPUs), list(c.Processes)
	return &c
}

func completeFallback(f *backend.Fallback) *backend.Fallback {
	if f == nil {
		return nil
	}
	c := *f
	c.Attempts, c.Cause.Evidence = list(c.Attempts), list(c.Cause.Evidence)
	return &c
}

func list[T any](items []T) []T {
	if items == nil {
		return []T{}
	}
	return items
}

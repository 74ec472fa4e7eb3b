package lmstudiotest

import (
	"slices"
	"sync"
	"time"
)

// The kinds of Request.
const (
	KindHTTP    = "http"
	KindRPC     = "rpc"
	KindChannel = "channel"
	KindWarning = "warning" // a WebSocket client complained about the fake
)

// Request is one thing a client asked: an HTTP request, or a call or a channel
// over a WebSocket. Bodies are never kept.
type Request struct {
	Kind     string    `json:"kind"`
	Method   string    `json:"method,omitempty"` // of HTTP
	Path     string    `json:"path"`             // "/api/v1/models", "llm/listLoaded"
	Internal bool      `json:"internal"`         // came in on the internal port
	At       time.Time `json:"at"`
}

// name is what Count takes: "GET /api/v1/models" or "llm/listLoaded".
func (r Request) name() string {
	if r.Kind == KindHTTP {
		return r.Method + " " + r.Path
	}
	return r.Path
}

// The bounds of the request log. Counts go on when the ring is full.
const (
	maxRequests = 4096
	maxCounts   = 1024
	maxPath     = 256
)

type requestLog struct {
	mu     sync.Mutex
	ring   []Request
	counts map[string]int
	total  int
}

func (l *requestLog) add(r Request) {
	if len(r.Path) > maxPath {
		r.Path = r.Path[:maxPath]
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.total++
	if len(l.ring) == maxRequests {
		l.ring = slices.Delete(l.ring, 0, maxRequests/4)
	}
	l.ring = append(l.ring, r)
	if l.counts == nil {
		l.counts = make(map[string]int)
	}
	if _, known := l.counts[r.name()]; known || len(l.counts) < maxCounts {
		l.counts[r.name()]++
	}
}

// Requests lists what was asked since the start or ResetRequests, oldest first;
// the oldest are forgotten beyond some thousands.
func (s *Server) Requests() []Request {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	return slices.Clone(s.requests.ring)
}

// Count is how often something was asked: "GET /api/v1/models" for HTTP,
// "llm/listLoaded" for a WebSocket's call or channel, "" for everything.
func (s *Server) Count(name string) int {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	if name == "" {
		return s.requests.total
	}
	return s.requests.counts[name]
}

// ResetRequests forgets the requests and the counts.
func (s *Server) ResetRequests() {
	s.requests.mu.Lock()
	defer s.requests.mu.Unlock()
	s.requests.ring, s.requests.counts, s.requests.total = nil, nil, 0
}

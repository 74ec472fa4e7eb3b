package openclawtest

import (
	"fmt"
	"time"
)

// preload remembers how often loading a model for LM Studio failed, and when it
// may be tried again.
type preload struct {
	failures int
	next     time.Time
}

// The pauses between attempts to load a model.
const (
	preloadPause   = 5 * time.Second // doubled at every failure
	preloadLongest = 300 * time.Second
)

// preloads says whether 2026.9 loads the model of a candidate itself.
func (c *OpenClaw) preloads() bool { return c.era == era9 && !c.opts.NoPreload }

// preloadDue says whether the model may be loaded again.
func (r *run) preloadDue(c candidate) bool {
	if !r.c.preloads() || r.dry {
		return false
	}
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	p := r.c.backoff[c.model]
	return p == nil || !r.now().Before(p.next)
}

// preloadFails logs that a model could not be loaded. The request is made all
// the same.
func (r *run) preloadFails(c candidate, why string) {
	if !r.preloadDue(c) {
		return
	}
	r.c.mu.Lock()
	p := r.c.backoff[c.model]
	if p == nil {
		p = &preload{}
		r.c.backoff[c.model] = p
	}
	pause := preloadPause
	for range p.failures {
		pause = min(2*pause, preloadLongest)
	}
	p.failures++
	p.next = r.now().Add(r.hurry(pause))
	n := p.failures
	r.c.mu.Unlock()
	plural := "failures"
	if n == 1 {
		plural = "failure"
	}
	r.log(line{level: warn, subsystem: "extensions/lmstudio/stream", trace: r.within(), args: []any{fmt.Sprintf(
		"LM Studio inference preload failed for %q (%d consecutive %s, next preload attempt skipped for ~%ds); continuing without preload: %s",
		c.model, n, plural, int(pause.Seconds()), why)}})
}

// preloadWorks forgets earlier failures.
func (r *run) preloadWorks(c candidate) {
	r.c.mu.Lock()
	defer r.c.mu.Unlock()
	delete(r.c.backoff, c.model)
}

package agent

import (
	"maps"
	"sync"

	"pilotlight/backend"
)

// mostCounted bounds the models whose loads are timed.
const mostCounted = 64

// tally counts what happens. It may be read from anywhere.
type tally struct {
	mu     sync.Mutex
	counts backend.Counts
	newest int64 // the highest fallback that was counted
}

// loaded counts new rows of the load history.
func (t *tally) loaded(rows []backend.Load) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := &t.counts
	if c.Loads == nil {
		c.Loads, c.LoadTime = map[backend.LoadKind]int{}, map[string]backend.Duration{}
	}
	for _, r := range rows {
		c.Loads[backend.LoadKind{Event: r.Event, Cause: r.Cause}]++
		d, known := c.LoadTime[r.Model]
		if r.Event != backend.Loaded || r.DurationSeconds == nil || !known && len(c.LoadTime) >= mostCounted {
			continue
		}
		d.Count++
		d.Seconds += *r.DurationSeconds
		c.LoadTime[r.Model] = d
	}
}

// fellBack counts those records that are new: a record comes again when more of
// it is known.
func (t *tally) fellBack(rows []backend.Fallback, backfill bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c, before := &t.counts, t.newest
	if c.Fallbacks == nil {
		c.Fallbacks = map[backend.FallbackKind]int{}
	}
	for _, r := range rows {
		t.newest = max(t.newest, r.ID)
		if backfill || r.ID <= before {
			continue
		}
		c.Fallbacks[backend.FallbackKind{Outcome: r.Outcome, Cause: r.Cause.Code}]++
		if r.LostSeconds != nil {
			c.LostSeconds += *r.LostSeconds
		}
	}
}

// Counts is what happened since the agent started.
func (a *Agent) Counts() backend.Counts {
	t := &a.tally
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.counts
	c.Loads, c.LoadTime, c.Fallbacks = maps.Clone(c.Loads), maps.Clone(c.LoadTime), maps.Clone(c.Fallbacks)
	c.Dropped = int(a.cast.dropped.Load())
	return c
}

// Package timeline makes the lanes of a timeline out of the load history: when
// each model was being loaded and when it was in memory.
//
// It owns how rows become spans, also at the edges of what is shown, and how
// spans too short to be seen are put together. It must never read a clock or
// believe more than the rows say.
package timeline

import (
	"cmp"
	"slices"
	"time"

	"pilotlight/backend"
)

// What one timeline may hold.
const (
	MaxLanes = 30
	maxSpans = 5000 // of one lane, and as many failures; the newest stay
)

// Builder takes rows of the load history in, one after the other.
type Builder struct {
	from, to time.Time
	bin      time.Duration
	lanes    map[laneKey]*lane
	open     map[instanceKey]*backend.LoadSpan
	models   map[instanceKey]string // of what is open
}

type (
	laneKey     struct{ server, model string }
	instanceKey struct{ server, id string }
)

type lane struct {
	backend.Lane
	last map[string]int // the newest span of each instance that was loaded
	held time.Duration  // loaded within the timeline, all instances together
}

// New begins a timeline from from until to, in which less than bin cannot be
// seen.
func New(from, to time.Time, bin time.Duration) *Builder {
	return &Builder{
		from: from, to: to, bin: bin,
		lanes: map[laneKey]*lane{}, open: map[instanceKey]*backend.LoadSpan{}, models: map[instanceKey]string{},
	}
}

// Before takes in the load of an instance that was in memory when the timeline
// begins.
func (b *Builder) Before(l backend.Load) { b.begin(l) }

// Add takes in what happened from the beginning of the timeline on, oldest
// first. What comes after its end is worth adding for as long as a load may take,
// as the load may have begun before.
func (b *Builder) Add(l backend.Load) {
	past := !l.At.Before(b.to)
	switch l.Event {
	case backend.Loaded:
		b.attempt(l, backend.SpanLoading)
		if !past {
			b.begin(l)
		}
	case backend.LoadFailed:
		b.attempt(l, backend.SpanFailed)
		if !past {
			b.fail(l)
		}
	case backend.Unloaded:
		if !past {
			b.end(l)
		}
	}
}

// Lanes ends the timeline. It says how many lanes there are beyond MaxLanes.
func (b *Builder) Lanes() (lanes []backend.Lane, more int) {
	for key, span := range b.open {
		b.put(laneKey{key.server, b.models[key]}, *span, b.to)
	}
	clear(b.open)
	all := make([]*lane, 0, len(b.lanes))
	for _, l := range b.lanes {
		all = append(all, l)
	}
	slices.SortFunc(all, func(x, y *lane) int {
		return cmp.Or(-cmp.Compare(x.held, y.held), cmp.Compare(x.Model, y.Model), cmp.Compare(x.Server, y.Server))
	})
	lanes = []backend.Lane{}
	for _, l := range all[:min(len(all), MaxLanes)] {
		slices.SortStableFunc(l.Spans, func(x, y backend.LoadSpan) int { return began(x).Compare(began(y)) })
		lanes = append(lanes, l.Lane)
	}
	return lanes, len(all) - len(lanes)
}

// began sorts what began before anything known first.
func began(s backend.LoadSpan) time.Time {
	if s.From == nil {
		return time.Time{}
	}
	return s.From.Time
}

// began and ended of an attempt that is known by its end.
func (b *Builder) attempt(l backend.Load, state backend.SpanState) {
	if l.DurationSeconds == nil {
		return
	}
	took := time.Duration(*l.DurationSeconds * float64(time.Second))
	start := l.At.Add(-took)
	if took < b.bin || took <= 0 || !start.Before(b.to) || !l.At.After(b.from) {
		return
	}
	from, to := backend.At(start), l.At
	at := b.lane(laneKey{l.Server, l.Model})
	context := l.ContextActual
	if context == nil {
		context = l.ContextRequested
	}
	at.add(backend.LoadSpan{
		From: &from, To: &to, State: state, InstanceID: l.InstanceID, ContextLength: context,
		LoadID: l.ID, Cause: l.Cause, Count: 1,
	})
}

func (b *Builder) begin(l backend.Load) {
	key := instanceKey{l.Server, l.InstanceID}
	at := l.At
	if s := b.open[key]; s != nil {
		// Its end was not seen. It cannot have been later than this load's beginning.
		end := at.Time
		if d := l.DurationSeconds; d != nil {
			end = end.Add(-time.Duration(*d * float64(time.Second)))
		}
		if end.Before(began(*s)) {
			end = at.Time
		}
		b.close(key, end, backend.CauseUnknown)
	}
	b.open[key] = &backend.LoadSpan{
		From: &at, State: backend.SpanLoaded, InstanceID: l.InstanceID, ContextLength: l.ContextActual,
		LoadID: l.ID, Cause: l.Cause, Count: 1,
	}
	b.models[key] = l.Model
}

func (b *Builder) end(l backend.Load) {
	key := instanceKey{l.Server, l.InstanceID}
	if b.open[key] == nil {
		// It was in memory for longer than was looked back.
		b.open[key] = &backend.LoadSpan{
			State: backend.SpanLoaded, InstanceID: l.InstanceID, ContextLength: l.ContextActual, Count: 1,
		}
		b.models[key] = l.Model
	}
	b.close(key, l.At.Time, l.Cause)
}

func (b *Builder) close(key instanceKey, end time.Time, cause backend.LoadCause) {
	s, at := b.open[key], backend.At(end)
	s.To, s.EndCause = &at, cause
	b.put(laneKey{key.server, b.models[key]}, *s, end)
	delete(b.open, key)
	delete(b.models, key)
}

// put adds a span of being loaded, or to the one before it where nobody could
// tell them apart.
func (b *Builder) put(key laneKey, s backend.LoadSpan, end time.Time) {
	l := b.lane(key)
	start := b.from
	if s.From != nil && s.From.After(start) {
		start = s.From.Time
	}
	l.held += max(0, end.Sub(start))
	if i, ok := l.last[s.InstanceID]; ok && b.join(&l.Spans[i], s) {
		return
	}
	l.add(s)
	l.last[s.InstanceID] = len(l.Spans) - 1
}

// join puts s into the span before it of the same instance.
func (b *Builder) join(last *backend.LoadSpan, s backend.LoadSpan) bool {
	if last.To == nil || s.From == nil || s.From.Sub(last.To.Time) >= b.bin {
		return false
	}
	if b.long(*last) && b.long(s) {
		return false
	}
	if !same(last.ContextLength, s.ContextLength) {
		last.ContextLength = nil
	}
	last.To, last.EndCause = s.To, s.EndCause
	last.Count += s.Count
	return true
}

func (b *Builder) long(s backend.LoadSpan) bool {
	return s.From == nil || s.To == nil || s.To.Sub(s.From.Time) >= b.bin
}

func same(x, y *int) bool {
	if x == nil || y == nil {
		return x == y
	}
	return *x == *y
}

func (b *Builder) fail(l backend.Load) {
	at := b.lane(laneKey{l.Server, l.Model})
	if n := len(at.Failures); n > 0 && l.At.Sub(at.Failures[n-1].At.Time) < b.bin {
		at.Failures[n-1].Count++
		return
	}
	at.Failures = append(at.Failures, backend.LoadFailure{
		At: l.At, LoadID: l.ID, Cause: l.Cause, DurationSeconds: l.DurationSeconds, Detail: l.Detail, Count: 1,
	})
	if over := len(at.Failures) - maxSpans; over > 0 {
		at.Failures = slices.Delete(at.Failures, 0, over)
	}
}

func (b *Builder) lane(key laneKey) *lane {
	l := b.lanes[key]
	if l == nil {
		l = &lane{
			Lane: backend.Lane{Server: key.server, Model: key.model, Spans: []backend.LoadSpan{}, Failures: []backend.LoadFailure{}},
			last: map[string]int{},
		}
		b.lanes[key] = l
	}
	return l
}

// add appends a span and drops the oldest tenth where there are too many.
func (l *lane) add(s backend.LoadSpan) {
	l.Spans = append(l.Spans, s)
	if len(l.Spans) <= maxSpans {
		return
	}
	cut := maxSpans / 10
	l.Spans = slices.Delete(l.Spans, 0, cut)
	for id, i := range l.last {
		if l.last[id] = i - cut; i < cut {
			delete(l.last, id)
		}
	}
}

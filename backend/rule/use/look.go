package use

import (
	"time"

	"pilotlight/backend"
)

// looking is one Saw under way.
type looking struct {
	state   *State
	track   *track
	seen    Seen
	at      time.Time
	fresh   bool // somebody looked a moment ago
	changed []backend.Use
}

// lastUsed takes in when the instance was last used: since then it has not begun
// to be used again, whoever looked meanwhile or did not.
func (l *looking) lastUsed(used time.Time) {
	t := l.track
	lapsed := t.busy && !l.fresh
	t.moved = lapsed // worth asking again
	if lapsed {
		t.busy = false
	}
	switch moved := used.After(t.last); {
	case !t.known:
		l.first(used)
	case lapsed && !used.After(t.use.Until.Time):
		l.begin(l.at, time.Time{}) // when it ended nobody knows
	case moved && used.After(t.use.From.Time) && !t.ours(used):
		l.used(used)
	case !l.fresh && used.After(t.use.Until.Time):
		l.begin(used, time.Time{}) // ours; what came before it nobody knows
	}
	if used.After(t.last) {
		t.last = used
	}
	l.until(l.at)
}

// first begins with what an instance tells first. A last use before it was seen is
// that of its load, or of a time that nobody watched; the request that it was
// loaded for may still run.
func (l *looking) first(used time.Time) {
	loaded := l.seen.LoadedAt
	if used.After(loaded) || loaded.After(l.at) { // or else the clock was set back
		l.used(used)
		return
	}
	l.begin(loaded, time.Time{})
	l.track.moved = l.at.Sub(used) <= mergeWithin
}

// used notes a use that was not known before.
func (l *looking) used(at time.Time) {
	t := l.track
	t.moved = true
	switch u := t.use.UsedUntil; {
	case t.known && u != nil && at.Sub(u.Time) <= mergeWithin:
		if at.After(u.Time) {
			t.use.UsedUntil = backend.AtPtr(at)
		}
	default:
		if l.fresh || t.known && at.Before(t.use.Until.Time) {
			t.use.Until = backend.At(at) // idle up to here, and no longer
			l.tell()
		}
		l.begin(at, at)
	}
}

// busy takes in what the instance is doing right now.
func (l *looking) busy(is bool) {
	t := l.track
	told := l.seen.LastUsed != nil // at this very moment, so what is known reaches up to it
	switch {
	case !t.known || !told && !l.fresh:
		if l.begin(l.at, time.Time{}); is {
			t.use.UsedUntil = backend.AtPtr(l.at)
		}
	case is && t.use.UsedUntil != nil && (l.at.Sub(t.use.UsedUntil.Time) <= mergeWithin || t.busy && l.fresh):
		t.use.UsedUntil = backend.AtPtr(l.at)
	case is:
		l.until(l.at)
		l.begin(l.at, l.at)
	}
	t.busy = is
	l.until(l.at)
}

// begin leaves the stretch as it is and begins another; used is zero where there is no use
// in it.
func (l *looking) begin(from, used time.Time) {
	l.track.use = backend.Use{
		Server: l.state.server, Model: l.seen.Model, InstanceID: l.seen.Instance,
		From: backend.At(from), UsedUntil: backend.AtPtr(used), Until: backend.At(later(from, used)),
	}
	l.track.known = true
}

// until notes that all is known up to a moment.
func (l *looking) until(at time.Time) {
	l.track.use.Until = backend.At(later(at, l.track.use.Until.Time))
	l.tell()
}

// tell returns the stretch as it is now, once.
func (l *looking) tell() {
	if n := len(l.changed); n > 0 && l.changed[n-1].From == l.track.use.From {
		l.changed[n-1] = l.track.use
		return
	}
	l.changed = append(l.changed, l.track.use)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

package fallback

import (
	"slices"
	"time"

	"pilotlight/backend"
)

// maxFacts bounds the different facts of one run in the log. A run of ten tries
// over three models has about twenty.
const maxFacts = 40

// hush is how long something has said nothing. Silence is counted from the
// first Tick after the last trace and not from the trace's own time: a day of
// old lines is read in pieces, and between two of them nothing is silent.
type hush struct {
	since time.Time // the first Tick after the last trace; zero before it
	spent bool      // silence has decided all that it can
	step  int       // how many of the steps it had reached at the last Tick
}

// steps are the lengths of a silence that decide something, and the one after
// which is forgotten.
var steps = [...]time.Duration{settleShort, settleLong, settleStopped, forgetAfter}

// speak ends the silence.
func (h *hush) speak() { *h = hush{} }

// at is how long it has lasted at now.
func (h *hush) at(now time.Time) time.Duration {
	if h.since.IsZero() || now.Before(h.since) {
		h.since = now // the clock was set back: count anew
	}
	return now.Sub(h.since)
}

// longer says whether it has reached another of the steps since it was last asked.
func (h *hush) longer(now time.Time) bool {
	quiet, n := h.at(now), 0
	for n < len(steps) && quiet >= steps[n] {
		n++
	}
	was := h.step
	h.step = n
	return n != was
}

// thread is what the log tells of one run under its id.
type thread struct {
	gist
	run string // its name among ours: the id, with when it began where it is not the first under it
	id  string // as the log names it, "" if it does not
	// nameless says that the log does not name the run, as its console form does
	// not, and that run is a name of ours.
	nameless bool
	key      string // under which it was told, "" if it was not
	hush     hush
	touched  int // when it was last touched, in traces
}

// add takes a fact; false says that it tells nothing new.
func (th *thread) add(f fact) bool {
	fresh := th.take(f)
	th.known = th.known && !fresh
	return fresh
}

func (th *thread) take(f fact) bool {
	for i := range th.facts {
		if th.facts[i].sig == f.sig {
			if !th.facts[i].absorb(f) {
				return false
			}
			slices.SortFunc(th.facts, inOrder)
			return true
		}
	}
	if len(th.facts) < maxFacts {
		th.facts, _ = insert(th.facts, f)
		return true
	}
	for i := range th.facts { // full: count it with its like
		if o := &th.facts[i]; o.Kind == f.Kind && o.Candidate == f.Candidate && o.Decision == f.Decision {
			return o.absorb(f)
		}
	}
	return false
}

func spanOf(facts []fact) (from, to time.Time) {
	for i, f := range facts {
		if i == 0 || f.At.Before(from) {
			from = f.At
		}
		if f.last.After(to) {
			to = f.last
		}
	}
	return from, to
}

// ofRun says whether a trace belongs to a run that it names. What a transcript or
// the state tells belongs to a turn, but for decisions, of which turns know nothing.
func ofRun(t backend.Trace) bool {
	return t.RunID != "" && t.Kind != backend.TraceSession && (t.Source == backend.SourceLog || t.Kind == backend.TraceDecision)
}

// ofSession says whether a trace belongs to a session's order of events.
func ofSession(t backend.Trace) bool {
	switch t.Kind {
	case backend.TraceUser, backend.TraceCandidate, backend.TraceChosen, backend.TraceAnswer:
		return t.SessionID != "" || t.SessionKey != ""
	case backend.TraceStopped, backend.TraceDecision, backend.TraceRunEnd, backend.TraceFailover, backend.TraceRunTimeout:
		return t.SessionID != "" // a log line that names no run
	}
	return false
}

package fallback

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

// readLoose takes what the log says of a model without naming a run: it belongs
// to the run in whose time it falls.
func (r *run) readLoose(loose []fact) {
	for _, t := range r.tries {
		if t.failedAt.IsZero() {
			continue
		}
		if lane, ok := laneOf(t, r.sessionKey, loose); ok {
			t.start = earliest(t.start, lane.At.Add(-lane.Duration))
			set(&t.details[fromLane], lane.Detail)
			set(&r.sessionKey, lane.SessionKey)
		}
		for _, f := range loose {
			switch {
			case f.Kind == backend.TraceLane || !f.of(t.model) || !r.mayHave(f):
			case t.gaveUp(f):
				t.surfaced = true
				t.fail(f.last)
				r.end = latest(r.end, f.last)
			case t.covers(f.At):
				t.hint(f)
			}
		}
	}
}

// mayHave says whether a loose fact can be of this run: it bears another id where
// two runs ask one model at once.
func (r *run) mayHave(f fact) bool {
	return f.TraceID == "" || len(r.traces) == 0 || r.traces[f.TraceID]
}

// of says whether a loose fact is about a model. LM Studio's preload names it
// without its provider.
func (f fact) of(m backend.ModelRef) bool {
	if f.Kind == backend.TraceSwitched {
		return f.Requested == m // from it, to the Candidate
	}
	return f.Candidate == m || f.Candidate.Provider == "" && f.Candidate.Model != "" && f.Candidate.Model == m.Model
}

// gaveUp says whether OpenClaw tells that it could not make the prompt fit after
// all, which ends the run: the error is the answer, and no decision is logged
// (2026.9). What it tries before that may take its time.
func (t *try) gaveUp(f fact) bool {
	return f.Kind == backend.TraceContext && f.Decision == "exhausted" && !t.surfaced && read(t.detail(), t.code).kind == saysContext &&
		!f.At.Before(t.failedAt) && f.At.Sub(t.failedAt) <= recovery
}

// covers says whether a moment lies in the model's turn, as far as it is known.
func (t *try) covers(at time.Time) bool {
	begin := t.start
	if begin.IsZero() {
		begin = t.first.Add(-3 * time.Minute)
	}
	return !at.Before(begin.Add(-time.Second)) && !at.After(t.failedAt.Add(time.Second))
}

// hint takes one loose fact about the model.
func (t *try) hint(f fact) {
	switch f.Kind {
	case backend.TraceTransport:
		if f.Code != "" && (t.transportCode == "" || systemCode(f.Code)) {
			t.transportCode = f.Code
		}
		if f.Status != 0 {
			t.httpStatus = f.Status
		}
		set(&t.details[fromTransport], f.Detail)
		if f.Duration > 0 && t.start.IsZero() {
			t.first = earliest(t.first, f.At.Add(-f.Duration))
		}
	case backend.TraceRetry:
		t.told = max(t.told, f.Tries+1) // it announces the next one
		if t.reason == "" {
			t.reason = f.Reason
		}
		t.first = earliest(t.first, f.At)
	case backend.TracePreload:
		set(&t.preload, f.Detail)
		t.first = earliest(t.first, f.At)
	case backend.TraceSwitched:
		fill(&t.reason, f.Reason)
	case backend.TraceContext:
		fill(&t.details[fromTransport], cmp.Or(f.Detail, "context overflow"))
	}
}

// systemCode says whether a code is the system's or Node's own, as ECONNREFUSED
// and UND_ERR_SOCKET are.
func systemCode(s string) bool {
	return strings.HasPrefix(s, "E") && s == strings.ToUpper(s) || strings.HasPrefix(s, "UND_ERR")
}

// laneOf finds the lane's error of a model's turn, the session's own before the
// one of the lane that all sessions share.
func laneOf(t *try, sessionKey string, loose []fact) (fact, bool) {
	best, found, score := fact{}, false, time.Duration(0)
	for _, f := range loose {
		if f.Kind != backend.TraceLane || f.Duration == 0 {
			continue
		}
		gap := f.At.Sub(t.failedAt).Abs()
		if gap > laneNear || sessionKey != "" && f.SessionKey != "" && f.SessionKey != sessionKey {
			continue
		}
		if f.SessionKey == "" {
			gap += laneNear
		}
		if !found || gap < score || gap == score && f.At.Before(best.At) {
			best, found, score = f, true, gap
		}
	}
	return best, found
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// timeline settles when the run began and ended, and when each model's turn did.
func (r *run) timeline(facts []fact) {
	if asked := askedAt(facts); !asked.IsZero() {
		r.begin, r.timed = asked, true
	}
	for _, f := range facts {
		if f.Kind == backend.TraceRunTimeout && f.Duration > 0 {
			r.begin, r.timed = earliest(r.begin, f.At.Add(-f.Duration)), true
		}
		if f.last.After(r.end) {
			r.end = f.last
		}
	}
	if len(r.tries) > 0 {
		if t := r.tries[0]; !t.start.IsZero() {
			r.begin, r.timed = earliest(r.begin, t.start), true
		}
	}
	for _, t := range r.tries {
		if r.begin.IsZero() || t.first.Before(r.begin) {
			r.begin = t.first
		}
		if !t.failedAt.IsZero() && !r.timed && t.failedAt.Sub(t.first) > 0 {
			r.timed = true // the first try's failure is later than the run's first line
		}
	}
	r.order()
}

// order gives each model's turn its beginning: where the one before it ended.
func (r *run) order() {
	prev := r.begin
	for _, t := range r.tries {
		if t.end.IsZero() {
			t.end = latest(t.failedAt, t.goodAt, t.first)
		}
		if t.start.IsZero() && r.timed {
			t.start = prev
		}
		if t.start.After(t.end) {
			t.start = t.end
		}
		prev = latest(prev, t.failedAt)
	}
}

func latest(list ...time.Time) time.Time { return slices.MaxFunc(list, time.Time.Compare) }

// lost is how long the person waited until the model that answered had its
// turn, or until the end where none did; nil is not known.
func (r *run) lost() *float64 {
	if !r.timed {
		return nil
	}
	until := r.end
	if r.outcome == backend.FellBack {
		for _, t := range r.tries {
			if t.model == r.answered {
				until = t.start
			}
		}
	}
	s := max(until.Sub(r.begin), 0).Round(time.Millisecond).Seconds()
	return &s
}

package fallback

import (
	"time"

	"pilotlight/backend"
)

const (
	// settleShort is how long a failure that nothing can follow must be silent
	// before it counts as the end: the transcript and the log are read apart.
	settleShort = 5 * time.Second
	// settleLong is the same for one that OpenClaw may still try again. It waits
	// 30 s at most between two tries (measured, 2026.9).
	settleLong = 90 * time.Second
	// settleStopped is when a run that failed and then said nothing counts as cut
	// off. A model that answers may work long before the log says so.
	settleStopped = 15 * time.Minute
	// lastTry is after how many failures in a row 2026.2 and 2026.3 give a model up.
	lastTry = 4
)

// run is a tale understood.
type run struct {
	requested backend.ModelRef
	answered  backend.ModelRef
	tries     tries
	begin     time.Time
	timed     bool // begin is the run's beginning, not just the first failure
	end       time.Time

	outcome backend.Outcome // "" is none
	settle  time.Duration   // how long it must be silent before outcome holds; 0 is at once

	thread                                string // the name of its thread, "" if it has none or that is ours alone
	runID, sessionID, sessionKey, agentID string
	source                                backend.TraceSource
	turnID                                time.Time       // the person's message, zero where it is not told
	traces                                map[string]bool // the ids that OpenClaw gave its lines
}

// understand makes a run of a tale. It looks at the facts alone, in their
// order, so that every order of arrival ends in the same run.
func understand(t tale) run {
	r := run{}
	facts := t.facts()
	for _, f := range facts {
		r.name(f)
	}
	if t.thread != nil && !t.thread.nameless {
		r.runID, r.thread = t.thread.id, t.thread.run
	}
	if t.turn != nil && t.turn.asked {
		r.turnID = t.turn.begins
	}
	r.readLog(facts)
	if t.turn != nil {
		r.readTurn(t.turn.facts)
	}
	r.stops(facts)
	r.tries.sort()
	r.ask()
	r.readLoose(t.loose)
	r.timeline(facts)
	if t.thread != nil && t.thread.read().back {
		r.end, r.timed = t.thread.end, false // nothing tells how long it took
	}
	r.decide(t, facts)
	return r
}

// name takes the ids that a fact brings.
func (r *run) name(f fact) {
	for _, p := range []struct {
		to   *string
		from string
	}{{&r.runID, f.RunID}, {&r.sessionID, f.SessionID}, {&r.sessionKey, f.SessionKey}, {&r.agentID, f.AgentID}} {
		if *p.to == "" {
			*p.to = p.from
		}
	}
	if r.requested == (backend.ModelRef{}) {
		r.requested = f.Requested
	}
	if f.TraceID != "" {
		if r.traces == nil {
			r.traces = map[string]bool{}
		}
		r.traces[f.TraceID] = true
	}
	switch {
	case r.source == "", f.Source == backend.SourceLog, r.source == backend.SourceTranscript && f.Source == backend.SourceState:
		r.source = f.Source
	}
}

// readLog takes what the log says of each model.
func (r *run) readLog(facts []fact) {
	for _, f := range facts {
		switch f.Kind {
		case backend.TraceDecision:
			r.decision(f)
		case backend.TraceRunEnd:
			t := r.tries.of(f.Candidate, f.At)
			t.ends += f.count()
			t.fail(f.last)
			t.learn(f, fromRun)
		case backend.TraceFailover:
			t := r.tries.of(f.Candidate, f.At)
			t.fail(f.last)
			t.learn(f, fromFailover)
			t.failed = t.failed || f.Decision == "fallback_model"
			t.surfaced = t.surfaced || f.Decision == "surface_error"
		}
	}
}

// decision takes one candidate of OpenClaw's chain. Words that are not known
// say nothing: a later version may mean anything by them.
func (r *run) decision(f fact) {
	switch f.Decision {
	case "candidate_failed":
		t := r.tries.of(f.Candidate, f.At)
		t.no, t.failed = f.Attempt, true
		t.fail(f.last)
		t.learn(f, fromDecision)
	case "skip_candidate":
		t := r.tries.of(f.Candidate, f.At)
		t.no, t.skipped = f.Attempt, true
		t.fail(f.last)
		t.learn(f, fromDecision)
	case "candidate_succeeded":
		t := r.tries.of(f.Candidate, f.last)
		t.no, t.succeeded, t.goodAt = f.Attempt, true, f.last
		for i, p := range f.Previous {
			r.previous(p, i, f)
		}
	}
}

// previous takes a failed candidate as the decision to succeed repeats it.
func (r *run) previous(p backend.Attempt, i int, f fact) {
	m := backend.ParseModelRef(p.Model)
	if m == f.Candidate || p.Model == "" {
		return
	}
	at := p.At.Time
	if at.IsZero() || at.After(f.At) {
		// It does not say when. The order is all that is known.
		at = f.At.Add(time.Duration(i-len(f.Previous)) * time.Millisecond)
	}
	t := r.tries.of(m, at)
	if t.failedAt.IsZero() {
		t.fail(at)
	}
	if p.Decision == backend.AttemptSkipped {
		t.skipped = true
	} else if !t.skipped {
		t.failed = true
	}
	if t.reason == "" {
		t.reason = p.Reason
	}
	if t.status == 0 && p.Status != nil {
		t.status = sane(*p.Status)
	}
	set(&t.code, p.Code)
	set(&t.details[fromPrevious], p.Detail)
}

// readTurn takes what the transcript says: who began, who failed, who answered.
func (r *run) readTurn(facts []fact) {
	var cur *try
	chosen := false
	asked := askedAt(facts)
	for _, f := range facts {
		switch f.Kind {
		case backend.TraceChosen:
			chosen = true // a person's choice: the next model is no fallback
		case backend.TraceCandidate:
			at := latest(f.At, asked) // it is noted before the message that begins the turn
			next := r.tries.of(f.Candidate, at)
			if cur != nil && cur != next {
				cur.leave(at, chosen)
			}
			if cur != next || next.start.IsZero() {
				next.start, chosen = at, false
			}
			cur = next
		case backend.TraceAnswer:
			t := r.tries.of(f.Candidate, f.At)
			if cur != nil && cur != t {
				cur.leave(f.At, chosen)
			}
			cur, chosen = t, false
			t.answer(f)
		}
	}
}

// askedAt is when the person's message came, zero where it is not told.
func askedAt(facts []fact) time.Time {
	for _, f := range facts {
		if f.Kind == backend.TraceUser && !f.Injected {
			return f.At
		}
	}
	return time.Time{}
}

// leave ends a model's turn because another one's begins. Without a failure of
// its own it failed all the same, since 2026.9 leaves failed tries out of the
// transcript, unless it had answered in full or a person chose the other model.
func (t *try) leave(at time.Time, chosen bool) {
	broken := t.failedAt.After(t.goodAt) || t.abortedAt.After(t.goodAt)
	if t.succeeded || !broken && (chosen || t.done) {
		return
	}
	t.failed = true
	if !broken {
		t.fail(at)
	}
	if t.abortedAt.After(t.failedAt) {
		t.fail(t.abortedAt)
	}
}

func (t *try) answer(f fact) {
	switch {
	case failed(f):
		t.errors++
		t.fail(f.last)
		t.learn(f, fromTranscript)
	case aborted(f):
		t.abortedAt = f.last
		if f.Detail != "" {
			set(&t.details[fromTranscript], f.Detail)
		}
	case good(f):
		t.goodAt, t.done = f.last, final(f)
		t.errors = 0
	}
}

// stops takes what cuts a run off.
func (r *run) stops(facts []fact) {
	for _, f := range facts {
		if f.Kind == backend.TraceStopped {
			t := r.tries.of(f.Candidate, f.At)
			t.stopped, t.failed = true, true
			t.fail(f.last)
			t.learn(f, fromDecision)
		}
	}
	for _, f := range facts {
		if f.Kind == backend.TraceRunTimeout {
			t := r.timedOutTry(f)
			t.timedOut = true
			t.first = earliest(t.first, f.At)
			t.fail(f.last)
			if t.reason == "" {
				t.reason = "timeout"
			}
		}
	}
}

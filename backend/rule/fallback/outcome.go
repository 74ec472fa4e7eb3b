package fallback

import (
	"regexp"
	"time"

	"pilotlight/backend"
)

// timedOutTry is the model that a run's time-out cut off: the one that failed
// at that moment, else the one whose turn it was. Where the records name none
// it is a model without a name: 2026.2 writes nothing of a first try that hung.
func (r *run) timedOutTry(f fact) *try {
	if f.Candidate != (backend.ModelRef{}) {
		return r.tries.of(f.Candidate, f.At)
	}
	var open *try
	for _, t := range r.tries {
		for _, end := range []time.Time{t.failedAt, t.abortedAt} {
			if !end.IsZero() && end.Sub(f.At).Abs() <= slack {
				return t
			}
		}
		if !t.first.After(f.At) && t.failedAt.IsZero() && t.goodAt.IsZero() && !t.skipped {
			open = t
		}
	}
	if open != nil {
		return open
	}
	t := r.tries.of(backend.ModelRef{}, f.At)
	t.failed = true
	return t
}

// ask settles which model was asked for: as the log says, else the one whose
// turn came first.
func (r *run) ask() {
	if r.requested == (backend.ModelRef{}) && len(r.tries) > 0 {
		r.requested = r.tries[0].model
	}
}

// decide says how the run ended, or after how much silence it counts as ended.
func (r *run) decide(t tale, facts []fact) {
	who := r.answerer()
	for _, x := range r.tries {
		if x != who && x.succeeded { // it answered, and failed after all
			x.succeeded, x.failed = false, true
		}
	}
	if who != nil {
		if who.model != r.requested && r.passedOver(who) {
			r.answered, r.outcome = who.model, backend.FellBack
			who.succeeded, who.end = true, who.goodAt
			r.end = who.goodAt
		}
		return
	}
	for _, x := range r.tries {
		if x.stopped {
			r.outcome = backend.Stopped
			return
		}
	}
	if exhausted(facts) {
		r.outcome = backend.Exhausted
		return
	}
	r.unfinished(t)
}

// answerer is the model that answered, nil if none did or none is known to.
func (r *run) answerer() *try {
	var who *try
	for _, t := range r.tries {
		switch {
		case t.succeeded && !t.failedAt.After(t.goodAt):
			return t
		case t.goodAt.IsZero() || t.failedAt.After(t.goodAt) || t.abortedAt.After(t.goodAt):
		case who == nil || t.goodAt.After(who.goodAt):
			who = t
		}
	}
	return who
}

// passedOver says whether another model failed or was skipped before who.
func (r *run) passedOver(who *try) bool {
	for _, t := range r.tries {
		if t == who {
			continue
		}
		if t.failed || t.skipped || !t.failedAt.IsZero() && t.failedAt.After(t.goodAt) && !t.failedAt.After(who.goodAt) {
			t.failed = t.failed || !t.skipped
			return true
		}
	}
	return false
}

// exhausted says whether the log tells of the chain's last failure.
func exhausted(facts []fact) bool {
	highest, end := 0, false
	for _, f := range facts {
		if f.Kind != backend.TraceDecision || f.Decision != "candidate_failed" && f.Decision != "skip_candidate" {
			continue
		}
		last := lastOfChain(f)
		if last && f.Attempt >= highest {
			end = true
		} else if f.Attempt > highest {
			end = false
		}
		highest = max(highest, f.Attempt)
	}
	return end
}

// unfinished is a run that nothing ends but silence.
func (r *run) unfinished(t tale) {
	broken := r.broken()
	switch {
	case len(broken) == 0:
	case endsInError(t.turn):
		r.settle = settleError(t)
		switch {
		case len(broken) > 1:
			r.outcome = backend.Exhausted
		case broken[0].failed: // the chain goes on, as the log says
			r.outcome, r.settle = backend.Stopped, settleStopped
		default:
			r.outcome = backend.ErrorAsReply
		}
	case endsInAbort(t.turn) && !anyTimedOut(broken):
	case len(broken) == 1 && !broken[0].failed && !broken[0].timedOut:
		// The log alone: OpenClaw tries again after an error that it has a reason
		// for, and says nothing when that works.
		if broken[0].surfaced || broken[0].reason == "" && broken[0].ends > 0 {
			r.outcome, r.settle = backend.ErrorAsReply, settleShort
		}
	default:
		r.outcome, r.settle = backend.Stopped, settleStopped
	}
	if r.outcome != "" {
		for _, x := range broken {
			x.failed = x.failed || !x.skipped
		}
	}
}

// broken are the models that failed and did not recover.
func (r *run) broken() tries {
	var list tries
	for _, t := range r.tries {
		if t.abortedAt.After(t.failedAt) && timedOut(t.details[fromTranscript]) {
			t.timedOut = true
			t.fail(t.abortedAt)
		}
		if t.failed || t.skipped || t.failedAt.After(t.goodAt) {
			list = append(list, t)
		}
	}
	return list
}

func anyTimedOut(list tries) bool {
	for _, t := range list {
		if t.timedOut || t.failed {
			return true
		}
	}
	return false
}

// endsInError says whether the last answer of a turn is an error.
func endsInError(t *turn) bool { return t != nil && lastAnswer(t.facts, failed) }

func endsInAbort(t *turn) bool { return t != nil && lastAnswer(t.facts, aborted) }

func lastAnswer(facts []fact, is func(fact) bool) bool {
	for i := len(facts) - 1; i >= 0; i-- {
		switch facts[i].Kind {
		case backend.TraceAnswer:
			return is(facts[i])
		case backend.TraceCandidate:
			return false
		}
	}
	return false
}

// settleError is how long the error at the end of a turn must stand alone.
func settleError(t tale) time.Duration {
	n, last := 0, fact{}
	for _, f := range t.turn.facts {
		if failed(f) {
			n, last = n+f.count(), f
		}
		if good(f) {
			n = 0
		}
	}
	ended := t.turn.chat.indexed.Sub(last.last)
	switch {
	case !t.turn.last, n >= lastTry, last.Source == backend.SourceState, !triedAgain.MatchString(last.Detail),
		ended >= 0 && ended <= slack:
		return settleShort
	}
	return settleLong
}

// triedAgain are the errors after which 2026.2 and 2026.3 ask the same model
// again: seen were 429, 500 and a refused connection; not seen with 400 and 404.
var triedAgain = regexp.MustCompile(`(?i)overloaded|rate.?limit|too many requests|\b(429|500|502|503|504|529)\b|unavailable|` +
	`server error|internal error|connection.?(error|refused|reset)|fetch failed|other side closed|socket hang up|terminated|timed?.?out|^$`)

var timedOutText = regexp.MustCompile(`(?i)timed?[ -]?out|deadline exceeded`)

func timedOut(s string) bool { return timedOutText.MatchString(s) }

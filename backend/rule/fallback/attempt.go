package fallback

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

// try is one model's turn in a run, while it is put together.
type try struct {
	model backend.ModelRef
	no    int // its place in the chain, where told
	first time.Time
	start time.Time // zero is not known
	end   time.Time

	failed, skipped, succeeded bool
	surfaced                   bool // its error went to the person
	failedAt, goodAt           time.Time

	errors int // answers that are errors
	ends   int // ends of a run with an error
	told   int // tries, as a line counts them

	reason, code  string
	status        int
	details       [levels]string // by nearness to the provider
	preload       string
	done          bool // it answered in full
	abortedAt     time.Time
	stopped       bool // the chain was cut here
	timedOut      bool
	transportCode string
	httpStatus    int
}

// Where an error text comes from, the nearest to the provider first.
const (
	fromTranscript = iota
	fromRun
	fromFailover
	fromDecision
	fromTransport
	fromPrevious
	fromLane
	levels
)

// tries is the run's list of models, in the order in which they were asked.
type tries []*try

// of finds a model's turn, or begins it.
func (l *tries) of(m backend.ModelRef, at time.Time) *try {
	for _, t := range *l {
		if t.model == m {
			if at.Before(t.first) {
				t.first = at
			}
			return t
		}
	}
	t := &try{model: m, first: at}
	*l = append(*l, t)
	return t
}

// sort puts them in the order of the chain where it is told, else of time.
func (l tries) sort() {
	slices.SortStableFunc(l, func(a, b *try) int {
		if a.no > 0 && b.no > 0 && a.no != b.no {
			return a.no - b.no
		}
		return a.first.Compare(b.first)
	})
}

// fail notes a failure that ended at a moment.
func (t *try) fail(at time.Time) {
	if at.After(t.failedAt) {
		t.failedAt = at
	}
	if at.After(t.end) {
		t.end = at
	}
}

// learn fills in what a fact says of the error.
func (t *try) learn(f fact, level int) {
	if f.Reason != "" && (t.reason == "" || f.Kind == backend.TraceDecision) {
		t.reason = f.Reason
	}
	if f.Status != 0 && (t.status == 0 || f.Kind == backend.TraceDecision) {
		t.status = f.Status
	}
	set(&t.code, f.Code)
	set(&t.details[level], f.Detail)
	t.told = max(t.told, f.Tries)
	t.timedOut = t.timedOut || f.TimedOut
}

// detail is the text that is nearest to the provider and says something.
func (t *try) detail() string {
	text := ""
	for _, d := range t.details {
		if d == "" {
			continue
		}
		if text == "" || timedOut(d) && !timedOut(text) && !t.cut() { // "aborted" says less than by what
			text = d
		}
		if !vague(d) {
			text = d
			break
		}
	}
	if t.preload != "" && (text == "" || vague(text)) {
		text = clip(strings.TrimPrefix(text+" · "+t.preload, " · "), backend.MaxDetail)
	}
	return text
}

// cut says whether the transport itself tells that the connection broke off:
// OpenClaw calls that a time-out in words of its own (2026.9).
func (t *try) cut() bool {
	return phraseIn(strings.ToLower(cmp.Or(t.code, t.transportCode))) == failedCut
}

// count is how often the model was asked, 0 where nothing tells.
func (t *try) count() int { return max(t.errors, t.ends, t.told) }

// attempt is the turn as the history keeps it.
func (t *try) attempt() backend.Attempt {
	start := t.start
	if start.After(t.end) { // by a clock that was set back
		start = t.end
	}
	a := backend.Attempt{
		Model: t.model.String(), StartedAt: backend.AtPtr(start), At: backend.At(t.end),
		Decision: backend.AttemptFailed, Reason: t.reason, Code: cmp.Or(t.code, t.transportCode), Detail: t.detail(),
	}
	switch {
	case t.succeeded:
		a.Decision = backend.AttemptSucceeded
		a.Reason, a.Code, a.Detail = "", "", ""
		return a
	case t.skipped && !t.failed:
		a.Decision = backend.AttemptSkipped
	case t.count() > 0:
		n := t.count()
		a.Tries = &n
	}
	if n := cmp.Or(t.status, t.httpStatus); n != 0 {
		a.Status = &n
	}
	return a
}

// vague says whether a text says nothing but that it failed, or is OpenClaw's
// own wording of a text that may stand elsewhere.
func vague(s string) bool {
	s = strings.ToLower(strings.TrimRight(strings.TrimSpace(s), "."))
	switch s {
	case "", "connection error", "fetch failed", "aborted", "request was aborted", "terminated", "undefined", "null",
		"llm request failed", "llm request timed out", "request timed out", "an unknown error occurred", "unknown error":
		return true
	}
	return strings.HasPrefix(s, "llm request failed:") || strings.HasPrefix(s, "⚠️") ||
		strings.HasPrefix(s, "the selected model was not found by the provider") ||
		strings.HasPrefix(s, "lm studio inference preload failed")
}

package fallback

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"time"

	"pilotlight/backend"
)

// maxTold bounds the records that are remembered to be added to.
const maxTold = 256

// told is a record as it was last handed out, with what tells its run.
type told struct {
	record backend.Fallback
	run    string // the name of its thread, "" if it was told without one
	turnID time.Time
	silent bool // only silence decided it
}

// tell hands a run out, if it is a fallback and says anything new. quiet is how
// long nothing was heard of it.
func (a *Assembler) tell(t tale, quiet time.Duration) []backend.Fallback {
	r := understand(t)
	if r.outcome == "" || r.settle > quiet {
		return nil
	}
	fresh := told{record: r.record(), run: r.thread, turnID: r.turnID, silent: r.settle > 0}
	if n := t.turn.told(); fresh.run == "" && n != nil {
		fresh.run = n.Run // its thread is forgotten
	}
	at := a.find(fresh)
	if at < 0 {
		fresh.record.Key = t.key()
		if fresh.record.Key != "" && fresh.silent {
			return nil // it was told, and forgotten since
		}
		if fresh.record.Key == "" {
			fresh.record.Key = r.key()
		}
		t.name(fresh.record.Key, fresh.run)
		a.told = append(a.told, fresh)
		a.told = a.told[max(0, len(a.told)-maxTold):]
		return []backend.Fallback{clone(fresh.record)}
	}
	old := a.told[at]
	if fresh.silent && !old.silent {
		return nil // a piece of a run whose end is known was told again
	}
	fresh.record.Key = old.record.Key
	if fresh.isOfLaterTurn(old) {
		old.record.At, old.record.LostSeconds = fresh.record.At, nil
	}
	t.name(old.record.Key, old.run)
	enrich(&fresh.record, old.record)
	fill(&fresh.run, old.run)
	if fresh.turnID.IsZero() {
		fresh.turnID = old.turnID
	}
	if reflect.DeepEqual(fresh.record, old.record) {
		a.told[at] = fresh
		return nil
	}
	a.told = append(slices.Delete(a.told, at, at+1), fresh)
	return []backend.Fallback{clone(fresh.record)}
}

// isOfLaterTurn says whether a run was told with the turn before its own, while its own
// was still to be read.
func (n told) isOfLaterTurn(old told) bool {
	return n.run != "" && n.run == old.run && !old.turnID.IsZero() && n.turnID.After(old.turnID)
}

// keyOfRun begins the key of a run that the log names.
const keyOfRun = "run:"

// key names the run for good: by its id where the log tells one, else by its
// turn.
func (r *run) key() string {
	switch {
	case r.runID != "":
		return keyOfRun + cmp.Or(r.thread, r.runID)
	case r.sessionID != "":
		return fmt.Sprintf("turn:%s:%d", r.sessionID, r.begin.UnixMilli())
	}
	return fmt.Sprintf("at:%d:%s", r.begin.UnixMilli(), r.requested)
}

// record is the run as the history keeps it.
func (r *run) record() backend.Fallback {
	f := backend.Fallback{
		At: backend.At(r.begin), EndedAt: backend.AtPtr(r.end), Source: string(r.source), RunID: r.runID,
		SessionID: r.sessionID, SessionKey: r.sessionKey, AgentID: r.agentID, Requested: r.requested.String(),
		Outcome: r.outcome, LostSeconds: r.lost(), Attempts: []backend.Attempt{},
	}
	if r.outcome == backend.FellBack {
		who := r.answered.String()
		f.Answered = &who
	}
	for _, t := range r.tries {
		if !t.failed && !t.skipped && !t.succeeded {
			continue
		}
		if len(f.Attempts) == maxPrevious {
			break
		}
		f.Attempts = append(f.Attempts, t.attempt())
		if f.Reason == "" && !t.succeeded {
			f.Reason = t.reason
		}
	}
	return f
}

// find looks for the run among those that were told, by its name and its id first; -1
// is none.
func (a *Assembler) find(n told) int {
	if n.run != "" {
		if i := slices.IndexFunc(a.told, func(t told) bool { return t.run == n.run }); i >= 0 {
			return i
		}
	}
	if id := n.record.RunID; id != "" {
		if i := slices.IndexFunc(a.told, func(t told) bool { return t.record.RunID == id && sameThread(t, n) }); i >= 0 {
			return i
		}
	}
	for i := len(a.told) - 1; i >= 0; i-- {
		if sameRun(a.told[i], n) {
			return i
		}
	}
	return -1
}

// sameRun says whether two records are of one run. An id that both bear decides.
func sameRun(a, b told) bool {
	switch {
	case a.record.RunID != "" && b.record.RunID != "":
		return a.record.RunID == b.record.RunID && sameThread(a, b)
	case !a.turnID.IsZero() && !b.turnID.IsZero() && a.record.SessionID == b.record.SessionID && a.record.SessionID != "":
		return a.turnID.Equal(b.turnID)
	case a.record.SessionID != "" && b.record.SessionID != "":
		return a.record.SessionID == b.record.SessionID && overlap(a.record, b.record, time.Second)
	}
	return a.record.Requested == b.record.Requested && sameAnswer(a.record, b.record) &&
		a.record.EndedAt.Sub(b.record.EndedAt.Time).Abs() <= slack && overlap(a.record, b.record, slack)
}

// sameThread says whether two records can be of one thread. One without a thread
// goes by its id alone.
func sameThread(a, b told) bool { return a.run == "" || b.run == "" || a.run == b.run }

func sameAnswer(a, b backend.Fallback) bool {
	return a.Answered == nil && b.Answered == nil || a.Answered != nil && b.Answered != nil && *a.Answered == *b.Answered
}

func overlap(a, b backend.Fallback, within time.Duration) bool {
	return !a.At.After(b.EndedAt.Add(within)) && !b.At.After(a.EndedAt.Add(within))
}

// enrich keeps what an earlier sighting knew and this one does not: the traces
// behind it may be forgotten.
func enrich(f *backend.Fallback, old backend.Fallback) {
	if old.RunID != "" {
		f.RunID = old.RunID // which a turn that names two does not change
	}
	fill(&f.SessionID, old.SessionID)
	fill(&f.SessionKey, old.SessionKey)
	fill(&f.AgentID, old.AgentID)
	fill(&f.Requested, old.Requested)
	fill(&f.Reason, old.Reason)
	if f.LostSeconds == nil {
		f.LostSeconds = old.LostSeconds
	} else if earlier := f.At.Sub(old.At.Time).Seconds(); earlier > 0 && old.LostSeconds != nil {
		s := *f.LostSeconds + earlier
		f.LostSeconds = &s
	}
	if old.At.Before(f.At.Time) {
		f.At = old.At
	}
	for i := range f.Attempts {
		for _, o := range old.Attempts {
			if o.Model == f.Attempts[i].Model && o.Decision == f.Attempts[i].Decision {
				enrichAttempt(&f.Attempts[i], o)
			}
		}
	}
}

func enrichAttempt(a *backend.Attempt, old backend.Attempt) {
	if a.Tries == nil {
		a.Tries = old.Tries
	}
	if a.Status == nil {
		a.Status = old.Status
	}
	if a.StartedAt == nil && old.StartedAt != nil && !old.StartedAt.After(a.At.Time) {
		a.StartedAt = old.StartedAt
	}
	fill(&a.Reason, old.Reason)
	fill(&a.Code, old.Code)
	fill(&a.Detail, old.Detail)
}

// fill fills in what is not known yet.
func fill(p *string, v string) {
	if *p == "" {
		*p = v
	}
}

// clone shares nothing with f that a caller might change.
func clone(f backend.Fallback) backend.Fallback {
	f.Attempts = slices.Clone(f.Attempts)
	return f
}

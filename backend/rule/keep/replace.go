package keep

import (
	"fmt"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// replace deals with an instance that is dead, too small, or that a person
// wants replaced. Replacing means to unload it first, so everything that would
// stand against the load after it is asked before.
func (s State) replace(m backend.Model, f Facts, set Settings) verdict {
	old := m.Instances[0]
	v := verdict{s: s, state: backend.KeepWaiting, why: s.whyReplace(m, old)}
	if f.Doubtful {
		return v
	}
	if f.Now.Before(s.Next) {
		v.next = s.Next
		return v
	}
	if old.Crashed {
		return s.remove(v, old, f.Now, set)
	}
	if why, until := s.held(f, set); why != nil {
		v.why, v.next = why, until
		return v
	}
	if neverFits(m, f.Fit) {
		v.state, v.why = backend.KeepBlocked, &backend.Error{
			Code: "memory", Message: fit.Sentence(f.Fit, m.Name), Hint: "Keep a smaller context or model.",
		}
		return v
	}
	confirmed := s.Confirmed && (old.Busy == nil || !*old.Busy)
	if confirmed || s.Idle.proven(old.ID, f.Now, set) {
		return s.remove(v, old, f.Now, set)
	}
	if s.Idle.due(old.ID, f.Now) {
		v.act = Action{Kind: AskBusy, Instance: old.ID}
	}
	if s.Idle.instance == old.ID && s.Idle.unknown {
		v.state, v.why = backend.KeepBlocked, s.needsConfirmation(v.why)
	}
	return v
}

// neverFits says whether the new instance would not even fit into the memory
// that there will be once the old one has gone. The old one frees its weights
// at least.
func neverFits(m backend.Model, need *backend.Fit) bool {
	if need == nil || need.LimitBytes == nil {
		return false
	}
	least := need.TotalBytes + fit.Reserved(need)
	if least > *need.LimitBytes {
		return true
	}
	return need.AvailableBytes != nil && m.SizeBytes != nil && least > *need.AvailableBytes+*m.SizeBytes
}

// remove asks for an unload, and asks again more and more seldom where the
// server says that it did it and goes on listing the instance.
func (s State) remove(v verdict, old backend.Instance, now time.Time, set Settings) verdict {
	tries := 0
	if r := s.Removal; r != nil && r.Instance == old.ID {
		tries = r.Tries
		again := r.At.Add(backoff(tries-1, set))
		if now.Before(again) && !now.Before(r.At) {
			if v.state != backend.KeepWarm {
				v.next = again
			}
			return v
		}
	}
	v.s.Removal = &removal{Instance: old.ID, At: now, Tries: tries + 1}
	v.act = Action{Kind: Unload, Instance: old.ID}
	return v
}

func (s State) whyReplace(m backend.Model, old backend.Instance) *backend.Error {
	if old.Crashed {
		return &backend.Error{
			Code:    backend.CodeModelCrashed,
			Message: fmt.Sprintf("%s is listed as loaded, but its engine has crashed.", m.Name),
			Hint:    "Pilotlight removes it and loads it again.",
		}
	}
	want := s.wanted(m)
	if want == nil || old.ContextLength == nil || *old.ContextLength >= *want {
		return &backend.Error{Code: "replacing", Message: fmt.Sprintf("%s is being replaced, as you asked.", m.Name)}
	}
	return &backend.Error{
		Code: "context_too_small",
		Message: fmt.Sprintf("%s is loaded with a context of %d tokens; %d are wanted.",
			m.Name, *old.ContextLength, *want),
		Hint: fmt.Sprintf("It is replaced once it has been idle for %d s, so that no answer is cut off.", idleSeconds),
	}
}

// idleSeconds is IdleProof's default, for the sentence.
const idleSeconds = 60

func (s State) needsConfirmation(why *backend.Error) *backend.Error {
	return &backend.Error{
		Code:    "confirm_replace",
		Message: why.Message,
		Hint:    "The server does not tell whether it is answering someone. Replace it when you know that it is not, or keep it with a smaller context.",
	}
}

const (
	// askEvery is the least time between two questions whether an instance is
	// answering someone; retryUnknown is the same for a server that could not tell.
	askEvery     = 5 * time.Second
	retryUnknown = time.Minute
	// freshProof is how old the last reading may be to act on it: the step that
	// follows it does. idleGap is how far two readings may be apart to prove the
	// time between them.
	freshProof = time.Second
	idleGap    = 15 * time.Second
)

// proven says whether the instance has been idle for long enough.
func (p idleProof) proven(instance string, now time.Time, set Settings) bool {
	return p.instance == instance && !p.since.IsZero() && p.fresh(now) && now.Sub(p.since) >= set.IdleProof
}

func (p idleProof) fresh(now time.Time) bool {
	return now.Sub(p.asked) < freshProof && !now.Before(p.asked)
}

// AskAgainIn is how long until an instance that is being proven idle is asked again;
// 0 is not at all. Where looks are further apart than that the hub has to take a
// step between them, or the readings would be too far apart to prove anything.
func (s State) AskAgainIn(now time.Time) time.Duration {
	if s.Idle.since.IsZero() {
		return 0
	}
	left := askEvery - now.Sub(s.Idle.asked)
	if left > askEvery {
		return 0 // the clock was set back
	}
	return max(left, 0)
}

// due says whether to ask (again) what the instance is doing.
func (p idleProof) due(instance string, now time.Time) bool {
	since := now.Sub(p.asked)
	switch {
	case p.instance != instance || since < 0:
		return true
	case p.unknown:
		return since >= retryUnknown
	}
	return since >= askEvery
}

package keep

import (
	"time"

	"pilotlight/backend"
)

// Keep starts to keep a target; what was learned about an earlier one is
// forgotten.
func Keep(t backend.Target, now time.Time) State { return State{}.Retarget(t, now) }

// Retarget is Keep for one who may keep something already. Asking for the same
// model again is the person's "go on": failures and pauses are forgotten, a
// load that runs is not.
func (s State) Retarget(t backend.Target, now time.Time) State {
	if t.Policy == "" {
		t.Policy = backend.RespectManual
	}
	next := State{Target: &t, Since: now}
	if was := s.Target; was == nil {
		next.Hold = s.Hold // of what is forgotten nobody knows which model it was
	} else if was.Server == t.Server && was.Model == t.Model {
		next = next.goingOn(s)
	}
	return next
}

// goingOn takes over what was of a load or an unload that may still run.
func (s State) goingOn(was State) State {
	s.Instance, s.Accepted = was.Instance, was.Accepted
	s.Attempt, s.Asked, s.Awaited, s.Hold, s.Removal = was.Attempt, was.Asked, was.Awaited, was.Hold, was.Removal
	return s
}

// Paused stops everything for a while; 0 is until Resumed.
func (s State) Paused(d time.Duration, now time.Time) State {
	p := pause{At: now}
	if d > 0 {
		p.Until = now.Add(d)
	}
	s.Pause, s.Confirmed = &p, false
	return s
}

// Resumed goes on at once and forgets failures: a person knows better.
func (s State) Resumed(now time.Time) State {
	if s.Target == nil {
		return s
	}
	return State{Target: s.Target, Since: now}.goingOn(s)
}

// ConfirmReplace lets the held or too small instance be replaced without proof
// that it is idle: a person took that on.
func (s State) ConfirmReplace() State {
	s.Confirmed, s.Block = true, nil
	return s
}

// Forgotten takes in that what was remembered is lost: a load that was asked for
// before may still run, whatever is kept from now on.
func (s State) Forgotten(now time.Time, set Settings) State {
	s.Hold = &hold{At: now, Until: now.Add(set.LostHold)}
	return s
}

// Restarted takes in that Pilotlight itself was away: a load that it had asked
// for may still run, or may have ended.
func (s State) Restarted(now time.Time, set Settings) State {
	if s.Attempt != nil {
		s.Hold = &hold{At: now, Until: now.Add(set.LostHold)}
		s.Attempt = nil
	}
	if s.Asked != nil {
		s.Asked = &asked{Context: s.Asked.Context, Away: true}
	}
	if s.Awaited.After(now) && s.Awaited.After(s.Next) {
		s.Next = s.Awaited // one list without it is no proof that it is not there
	}
	s.Awaited = time.Time{}
	if s.Block != nil && s.Block.Reason.Code == backend.CodeNeedsToken {
		s.Block = nil // it may have been started again with a token
	}
	return s
}

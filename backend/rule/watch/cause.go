package watch

import (
	"fmt"
	"time"

	"pilotlight/backend"
)

// expirySlack is how far a TTL's end, reckoned from a last use that is up to
// half a minute old, may lie from the moment of the disappearance.
const expirySlack = 60 * time.Second

// causeOf says why an instance disappeared, strongest evidence first. No
// interface of LM Studio tells who unloaded a model, so some of it is the best
// explanation of what was seen; the detail says what that was.
func (s *State) causeOf(t track, o backend.Observation) (backend.LoadCause, string) {
	switch {
	case t.crashed != "":
		// Before our own unload: what we removed then was already dead.
		return backend.CauseCrashed, t.crashed
	case t.asked != "":
		return t.asked, ""
	case t.old:
		return backend.CauseUnknown, "It went away while Pilotlight was not running."
	case t.outage.down:
		return backend.CauseServerStopped, s.name() + " stopped or restarted; its models went with it."
	case t.outage.off && len(instances(o.Models)) == 0:
		return backend.CauseServerStopped, s.name() + "'s server was switched off, and came back with nothing loaded."
	}
	if detail, ok := expired(t, o.At); ok {
		return backend.CauseTTL, detail
	}
	if other, ok := s.arrivedSince(t); ok {
		return s.replacedBy(t, other)
	}
	return s.vanished(t)
}

// expired says whether the instance's idle time ran out at about the moment it
// went away: between the last look that showed it and now, give or take.
func expired(t track, now time.Time) (string, bool) {
	v := t.view
	if v.Explicit != nil && *v.Explicit && v.TTLSeconds == nil {
		return "", false
	}
	var end time.Time
	// An end that was read long before the instance went is only the earliest
	// possible one: it may have been used since.
	earliest := t.usedRead.Before(t.lastSeen.Add(-expirySlack))
	switch {
	case v.ExpiresAt != nil:
		end = v.ExpiresAt.Time
	case v.TTLSeconds != nil && v.LastUsedAt != nil:
		end = v.LastUsedAt.Add(seconds(*v.TTLSeconds))
	case v.TTLSeconds != nil:
		end, earliest = v.SeenLoadedAt.Add(seconds(*v.TTLSeconds)), true
	default:
		return "", false
	}
	late := end.After(now.Add(5 * time.Second))
	if late || !earliest && end.Before(t.lastSeen.Add(-expirySlack)) {
		return "", false
	}
	return idleFor(v), true
}

func idleFor(v backend.Instance) string {
	if v.TTLSeconds == nil {
		return "Its idle time (TTL) ran out."
	}
	return fmt.Sprintf("Its idle time (TTL %s) ran out.", seconds(*v.TTLSeconds).Round(time.Second))
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// arrivedSince finds another model's instance that appeared about when this
// one went away.
func (s *State) arrivedSince(t track) (arrival, bool) {
	for i := len(s.arrived) - 1; i >= 0; i-- {
		a := s.arrived[i]
		if a.model != t.model && !a.at.Before(t.lastSeen.Add(-recentFor)) {
			return a, true
		}
	}
	return arrival{}, false
}

// replacedBy tells an eviction from a person's switch: LM Studio evicts only
// what was loaded by a request (its docs: "Idle TTL and Auto-Evict"), so a
// model that was loaded on purpose was unloaded by somebody.
func (s *State) replacedBy(t track, other arrival) (backend.LoadCause, string) {
	if t.view.Explicit != nil && *t.view.Explicit {
		return backend.CauseExternal, fmt.Sprintf("Somebody unloaded it when %s was loaded.", other.model)
	}
	return backend.CauseEvicted, fmt.Sprintf("%s made room for %s.", s.name(), other.model)
}

// vanished is a disappearance with LM Studio up and no other sign.
func (s *State) vanished(t track) (backend.LoadCause, string) {
	if t.view.Explicit != nil {
		return backend.CauseExternal, s.name() + " kept running and nothing else explains it: most likely somebody ejected it there."
	}
	return backend.CauseUnknown, s.name() + " kept running; it does not tell why the model went, and nothing else does."
}

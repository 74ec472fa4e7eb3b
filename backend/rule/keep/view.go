package keep

import (
	"time"

	"pilotlight/backend"
)

// mendClock cuts waits that a clock set back has made longer than they can be.
func (s State) mendClock(now time.Time, set Settings) State {
	cut := func(t time.Time, longest time.Duration) time.Time {
		if t.Sub(now) > longest {
			return now.Add(longest)
		}
		return t
	}
	s.Next = cut(s.Next, set.BackoffCap)
	s.WarmFrom = cut(s.WarmFrom, 0)
	s.Awaited = cut(s.Awaited, set.AppearWithin)
	s.AnsweredAt = cut(s.AnsweredAt, 0)
	if p := s.Pause; p != nil && !p.Until.IsZero() && now.Before(p.At) {
		s.Pause = &pause{Reason: p.Reason, At: now, Until: now.Add(p.Until.Sub(p.At))}
	}
	if b := s.Block; b != nil && !b.Until.IsZero() && now.Before(b.At) {
		s.Block = &block{Reason: b.Reason, At: now, Until: now.Add(b.Until.Sub(b.At)), Available: b.Available}
	}
	if h := s.Hold; h != nil && now.Before(h.At) {
		s.Hold = &hold{At: now, Until: now.Add(h.Until.Sub(h.At))}
	}
	return s
}

func (s State) view(v verdict, f Facts) backend.Keep {
	k := backend.Keep{State: v.state, Reason: v.why, Since: backend.At(s.Since), Policy: backend.RespectManual}
	if s.Target == nil {
		return k
	}
	t := s.Target
	k.Server, k.Model, k.ContextLength, k.Policy, k.Ask = t.Server, t.Model, t.ContextLength, t.Policy, t.Ask
	switch v.state {
	case backend.KeepWarm:
		k.InstanceID, k.NextAttemptAt = s.Instance, backend.AtPtr(v.next)
	case backend.KeepWaiting, backend.KeepBlocked:
		k.NextAttemptAt = backend.AtPtr(v.next)
	case backend.KeepPaused:
		k.PausedUntil = backend.AtPtr(s.Pause.Until)
	case backend.KeepLoading:
		k.Progress, k.ExpectedSeconds = f.Progress, f.Expected
		if s.Attempt != nil {
			k.LoadingSince = backend.AtPtr(s.Attempt.At)
		}
	}
	return k
}

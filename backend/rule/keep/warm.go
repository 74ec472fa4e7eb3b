package keep

import (
	"fmt"
	"time"

	"pilotlight/backend"
)

// swapGrowth is how much swap a load may bring before the machine counts as
// hurt by it, in bytes.
const swapGrowth = 1 << 30

// warm is the good state: the model is in memory. What is left to do is small:
// notice when a load hurt the machine, drop a double of ours, and reset the
// TTL of an instance that somebody's request loaded.
func (s State) warm(m backend.Model, held backend.Instance, f Facts, set Settings) verdict {
	if s.Instance != held.ID || s.WarmFrom.IsZero() {
		s.WarmFrom = f.Now
	}
	s.Instance, s.Awaited, s.Asked, s.Hold, s.Confirmed = held.ID, time.Time{}, nil, nil, false
	if len(within(s.FailedAt, f.Now, set.FailWindow)) < set.MaxFails {
		s.Block = nil // somebody else's load does not make our next one work
	}
	if f.Now.Sub(s.WarmFrom) >= set.HealthyAfter {
		// Engine failures are counted over an hour, however long it was warm in it.
		s.Failures, s.Refusals, s.Losses, s.LastError = 0, 0, nil, nil
	}
	s = s.noticeHurt(f)
	v := verdict{s: s, state: backend.KeepWarm, why: s.remark(m, held)}
	if f.Busy || f.Doubtful {
		return v // what may be gone is not spoken to: that would load it again
	}
	if double, ok := s.ourDouble(m, held, f); ok {
		return s.dropDouble(v, double, f, set)
	}
	if t := f.Server.Tells; t != nil && t.WarmBy == backend.WarmByKeepAlive {
		return s.renewIfDue(v, held, f, set)
	}
	return s.pingIfDue(v, held, f, set)
}

// remark is what a person should know of a model that is warm, if anything.
func (s State) remark(m backend.Model, held backend.Instance) *backend.Error {
	if s.Hurt {
		return &backend.Error{
			Code:    "memory_pressure",
			Message: "Loading it drove the machine into swap; it will answer slowly.",
			Hint:    "Keep a smaller context or model. Pilotlight will not load it again by itself if it goes.",
		}
	}
	want := s.wanted(m)
	if want != nil && held.ContextLength != nil && *held.ContextLength < *want {
		return &backend.Error{
			Code:    "context_smaller",
			Message: fmt.Sprintf("The server gave it a context of %d tokens instead of %d.", *held.ContextLength, *want),
			Hint:    "It is kept as it is: loading again would end the same. A smaller model, or more free memory, gets more context.",
		}
	}
	return nil
}

// noticeHurt compares swap and pressure with the time before our load.
func (s State) noticeHurt(f Facts) State {
	if f.Memory == nil || s.Before == nil {
		return s
	}
	was, is := s.Before, f.Memory
	grown := is.SwapUsedBytes != nil && was.SwapBytes != nil && *is.SwapUsedBytes-*was.SwapBytes > swapGrowth
	if grown || critical(is) && !was.Critical {
		s.Hurt = true
	}
	if f.Now.Sub(s.WarmFrom) > 2*time.Minute {
		s.Before = nil // later swap has other reasons
	}
	return s
}

func critical(m *backend.Memory) bool { return m.Pressure != nil && *m.Pressure == "critical" }

// ourDouble finds an instance that we loaded although another serves: somebody
// loaded the same model while our load ran, or a load whose answer was lost
// ended after all.
func (s State) ourDouble(m backend.Model, held backend.Instance, f Facts) (backend.Instance, bool) {
	if f.Ours == nil {
		return backend.Instance{}, false
	}
	for _, i := range m.Instances {
		if i.ID != held.ID && f.Ours(i.ID) {
			return i, true
		}
	}
	return backend.Instance{}, false
}

func (s State) dropDouble(v verdict, double backend.Instance, f Facts, set Settings) verdict {
	switch {
	case s.Idle.proven(double.ID, f.Now, set):
		return s.remove(v, double, f.Now, set)
	case s.Idle.due(double.ID, f.Now):
		v.act = Action{Kind: AskBusy, Instance: double.ID}
	}
	return v
}

// pingIfDue resets the TTL of an instance that will expire: once per use, late
// in its idle time, and only when it is known to be idle, because a ping can
// queue behind an answer and can cost another conversation its prompt cache
// (lmstudio-bug-tracker #2320).
func (s State) pingIfDue(v verdict, held backend.Instance, f Facts, set Settings) verdict {
	if held.TTLSeconds == nil {
		return v
	}
	ttl := time.Duration(*held.TTLSeconds * float64(time.Second))
	used := held.SeenLoadedAt.Time // it cannot have been idle for longer
	if held.LastUsedAt != nil {
		used = held.LastUsedAt.Time
	}
	due := used.Add(time.Duration(float64(ttl) * set.PingShare))
	if ttl < set.MinPingTTL || f.Now.Before(due) || s.PingedFor.Equal(used) {
		return v
	}
	idleNow := s.Idle.instance == held.ID && !s.Idle.since.IsZero() && s.Idle.fresh(f.Now)
	switch {
	case idleNow && (held.Busy == nil || !*held.Busy):
		v.s.PingedFor = used
		v.act = Action{Kind: Ping, Instance: held.ID}
	case s.Idle.due(held.ID, f.Now):
		v.act = Action{Kind: AskBusy, Instance: held.ID}
	}
	return v
}

// renewIfDue has an instance that will expire stay for good, late in its time and
// once for each end that it is given. On such a server every request that names no
// keep_alive of its own, as OpenClaw's do, gives it one again (Ollama 0.17, 5 min
// later unless its settings say otherwise). Asking costs no token and waits for
// nobody.
func (s State) renewIfDue(v verdict, held backend.Instance, f Facts, set Settings) verdict {
	if held.ExpiresAt == nil || f.Now.Before(held.ExpiresAt.Add(-set.RenewBefore)) || s.PingedFor.Equal(held.ExpiresAt.Time) {
		return v
	}
	v.s.PingedFor = held.ExpiresAt.Time
	v.act = Action{Kind: Renew, Instance: held.ID}
	return v
}

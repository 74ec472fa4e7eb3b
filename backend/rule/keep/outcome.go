package keep

import (
	"fmt"
	"time"

	"pilotlight/backend"
)

// Lost takes in that an instance left memory. f is what is known after it. The
// cause decides: what nobody meant is loaded again, what a person did is
// respected, what keeps happening is left alone.
func (s State) Lost(row backend.Load, f Facts, set Settings) State {
	if s.Target == nil || row.Event != backend.Unloaded || row.Model != s.Target.Model || row.Server != s.Target.Server {
		return s
	}
	if m, ok := model(f.Server, s.Target.Model); ok {
		if _, held := s.satisfied(m); held {
			return s // a double went; the model is still warm
		}
	}
	if s.Instance != "" && row.InstanceID != s.Instance {
		return s
	}
	s.Instance, s.Accepted, s.Removal, s.WarmFrom = "", nil, nil, time.Time{}
	switch row.Cause {
	case backend.CauseKeepWarm:
		return s
	case backend.CauseUser:
		return s.pausedBecause(backend.Error{
			Code: "unloaded_by_you", Message: "You unloaded it.", Hint: "Resume to load it again.",
		}, 0, f.Now)
	case backend.CauseExternal:
		if s.Target.Policy != backend.Always {
			return s.pausedBecause(backend.Error{
				Code: "ejected", Message: "Somebody unloaded it outside Pilotlight.",
				Hint: "Resume to load it again now, or choose to always keep it loaded.",
			}, set.EjectPause, f.Now)
		}
	}
	if s.Pause != nil {
		return s // it is paused for longer than what follows would take
	}
	if s.Hurt {
		s.Block = &block{At: f.Now, Reason: &backend.Error{
			Code: "memory_pressure", Message: "It went, after loading it had driven the machine into swap.",
			Hint: "Keep a smaller context or model, or resume to try once more.",
		}}
		return s
	}
	return s.countLoss(row, f.Now, set)
}

// countLoss loads again at once after the first loss, later after each further
// one, and stops where the engine is unstable.
func (s State) countLoss(row backend.Load, now time.Time, set Settings) State {
	s.Next = time.Time{}
	if row.Cause == backend.CauseTTL {
		return s
	}
	s.Losses = append(within(s.Losses, now, set.LossWindow), now)
	n := len(s.Losses)
	unexplained := row.Cause == backend.CauseCrashed || row.Cause == backend.CauseUnknown
	if unexplained && n >= 2 && s.Target.Policy != backend.Always {
		return s.pausedBecause(backend.Error{
			Code:    "unstable",
			Message: fmt.Sprintf("It was lost %d times within %s.", n, minutes(set.LossWindow)),
			Hint:    "Look at LM Studio's log; then resume. A smaller context, or updating its runtime, often helps.",
		}, set.EjectPause, now)
	}
	if n >= 2 || row.Cause == backend.CauseExternal {
		s.Next = now.Add(backoff(n-1, set))
	}
	s.LastError = &backend.Error{Code: "lost", Message: fmt.Sprintf("It was lost %s within %s.", times(n), minutes(set.LossWindow))}
	return s
}

func minutes(d time.Duration) string {
	if d < 2*time.Minute {
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	}
	return fmt.Sprintf("%d minutes", int(d.Minutes()))
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// pausedBecause pauses for d, 0 being for ever, unless that would end a pause
// sooner.
func (s State) pausedBecause(why backend.Error, d time.Duration, now time.Time) State {
	if p := s.Pause; p != nil && d > 0 && (p.Until.IsZero() || p.Until.After(now.Add(d))) {
		return s
	}
	s = s.Paused(d, now)
	s.Pause.Reason = &why
	return s
}

// LoadEnded takes in how the load that Step asked for ended. What is really
// loaded, and with which context, the next list tells; res is the server's word.
func (s State) LoadEnded(res backend.LoadResult, err error, f Facts, set Settings) State {
	if s.Attempt == nil {
		return s // of a load for what was kept before
	}
	s.Attempt = nil
	if err == nil {
		s.Awaited = f.Now.Add(set.AppearWithin)
		s.LastError, s.Refusals, s.Instance = nil, 0, res.InstanceID
		return s
	}
	why := backend.AsError(err)
	s.LastError = why
	switch why.Code {
	case backend.CodeTimeout, backend.CodeNetwork, backend.CodeServerOff, backend.CodeAppOff:
		s.Hold = &hold{At: f.Now, Until: f.Now.Add(set.LostHold)}
		return s
	}
	s.Asked = nil
	switch why.Code {
	case backend.CodeBusy: // it comes by somebody else's load, and this was no failure
		s.Next = f.Now.Add(set.Settle)
		return s
	case backend.CodeGuardrail:
		return s.refused(why, f, set)
	case backend.CodeNeedsToken, backend.CodeSchema, backend.CodeModelMissing, backend.CodeUnsupported:
		s.Block = &block{Reason: why, At: f.Now}
		if why.Code != backend.CodeSchema && why.Code != backend.CodeUnsupported {
			s.Block.Until = f.Now.Add(set.RefusalRetry)
		}
		return s
	}
	return s.failed(why, f, set)
}

// refused counts the server's memory refusals: the second one in a row ends
// the tries until memory changes or an hour has passed.
func (s State) refused(why *backend.Error, f Facts, set Settings) State {
	s.Refusals++
	if s.Refusals < 2 {
		return s.backOff(f.Now, set)
	}
	s.Block = &block{Reason: why, At: f.Now, Until: f.Now.Add(set.RefusalRetry)}
	if f.Memory != nil {
		s.Block.Available = f.Memory.AvailableBytes
	}
	return s
}

// failed counts engine failures: a few an hour, no more.
func (s State) failed(why *backend.Error, f Facts, set Settings) State {
	s.FailedAt = append(within(s.FailedAt, f.Now, set.FailWindow), f.Now)
	if len(s.FailedAt) >= set.MaxFails {
		until := s.FailedAt[len(s.FailedAt)-set.MaxFails].Add(set.FailWindow)
		// The first of them may lie nearly as far back as the window reaches.
		if soonest := f.Now.Add(backoff(s.Failures, set)); soonest.After(until) {
			until = soonest
		}
		s.Block = &block{Reason: why, At: f.Now, Until: until}
		return s
	}
	return s.backOff(f.Now, set)
}

// neverAppeared is a load that the server called a success, of an instance
// that no list ever showed. Without a count it would be tried for ever.
func (s State) neverAppeared(now time.Time, set Settings) State {
	s.Awaited, s.Asked, s.Instance = time.Time{}, nil, ""
	s.LastError = &backend.Error{
		Code: backend.CodeLoadFailed, Message: "The server said that it had loaded the model, but does not list it.",
		Hint: "It may have crashed right after loading: look at LM Studio's log.",
	}
	return s.failed(s.LastError, Facts{Now: now}, set)
}

func (s State) backOff(now time.Time, set Settings) State {
	s.Next = now.Add(backoff(s.Failures, set))
	s.Failures++
	return s
}

// backoff is base·2ⁿ up to the cap.
func backoff(n int, set Settings) time.Duration {
	d := set.BackoffBase
	for ; n > 0 && d < set.BackoffCap; n-- {
		d *= 2
	}
	return min(d, set.BackoffCap)
}

// within keeps the times that lie in the window before now; a time after now
// is from before the clock was set back and counts as now.
func within(ts []time.Time, now time.Time, window time.Duration) []time.Time {
	var in []time.Time
	for _, t := range ts {
		if t.After(now) {
			t = now
		}
		if now.Sub(t) < window {
			in = append(in, t)
		}
	}
	return in
}

// ListedAfterLoad accepts the context that the instance really got: asking
// again would end the same, and loading in a loop helps nobody.
func (s State) ListedAfterLoad(row backend.Load) State {
	if s.Target == nil || row.Event != backend.Loaded || row.Model != s.Target.Model || row.Server != s.Target.Server {
		return s
	}
	want := row.ContextRequested
	if row.Cause != backend.CauseKeepWarm && row.Cause != backend.CauseUser {
		// The load that ran when Pilotlight was restarted is listed as anybody's.
		if s.Asked == nil || !s.Asked.Away {
			return s
		}
		want = s.Asked.Context
	}
	s.Awaited, s.Asked = time.Time{}, nil
	if want != nil && row.ContextActual != nil && *row.ContextActual < *want {
		s.Accepted = &accepted{Instance: row.InstanceID, Wanted: *want, Got: *row.ContextActual}
	}
	return s
}

// UnloadEnded takes in how an unload that Step asked for ended.
func (s State) UnloadEnded(err error, now time.Time, set Settings) State {
	if err == nil || backend.CodeOf(err) == backend.CodeNotFound {
		return s
	}
	s.LastError, s.Removal = backend.AsError(err), nil
	return s.backOff(now, set)
}

// BusyRead takes in what the server said of an instance; err means that it
// cannot tell.
func (s State) BusyRead(instance string, p backend.Processing, err error, now time.Time) State {
	was := s.Idle
	s.Idle = idleProof{instance: instance, asked: now, unknown: err != nil}
	if err != nil || p.Busy {
		return s
	}
	s.Idle.since = now
	// A gap in the readings is no proof: the model may have worked in it.
	if was.instance == instance && !was.since.IsZero() && now.Sub(was.asked) < idleGap && !now.Before(was.asked) {
		s.Idle.since = was.since
	}
	return s
}

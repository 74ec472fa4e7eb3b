package watch

import (
	"slices"
	"time"

	"pilotlight/backend"
)

// LoadStarted notes that we asked the server for a load, so that the instance
// which appears is known as ours.
func (s State) LoadStarted(r backend.LoadRequest, cause backend.LoadCause, at time.Time) State {
	s = s.clone()
	if s.cameUp.After(at) { // the clock was set back since: it came up before this load all the same
		s.cameUp = at
	}
	s.loads = append(s.loads, pending{model: r.Model, context: r.ContextLength, cause: cause, started: at})
	return s
}

// LoadEnded notes how a load of ours ended. A failure is told as a row at
// once; a success only when a list shows the instance, because a server's
// answer is not yet a fact. CodeBusy is a load that was not asked for after all,
// since the server had it already or was loading it: of that there is nothing to tell.
func (s State) LoadEnded(model string, res backend.LoadResult, err error, at time.Time) (State, []backend.Load) {
	s = s.clone()
	i := slices.IndexFunc(s.loads, func(p pending) bool { return p.model == model && p.ended.IsZero() })
	if i < 0 {
		return s, nil
	}
	p := &s.loads[i]
	p.ended, p.instance, p.took = at, res.InstanceID, res.Duration
	if p.took <= 0 {
		p.took = max(0, at.Sub(p.started))
	}
	switch {
	case err == nil:
		return s, nil
	case backend.CodeOf(err) == backend.CodeBusy:
		s.loads = slices.Delete(s.loads, i, i+1)
		return s, nil
	}
	p.lost = true
	took := p.took.Seconds()
	row := backend.Load{
		At: backend.At(at), Server: s.server.ID, Model: model, InstanceID: "",
		Event: backend.LoadFailed, Cause: p.cause, ContextRequested: p.context,
		DurationSeconds: &took, SizeBytes: s.sizeOf(model), Detail: backend.AsError(err).Message,
	}
	switch backend.CodeOf(err) {
	case backend.CodeTimeout, backend.CodeNetwork:
		if !s.outage.down && !s.cameUp.After(p.started) {
			break // it may still be loading: the claim stays for a while
		}
		s.loads = slices.Delete(s.loads, i, i+1)
	default:
		s.loads = slices.Delete(s.loads, i, i+1)
	}
	return s, []backend.Load{row}
}

// UnloadAsked notes that we asked for an unload.
func (s State) UnloadAsked(instanceID string, cause backend.LoadCause) State {
	return s.change(instanceID, func(t *track) { t.asked = cause })
}

// UnloadFailed takes back UnloadAsked.
func (s State) UnloadFailed(instanceID string) State {
	return s.change(instanceID, func(t *track) { t.asked = "" })
}

// CrashSeen notes evidence that a listed instance is dead: LM Studio may go on
// listing it. Its "unloaded" row is told when it leaves the list.
func (s State) CrashSeen(instanceID, evidence string) State {
	return s.change(instanceID, func(t *track) {
		if t.crashed == "" {
			t.crashed, t.view.Crashed = evidence, true
		}
	})
}

// BusySeen notes what an instance is doing right now; nil forgets it.
func (s State) BusySeen(instanceID string, busy *bool) State {
	return s.change(instanceID, func(t *track) { t.view.Busy = busy })
}

func (s State) change(instanceID string, f func(*track)) State {
	t, ok := s.tracked[instanceID]
	if !ok {
		return s
	}
	s = s.clone()
	f(&t)
	s.tracked[instanceID] = t
	return s
}

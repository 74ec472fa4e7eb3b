package keep

import (
	"cmp"
	"fmt"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// Step looks at the facts and says what to do now, and how the keep stands.
// An Action is returned once: Load and Unload are noted as under way.
func (s State) Step(f Facts, set Settings) (State, Action, backend.Keep) {
	v := s.mendClock(f.Now, set).decide(f, set)
	s = v.s
	code := backend.Code("")
	if v.why != nil {
		code = v.why.Code
	}
	if v.state != s.Shown || code != s.ShownCode || s.Since.IsZero() {
		s.Shown, s.ShownCode, s.Since = v.state, code, f.Now
	}
	return s, v.act, s.view(v, f)
}

// verdict is what the rules come to.
type verdict struct {
	s     State
	act   Action
	state backend.KeepState
	why   *backend.Error
	next  time.Time // when to try again, if that is known
}

func (s State) decide(f Facts, set Settings) verdict {
	if s.Target == nil {
		return verdict{s: s, state: backend.KeepOff}
	}
	if s.Pause != nil {
		if s.Pause.Until.IsZero() || f.Now.Before(s.Pause.Until) {
			return verdict{s: s, state: backend.KeepPaused, why: s.Pause.Reason}
		}
		s.Pause, s.Losses = nil, nil
	}
	if state, why, ok := unreachable(f); ok {
		s.WarmFrom = time.Time{}
		if s.Attempt != nil {
			state = backend.KeepLoading
		}
		if f.Server.State == backend.ServerNeedsToken {
			s = s.unblockedBy(backend.CodeNeedsToken) // an answer after this one means that it got its token
		}
		return verdict{s: s, state: state, why: why}
	}
	m, found := model(f.Server, s.Target.Model)
	if !found {
		s = s.unblockedBy(backend.CodeModelMissing) // being listed again means that it was downloaded
		return verdict{s: s, state: backend.KeepBlocked, why: missing(*s.Target, f.Server)}
	}
	if t := f.Server.Tells; t != nil && t.WarmBy == backend.WarmByRequest {
		return s.byRequest(m, f, set)
	}
	if s.Attempt != nil {
		// An instance may be listed before its load has ended.
		return verdict{s: s, state: backend.KeepLoading}
	}
	if held, ok := s.satisfied(m); ok {
		if held.Missing {
			return verdict{s: s, state: backend.KeepWaiting, why: &backend.Error{
				Code: "looking_again", Message: "It was not in the server's last list; looking again.",
			}}
		}
		return s.warm(m, held, f, set)
	}
	s.WarmFrom = time.Time{}
	if f.Busy || m.Loading {
		return s.whileLoading(m)
	}
	if f.Now.Before(s.Awaited) {
		return verdict{s: s, state: backend.KeepLoading}
	}
	if !s.Awaited.IsZero() {
		s = s.neverAppeared(f.Now, set)
	}
	if s.Block != nil {
		if !s.unblocked(f) {
			return verdict{s: s, state: backend.KeepBlocked, why: s.Block.Reason, next: s.Block.Until}
		}
		s.Block = nil
	}
	if len(m.Instances) > 0 {
		return s.replace(m, f, set)
	}
	return s.load(m, f, set)
}

// unblockedBy takes back a block for a reason that no longer holds.
func (s State) unblockedBy(code backend.Code) State {
	if s.Block != nil && s.Block.Reason.Code == code {
		s.Block = nil
	}
	return s
}

// unreachable says why nothing may be decided at all.
func unreachable(f Facts) (backend.KeepState, *backend.Error, bool) {
	switch f.Server.State {
	case backend.ServerUp:
		if f.Trusted {
			return "", nil, false
		}
	case backend.ServerNeedsToken:
		return backend.KeepBlocked, f.Server.Error, true
	}
	if f.Server.Error != nil {
		return backend.KeepWaiting, f.Server.Error, true
	}
	return backend.KeepWaiting, &backend.Error{Code: "looking", Message: "Looking at the server."}, true
}

func model(srv backend.Server, key string) (backend.Model, bool) {
	for _, m := range srv.Models {
		if m.Key == key {
			return m, true
		}
	}
	return backend.Model{}, false
}

func missing(t backend.Target, srv backend.Server) *backend.Error {
	return &backend.Error{
		Code:    backend.CodeModelMissing,
		Message: fmt.Sprintf("%s does not have the model %s.", srv.Name, t.Model),
		Hint:    "Download it there, or keep another model.",
	}
}

// satisfied finds the instance that serves as the kept one: alive, and with
// the context that is wanted or that was accepted in its place.
func (s State) satisfied(m backend.Model) (backend.Instance, bool) {
	for _, i := range m.Instances {
		if i.Crashed || s.Confirmed && replaceable(i) {
			continue
		}
		if s.bigEnough(m, i) {
			return i, true
		}
	}
	return backend.Instance{}, false
}

// replaceable says whether a person's confirmation is about this instance: one
// that will expire, because it was loaded by a request.
func replaceable(i backend.Instance) bool {
	return i.TTLSeconds != nil || i.Explicit != nil && !*i.Explicit
}

func (s State) bigEnough(m backend.Model, i backend.Instance) bool {
	want := s.wanted(m)
	if want == nil || i.ContextLength == nil || *i.ContextLength >= *want {
		return true
	}
	a := s.Accepted
	return a != nil && a.Instance == i.ID && a.Wanted == *want && a.Got == *i.ContextLength
}

// wanted is the context to ask for: never more than the model can.
func (s State) wanted(m backend.Model) *int {
	if s.Target.ContextLength == nil {
		return nil
	}
	want := *s.Target.ContextLength
	if m.MaxContextLength != nil {
		want = min(want, *m.MaxContextLength)
	}
	return &want
}

func (s State) whileLoading(m backend.Model) verdict {
	if m.Loading {
		return verdict{s: s, state: backend.KeepLoading}
	}
	return verdict{s: s, state: backend.KeepWaiting, why: &backend.Error{
		Code: "other_load", Message: "The server is loading or unloading something; this comes after it.",
	}}
}

// load goes through everything that may stand against a load of a model that
// is not in memory.
func (s State) load(m backend.Model, f Facts, set Settings) verdict {
	wait := func(why *backend.Error, next time.Time) verdict {
		return verdict{s: s, state: backend.KeepWaiting, why: why, next: next}
	}
	if back := f.Now.Sub(f.CameUp); !f.CameUp.IsZero() && back >= 0 && back < set.Settle {
		return wait(&backend.Error{
			Code: "settling", Message: "The server has just come back; giving it a moment.",
		}, f.CameUp.Add(set.Settle))
	}
	if why, until := s.held(f, set); why != nil {
		return wait(why, until)
	}
	if s.Hold != nil {
		s.Hold, s.Asked = nil, nil
	}
	next := s.Next
	if soonest := s.Started.Add(set.BackoffBase); soonest.After(next) && !s.Started.After(f.Now) {
		next = soonest // whatever became of the last one
	}
	if f.Now.Before(next) {
		return wait(cmp.Or(s.LastError, &backend.Error{
			Code: "just_tried", Message: "It was loaded a moment ago and is not there; giving it a moment.",
		}), next)
	}
	if !fit.Allows(f.Fit) {
		return wait(s.tooLittleMemory(m, f), time.Time{})
	}
	return s.start(m, f)
}

// held says until when a load whose answer was lost may still be running in
// the server. A server that came back since does not know of it any more.
func (s State) held(f Facts, set Settings) (*backend.Error, time.Time) {
	h := s.lost(f, set)
	if h == nil || f.CameUp.After(h.At) && !f.CameUp.After(f.Now) {
		return nil, time.Time{}
	}
	until := h.until(f.Expected)
	if !f.Now.Before(until) {
		return nil, time.Time{}
	}
	return &backend.Error{
		Code:    "answer_lost",
		Message: "What became of the last load is not known: it may still be going on.",
		Hint:    "Asking again now could load the model twice, so Pilotlight waits and watches the list.",
	}, until
}

// lost is the later of two loads whose answers were lost: the one that was asked for
// here, and one of the same model that a person asked for.
func (s State) lost(f Facts, set Settings) *hold {
	at := f.Lost
	if at.After(f.Now) { // the clock was set back
		at = f.Now
	}
	if f.Lost.IsZero() || s.Hold != nil && !at.After(s.Hold.At) {
		return s.Hold
	}
	return &hold{At: at, Until: at.Add(set.LostHold)}
}

func (s State) start(m backend.Model, f Facts) verdict {
	want := s.wanted(m)
	s.Attempt, s.Asked, s.Started = &attempt{At: f.Now, Context: want}, &asked{Context: want}, f.Now
	s.Next, s.Awaited, s.Accepted, s.Confirmed, s.Removal = time.Time{}, time.Time{}, nil, false, nil
	s.Before, s.Hurt = nil, false
	if f.Memory != nil {
		s.Before = &before{SwapBytes: f.Memory.SwapUsedBytes, Critical: critical(f.Memory)}
	}
	act := Action{Kind: Load, Load: backend.LoadRequest{Model: m.Key, ContextLength: want}}
	return verdict{s: s, act: act, state: backend.KeepLoading}
}

// unblocked says whether what blocked has changed: its time is over, or there
// is clearly more memory than when the server refused.
func (s State) unblocked(f Facts) bool {
	b := s.Block
	if !b.Until.IsZero() && !f.Now.Before(b.Until) {
		return true
	}
	if b.Reason.Code != backend.CodeGuardrail || b.Available == nil || f.Memory == nil || f.Memory.AvailableBytes == nil {
		return false
	}
	const clearly = 20 // a twentieth of all memory
	return *f.Memory.AvailableBytes-*b.Available > f.Memory.TotalBytes/clearly
}

func (s State) tooLittleMemory(m backend.Model, f Facts) *backend.Error {
	why := &backend.Error{Code: "memory", Message: fit.Sentence(f.Fit, m.Name)}
	for _, other := range f.Server.Models {
		if other.Key != m.Key && other.Type != backend.TypeEmbedding && len(other.Instances) > 0 {
			why.Code = "other_model"
			why.Hint = fmt.Sprintf("%s is loaded, and both do not fit. Unload it, or keep a smaller context.", other.Name)
			return why
		}
	}
	why.Hint = "Quit what takes memory, or keep a smaller model or context. Pilotlight loads it as soon as it fits."
	return why
}

package keep_test

import (
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

// checkJSON: what was stored and read back decides the same.
func (a *simAgent) checkJSON(act keep.Action, view backend.Keep) {
	_, again, other := stored(a.t, a.keep).Step(a.facts(), a.set)
	want, got := decision(act, view), decision(again, other)
	a.must(want == got, "decided %q, but %q after a restart", want, got)
}

func (a *simAgent) checkLoad() {
	now := a.srv.now
	a.must(len(a.srv.of("qwen")) == 0, "a load although an instance is in memory")
	a.must(!a.srv.clock().Before(a.untouched), "a load too soon after a person unloaded it")
	a.must(a.fit == nil || a.fit.Verdict == backend.Fits, "a load into memory that is not there")
	if !a.free && !a.started.IsZero() {
		a.must(now.Sub(a.started) >= a.set.BackoffBase, "a load %s after the last one", now.Sub(a.started))
	}
	hour := slices.DeleteFunc(slices.Clone(a.failed), func(t time.Time) bool { return now.Sub(t) >= a.set.FailWindow })
	a.must(len(hour) < a.set.MaxFails, "a load after %d failures within an hour", len(hour))
	a.started, a.free, a.failed, a.confirmed = now, false, hour, false
}

func (a *simAgent) checkUnload(id string, i *simInstance) {
	if a.watch.Crashed(id) {
		a.must(i == nil || i.crashed, "unload of %s, which is alive", id)
		return
	}
	a.must(i != nil, "unload of %s, which is not there", id)
	a.must(i.model == "qwen", "unload of another model")
	if a.confirmed {
		return
	}
	a.must(!i.busy(a.srv.now), "unload of %s, which is busy", id)
	if a.enough(id, i.context) {
		good := a.good()
		a.must(len(good) > 1 && a.watch.OursAlone(id), "unload of %s, which serves", id)
	}
}

func (a *simAgent) checkPing(i *simInstance) {
	a.must(i != nil, "a ping to what is not there: it would load it again")
	a.must(i.ttl > 0, "a ping to %s, which does not expire", i.id)
	a.must(!i.busy(a.srv.now), "a ping to %s, which is busy", i.id)
	use := i.ref + i.used.String()
	a.must(!a.pinged[use], "a second ping to %s for the same use", i.id)
	a.pinged[use] = true
}

// person notes that a person acted, after whom no rule has to wait.
func (a *simAgent) person() {
	a.free, a.failed, a.untouched = true, nil, time.Time{}
}

// checkBelief: two looks at a server that does not change meanwhile bring the
// belief, and the history, to what is really there.
func (a *simAgent) checkBelief() {
	a.look()
	version := a.srv.version
	a.srv.advance(1100 * time.Millisecond)
	if a.srv.version != version {
		return
	}
	a.look()
	if !a.watch.Trusted() {
		a.must(a.srv.state != backend.ServerUp, "not trusted after a list")
		return
	}
	var real, believed, told []string
	for _, i := range a.srv.in {
		real = append(real, i.id)
	}
	for _, m := range a.watch.Server().Models {
		for _, i := range m.Instances {
			believed = append(believed, i.ID)
		}
	}
	for id := range a.present {
		told = append(told, id)
	}
	slices.Sort(real)
	slices.Sort(believed)
	slices.Sort(told)
	a.must(slices.Equal(real, believed), "believed %q, really there %q", believed, real)
	if _, _, loading := a.watch.Loading(); !loading {
		a.must(slices.Equal(real, told), "the history leaves %q in memory, really there %q", told, real)
	}
}

// checkReturn: left alone by everybody, with a server that works, the model is
// in memory within the longest wait that the rules have.
func (a *simAgent) checkReturn() {
	s := a.srv
	s.failing, s.guardrail, s.loses, s.vanishes, s.socket, s.state, s.slow, a.fit = false, false, false, false, true, backend.ServerUp, 20*time.Second, nil
	for _, i := range s.in {
		i.busyUntil = s.now
	}
	a.note("from here on left alone")
	for end := s.now.Add(75 * time.Minute); s.now.Before(end); {
		a.tick(5 * time.Second)
		for _, i := range s.in {
			if i.crashed {
				a.watch = a.watch.CrashSeen(i.id, "It does not answer.")
			}
		}
		if a.view.State == backend.KeepWarm && !a.watch.Doubtful() {
			a.must(slices.ContainsFunc(s.of("qwen"), func(i *simInstance) bool { return a.enough(i.id, i.context) }), "warm, but it is not there")
			return
		}
		endless := a.view.State == backend.KeepPaused && a.view.PausedUntil == nil
		code := backend.Code("")
		if a.view.Reason != nil {
			code = a.view.Reason.Code
		}
		switch {
		case endless:
			a.person()
			a.keep = a.keep.Resumed(s.clock())
		case code == "confirm_replace":
			a.confirmed = true
			a.keep = a.keep.ConfirmReplace()
		}
	}
	a.must(false, "still %s after 75 minutes: %v", a.view.State, a.view.Reason)
}

package keep_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

// TestWhateverHappens plays long random lives of a server, of its other
// clients, of a person and of Pilotlight itself, and checks at every action
// what the rules must never do (simcheck_test.go).
func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newSimAgent(t)
		n := wanted
		policy := rapid.SampledFrom([]backend.Policy{backend.RespectManual, backend.Always}).Draw(t, "policy")
		a.keep = keep.Keep(backend.Target{Server: "mac", Model: "qwen", ContextLength: &n, Policy: policy}, a.srv.clock())
		events := a.events()
		for range rapid.IntRange(1, 400).Draw(t, "length") {
			// Most of the time nothing happens but time.
			for range rapid.IntRange(0, 12).Draw(t, "ticks") {
				a.tick(time.Duration(rapid.IntRange(1, 5).Draw(t, "seconds")) * time.Second)
			}
			e := rapid.SampledFrom(events).Draw(t, "event")
			a.note("-- %s", e.name)
			e.do(t)
			a.step()
		}
		a.checkBelief()
		a.checkReturn()
	})
}

type event struct {
	name string
	do   func(t *rapid.T)
}

func (e event) GoString() string { return e.name }

// events are all that can happen.
func (a *simAgent) events() []event {
	all := []event{
		{"minutes pass", func(t *rapid.T) {
			for range rapid.IntRange(10, 200).Draw(t, "looks") {
				a.tick(5 * time.Second)
			}
		}},
		{"nothing, and the belief is checked", func(*rapid.T) { a.checkBelief() }},
		{"the laptop sleeps", func(t *rapid.T) {
			a.srv.advance(time.Duration(rapid.IntRange(1, 600).Draw(t, "minutes")) * time.Minute)
		}},
		{"the clock is set", func(t *rapid.T) {
			a.srv.skew += time.Duration(rapid.IntRange(-20000, 20000).Draw(t, "hours")) * time.Hour
			a.person() // waits are reckoned by that clock
		}},
		{"Pilotlight is restarted", func(*rapid.T) { a.restart() }},
		{"a look fails", func(t *rapid.T) {
			was := a.srv.state
			a.srv.state = rapid.SampledFrom([]backend.ServerState{backend.ServerUnknown, backend.ServerNeedsToken}).Draw(t, "how")
			a.look()
			a.step()
			a.srv.state = was
		}},
		{"the list cannot be read although the server is up", func(*rapid.T) {
			if a.srv.state == backend.ServerUp {
				a.watch, _ = a.watch.Observe(backend.Observation{Server: "mac", At: a.srv.clock(), State: backend.ServerUp})
			}
		}},
	}
	all = append(all, a.serverEvents()...)
	all = append(all, a.otherClients()...)
	return append(all, a.people()...)
}

func (a *simAgent) serverEvents() []event {
	s := a.srv
	flip := func(b *bool) func(*rapid.T) { return func(*rapid.T) { *b = !*b } }
	return []event{
		{"LM Studio ends", func(*rapid.T) { s.stop(backend.ServerDown); a.look() }},
		{"its server is switched off", func(*rapid.T) { s.stop(backend.ServerOff); a.look() }},
		{"it is up", func(*rapid.T) { s.state = backend.ServerUp }},
		{"it is up again", func(*rapid.T) { s.state = backend.ServerUp }},
		{"it restarts between two looks", func(*rapid.T) {
			if s.socket && s.state == backend.ServerUp {
				s.stop(backend.ServerUp)
			}
		}},
		{"loads fail, or no longer", flip(&s.failing)},
		{"the guardrail refuses, or no longer", flip(&s.guardrail)},
		{"answers to loads are lost, or no longer", flip(&s.loses)},
		{"loads vanish, or no longer", flip(&s.vanishes)},
		{"contexts are cut, or no longer", flip(&s.small)},
		{"loads take another time", func(t *rapid.T) {
			s.slow = time.Duration(rapid.IntRange(1, 300).Draw(t, "seconds")) * time.Second
		}},
		{"the WebSocket works, or no longer", flip(&s.socket)},
		{"memory is short, or no longer", func(*rapid.T) {
			if a.fit == nil {
				total, free := int64(64e9), int64(5e9)
				a.fit = &backend.Fit{TotalBytes: 40e9, LimitBytes: &total, AvailableBytes: &free, Verdict: backend.TooBig}
				return
			}
			a.fit = nil
		}},
		{"an engine dies", func(t *rapid.T) {
			if len(s.in) > 0 {
				rapid.SampledFrom(s.in).Draw(t, "which").crashed = true
			}
		}},
		{"somebody notices dead engines", func(*rapid.T) {
			for _, i := range s.in {
				if i.crashed && a.watch.Trusted() {
					a.watch = a.watch.CrashSeen(i.id, "It does not answer.")
				}
			}
		}},
	}
}

func (a *simAgent) otherClients() []event {
	s := a.srv
	request := func(model string, context int) func(t *rapid.T) {
		return func(t *rapid.T) {
			if s.state != backend.ServerUp {
				return
			}
			busy := s.now.Add(time.Duration(rapid.IntRange(1, 240).Draw(t, "busy")) * time.Second)
			for _, i := range s.of(model) {
				if !i.crashed {
					i.used, i.busyUntil = busy, busy
					return
				}
			}
			ttl := time.Duration(rapid.IntRange(60, 7200).Draw(t, "ttl")) * time.Second
			i := s.add(model, context, ttl)
			i.used, i.busyUntil = busy, busy
		}
	}
	load := func(model string, context int) func(*rapid.T) {
		return func(*rapid.T) {
			if s.state == backend.ServerUp {
				s.add(model, context, 0)
			}
		}
	}
	return []event{
		{"a request to the model", request("qwen", wanted)},
		{"a request to the model that loads it too small", request("qwen", 4096)},
		{"a request to another model", request("gemma", 8192)},
		{"somebody loads the model once more", load("qwen", wanted)},
		{"somebody loads it too small", load("qwen", 4096)},
		{"somebody loads an embedding model", load("nomic", 2048)},
	}
}

func (a *simAgent) people() []event {
	s := a.srv
	return []event{
		{"a person ejects something", func(t *rapid.T) {
			if len(s.in) > 0 {
				s.remove(rapid.SampledFrom(s.in).Draw(t, "which").id)
			}
		}},
		{"a person ejects the kept model while it is watched", a.ejectWatched},
		{"a person pauses", func(t *rapid.T) {
			a.keep = a.keep.Paused(time.Duration(rapid.IntRange(0, 40).Draw(t, "minutes"))*time.Minute, s.clock())
			a.confirmed, a.untouched = false, time.Time{} // the person's word on when to go on
		}},
		{"a person resumes", func(*rapid.T) {
			a.keep = a.keep.Resumed(s.clock())
			a.person()
		}},
		{"a person keeps it again", func(*rapid.T) {
			a.keep = a.keep.Retarget(*a.keep.Target, s.clock())
			a.person()
		}},
		{"a person confirms that it may be replaced", func(*rapid.T) {
			a.keep = a.keep.ConfirmReplace()
			a.confirmed = true
			a.person()
		}},
		{"a person unloads it through Pilotlight", func(*rapid.T) {
			if of := s.of("qwen"); len(of) > 0 && s.state == backend.ServerUp && !a.acting {
				a.unload(of[0].id, backend.CauseUser)
			}
		}},
		{"a person loads it through Pilotlight", func(*rapid.T) {
			if s.state == backend.ServerUp && !a.acting && len(s.of("qwen")) == 0 {
				a.startLoad(backend.CauseUser, wanted)
			}
		}},
	}
}

// ejectWatched ejects what was loaded on purpose, with nothing else going on:
// then it must be taken for what it is.
func (a *simAgent) ejectWatched(*rapid.T) {
	s := a.srv
	a.checkBelief()
	a.step()
	i := s.find(a.keep.Instance)
	if i == nil || i.ttl > 0 || i.crashed || !s.socket || s.state != backend.ServerUp || len(s.of("qwen")) != 1 || a.acting || len(s.jobs) > 0 || a.keep.Pause != nil {
		return
	}
	if a.view.State != backend.KeepWarm || a.watch.Crashed(i.id) {
		return
	}
	s.remove(i.id)
	a.look()
	a.tick(1100 * time.Millisecond)
	if a.keep.Target.Policy == backend.Always {
		return
	}
	a.must(a.view.State == backend.KeepPaused, "ejected by a person, and the keep is %s", a.view.State)
}

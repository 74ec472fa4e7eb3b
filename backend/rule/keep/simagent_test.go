package keep_test

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/rule/watch"
)

// simAgent does what the hub does with the rules: looks, steps, acts, and tells
// the rules what came of it. It also remembers what the checks need.
type simAgent struct {
	t      *rapid.T
	srv    *simServer
	watch  watch.State
	keep   keep.State
	view   backend.Keep
	set    keep.Settings
	acting bool
	run    int // grows with every start of Pilotlight
	next   time.Time
	fit    *backend.Fit

	rows      []backend.Load          // the whole history
	present   map[string]backend.Load // what the history says is in memory
	trace     []string
	started   time.Time   // the last load of the keep
	free      bool        // something since allows the next load at once
	failed    []time.Time // engine failures
	untouched time.Time   // no load before: a person ejected it (on the agent's clock)
	confirmed bool
	pinged    map[string]bool
}

func newSimAgent(t *rapid.T) *simAgent {
	srv := &simServer{now: noon, state: backend.ServerUp, socket: true, slow: 20 * time.Second}
	a := &simAgent{t: t, srv: srv, set: keep.Defaults(), present: map[string]backend.Load{}, pinged: map[string]bool{}}
	a.watch = watch.New(backend.Server{ID: "mac", Name: "LM Studio"}, nil)
	return a
}

func (a *simAgent) note(format string, args ...any) {
	a.trace = append(a.trace, fmt.Sprintf("%s ", a.srv.now.Sub(noon))+fmt.Sprintf(format, args...))
}

// must fails with the latest of what happened.
func (a *simAgent) must(ok bool, format string, args ...any) {
	if ok {
		return
	}
	for _, line := range a.trace[max(0, len(a.trace)-60):] {
		a.t.Log(line)
	}
	a.t.Fatalf(format, args...)
}

func (a *simAgent) facts() keep.Facts {
	slow := a.srv.slow.Seconds()
	return keep.Facts{
		Now: a.srv.clock(), Server: a.watch.Server(), Trusted: a.watch.Trusted(), Doubtful: a.watch.Doubtful(),
		CameUp: a.watch.CameUp(), Busy: a.acting, Ours: a.watch.OursAlone, Fit: a.fit, Expected: &slow,
	}
}

// tick lets time pass and does what is due.
func (a *simAgent) tick(d time.Duration) {
	a.srv.advance(d)
	if !a.srv.now.Before(a.next) {
		a.look()
	}
	a.step()
}

func (a *simAgent) look() {
	var rows []backend.Load
	a.watch, rows = a.watch.Observe(a.srv.look())
	a.history(rows)
	switch {
	case a.watch.Doubtful():
		a.next = a.srv.now.Add(watch.ConfirmIn)
	case a.acting:
		a.next = a.srv.now.Add(2 * time.Second)
	default:
		a.next = a.srv.now.Add(5 * time.Second)
	}
}

// history checks that loads and unloads of an id take turns.
func (a *simAgent) history(rows []backend.Load) {
	for _, r := range rows {
		a.note("row: %s %s %s %s", r.Event, r.InstanceID, r.Cause, r.Detail)
		_, there := a.present[r.InstanceID]
		switch r.Event {
		case backend.Loaded:
			a.must(!there, "%s is told loaded twice", r.InstanceID)
			a.present[r.InstanceID] = r
		case backend.Unloaded:
			a.must(there, "%s is told unloaded, but was not loaded", r.InstanceID)
			delete(a.present, r.InstanceID)
			if r.Cause == backend.CauseTTL && r.Model == "qwen" {
				a.free = true
			}
		}
		a.rows = append(a.rows, r)
		a.keep = a.keep.ListedAfterLoad(r)
		held := a.keep.Instance
		a.keep = a.keep.Lost(r, a.facts(), a.set)
		ejected := r.Event == backend.Unloaded && r.Cause == backend.CauseExternal
		if t := a.keep.Target; t != nil && ejected && r.InstanceID == held && t.Policy != backend.Always && len(a.good()) == 0 {
			a.untouched = a.srv.clock().Add(a.set.EjectPause)
		}
	}
}

// good are the believed instances that serve.
func (a *simAgent) good() (good []backend.Instance) {
	for _, m := range a.watch.Server().Models {
		for _, i := range m.Instances {
			if m.Key == "qwen" && !i.Crashed && a.enough(i.ID, *i.ContextLength) {
				good = append(good, i)
			}
		}
	}
	return good
}

func (a *simAgent) enough(id string, context int) bool {
	acc := a.keep.Accepted
	return context >= wanted || acc != nil && acc.Instance == id && acc.Got == context
}

// step lets the rules decide until they want nothing more.
func (a *simAgent) step() {
	for range 4 {
		next, act, view := a.keep.Step(a.facts(), a.set)
		switch act.Kind {
		case keep.Load, keep.Unload, keep.Ping:
			a.look() // an action rests on a look of this moment
			if next, act, view = a.keep.Step(a.facts(), a.set); act.Kind == keep.Nothing {
				a.keep, a.view = next, view
				return
			}
		}
		a.checkJSON(act, view)
		before := a.keep
		a.keep, a.view = next, view
		if act.Kind == keep.Nothing {
			return
		}
		a.note("%s", decision(act, view))
		a.act(act, before)
	}
}

func (a *simAgent) act(act keep.Action, before keep.State) {
	if act.Kind != keep.AskBusy {
		a.must(a.watch.Trusted(), "%s although the list cannot be trusted", act.Kind)
		a.must(a.srv.state == backend.ServerUp, "%s although the server is %s", act.Kind, a.srv.state)
		a.must(!a.acting, "%s while a load of ours runs", act.Kind)
		p := before.Pause
		a.must(p == nil || !p.Until.IsZero() && !a.srv.clock().Before(p.Until), "%s while paused", act.Kind)
	}
	i := a.srv.find(act.Instance)
	switch act.Kind {
	case keep.AskBusy:
		if !a.srv.socket || i == nil {
			a.keep = a.keep.BusyRead(act.Instance, backend.Processing{}, fault(backend.CodeUnsupported), a.srv.clock())
			return
		}
		busy := i.busy(a.srv.now)
		a.watch = a.watch.BusySeen(act.Instance, &busy)
		a.keep = a.keep.BusyRead(act.Instance, backend.Processing{Busy: busy}, nil, a.srv.clock())
	case keep.Load:
		a.checkLoad()
		a.startLoad(backend.CauseKeepWarm, *act.Load.ContextLength)
	case keep.Unload:
		a.checkUnload(act.Instance, i)
		a.unload(act.Instance, backend.CauseKeepWarm)
		a.keep = a.keep.UnloadEnded(nil, a.srv.clock(), a.set)
	case keep.Ping:
		a.checkPing(i)
		i.used = a.srv.now
	}
}

func (a *simAgent) unload(id string, cause backend.LoadCause) {
	a.watch = a.watch.UnloadAsked(id, cause)
	a.srv.remove(id)
	a.look()
}

// startLoad asks the server for a load, whose answer may be lost, or nobody's
// any more when Pilotlight was restarted meanwhile.
func (a *simAgent) startLoad(cause backend.LoadCause, context int) {
	a.acting = true
	a.watch = a.watch.LoadStarted(backend.LoadRequest{Model: "qwen", ContextLength: &context}, cause, a.srv.clock())
	run := a.run
	a.srv.jobs = append(a.srv.jobs, &simJob{model: "qwen", context: context, done: a.srv.now.Add(a.srv.slow), end: func(id string, err error) {
		if run != a.run {
			return
		}
		a.acting = false
		a.note("load ended: %q %v", id, backend.CodeOf(err))
		if cause == backend.CauseKeepWarm && backend.CodeOf(err) == backend.CodeLoadFailed {
			a.failed = append(a.failed, a.srv.now)
		}
		var rows []backend.Load
		a.watch, rows = a.watch.LoadEnded("qwen", backend.LoadResult{InstanceID: id}, err, a.srv.clock())
		if a.keep.Attempt != nil {
			a.keep = a.keep.LoadEnded(backend.LoadResult{InstanceID: id}, err, a.facts(), a.set)
		}
		a.history(rows)
		a.next = a.srv.now
	}})
	a.next = a.srv.now.Add(2 * time.Second)
}

// restart ends Pilotlight and starts it again: the history and the stored keep
// are all that is left.
func (a *simAgent) restart() {
	a.run++
	a.acting = false
	var open []backend.Load
	for _, r := range a.present {
		open = append(open, r)
	}
	slices.SortFunc(open, func(x, y backend.Load) int { return x.At.Compare(y.At.Time) })
	a.watch = watch.New(backend.Server{ID: "mac", Name: "LM Studio"}, open)
	a.keep = stored(a.t, a.keep)
	a.keep.Idle = keep.State{}.Idle
	a.keep = a.keep.Restarted(a.srv.clock(), a.set)
	a.next = a.srv.now
}

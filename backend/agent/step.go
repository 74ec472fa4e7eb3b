package agent

import (
	"context"
	"encoding/json"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

// loadLimit is how long a load may take before we stop waiting for it.
const loadLimit = 60 * time.Minute

// estimateFor is how long a server's estimate is believed. While it says that
// there is no room it is asked for again so often.
const estimateFor = 20 * time.Second

// step lets the rules decide and does what they say. The rules are pure, so a
// decision that rests on something stale is simply dropped: the look or the
// estimate that it lacks is started, and its end brings the next step.
func (a *Agent) step(now time.Time) {
	next, act, view := a.keep.Step(a.facts(now), a.cfg.Keep)
	if !a.groundsFor(act, now) {
		return
	}
	a.keep, a.keepView = next, view
	a.save()
	switch act.Kind {
	case keep.Load:
		a.startLoad(act.Load, backend.CauseKeepWarm, nil)
	case keep.Unload:
		a.startUnload(act.Instance, backend.CauseKeepWarm, nil)
	case keep.Ping:
		a.startPing(act.Instance)
	case keep.AskBusy:
		if !a.server.asking {
			a.askBusy([]string{act.Instance}, a.keepHears)
		}
	}
}

func (a *Agent) keepHears(id string, p backend.Processing, err error) {
	a.keep = a.keep.BusyRead(id, p, err, a.cfg.Now())
}

// groundsFor says whether what the action rests on is fresh; if not, it is
// being fetched.
func (a *Agent) groundsFor(act keep.Action, now time.Time) bool {
	switch act.Kind {
	case keep.Load, keep.Unload, keep.Ping:
		if age := now.Sub(a.server.at); age > freshFor || age < 0 {
			a.lookNow()
			return false
		}
	}
	if act.Kind != keep.Load {
		return true
	}
	// Each is begun, whichever is waited for.
	estimated, read := a.estimated(act.Load, now), a.readFresh(now)
	return estimated && read
}

// estimated says whether the server was asked what the load would take.
func (a *Agent) estimated(r backend.LoadRequest, now time.Time) bool {
	w, length := a.server, valueOr(r.ContextLength, 0)
	e := &w.estimate
	if e.asking {
		return false
	}
	if e.of(r.Model, length) && e.fresh(now) {
		return true
	}
	*e = estimate{model: r.Model, context: length, asking: true}
	a.beside(func(ctx context.Context) {
		got, err := w.src.Estimate(ctx, r)
		a.post(func() {
			e.asking, e.at = false, a.cfg.Now()
			if err == nil {
				e.value = &got
			}
		})
	})
	return false
}

func (e *estimate) of(model string, context int) bool {
	return e.model == model && e.context == context && !e.asking
}

func (e *estimate) fresh(now time.Time) bool {
	age := now.Sub(e.at)
	return age >= 0 && age < estimateFor
}

func valueOr[T any](p *T, other T) T {
	if p == nil {
		return other
	}
	return *p
}

// facts gathers what the rules need.
func (a *Agent) facts(now time.Time) keep.Facts {
	w := a.server
	srv := w.state.Server()
	f := keep.Facts{
		Now: now, Server: srv, Trusted: w.state.Trusted(), Doubtful: w.state.Doubtful(), CameUp: w.state.CameUp(),
		Busy: w.acting != "" || anyLoading(srv), Ours: w.state.OursAlone,
		Progress: w.progress, Expected: a.expected,
	}
	if a.machine != nil && w.src.Local() {
		f.Memory = a.machine.Memory
	}
	if t := a.keep.Target; t != nil {
		for _, m := range srv.Models {
			if m.Key == t.Model {
				f.Fit = a.fit(srv, m, t.ContextLength)
			}
		}
	}
	return f
}

func anyLoading(srv backend.Server) bool {
	for _, m := range srv.Models {
		if m.Loading {
			return true
		}
	}
	return false
}

// stateName is under what the store keeps the keep.
const stateName = "keep"

// save hands the keep to the recorder when it changed.
func (a *Agent) save() {
	b, err := json.Marshal(a.keep)
	if err != nil || string(b) == string(a.saved) {
		return
	}
	a.saved = b
	a.rec.state(stateName, b)
}

package agent

import (
	"context"
	"encoding/json"
	"reflect"
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
	w := a.kept()
	if w == nil {
		act = keep.Action{} // of a server that is not there nothing can be asked
	}
	if !a.groundsFor(w, act, now) {
		return
	}
	a.keep, a.keepView = next, view
	a.save()
	switch act.Kind {
	case keep.Load:
		a.startLoad(w, act.Load, backend.CauseKeepWarm, nil)
	case keep.Unload:
		a.startUnload(w, act.Instance, backend.CauseKeepWarm, nil)
	case keep.Ping:
		a.startPing(w, act.Instance)
	case keep.Renew:
		a.startRenew(w, act.Instance)
	case keep.AskBusy:
		if !w.asking {
			a.askBusy(w, []string{act.Instance}, a.keepHears)
		}
	}
}

func (a *Agent) keepHears(id string, p backend.Processing, err error) {
	a.keep = a.keep.BusyRead(id, p, err, a.cfg.Now())
}

// groundsFor says whether what the action rests on is fresh; if not, it is
// being fetched.
func (a *Agent) groundsFor(w *watched, act keep.Action, now time.Time) bool {
	switch act.Kind {
	case keep.Load, keep.Unload, keep.Ping, keep.Renew:
		if age := now.Sub(w.at); age > freshFor || age < 0 {
			w.lookNow()
			return false
		}
	}
	if act.Kind != keep.Load {
		return true
	}
	// Each is begun, whichever is waited for.
	estimated, read := a.estimated(w, act.Load, now), a.readFresh(now)
	return estimated && read
}

// estimated says whether the server was asked what the load would take.
func (a *Agent) estimated(w *watched, r backend.LoadRequest, now time.Time) bool {
	src, length := w.src, valueOr(r.ContextLength, 0)
	e := &w.estimate
	if e.asking {
		return false
	}
	if e.of(r.Model, length) && e.fresh(now) {
		return true
	}
	*e = estimate{model: r.Model, context: length, asking: true}
	a.beside(func(ctx context.Context) {
		got, err := src.Estimate(ctx, r)
		a.post(func() {
			if !w.speaks(src) {
				return
			}
			e.asking, e.at, w.shown = false, a.cfg.Now(), nil
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
	w := a.kept()
	if w == nil {
		return keep.Facts{Now: now, Server: a.absent()}
	}
	srv := w.server()
	f := keep.Facts{
		Now: now, Server: srv, Trusted: w.state.Trusted(), Doubtful: w.state.Doubtful(), CameUp: w.state.CameUp(),
		Busy: w.acting != "" || anyLoading(srv), Ours: w.state.OursAlone,
		Progress: w.progress, Expected: a.expected,
	}
	if a.machine != nil && w.local {
		f.Memory = a.machine.Memory
	}
	if t := a.keep.Target; t != nil {
		f.Lost = w.state.Lost(t.Model)
		for _, m := range srv.Models {
			if m.Key == t.Model {
				f.Fit = a.fit(w, srv, m, t.ContextLength)
			}
		}
		f.Busy = f.Busy || a.loadingElsewhere(w, t.Model) != nil
	}
	return f
}

// loadingElsewhere is the server other than w whose load has to end before one of
// the model on w may begin, nil where none has to: twice the same model at once
// helps nobody, and of two loads on this machine each would reckon with memory that
// the other takes. A server that has ceased to answer is not waited for, one on this
// machine after a while: its load may never end.
func (a *Agent) loadingElsewhere(w *watched, model string) *watched {
	for _, other := range a.servers {
		if other == w {
			continue
		}
		if key, _, ok := other.state.Loading(); ok && (key == model && other.server().State == backend.ServerUp || other.local && w.local && !other.stuck(a.cfg.Now())) {
			return other
		}
	}
	return nil
}

// stuckFor is how long a server of this machine may say nothing amid a load: one that
// is short of memory is slow to answer too, and its load goes on.
const stuckFor = time.Minute

// stuck says whether a server has not answered for long.
func (w *watched) stuck(now time.Time) bool {
	srv := w.server()
	return srv.State != backend.ServerUp && srv.StateSince != nil && abs(now.Sub(srv.StateSince.Time)) >= stuckFor
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
	// Every turn comes by here, and few change anything that is stored.
	is := a.keep
	is.Idle = keep.State{}.Idle
	if a.saved != nil && reflect.DeepEqual(is, a.savedOf) {
		return
	}
	a.savedOf = is
	b, err := json.Marshal(is)
	if err != nil || string(b) == string(a.saved) {
		return
	}
	a.saved = b
	a.rec.state(stateName, b)
}

package agent

import (
	"context"
	"encoding/json"
	"slices"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

// askedState is under what the store keeps the loads that were asked for and that no
// list explains yet.
const askedState = "asked"

// restoreAsked reads what was asked before this start, and is not told of.
func (a *Agent) restoreAsked(ctx context.Context) error {
	if err := a.restore(ctx, askedState, &a.asked); err != nil || len(a.asked) == 0 {
		return err
	}
	var err error
	if a.askedKept, err = json.Marshal(a.asked); err != nil {
		return err
	}
	now := a.cfg.Now()
	a.asked = slices.DeleteFunc(a.asked, func(l watch.Asked) bool { return l.Over(now) })
	if len(a.asked) == 0 {
		return nil
	}
	first := slices.MinFunc(a.asked, func(x, y watch.Asked) int { return x.Started.Compare(y.Started) })
	rows, err := a.rec.store.LoadsBetween(ctx, backend.At(first.Started), backend.At(now), mostSince)
	if err != nil {
		return err
	}
	a.asked = watch.Untold(a.asked, rows)
	return nil
}

// mostSince bounds the rows that are looked through for what was asked.
const mostSince = 1000

// remember tells a server that begins to be watched what was asked of it before.
func (a *Agent) remember(w *watched) {
	var own []watch.Asked
	a.asked = slices.DeleteFunc(a.asked, func(l watch.Asked) bool {
		is := w.wasAsked(l)
		if is {
			l.Server = w.id
			own = append(own, l)
		}
		return is
	})
	w.believe(w.state.Remembering(own, a.cfg.Now()))
}

// wasAsked says whether a load was asked of the server. The address tells: an id goes with
// its provider to another machine, which knows nothing of the load.
func (w *watched) wasAsked(l watch.Asked) bool {
	if l.Address == "" {
		return l.Server == w.id
	}
	return l.Address == w.address
}

// asked are the loads that were asked of it and that no list explained.
func (w *watched) asked() []watch.Asked {
	list := w.state.Asked()
	for i := range list {
		list[i].Address = w.address
	}
	return list
}

// keepAsked hands what is asked for to the recorder when it changed. A server that is not
// watched yet, or not any more, may still be loading.
func (a *Agent) keepAsked() {
	now := a.cfg.Now()
	a.asked = slices.DeleteFunc(a.asked, func(l watch.Asked) bool { return l.Over(now) })
	list := slices.Clone(a.asked)
	for _, w := range a.servers {
		list = append(list, w.asked()...)
	}
	if len(list) == 0 && a.askedKept == nil {
		return
	}
	var b []byte // none is no state
	if len(list) > 0 {
		var err error
		if b, err = json.Marshal(list); err != nil {
			a.cfg.Log.Error("state not kept", "name", askedState, "error", err)
			return
		}
	}
	if string(b) == string(a.askedKept) {
		return
	}
	a.askedKept = b
	a.rec.state(askedState, b)
}

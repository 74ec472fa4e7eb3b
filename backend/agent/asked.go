package agent

import (
	"context"
	"encoding/json"
	"slices"

	"pilotlight/backend/rule/watch"
)

// askedState is under what the store keeps the loads that were asked for and that no
// list explains yet.
const askedState = "asked"

// restoreAsked reads what was asked before this start.
func (a *Agent) restoreAsked(ctx context.Context) error { return a.restore(ctx, askedState, &a.asked) }

// remember tells a server that begins to be watched what was asked of it before.
func (a *Agent) remember(w *watched, open recalled) {
	w.believe(w.state.Remembering(a.asked, open.loads, a.cfg.Now()))
	a.asked = slices.DeleteFunc(a.asked, func(l watch.Asked) bool { return l.Server == w.id })
}

// keepAsked hands what is asked for to the recorder when it changed. A server that is not
// watched yet, or not any more, may still be loading.
func (a *Agent) keepAsked() {
	now := a.cfg.Now()
	a.asked = slices.DeleteFunc(a.asked, func(l watch.Asked) bool { return l.Over(now) })
	list := slices.Clone(a.asked)
	for _, w := range a.servers {
		list = append(list, w.state.Asked()...)
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

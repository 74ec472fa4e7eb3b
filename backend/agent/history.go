package agent

import (
	"context"
	"slices"
	"time"

	"pilotlight/backend"
)

// history takes new rows of a server in: the keep learns from them, the recorder writes
// them. They are published when they are written.
func (a *Agent) history(w *watched, rows []backend.Load) {
	if len(rows) == 0 {
		return
	}
	a.learnFromRows(w, rows, a.cfg.Now())
	for _, r := range rows {
		a.cfg.Log.Info("history", "server", r.Server, "event", r.Event, "instance", r.InstanceID, "model", r.Model, "cause", r.Cause)
		if r.Event == backend.Unloaded {
			w.uses.Gone(r.InstanceID)
			w.hasGone(r)
		}
		a.keep = a.keep.ListedAfterLoad(r)
		a.keep = a.keep.Lost(r, a.facts(a.cfg.Now()), a.cfg.Keep)
	}
	if t := a.keep.Target; t != nil {
		a.learnExpected(t.Model)
	}
	a.tally.loaded(rows)
	a.nameForWaiters(rows)
	a.rec.loads(rows)
}

// recorded is told by the recorder when rows or changes of servers are in the
// database, and of rows that could not be written yet, which have no id. Only when
// they are can they explain a fallback: explaining reads the history.
func (a *Agent) recorded(rows []backend.Load) {
	if len(rows) == 0 || rows[0].ID != 0 {
		a.learnFromRecorded(rows)
		a.reconsiderSoon()
	}
	for _, r := range rows {
		if r.ID != 0 {
			a.cast.publish(backend.EventLoad, r)
		}
		a.tellWaiters(r)
	}
}

// waiter is a call that waits for a row of the history.
type waiter struct {
	on    *watched
	ch    chan<- answer[backend.Load]
	match func(backend.Load) bool
	row   *backend.Load // what it waits for to be recorded, once it has happened
	until time.Time     // zero while the server is still at it
}

// awaitRow registers a waiter for a row of a server; the channel must have room for one
// answer. What it returns ends the wait when the action failed.
func (a *Agent) awaitRow(on *watched, ch chan<- answer[backend.Load], match func(backend.Load) bool) (failed func(error)) {
	w := &waiter{on: on, ch: ch, match: match}
	a.waiters = append(a.waiters, w)
	return func(err error) {
		w.ch <- answer[backend.Load]{err: err}
		a.removeWaiter(w)
	}
}

func (a *Agent) removeWaiter(w *waiter) {
	a.waiters = slices.DeleteFunc(slices.Clone(a.waiters), func(x *waiter) bool { return x == w })
}

// nameForWaiters finds the rows that calls wait for when they happen, not when they
// are recorded: behind a full disk rows wait that are older than the call.
func (a *Agent) nameForWaiters(rows []backend.Load) {
	for _, r := range rows {
		i := slices.IndexFunc(a.waiters, func(w *waiter) bool { return w.row == nil && r.Server == w.on.id && w.match(r) })
		if i >= 0 {
			a.waiters[i].row = &r
		}
	}
}

func (a *Agent) tellWaiters(r backend.Load) {
	i := slices.IndexFunc(a.waiters, func(w *waiter) bool { return w.row != nil && sameRow(*w.row, r) })
	if i >= 0 {
		w := a.waiters[i]
		w.ch <- answer[backend.Load]{value: r}
		a.removeWaiter(w)
	}
}

// sameRow compares a row with what the store made of it.
func sameRow(x, y backend.Load) bool {
	return x.Server == y.Server && x.InstanceID == y.InstanceID && x.Event == y.Event && x.At.UnixMilli() == y.At.UnixMilli()
}

// expireWaiters ends the wait for what a server called done but never showed.
func (a *Agent) expireWaiters(now time.Time) {
	for _, w := range a.waiters {
		if w.on.acting != "" || w.row != nil {
			continue
		}
		if w.until.IsZero() {
			w.until = now.Add(a.cfg.Keep.AppearWithin)
			continue
		}
		if now.After(w.until) {
			w.ch <- answer[backend.Load]{err: &backend.Error{
				Code:    backend.CodeProtocol,
				Message: "The server said that it was done, but its list does not show it.",
				Hint:    "Look at its log.",
			}}
			a.removeWaiter(w)
			return
		}
	}
}

// learnExpected asks the history how long loads of a model take.
func (a *Agent) learnExpected(model string) {
	w := a.kept()
	if w == nil {
		return
	}
	server := w.id
	a.beside(func(ctx context.Context) {
		median, _, _, err := a.rec.store.LoadSeconds(ctx, server, model)
		if err != nil {
			return // an expectation is a nicety; the recorder tells of a broken store
		}
		a.post(func() {
			if t := a.keep.Target; t != nil && t.Model == model && a.kept() == w {
				a.expected = median
			}
		})
	})
}

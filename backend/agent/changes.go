package agent

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"pilotlight/backend"
)

// Under what the store keeps when Pilotlight was last known to run.
const aliveState = "alive"

// aliveEvery is how often that is written. It is how far the history may be
// wrong about when a Pilotlight that was killed stopped watching.
const aliveEvery = 5 * time.Minute

// noteServer records when the server's state changed: a fallback is explained
// by it later. Of somebody's service nothing is recorded: it is looked at so rarely
// that nobody knows how it was in between.
func (a *Agent) noteServer(w *watched, now time.Time) {
	if w.hosted() {
		return
	}
	srv := w.server()
	code := backend.Code("")
	detail := ""
	if srv.Error != nil {
		code, detail = srv.Error.Code, srv.Error.Message
	}
	if srv.CheckedAt == nil || w.change != nil && w.change.State == srv.State && w.change.Code == code {
		return
	}
	at := backend.At(now)
	if s := srv.StateSince; s != nil && (w.change == nil || s.After(w.change.At.Time)) {
		at = *s
	}
	w.change = &backend.ServerChange{At: at, Server: srv.ID, State: srv.State, Code: code, Detail: detail}
	a.rec.change(*w.change)
	if w == a.main && a.watchedSince.Load() == nil {
		a.watchedSince.Store(&at.Time)
	}
}

// noteAlive leaves a sign of life behind now and then.
func (a *Agent) noteAlive(now time.Time) {
	if age := now.Sub(a.aliveAt); age >= 0 && age < aliveEvery {
		return
	}
	a.aliveAt = now
	a.keepState(aliveState, backend.At(now))
}

// Why nobody knows how a server is.
const (
	notRunning    = "Pilotlight was not running."
	notConfigured = "OpenClaw's config does not name it any more."
)

// notWatching is the change that says that nobody knows from then on.
func notWatching(server string, at time.Time, why string) backend.ServerChange {
	return backend.ServerChange{At: backend.At(at), Server: server, State: backend.ServerUnknown, Detail: why}
}

// leave records that a server is watched no more.
func (a *Agent) leave(w *watched, why string) {
	if w.change != nil && w.change.State != backend.ServerUnknown {
		a.rec.change(notWatching(w.id, a.cfg.Now(), why))
		w.change = nil
	}
}

// leaveAll is leave of all servers, because Pilotlight ends.
func (a *Agent) leaveAll() {
	for _, w := range a.servers {
		a.leave(w, notRunning)
	}
}

// resumeChanges closes what an earlier Pilotlight left open: a killed one could
// not say that it stopped watching.
func (a *Agent) resumeChanges(ctx context.Context) error {
	db, now := a.rec.store, a.cfg.Now()
	first, err := db.WatchedSince(ctx, a.main.id)
	if err != nil {
		return err
	}
	if first != nil {
		a.watchedSince.Store(&first.Time)
	}
	inForce, err := db.ServerChanges(ctx, "", backend.At(now), backend.At(now))
	if err != nil {
		return err
	}
	last := map[string]backend.ServerChange{}
	for _, c := range inForce {
		last[c.Server] = c
	}
	for _, server := range slices.Sorted(maps.Keys(last)) {
		c := last[server]
		if c.State == backend.ServerUnknown {
			continue
		}
		stopped, err := a.stoppedAt(ctx, c.At.Time, now)
		if err != nil {
			return err
		}
		// The recorder tries again where the disk is full, which must not keep
		// Pilotlight from starting.
		a.rec.change(notWatching(server, stopped, notRunning))
	}
	return nil
}

// stoppedAt is when a Pilotlight that recorded something at last was last known to
// run.
func (a *Agent) stoppedAt(ctx context.Context, last, now time.Time) (time.Time, error) {
	b, err := a.rec.store.State(ctx, aliveState)
	if err != nil || b == nil {
		return last, err
	}
	var alive backend.Time
	if json.Unmarshal(b, &alive) == nil && alive.After(last) && alive.Before(now) {
		return alive.Time, nil
	}
	return last, nil
}

package agent

import (
	"context"
	"encoding/json"
	"time"

	"pilotlight/backend"
)

// Under what the store keeps when Pilotlight was last known to run.
const aliveState = "alive"

// aliveEvery is how often that is written. It is how far the history may be
// wrong about when a Pilotlight that was killed stopped watching.
const aliveEvery = 5 * time.Minute

// noteServer records when the server's state changed: a fallback is explained
// by it later.
func (a *Agent) noteServer(now time.Time) {
	srv := a.server.state.Server()
	code := backend.Code("")
	detail := ""
	if srv.Error != nil {
		code, detail = srv.Error.Code, srv.Error.Message
	}
	if srv.CheckedAt == nil || a.change != nil && a.change.State == srv.State && a.change.Code == code {
		return
	}
	at := backend.At(now)
	if s := srv.StateSince; s != nil && (a.change == nil || s.After(a.change.At.Time)) {
		at = *s
	}
	a.change = &backend.ServerChange{At: at, Server: srv.ID, State: srv.State, Code: code, Detail: detail}
	a.rec.change(*a.change)
	if a.watchedSince.Load() == nil {
		a.watchedSince.Store(&at.Time)
	}
	a.reconsiderSoon()
}

// noteAlive leaves a sign of life behind now and then.
func (a *Agent) noteAlive(now time.Time) {
	if age := now.Sub(a.aliveAt); age >= 0 && age < aliveEvery {
		return
	}
	a.aliveAt = now
	a.keepState(aliveState, backend.At(now))
}

// notWatching is the change that says that nobody knows from then on.
func notWatching(server string, at time.Time) backend.ServerChange {
	return backend.ServerChange{At: backend.At(at), Server: server, State: backend.ServerUnknown, Detail: "Pilotlight was not running."}
}

// resumeChanges closes what an earlier Pilotlight left open: a killed one could
// not say that it stopped watching.
func (a *Agent) resumeChanges(ctx context.Context) error {
	db, server := a.rec.store, a.server.src.ID()
	now := a.cfg.Now()
	first, err := db.WatchedSince(ctx, server)
	if err != nil || first == nil {
		return err
	}
	a.watchedSince.Store(&first.Time)
	inForce, err := db.ServerChanges(ctx, server, backend.At(now), backend.At(now))
	if err != nil || len(inForce) == 0 {
		return err
	}
	last := inForce[len(inForce)-1]
	if last.State == backend.ServerUnknown {
		return nil
	}
	stopped := last.At.Time
	if b, err := db.State(ctx, aliveState); err != nil {
		return err
	} else if b != nil {
		var alive backend.Time
		if json.Unmarshal(b, &alive) == nil && alive.After(stopped) && alive.Before(now) {
			stopped = alive.Time
		}
	}
	_, err = db.AddServerChange(ctx, notWatching(server, stopped))
	return err
}

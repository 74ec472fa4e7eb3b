package agent

import (
	"context"
	"time"

	"pilotlight/backend"
)

// startLoad asks the server for a load. done, if any, is told when it failed;
// its success is told by the history row.
func (a *Agent) startLoad(w *watched, r backend.LoadRequest, cause backend.LoadCause, done func(error)) {
	src, started := w.src, a.cfg.Now()
	expected, measure := a.expectLoad(w, r, started)
	w.acting, w.progress = backend.Loaded, nil
	w.believe(w.state.LoadStarted(r, cause, started))
	a.keepAsked()
	a.cfg.Log.Info("load", "server", w.id, "model", r.Model, "context", valueOr(r.ContextLength, 0), "cause", cause)
	a.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, loadLimit)
		defer cancel()
		if measure {
			a.readBefore(ctx, expected)
		}
		// Killed after this, Pilotlight knows that the load may run, whoever asked for it:
		// it asks for no second one, and tells who did when the list shows it.
		a.written(ctx)
		res, err := src.Load(ctx, r, func(p float64) {
			a.post(func() { w.progress = &p })
		})
		a.post(func() { a.loadEnded(w, r, res, err, done) })
	})
}

func (a *Agent) loadEnded(w *watched, r backend.LoadRequest, res backend.LoadResult, err error, done func(error)) {
	now := a.cfg.Now()
	w.acting, w.progress = "", nil
	w.forgetEstimate()
	state, rows := w.state.LoadEnded(r.Model, res, err, now)
	w.believe(state)
	if a.keep.Attempt != nil && a.isKeptOn(w) && a.keep.Target.Model == r.Model {
		a.keep = a.keep.LoadEnded(res, err, a.facts(now), a.cfg.Keep)
	}
	switch e := backend.AsError(err); {
	case err == nil:
	case e.Code == backend.CodeBusy:
		a.cfg.Log.Info("load not asked for", "model", r.Model, "why", e.Message)
	default:
		a.cfg.Log.Warn("load failed", "model", r.Model, "code", e.Code, "error", e.Message)
	}
	if done != nil && err != nil {
		done(err)
	}
	a.history(w, rows)
	w.lookAnew()
}

// lookAnew makes the last look, and one that is under way, no ground for an action:
// what has just ended may not show in them.
func (w *watched) lookAnew() {
	w.at, w.outdated = time.Time{}, w.looking
	w.lookNow()
}

// forgetEstimate drops an estimate that a load or an unload has made untrue.
func (w *watched) forgetEstimate() { w.estimate.at = time.Time{} }

// startUnload asks the server for an unload; done as with startLoad.
func (a *Agent) startUnload(w *watched, instanceID string, cause backend.LoadCause, done func(error)) {
	w.acting = backend.Unloaded
	if w.local {
		a.measuring = nil
	}
	w.believe(w.state.UnloadAsked(instanceID, cause))
	a.cfg.Log.Info("unload", "server", w.id, "instance", instanceID, "cause", cause)
	src := w.src
	a.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, unloadLimit)
		defer cancel()
		err := src.Unload(ctx, instanceID)
		a.post(func() { a.unloadEnded(w, instanceID, cause, err, done) })
	})
}

const unloadLimit = 2 * time.Minute

func (a *Agent) unloadEnded(w *watched, instanceID string, cause backend.LoadCause, err error, done func(error)) {
	w.acting = ""
	w.forgetEstimate()
	if err != nil {
		a.cfg.Log.Warn("unload failed", "instance", instanceID, "error", backend.AsError(err).Message)
		switch backend.CodeOf(err) {
		case backend.CodeTimeout, backend.CodeNetwork:
			// It may have been unloaded all the same: that would be ours.
		default:
			w.believe(w.state.UnloadFailed(instanceID))
		}
		if done != nil {
			done(err)
		}
	}
	if cause == backend.CauseKeepWarm && a.isKeptOn(w) {
		a.keep = a.keep.UnloadEnded(err, a.cfg.Now(), a.cfg.Keep)
	}
	w.lookAnew()
}

// pingLimit is long because a ping queues behind the answers that run.
const pingLimit = 3 * time.Minute

// startPing resets the TTL of an instance with a request for one token.
func (a *Agent) startPing(w *watched, instanceID string) {
	src := w.src
	w.acting = backend.LoadEvent("ping")
	w.uses.OwnRequest(instanceID, a.cfg.Now())
	a.cfg.Log.Info("ping", "server", w.id, "instance", instanceID)
	a.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, pingLimit)
		defer cancel()
		err := src.Ping(ctx, instanceID)
		a.post(func() {
			w.acting, w.detail = "", true
			w.uses.OwnEnded(instanceID, a.cfg.Now())
			a.keep = a.keep.Answered(w.id, instanceID, err, a.cfg.Now())
			a.heard(w, src, instanceID, err)
			w.lookNow()
		})
	})
}

// renewer is a source whose server gives what it has in memory an end, which can
// be taken away without a request to the model.
type renewer interface {
	Renew(ctx context.Context, instanceID string) error
}

// startRenew has an instance stay in memory for good. What fails shows at the next
// look: the end comes nearer, and then the model is loaded again.
func (a *Agent) startRenew(w *watched, instanceID string) {
	src, ok := w.src.(renewer)
	if !ok {
		return
	}
	w.acting = backend.LoadEvent("renew")
	a.cfg.Log.Info("renew", "server", w.id, "instance", instanceID)
	a.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, unloadLimit)
		defer cancel()
		err := src.Renew(ctx, instanceID)
		a.post(func() {
			if w.acting = ""; err != nil {
				a.cfg.Log.Warn("a model will not stay for good", "instance", instanceID, "error", backend.AsError(err).Message)
			}
			w.lookNow()
		})
	})
}

// heard takes in how an instance answered. Only an answer shows that an engine
// is dead: LM Studio goes on listing it (measured by third parties in
// September 2026).
func (a *Agent) heard(w *watched, src Source, instanceID string, err error) {
	if w.speaks(src) && backend.CodeOf(err) == backend.CodeModelCrashed {
		w.believe(w.state.CrashSeen(instanceID, backend.AsError(err).Message))
		w.lookNow()
	}
}

package agent

import (
	"context"
	"fmt"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

// Status is the present state; it is never changed after it was handed out.
func (a *Agent) Status() *backend.Status { return a.status.Load() }

// SetKeep chooses the model to keep. It is accepted while the server is away;
// a model that the server is known not to have is refused with not_found.
func (a *Agent) SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error) {
	return inLoopKept(ctx, a, func() (backend.Keep, error) {
		w, err := a.on(t.Server)
		if err != nil {
			return backend.Keep{}, err
		}
		if err := w.canKeep(&t); err != nil {
			return backend.Keep{}, err
		}
		m, err := w.findModel(t.Model)
		if err != nil {
			return backend.Keep{}, err
		}
		t.Server, t.Model = w.id, m.Key
		if was := a.keep.Target; was == nil || was.Model != t.Model || was.Server != t.Server {
			a.expected = nil
		}
		a.keep = a.keep.Retarget(t, a.cfg.Now())
		a.learnExpected(t.Model)
		return a.answerKeep(), nil
	})
}

// Release stops keeping; what is loaded stays loaded.
func (a *Agent) Release(ctx context.Context) (backend.Keep, error) {
	return a.changeKeep(ctx, func(keep.State) (keep.State, error) { return keep.State{Since: a.cfg.Now()}, nil })
}

// Pause stops keeping for a while; 0 is until Resume.
func (a *Agent) Pause(ctx context.Context, d time.Duration) (backend.Keep, error) {
	return a.changeKeep(ctx, func(s keep.State) (keep.State, error) { return s.Paused(d, a.cfg.Now()), needsTarget(s) })
}

// Resume goes on at once, after a pause or after giving up.
func (a *Agent) Resume(ctx context.Context) (backend.Keep, error) {
	return a.changeKeep(ctx, func(s keep.State) (keep.State, error) { return s.Resumed(a.cfg.Now()), needsTarget(s) })
}

// Replace is the person's word that the instance which stands in the way, or
// which will expire, may be unloaded although nothing proves that it is idle.
func (a *Agent) Replace(ctx context.Context) (backend.Keep, error) {
	return a.changeKeep(ctx, func(s keep.State) (keep.State, error) { return s.ConfirmReplace(), needsTarget(s) })
}

func needsTarget(s keep.State) error {
	if s.Target != nil {
		return nil
	}
	return &backend.Error{
		Code: backend.CodeRefused, Message: "No model is being kept.", Hint: "Choose one first: pilotlight keep MODEL.",
	}
}

func (a *Agent) changeKeep(ctx context.Context, change func(keep.State) (keep.State, error)) (backend.Keep, error) {
	return inLoopKept(ctx, a, func() (backend.Keep, error) {
		next, err := change(a.keep)
		if err != nil {
			return backend.Keep{}, err
		}
		a.keep = next
		return a.answerKeep(), nil
	})
}

// answerKeep steps once, so that the answer shows what follows.
func (a *Agent) answerKeep() backend.Keep {
	now := a.cfg.Now()
	a.step(now)
	// The decision may wait for a fresh look; how it stands is known already.
	_, _, view := a.keep.Step(a.facts(now), a.cfg.Keep)
	a.keepView = view
	a.save()
	return view
}

// Load loads a model once, because a person asked.
func (a *Agent) Load(ctx context.Context, server, model string, contextLength *int) (backend.Load, error) {
	ch := make(chan answer[backend.Load], 1)
	var src Source
	m, err := inLoop(ctx, a, func() (backend.Model, error) {
		w, m, err := a.loadable(server, model, contextLength)
		if err == nil {
			src = w.src
		}
		return m, err
	})
	if err != nil {
		return backend.Load{}, err
	}
	reckoned := a.estimateOnce(ctx, src, backend.LoadRequest{Model: m.Key, ContextLength: contextLength})
	_, err = inLoop(ctx, a, func() (struct{}, error) {
		w, m, err := a.loadable(server, model, contextLength) // it may have changed meanwhile
		if err != nil {
			return struct{}{}, err
		}
		if w.speaks(src) {
			w.reckoned(m.Key, contextLength, reckoned, a.cfg.Now())
		}
		failed := a.awaitRow(w, ch, func(r backend.Load) bool {
			return r.Model == m.Key && r.Cause == backend.CauseUser && r.Event == backend.Loaded
		})
		a.startLoad(w, backend.LoadRequest{Model: m.Key, ContextLength: contextLength}, backend.CauseUser, failed)
		return struct{}{}, nil
	})
	if err != nil {
		return backend.Load{}, err
	}
	return await(ctx, a, ch)
}

// loadable refuses a load that would stack an instance or run beside another.
func (a *Agent) loadable(server, model string, contextLength *int) (*watched, backend.Model, error) {
	w, err := a.ready(server)
	if err == nil {
		err = w.canLoad()
	}
	if err != nil {
		return w, backend.Model{}, err
	}
	m, err := w.findModel(model)
	if err != nil {
		return w, m, err
	}
	if err := w.known(); err != nil {
		return w, m, err
	}
	if at := w.state.Lost(m.Key); !at.IsZero() && a.cfg.Now().Sub(at).Abs() < a.cfg.Keep.LostHold {
		return w, m, &backend.Error{
			Code: backend.CodeBusy, Message: fmt.Sprintf("What became of the last load of %s is not known: it may still be going on.", m.Name),
			Hint: "Loading it again now could put a second copy into memory. Ask again in a minute.",
		}
	}
	if other := a.loadingElsewhere(w, m.Key); other != nil {
		return w, m, &backend.Error{
			Code: backend.CodeBusy, Message: fmt.Sprintf("%s is loading a model right now.", other.server().Name),
			Hint: "Wait for it to end, then ask again.",
		}
	}
	if contextLength != nil && m.MaxContextLength != nil && *contextLength > *m.MaxContextLength {
		return w, m, &backend.Error{
			Code:    backend.CodeInvalid,
			Message: fmt.Sprintf("%s can have a context of %d tokens at most.", m.Name, *m.MaxContextLength),
			Hint:    "Ask for less.",
		}
	}
	if len(m.Instances) > 0 {
		return w, m, &backend.Error{
			Code:    backend.CodeRefused,
			Message: fmt.Sprintf("%s is already loaded, as %s.", m.Name, m.Instances[0].ID),
			Hint:    "Loading it again would put a second copy into memory. To change its context, unload it first.",
		}
	}
	return w, m, nil
}

// known refuses what rests on a list that is not to be trusted: what it does not show may
// be in memory all the same, and one list is no proof that it is not.
func (w *watched) known() error {
	if w.state.Trusted() {
		return nil
	}
	return &backend.Error{
		Code: backend.CodeBusy, Message: fmt.Sprintf("Pilotlight is still finding out what %s has in memory.", w.server().Name),
		Hint: "Ask again in a few seconds.",
	}
}

// ready is a server that can be asked for something now.
func (a *Agent) ready(server string) (*watched, error) {
	w, err := a.on(server)
	if err != nil {
		return nil, err
	}
	srv := w.server()
	if srv.State != backend.ServerUp {
		if srv.Error != nil {
			return w, srv.Error
		}
		return w, &backend.Error{Code: backend.CodeNetwork, Message: srv.Name + " has not answered yet.", Hint: "Try again in a moment."}
	}
	if w.acting != "" {
		return w, &backend.Error{
			Code: backend.CodeBusy, Message: "Pilotlight is loading or unloading a model there right now.", Hint: "Wait for it to end, then ask again.",
		}
	}
	return w, nil
}

// Unload unloads one instance, because a person asked. It is refused with busy
// while the instance is known to be answering someone, unless force is set.
func (a *Agent) Unload(ctx context.Context, server, instanceID string, force bool) (backend.Load, error) {
	ch := make(chan answer[backend.Load], 1)
	var src Source
	id, err := inLoop(ctx, a, func() (string, error) {
		w, err := a.unloadable(server)
		if err != nil {
			return "", err
		}
		src = w.src
		return w.findInstance(instanceID)
	})
	if err != nil {
		return backend.Load{}, err
	}
	if !force {
		if p, err := src.Processing(ctx, id); err == nil && p.Busy {
			return backend.Load{}, &backend.Error{
				Code:    backend.CodeBusy,
				Message: fmt.Sprintf("%s is answering someone right now.", id),
				Hint:    "Wait until it is done, or force it, which cuts the answer off.",
			}
		}
	}
	_, err = inLoop(ctx, a, func() (struct{}, error) {
		w, err := a.unloadable(server)
		if err != nil {
			return struct{}{}, err
		}
		failed := a.awaitRow(w, ch, func(r backend.Load) bool { return r.InstanceID == id && r.Event == backend.Unloaded })
		a.startUnload(w, id, backend.CauseUser, failed)
		return struct{}{}, nil
	})
	if err != nil {
		return backend.Load{}, err
	}
	return await(ctx, a, ch)
}

// unloadable is a server that can be told to unload something now.
func (a *Agent) unloadable(server string) (*watched, error) {
	w, err := a.ready(server)
	if err == nil {
		err = w.canUnload()
	}
	if err == nil {
		err = w.known()
	}
	return w, err
}

// Check asks an instance for one token, because a person or a failed request
// suspects it: a list does not show that an engine is dead.
func (a *Agent) Check(ctx context.Context, server, instanceID string) error {
	var w *watched
	var src Source
	id, err := inLoop(ctx, a, func() (id string, err error) {
		if w, err = a.on(server); err != nil {
			return "", err
		}
		src = w.src
		return w.findInstance(instanceID)
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	err = src.Ping(ctx, id)
	a.post(func() { a.heard(w, src, id, err) })
	return err
}

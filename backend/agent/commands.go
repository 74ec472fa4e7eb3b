package agent

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

// Status is the present state; it is never changed after it was handed out.
func (a *Agent) Status() *backend.Status { return a.status.Load() }

// SetKeep chooses the model to keep. It is accepted while the server is away;
// a model that the server is known not to have is refused with not_found.
func (a *Agent) SetKeep(ctx context.Context, t backend.Target) (backend.Keep, error) {
	return inLoop(ctx, a, func() (backend.Keep, error) {
		if err := a.checkServer(t.Server); err != nil {
			return backend.Keep{}, err
		}
		t.Server = a.server.src.ID()
		m, err := a.findModel(t.Model)
		if err != nil {
			return backend.Keep{}, err
		}
		t.Model = m.Key
		if was := a.keep.Target; was == nil || was.Model != t.Model {
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
	return inLoop(ctx, a, func() (backend.Keep, error) {
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
	m, err := inLoop(ctx, a, func() (backend.Model, error) { return a.loadable(server, model, contextLength) })
	if err != nil {
		return backend.Load{}, err
	}
	reckoned := a.estimateOnce(ctx, backend.LoadRequest{Model: m.Key, ContextLength: contextLength})
	_, err = inLoop(ctx, a, func() (struct{}, error) {
		m, err := a.loadable(server, model, contextLength) // it may have changed meanwhile
		if err != nil {
			return struct{}{}, err
		}
		a.believe(m.Key, contextLength, reckoned)
		failed := a.awaitRow(ch, func(r backend.Load) bool {
			return r.Model == m.Key && r.Cause == backend.CauseUser && r.Event == backend.Loaded
		})
		a.startLoad(backend.LoadRequest{Model: m.Key, ContextLength: contextLength}, backend.CauseUser, failed)
		return struct{}{}, nil
	})
	if err != nil {
		return backend.Load{}, err
	}
	return await(ctx, a, ch)
}

// loadable refuses a load that would stack an instance or run beside another.
func (a *Agent) loadable(server, model string, contextLength *int) (backend.Model, error) {
	if err := a.ready(server); err != nil {
		return backend.Model{}, err
	}
	m, err := a.findModel(model)
	if err != nil {
		return m, err
	}
	if contextLength != nil && m.MaxContextLength != nil && *contextLength > *m.MaxContextLength {
		return m, &backend.Error{
			Code:    backend.CodeInvalid,
			Message: fmt.Sprintf("%s can have a context of %d tokens at most.", m.Name, *m.MaxContextLength),
			Hint:    "Ask for less.",
		}
	}
	if len(m.Instances) > 0 {
		return m, &backend.Error{
			Code:    backend.CodeRefused,
			Message: fmt.Sprintf("%s is already loaded, as %s.", m.Name, m.Instances[0].ID),
			Hint:    "Loading it again would put a second copy into memory. To change its context, unload it first.",
		}
	}
	return m, nil
}

// ready says whether the server can be asked for something now.
func (a *Agent) ready(server string) error {
	if err := a.checkServer(server); err != nil {
		return err
	}
	srv := a.server.state.Server()
	if srv.State != backend.ServerUp {
		if srv.Error != nil {
			return srv.Error
		}
		return &backend.Error{Code: backend.CodeNetwork, Message: srv.Name + " has not answered yet.", Hint: "Try again in a moment."}
	}
	if a.server.acting != "" {
		return &backend.Error{
			Code: backend.CodeBusy, Message: "Pilotlight is loading or unloading a model there right now.", Hint: "Wait for it to end, then ask again.",
		}
	}
	return nil
}

func (a *Agent) checkServer(id string) error {
	if id == "" || id == a.server.src.ID() {
		return nil
	}
	return &backend.Error{
		Code: backend.CodeNotFound, Message: fmt.Sprintf("There is no server %q.", id), Hint: "The servers are: " + a.server.src.ID() + ".",
	}
}

// Unload unloads one instance, because a person asked. It is refused with busy
// while the instance is known to be answering someone, unless force is set.
func (a *Agent) Unload(ctx context.Context, server, instanceID string, force bool) (backend.Load, error) {
	ch := make(chan answer[backend.Load], 1)
	id, err := inLoop(ctx, a, func() (string, error) {
		if err := a.ready(server); err != nil {
			return "", err
		}
		return a.findInstance(instanceID)
	})
	if err != nil {
		return backend.Load{}, err
	}
	if !force {
		if p, err := a.server.src.Processing(ctx, id); err == nil && p.Busy {
			return backend.Load{}, &backend.Error{
				Code:    backend.CodeBusy,
				Message: fmt.Sprintf("%s is answering someone right now.", id),
				Hint:    "Wait until it is done, or force it, which cuts the answer off.",
			}
		}
	}
	_, err = inLoop(ctx, a, func() (struct{}, error) {
		if err := a.ready(server); err != nil {
			return struct{}{}, err
		}
		failed := a.awaitRow(ch, func(r backend.Load) bool { return r.InstanceID == id && r.Event == backend.Unloaded })
		a.startUnload(id, backend.CauseUser, failed)
		return struct{}{}, nil
	})
	if err != nil {
		return backend.Load{}, err
	}
	return await(ctx, a, ch)
}

// Check asks an instance for one token, because a person or a failed request
// suspects it: a list does not show that an engine is dead.
func (a *Agent) Check(ctx context.Context, server, instanceID string) error {
	id, err := inLoop(ctx, a, func() (string, error) {
		if err := a.checkServer(server); err != nil {
			return "", err
		}
		return a.findInstance(instanceID)
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	err = a.server.src.Ping(ctx, id)
	a.post(func() { a.heard(id, err) })
	return err
}

// findInstance takes an instance's id, or the key of a model with one instance.
func (a *Agent) findInstance(id string) (string, error) {
	var all []string
	for _, m := range a.server.state.Server().Models {
		for _, i := range m.Instances {
			if i.ID == id || m.Key == id && len(m.Instances) == 1 {
				return i.ID, nil
			}
			all = append(all, i.ID)
		}
	}
	hint := "Nothing is loaded."
	if len(all) > 0 {
		hint = "Loaded are: " + strings.Join(all, ", ") + "."
	}
	return "", &backend.Error{Code: backend.CodeNotFound, Message: fmt.Sprintf("No instance %q is loaded.", id), Hint: hint}
}

// findModel takes a key, or a part of a key or a name that fits one model. A
// server that was never listed is believed to have what is asked for.
func (a *Agent) findModel(name string) (backend.Model, error) {
	srv := a.server.state.Server()
	name = strings.TrimSpace(name)
	if srv.ListedAt == nil && name != "" {
		return backend.Model{Key: name, Name: name}, nil
	}
	var like []backend.Model
	for _, m := range srv.Models {
		if m.Key == name {
			return m, nil
		}
		low := strings.ToLower(name)
		if name != "" && (strings.Contains(strings.ToLower(m.Key), low) || strings.Contains(strings.ToLower(m.Name), low)) {
			like = append(like, m)
		}
	}
	switch len(like) {
	case 1:
		return like[0], nil
	case 0:
		return backend.Model{}, &backend.Error{
			Code: backend.CodeModelMissing, Message: fmt.Sprintf("%s has no model %q.", srv.Name, name), Hint: "It has: " + keys(srv.Models) + ".",
		}
	}
	return backend.Model{}, &backend.Error{
		Code: backend.CodeInvalid, Message: fmt.Sprintf("%q fits several models.", name), Hint: "Say which: " + keys(like) + ".",
	}
}

// keys lists some models for a hint.
func keys(models []backend.Model) string {
	const most = 12
	var ks []string
	for _, m := range models {
		ks = append(ks, m.Key)
	}
	slices.Sort(ks)
	if len(ks) == 0 {
		return "none downloaded"
	}
	if len(ks) > most {
		return strings.Join(ks[:most], ", ") + fmt.Sprintf(" and %d more", len(ks)-most)
	}
	return strings.Join(ks, ", ")
}

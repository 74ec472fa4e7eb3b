package agent

import (
	"context"
	"fmt"
	"math"
	"slices"

	"pilotlight/backend"
	"pilotlight/backend/json5"
	"pilotlight/backend/rule/fallback"
)

// Fallback is one fallback with what happened around it, explained by all that
// is known now.
func (a *Agent) Fallback(ctx context.Context, id int64) (backend.FallbackStory, error) {
	row, err := a.rec.store.Fallback(ctx, id)
	if err != nil || a.follow == nil {
		return backend.FallbackStory{Fallback: row}, err
	}
	why, err := a.follow.context(ctx, row)
	if err != nil {
		return backend.FallbackStory{}, err
	}
	if abs(why.Now.Sub(row.At.Time)) < again+aroundAfter {
		row.Cause = fallback.Explain(row, why)
	}
	return backend.FallbackStory{Fallback: row, Steps: fallback.Story(row, why)}, nil
}

// FixFallback carries out the action of a fallback's remedy. What it does is
// what the buttons elsewhere do, with all their refusals.
func (a *Agent) FixFallback(ctx context.Context, id int64) (backend.Fixed, error) {
	story, err := a.Fallback(ctx, id)
	if err != nil {
		return backend.Fixed{}, err
	}
	r := story.Cause.Remedy
	if r == nil || r.Action == "" {
		hint := "Nothing that was seen explains it."
		if r != nil {
			hint = r.Text
		}
		return backend.Fixed{}, &backend.Error{Code: backend.CodeRefused, Message: "There is nothing that Pilotlight could do about it.", Hint: hint}
	}
	m, err := a.mendingOf(ctx, story, *r)
	if err != nil {
		return backend.Fixed{}, err
	}
	if m.Kind != backend.MendConfig {
		done, err := a.carry(ctx, m, errand{})
		return backend.Fixed{Text: done.Text}, err
	}
	doc, err := a.Config(ctx)
	if err != nil {
		return backend.Fixed{}, err
	}
	provider := backend.ParseModelRef(story.Requested).Provider
	if _, err := a.carry(ctx, m, errand{note: "Wait longer for " + provider, hash: doc.Hash}); err != nil {
		return backend.Fixed{}, err
	}
	return backend.Fixed{Text: fmt.Sprintf("OpenClaw waits %.0f s for %s from now on.", *r.Seconds, provider)}, nil
}

// mendingOf is what the action of a remedy does.
func (a *Agent) mendingOf(ctx context.Context, story backend.FallbackStory, r backend.Remedy) (backend.Mending, error) {
	m := backend.Mending{Server: r.Server, Model: r.Model, Context: r.Context}
	var err error
	switch r.Action {
	case backend.ActionLoad:
		m.Kind = backend.MendLoad
	case backend.ActionKeep, backend.ActionKeepContext:
		m.Kind = backend.MendKeep
		if m.Context == nil {
			m.Context = a.contextFor(ctx, m.Server, m.Model)
		}
	case backend.ActionStartServer:
		m.Kind = backend.MendStartServer
	case backend.ActionUnloadExtra:
		m.Kind = backend.MendUnload
		m.Instance, err = a.smallest(ctx, r.Server, r.Model)
	case backend.ActionCheck:
		m.Kind = backend.MendCheck
		m.Instance, err = inLoop(ctx, a, func() (string, error) { return a.findOn(r.Server, r.Model) })
	case backend.ActionTimeout:
		if r.Seconds == nil {
			break
		}
		m.Kind, m.Edits = backend.MendConfig, []backend.ConfigEdit{waitLonger(backend.ParseModelRef(story.Requested).Provider, *r.Seconds)}
	}
	if m.Kind == "" {
		err = &backend.Error{Code: backend.CodeRefused, Message: "Pilotlight cannot do that.", Hint: r.Text}
	}
	return m, err
}

// waitLonger has OpenClaw wait longer for a provider.
func waitLonger(provider string, seconds float64) backend.ConfigEdit {
	path := json5.Path{"models", "providers", provider, "timeoutSeconds"}.String()
	return backend.ConfigEdit{Path: path, Value: fmt.Appendf(nil, "%.0f", math.Ceil(seconds))}
}

// policy is that of the keep there is: a remedy does not change how a person
// wants to be treated.
func (a *Agent) policy() backend.Policy { return a.Status().Keep.Policy }

// contextFor is the context to keep a model with where a remedy names none: the one
// that it is kept with, which a pause does not change; else what OpenClaw counts on,
// unless that is too big. LM Studio's own choice is often less than an agent's first
// prompt. nil leaves it to the server.
func (a *Agent) contextFor(ctx context.Context, server, model string) *int {
	st := a.Status()
	if k := st.Keep; k.Server == server && k.Model == model {
		return k.ContextLength
	}
	if st.OpenClaw == nil {
		return nil
	}
	i := slices.IndexFunc(st.OpenClaw.Chain, func(h backend.Hop) bool { return h.Server == server && h.Key == model })
	if i < 0 || st.OpenClaw.Chain[i].ContextWindow == nil {
		return nil
	}
	counted := *st.OpenClaw.Chain[i].ContextWindow
	what, err := a.Fit(ctx, backend.FitQuery{Server: server, Model: model, ContextLength: &counted})
	if err != nil || what.Fit != nil && what.Fit.Verdict == backend.TooBig {
		return nil
	}
	if most := what.MaxContextLength; most != nil {
		counted = min(counted, *most)
	}
	return &counted
}

// starter is a server whose HTTP server can be switched on.
type starter interface {
	StartServer(ctx context.Context) error
}

// startServer switches LM Studio's HTTP server on, where the app runs.
func (a *Agent) startServer(ctx context.Context, server string) error {
	w, src, err := a.sourceOf(ctx, server)
	if err != nil {
		return err
	}
	s, ok := src.(starter)
	if !ok {
		return &backend.Error{
			Code: backend.CodeUnsupported, Message: "Pilotlight cannot switch this server on.", Hint: "Switch it on where it runs.",
		}
	}
	err = s.StartServer(ctx)
	a.post(w.lookNow)
	return err
}

// smallest is the instance of a model with the least context, of several.
func (a *Agent) smallest(ctx context.Context, server, key string) (string, error) {
	return inLoop(ctx, a, func() (string, error) {
		w, err := a.on(server)
		if err != nil {
			return "", err
		}
		for _, m := range w.server().Models {
			if m.Key != key || len(m.Instances) < 2 {
				continue
			}
			least := m.Instances[0]
			for _, i := range m.Instances[1:] {
				if valueOr(i.ContextLength, 0) < valueOr(least.ContextLength, 0) {
					least = i
				}
			}
			return least.ID, nil
		}
		return "", &backend.Error{Code: backend.CodeNotFound, Message: "There is no second instance any more.", Hint: "Nothing needs to be done."}
	})
}

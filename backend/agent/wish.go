package agent

import (
	"pilotlight/backend"
	"pilotlight/backend/rule/modelconfig"
)

// wish puts one wish into a draft.
func wish(d *modelconfig.Draft, w backend.ConfigWish) error {
	set := 0
	for _, do := range []func() bool{
		func() bool { return has(w.Primary, d.SetPrimary) },
		func() bool { return has(w.Fallbacks, d.SetFallbacks) },
		func() bool { return has(w.Alias, func(a backend.AliasWish) { d.SetAlias(a.Ref, a.Alias) }) },
		func() bool { return has(w.List, func(a backend.AliasWish) { d.List(a.Ref, a.Alias) }) },
		func() bool { return has(w.ModelsMode, d.SetMode) },
		func() bool { return has(w.Provider, func(p backend.ProviderWish) { provide(d, p) }) },
		func() bool { return has(w.AddModel, func(m backend.ModelWish) { addModel(d, m) }) },
	} {
		if do() {
			set++
		}
	}
	for _, ask := range []func() (bool, error){
		func() (bool, error) { return w.Unlist != nil, unlist(d, w.Unlist) },
		func() (bool, error) { return w.Context != nil, context_(d, w.Context) },
		func() (bool, error) { return w.Agent != nil, setAgent(d, w.Agent) },
	} {
		wished, err := ask()
		if err != nil {
			return err
		}
		if wished {
			set++
		}
	}
	if set != 1 {
		return &backend.Error{Code: backend.CodeInvalid, Message: "A wish must be for exactly one thing.", Hint: "Send several wishes, one after the other."}
	}
	return nil
}

// has does f with what is there.
func has[T any](p *T, f func(T)) bool {
	if p != nil {
		f(*p)
	}
	return p != nil
}

func provide(d *modelconfig.Draft, p backend.ProviderWish) {
	add := modelconfig.Provider{ID: p.ID, BaseURL: p.BaseURL, API: p.API}
	if p.KeyEnv != "" {
		add.APIKey = "${" + p.KeyEnv + "}"
	}
	d.SetProvider(add)
}

func addModel(d *modelconfig.Draft, m backend.ModelWish) {
	d.AddModel(m.Provider, modelconfig.Model{
		ID: m.ID, Name: m.Name, ContextWindow: valueOr(m.ContextWindow, 0), MaxTokens: valueOr(m.MaxTokens, 0),
		Reasoning: m.Reasoning, Image: m.Image,
	})
}

func unlist(d *modelconfig.Draft, ref *string) error {
	if ref == nil || d.Unlist(*ref) {
		return nil
	}
	return &backend.Error{Code: backend.CodeRefused, Message: *ref + " is in use.", Hint: "Take it out of the primary, the fallbacks and the agents first."}
}

func context_(d *modelconfig.Draft, m *backend.ModelWish) error {
	if m == nil || d.SetContext(m.Provider, m.ID, valueOr(m.ContextWindow, 0), valueOr(m.MaxTokens, 0)) {
		return nil
	}
	return &backend.Error{Code: backend.CodeNotFound, Message: "The config has no model " + m.ID + " of the provider " + m.Provider + ".", Hint: "Add it first."}
}

func setAgent(d *modelconfig.Draft, a *backend.AgentWish) error {
	if a == nil || d.SetAgent(a.ID, a.Primary, valueOr(a.Fallbacks, nil)) {
		return nil
	}
	return &backend.Error{Code: backend.CodeNotFound, Message: "The config has no agent " + a.ID + ".", Hint: "Only agents that are there can get models of their own."}
}

package modelconfig

import "slices"

// Provider is a provider to be added. It speaks in keys that every version knows.
type Provider struct {
	ID      string
	BaseURL string
	API     string
	APIKey  string // a marker or ${NAME}; never a secret of a person's
}

// SetProvider adds a provider, or gives one its address and protocol. An empty
// field stays as it is, and a key that is there is never touched.
func (d *Draft) SetProvider(p Provider) {
	at := at("models", "providers", p.ID)
	have, ok := d.get(at).(map[string]any)
	if !ok {
		entry := ordered{{"baseUrl", p.BaseURL}}
		if p.APIKey != "" {
			entry = append(entry, pair{"apiKey", p.APIKey})
		}
		if p.API != "" {
			entry = append(entry, pair{"api", p.API})
		}
		d.set(at, append(entry, pair{"models", []any{}}))
		return
	}
	if p.BaseURL != "" && text(have["baseUrl"]) != p.BaseURL {
		d.set(below(at, "baseUrl"), p.BaseURL)
	}
	if p.API != "" && text(have["api"]) != p.API {
		d.set(below(at, "api"), p.API)
	}
	if p.APIKey != "" && have["apiKey"] == nil {
		d.set(below(at, "apiKey"), p.APIKey)
	}
	if _, has := have["models"]; !has {
		d.set(below(at, "models"), []any{})
	}
}

// Model is a model to be added to a provider.
type Model struct {
	ID            string
	Name          string // "" is the id
	ContextWindow int    // tokens; 0 leaves it out
	MaxTokens     int    // tokens; 0 leaves it out
	Reasoning     bool
	Image         bool
}

// AddModel adds a model to a provider that is there. One with this id stays as it
// is, but gets what it needs and lacks: a name, the context, the greatest answer.
func (d *Draft) AddModel(provider string, m Model) {
	models := at("models", "providers", provider, "models")
	if m.Name == "" {
		m.Name = m.ID
	}
	if i := d.modelIndex(provider, m.ID); i >= 0 {
		have, _ := list(d.get(models))[i].(map[string]any)
		if text(have["name"]) == "" {
			d.set(below(models, i, "name"), m.Name)
		}
		if have["contextWindow"] == nil && m.ContextWindow > 0 {
			d.set(below(models, i, "contextWindow"), m.ContextWindow)
		}
		if have["maxTokens"] == nil && m.MaxTokens > 0 {
			d.set(below(models, i, "maxTokens"), m.MaxTokens)
		}
		return
	}
	input := []any{"text"}
	if m.Image {
		input = append(input, "image")
	}
	entry := ordered{
		{"id", m.ID}, {"name", m.Name}, {"reasoning", m.Reasoning}, {"input", input},
		{"cost", ordered{{"input", 0}, {"output", 0}, {"cacheRead", 0}, {"cacheWrite", 0}}},
	}
	if m.ContextWindow > 0 {
		entry = append(entry, pair{"contextWindow", m.ContextWindow})
	}
	if m.MaxTokens > 0 {
		entry = append(entry, pair{"maxTokens", m.MaxTokens})
	}
	d.set(below(models, len(list(d.get(models)))), entry)
}

// SetContext gives a model of a provider its context and greatest answer, in
// tokens; 0 leaves one as it is. It is false where there is no such model.
func (d *Draft) SetContext(provider, id string, window, most int) bool {
	i := d.modelIndex(provider, id)
	if i < 0 {
		return false
	}
	p := at("models", "providers", provider, "models", i)
	put := func(key string, n int) {
		if have := count(d.get(below(p, key))); n > 0 && (have == nil || *have != n) {
			d.set(below(p, key), n)
		}
	}
	put("contextWindow", window)
	put("maxTokens", most)
	return true
}

// SetMode sets models.mode: merge keeps OpenClaw's own models beside the config's.
func (d *Draft) SetMode(mode string) {
	if text(object(d.now, "models")["mode"]) != mode {
		d.set(at("models", "mode"), mode)
	}
}

// SetRouting pins a model on OpenRouter to some of the services behind it. It is
// among the params of agents.defaults.models, which every version takes; 2026.2
// does not act upon it.
func (d *Draft) SetRouting(ref string, only []string) {
	p := at("agents", "defaults", "models", ref, "params", "provider")
	routing := ordered{{"only", only}, {"allow_fallbacks", false}}
	if object(d.now, "agents", "defaults", "models", ref, "params", "provider") == nil {
		d.set(p, routing)
		return
	}
	for _, r := range routing {
		d.set(below(p, r.key), r.value)
	}
}

func (d *Draft) modelIndex(provider, id string) int {
	return slices.IndexFunc(list(object(d.now, "models", "providers", provider)["models"]), func(v any) bool {
		m, _ := v.(map[string]any)
		return text(m["id"]) == id
	})
}

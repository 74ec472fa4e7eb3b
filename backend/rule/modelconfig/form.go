package modelconfig

import (
	"regexp"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// Form is what a config says of models, for a form. Paths in it are those that an
// edit takes.
func Form(in Input) *backend.ConfigForm {
	config := in.Config
	if config == nil {
		return nil
	}
	defaults := object(config, "agents", "defaults")
	c := chosen(defaults["model"])
	f := &backend.ConfigForm{
		Primary: c.primary, Fallbacks: orNone(c.fallbacks), ModelsMode: text(object(config, "models")["mode"]),
		Allow: texts(object(defaults, "modelPolicy")["allow"]), Models: []backend.ConfigEntry{},
		Providers: []backend.ConfigProvider{}, Agents: []backend.ConfigAgent{},
	}
	if f.ModelsMode == "" {
		f.ModelsMode = "merge"
	}
	models := object(defaults, "models")
	for _, ref := range sorted(models) {
		f.Models = append(f.Models, backend.ConfigEntry{Ref: ref, Alias: text(object(models, ref)["alias"])})
	}
	providers := object(config, "models", "providers")
	for _, id := range sorted(providers) {
		if p, ok := providers[id].(map[string]any); ok {
			f.Providers = append(f.Providers, formProvider(id, p, in))
		}
	}
	for _, a := range agents(config) {
		if a.entry["model"] == nil {
			continue
		}
		own := chosen(a.entry["model"])
		f.Agents = append(f.Agents, backend.ConfigAgent{
			ID: a.id, Path: below(a.path, "model").String(), Primary: own.primary, Fallbacks: orNone(own.fallbacks), Own: own.own,
		})
	}
	return f
}

func formProvider(id string, p map[string]any, in Input) backend.ConfigProvider {
	path := at("models", "providers", id)
	out := backend.ConfigProvider{ID: id, Path: path.String(), BaseURL: text(p["baseUrl"]), API: text(p["api"]), Models: []backend.ConfigModel{}}
	out.KeyKind, out.KeyName = keyKind(p["apiKey"])
	out.HasKey = out.KeyKind != backend.KeyNone
	if headers, _ := p["headers"].(map[string]any); len(headers) > 0 {
		out.Headers = sorted(headers)
	}
	if n, ok := number(p["timeoutSeconds"]); ok {
		out.TimeoutSeconds = &n
	}
	if s := serverAt(out.BaseURL, in.Hosts, in.Servers); s != nil {
		out.Server = s.ID
	}
	for i, v := range list(p["models"]) {
		if m, ok := v.(map[string]any); ok {
			out.Models = append(out.Models, formModel(m, below(path, "models", i)))
		}
	}
	return out
}

func formModel(m map[string]any, path json5.Path) backend.ConfigModel {
	out := backend.ConfigModel{
		ID: text(m["id"]), Path: path.String(), Name: text(m["name"]), API: text(m["api"]),
		ContextWindow: count(m["contextWindow"]), ContextTokens: count(m["contextTokens"]), MaxTokens: count(m["maxTokens"]),
	}
	if b, ok := m["reasoning"].(bool); ok {
		out.Reasoning = &b
	}
	if m["input"] != nil {
		out.Input = texts(m["input"])
	}
	return out
}

var variable = regexp.MustCompile(`^\$\{([A-Z_][A-Z0-9_]*)\}$`)

// keyKind tells how a key is given, and the name that a reference has; never the key.
func keyKind(v any) (backend.KeyKind, string) {
	switch v := v.(type) {
	case string:
		s := strings.TrimSpace(v)
		if m := variable.FindStringSubmatch(s); m != nil {
			return backend.KeyEnv, m[1]
		}
		if s != "" {
			return backend.KeyText, ""
		}
	case map[string]any:
		if len(v) > 0 {
			return backend.KeyRef, text(v["id"])
		}
	}
	return backend.KeyNone, ""
}

func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

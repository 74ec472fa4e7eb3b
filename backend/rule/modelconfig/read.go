package modelconfig

import (
	"encoding/json"
	"math"
	"slices"
	"strings"

	"pilotlight/backend/json5"
)

// object is an object of a config, by its keys from the root.
func object(v map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		v, _ = v[k].(map[string]any)
	}
	return v
}

func text(v any) string {
	s, _ := v.(string)
	return strings.TrimSpace(s)
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}

// texts are the texts of a list; what is none is left out.
func texts(v any) []string {
	out := []string{}
	for _, x := range list(v) {
		if s := text(x); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case json.Number:
		f, err := n.Float64()
		return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
	case float64:
		return n, true
	case int:
		return float64(n), true
	}
	return 0, false
}

// count is a whole number above 0.
func count(v any) *int {
	f, ok := number(v)
	if !ok || f < 1 || f != math.Trunc(f) || f > 1<<52 {
		return nil
	}
	n := int(f)
	return &n
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// at is a path from its parts.
func at(parts ...any) json5.Path { return json5.Path(parts) }

// below is a path with more parts.
func below(p json5.Path, parts ...any) json5.Path { return append(p[:len(p):len(p)], parts...) }

// opaque tells whether a text hangs on a variable, so nothing can be said of it.
func opaque(s string) bool { return strings.Contains(s, "${") }

// agent is one agent with its own settings.
type agent struct {
	id    string
	path  json5.Path
	entry map[string]any
}

// agents are all of them, of agents.list (2026.2, 2026.3) and of agents.entries
// (2026.9), which still reads the list too.
func agents(config map[string]any) []agent {
	var out []agent
	for i, v := range list(object(config, "agents")["list"]) {
		if e, ok := v.(map[string]any); ok {
			out = append(out, agent{text(e["id"]), at("agents", "list", i), e})
		}
	}
	entries := object(config, "agents", "entries")
	for _, id := range sorted(entries) {
		if e, ok := entries[id].(map[string]any); ok {
			out = append(out, agent{id, at("agents", "entries", id), e})
		}
	}
	return out
}

// choice is a first model and its fallbacks, as a config writes them in one place.
type choice struct {
	primary   string
	fallbacks []string
	own       bool // it names fallbacks, be it none
}

// chosen reads the two forms of a model: a text, or an object.
func chosen(v any) choice {
	if m, ok := v.(map[string]any); ok {
		_, own := m["fallbacks"]
		return choice{text(m["primary"]), texts(m["fallbacks"]), own}
	}
	return choice{primary: text(v)}
}

// aliases are the refs of agents.defaults.models by their alias, in lower case.
func aliases(config map[string]any) map[string]string {
	out := map[string]string{}
	models := object(config, "agents", "defaults", "models")
	for _, ref := range sorted(models) {
		if a := strings.ToLower(text(object(models, ref)["alias"])); a != "" && out[a] == "" {
			out[a] = ref
		}
	}
	return out
}

// resolve puts the ref that an alias stands for in its place.
func resolve(config map[string]any, name string) string {
	if ref := aliases(config)[strings.ToLower(name)]; ref != "" {
		return ref
	}
	return name
}

// used are all models that a config names to be used, as refs, each once and in the
// order of their weight.
func used(config map[string]any) []string {
	byAlias := aliases(config)
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if ref := byAlias[strings.ToLower(n)]; ref != "" {
				n = ref
			}
			if n != "" && !opaque(n) && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	take := func(v any) {
		c := chosen(v)
		add(c.primary)
		add(c.fallbacks...)
	}
	each := func(settings map[string]any) {
		take(settings["model"])
		for _, k := range []string{"imageModel", "pdfModel", "utilityModel"} {
			take(settings[k])
		}
		for _, k := range []string{"heartbeat", "subagents", "compaction"} {
			take(object(settings, k)["model"])
		}
		take(object(settings, "compaction", "memoryFlush")["model"])
	}
	each(object(config, "agents", "defaults"))
	for _, a := range agents(config) {
		each(a.entry)
	}
	return out
}

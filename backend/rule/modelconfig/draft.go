package modelconfig

import (
	"slices"
	"strings"

	"pilotlight/backend"
)

// Draft gathers wishes for a config and turns them into edits. It works on a copy;
// each wish sees what the ones before it made. A wish for what is so already makes
// no edit, so the same wishes again make none.
//
// Every wish keeps the lists of allowed models right: see SetPrimary.
type Draft struct {
	now     map[string]any
	version Version
	edits   []backend.ConfigEdit
}

// NewDraft begins with a config's values and the version that reads it ("" if
// unknown). The values are not changed.
func NewDraft(config map[string]any, version string) *Draft {
	now, _ := clone(config).(map[string]any)
	if now == nil {
		now = map[string]any{}
	}
	return &Draft{now: now, version: ParseVersion(version)}
}

// Edits are what the wishes need, in the order to make them; nil if nothing.
func (d *Draft) Edits() []backend.ConfigEdit { return slices.Clone(d.edits) }

// Values are what the config says with the edits made. They must not be changed.
func (d *Draft) Values() map[string]any { return d.now }

// SetPrimary makes a ref (or an alias) the first model.
//
// OpenClaw has up to two lists of what may be used: agents.defaults.models, which
// until 2026.3 allows only what it names, and drops fallbacks that it does not name
// in 2026.2; and agents.defaults.modelPolicy.allow of 2026.9. A list that is there
// and not empty gets what is missing of the models in use. One that is not there is
// not made: it would forbid all else.
func (d *Draft) SetPrimary(ref string) {
	model := at("agents", "defaults", "model")
	switch v := d.get(model).(type) {
	case map[string]any:
		if text(v["primary"]) != ref {
			d.set(below(model, "primary"), ref)
		}
	default: // a text, which 2026.2 does not take, or nothing
		d.set(model, map[string]any{"primary": ref})
	}
	d.allow()
}

// SetFallbacks makes refs (or aliases) the models to try after the first one, in
// order. The first model itself and what comes twice is left out.
func (d *Draft) SetFallbacks(refs []string) {
	model := at("agents", "defaults", "model")
	have := chosen(d.get(model))
	seen, want := map[string]bool{resolve(d.now, have.primary): true}, []string{}
	for _, r := range refs {
		if full := resolve(d.now, r); r != "" && !seen[full] {
			seen[full] = true
			want = append(want, r)
		}
	}
	if _, ok := d.get(model).(map[string]any); !ok {
		m := ordered{}
		if have.primary != "" {
			m = append(m, pair{"primary", have.primary})
		}
		if len(want) > 0 || have.own {
			m = append(m, pair{"fallbacks", want})
		}
		if len(m) > 0 && (len(want) > 0 || d.get(model) == nil) {
			d.set(model, m)
		}
	} else if !slices.Equal(have.fallbacks, want) {
		d.set(below(model, "fallbacks"), want)
	}
	d.allow()
}

// List puts a model into agents.defaults.models, with an alias if one is given and
// free. Where that list begins with it, all models in use come with it, because
// until 2026.3 the list forbids what it does not name.
func (d *Draft) List(ref, alias string) {
	ref = resolve(d.now, ref)
	models := at("agents", "defaults", "models")
	if len(object(d.now, "agents", "defaults", "models")) == 0 {
		for _, r := range used(d.now) {
			if r != ref && strings.Contains(r, "/") {
				d.set(below(models, r), map[string]any{})
			}
		}
	}
	if d.get(below(models, ref)) == nil {
		entry := map[string]any{}
		if alias != "" && aliases(d.now)[strings.ToLower(alias)] == "" {
			entry["alias"] = alias
		}
		d.set(below(models, ref), entry)
	}
	d.allow()
}

// SetAlias gives a model another name, or takes its name away with "".
func (d *Draft) SetAlias(ref, alias string) {
	p := at("agents", "defaults", "models", ref)
	have := text(object(d.now, "agents", "defaults", "models", ref)["alias"])
	switch {
	case have == alias:
	case alias == "":
		d.unset(below(p, "alias"))
	case d.get(p) == nil:
		d.List(ref, alias)
	default:
		d.set(below(p, "alias"), alias)
	}
}

// Unlist takes a model out of agents.defaults.models and of modelPolicy.allow. A
// model that is in use stays, and the answer is false.
func (d *Draft) Unlist(ref string) bool {
	if slices.Contains(used(d.now), ref) {
		return false
	}
	if p := at("agents", "defaults", "models", ref); d.get(p) != nil {
		d.unset(p)
	}
	p := at("agents", "defaults", "modelPolicy", "allow")
	if allowed := texts(d.get(p)); slices.Contains(allowed, ref) {
		d.set(p, slices.DeleteFunc(allowed, func(s string) bool { return s == ref }))
	}
	return true
}

// SetAgent gives one agent its own first model and fallbacks. nil fallbacks leave
// those as they are.
func (d *Draft) SetAgent(id, primary string, fallbacks []string) bool {
	for _, a := range agents(d.now) {
		if a.id != id {
			continue
		}
		p, have := below(a.path, "model"), chosen(a.entry["model"])
		_, isObject := a.entry["model"].(map[string]any)
		switch {
		case have.primary == primary && (fallbacks == nil || have.own && slices.Equal(have.fallbacks, fallbacks)):
		case isObject:
			if have.primary != primary {
				d.set(below(p, "primary"), primary)
			}
			if fallbacks != nil && (!have.own || !slices.Equal(have.fallbacks, fallbacks)) {
				d.set(below(p, "fallbacks"), fallbacks)
			}
		default:
			m := ordered{{"primary", primary}}
			if fallbacks != nil {
				m = append(m, pair{"fallbacks", fallbacks})
			}
			d.set(p, m)
		}
		d.allow()
		return true
	}
	return false
}

// allow adds to the lists of allowed models what is in use and missing.
func (d *Draft) allow() {
	models := object(d.now, "agents", "defaults", "models")
	policy := at("agents", "defaults", "modelPolicy", "allow")
	allowed := texts(d.get(policy))
	need := used(d.now)
	var more []string
	for _, ref := range need {
		if !strings.Contains(ref, "/") {
			continue // no ref: OpenClaw guesses its provider, Pilotlight does not
		}
		if len(models) > 0 && models[ref] == nil {
			d.set(at("agents", "defaults", "models", ref), map[string]any{})
		}
		if len(allowed) > 0 && !covers(append(allowed, more...), ref) {
			more = append(more, ref)
		}
	}
	if len(more) > 0 {
		d.set(policy, append(allowed, more...))
	}
}

// covers tells whether a list of allowed models has a ref, be it by provider/*.
func covers(allowed []string, ref string) bool {
	provider, _, _ := strings.Cut(ref, "/")
	return slices.Contains(allowed, ref) || slices.Contains(allowed, provider+"/*")
}

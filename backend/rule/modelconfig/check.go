package modelconfig

import (
	"fmt"
	"slices"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// Input is what a check goes by.
type Input struct {
	Config  map[string]any   // a Document's or Candidate's Values; nil where they cannot be read
	Version string           // of the OpenClaw that reads it; "" if unknown
	Servers []backend.Server // that Pilotlight watches, as last seen
	Hosts   []string         // names and addresses of this machine, besides the loopback's
}

// Check tells what is wrong with the model part of a config: errors are what this
// version of OpenClaw does not start with, warnings what will not do what the person
// expects. The order is that of the config's parts; lines are for others to fill in.
func Check(in Input) []backend.ConfigIssue {
	if in.Config == nil {
		return []backend.ConfigIssue{}
	}
	c := &checker{report: report{version: ParseVersion(in.Version)}, in: in}
	c.schema(in.Config)
	c.choices()
	c.lists()
	c.providers()
	if c.issues == nil {
		return []backend.ConfigIssue{}
	}
	return c.issues
}

type checker struct {
	report
	in Input
}

func (c *checker) warn(p json5.Path, code, hint, format string, args ...any) *backend.ConfigIssue {
	return c.note(backend.SeverityWarning, p, code, hint, format, args...)
}

func (c *checker) info(p json5.Path, code, hint, format string, args ...any) {
	c.note(backend.SeverityInfo, p, code, hint, format, args...)
}

// note adds an issue and gives it back, so that what mends it can be added.
func (c *checker) note(s backend.Severity, p json5.Path, code, hint, format string, args ...any) *backend.ConfigIssue {
	issue := backend.ConfigIssue{Path: p.String(), Severity: s, Code: code, Hint: hint, Message: fmt.Sprintf(format, args...)}
	if len(c.issues) >= maxIssues {
		return &issue // there are enough; this one is not kept
	}
	c.add(issue)
	return &c.issues[len(c.issues)-1]
}

// choices looks at every place where models are chosen.
func (c *checker) choices() {
	p := at("agents", "defaults", "model")
	defaults := object(c.in.Config, "agents", "defaults")
	if chosen(defaults["model"]).primary == "" && len(used(c.in.Config)) > 0 {
		c.warn(p, "no_primary", "Choose one.", "No first model is chosen, so OpenClaw takes one of its own.")
	}
	c.choiceOf(defaults["model"], p)
	for _, k := range []string{"imageModel", "pdfModel"} {
		c.choiceOf(defaults[k], at("agents", "defaults", k))
	}
	for _, a := range agents(c.in.Config) {
		if a.entry["model"] == nil {
			continue
		}
		c.choiceOf(a.entry["model"], below(a.path, "model"))
		if own := chosen(a.entry["model"]); own.primary != "" && !own.own && c.version.may(gen9) {
			c.info(below(a.path, "model"), "no_fallbacks", "Give it fallbacks, or leave out its model to use the defaults.",
				"The agent %q has a model of its own and names no fallbacks. From 2026.9 on it then has none, whatever the defaults say.", a.id)
		}
	}
}

func (c *checker) choiceOf(v any, p json5.Path) {
	m, isObject := v.(map[string]any)
	own, seen := chosen(v), map[string]bool{}
	if own.primary != "" {
		where := p
		if isObject {
			where = below(p, "primary")
		}
		c.ref(own.primary, where)
		seen[resolve(c.in.Config, own.primary)] = true
	}
	for i, x := range list(m["fallbacks"]) {
		f, where := text(x), below(p, "fallbacks", i)
		if f == "" || opaque(f) {
			continue
		}
		if full := resolve(c.in.Config, f); seen[full] {
			c.info(where, "twice", "Remove it.", "%s is tried before already; OpenClaw does not try it again.", full)
		} else {
			seen[full] = true
		}
		c.ref(f, where)
	}
}

// ref looks whether a model can be what is named.
func (c *checker) ref(name string, p json5.Path) {
	if opaque(name) {
		return
	}
	ref := resolve(c.in.Config, name)
	provider, id, ok := strings.Cut(ref, "/")
	if !ok {
		issue := c.warn(p, "no_ref", "Write it as provider/model.", "%q names no provider and is no alias, so OpenClaw guesses.", name)
		if near := nearest(name, sorted(object(c.in.Config, "agents", "defaults", "models"))); near != "" {
			issue.Hint = fmt.Sprintf("Did you mean %s?", near)
			issue.Edits = []backend.ConfigEdit{edit(p, near)}
		}
		return
	}
	key, entry := providerOf(c.in.Config, provider)
	if entry == nil {
		c.withoutProvider(ref, provider, id, p)
		return
	}
	ids := modelIDs(entry)
	if builtIn(provider) && text(object(c.in.Config, "models")["mode"]) != "replace" || slices.Contains(ids, id) || slices.Contains(ids, variantless(id)) {
		return
	}
	issue := c.warn(p, "no_model", "Add the model to the provider, or choose one that it has.",
		"The provider %s has no model %q in this config, so OpenClaw does not know it.", key, id)
	if near := nearest(id, ids); near != "" {
		issue.Hint = fmt.Sprintf("Did you mean %s/%s?", key, near)
		issue.Edits = []backend.ConfigEdit{edit(p, key+"/"+near)}
	}
}

func (c *checker) withoutProvider(ref, provider, id string, p json5.Path) {
	// The lmstudio provider is OpenClaw's own only since about 2026.4.
	known := builtIn(provider) && (!strings.EqualFold(provider, "lmstudio") || c.version.only(gen9))
	if known {
		return
	}
	issue := c.warn(p, "no_provider", "Add the provider under models.providers, or choose another model.",
		"%s: there is no provider %q in this config.", ref, provider)
	var names []string
	for name := range object(c.in.Config, "models", "providers") {
		names = append(names, name)
	}
	slices.Sort(names)
	near := nearest(provider, names)
	if near == "" {
		near = nearest(provider, hosted)
	}
	if near != "" {
		issue.Hint = fmt.Sprintf("Did you mean %s/%s?", near, id)
		issue.Edits = []backend.ConfigEdit{edit(p, near+"/"+id)}
	}
}

// lists looks whether the lists of allowed models have what is in use.
func (c *checker) lists() {
	config := c.in.Config
	models := object(config, "agents", "defaults", "models")
	allowed := texts(object(config, "agents", "defaults", "modelPolicy")["allow"])
	p := at("agents", "defaults", "models")
	for _, ref := range used(config) {
		if !strings.Contains(ref, "/") {
			continue
		}
		if len(models) > 0 && models[ref] == nil && c.version.may(gen2|gen3) {
			issue := c.warn(p, "not_listed", "List it there.",
				"%s is in use but not in agents.defaults.models, which until 2026.3 is the list of what is allowed: 2026.2 drops such a fallback.", ref)
			issue.Edits = []backend.ConfigEdit{edit(below(p, ref), map[string]any{})}
		}
		if len(allowed) > 0 && !covers(allowed, ref) && c.version.may(gen9) {
			p := at("agents", "defaults", "modelPolicy", "allow")
			issue := c.warn(p, "not_allowed", "Add it there.", "%s is in use but not among what modelPolicy allows.", ref)
			issue.Edits = []backend.ConfigEdit{edit(below(p, len(allowed)), ref)}
		}
	}
	first := map[string]string{}
	for _, ref := range sorted(models) {
		alias := text(object(models, ref)["alias"])
		k := strings.ToLower(alias)
		if alias == "" {
			continue
		}
		if other := first[k]; other != "" {
			c.warn(below(p, ref, "alias"), "alias_twice", "Give one of them another alias.", "The alias %q is that of %s too.", alias, other)
			continue
		}
		first[k] = ref
	}
	c.routing(models)
}

// routing tells where a pinned region is not kept.
func (c *checker) routing(models map[string]any) {
	for _, ref := range sorted(models) {
		if strings.HasPrefix(ref, "openrouter/") && object(models, ref, "params", "provider") != nil && c.version.may(gen2) && c.version.known() {
			c.warn(at("agents", "defaults", "models", ref, "params", "provider"), "routing_ignored", "Update OpenClaw, or limit providers in your OpenRouter account.",
				"%s does not pass this on to OpenRouter, so the requests may go to any region.", c.version)
		}
	}
}

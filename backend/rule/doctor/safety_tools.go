package doctor

import (
	"fmt"
	"slices"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// narrow warns of a model that may do everything at once: read what strangers wrote,
// and act on it without being asked.
func (g *guard) narrow() backend.Check {
	d := about("tools_narrow", groupSafety, "Local models have few tools")
	if why := g.unfenced(); why != "" {
		return d.skip("%s", why)
	}
	var wide []owned
	var words []string
	for _, o := range g.own {
		words = append(words, fmt.Sprintf("%s may %s", o.name(), o.may.words()))
		if o.may.commands && len(o.may.web) > 0 && g.Safety.SandboxMode != "all" {
			wide = append(wide, o)
		}
	}
	said := several(unique(words), 3) + "." + g.exceptions()
	if len(wide) == 0 {
		return d.ok("%s", said)
	}
	return on("config", mends(d.warn("Local models skip the filters of hosted providers. Give theirs only the tools that they need: tools.byProvider in OpenClaw's config does that for one provider, and leaves the hosted ones alone.",
		"%s", said), g.noWeb(wide), g.messagingOnly(wide)))
}

// unique drops what stands twice, as where a model is two times in the chain.
func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// webTools goes by OpenClaw's own audit (models.small_params), but takes the size
// from what the server says, not from the name.
func (g *guard) webTools() backend.Check {
	d := about("web_tools", groupSafety, "Small models do not read the web")
	if why := g.unfenced(); why != "" {
		return d.skip("%s", why)
	}
	var exposed []owned
	var bad, fine, open []string
	for _, o := range g.own {
		switch tools := strings.Join(o.may.web, ", "); {
		case tools == "":
			fine = append(fine, o.name()+" has no tool for the web")
		case o.billions == 0:
			open = append(open, o.name())
		case o.billions > auditSmall:
			fine = append(fine, fmt.Sprintf("%s is large: %s parameters", o.name(), clip(o.model.Parameters, 20)))
		default:
			exposed = append(exposed, o)
			bad = append(bad, fmt.Sprintf("%s has %s parameters, and may use %s", o.name(), clip(o.model.Parameters, 20), tools))
		}
	}
	switch {
	case len(bad) > 0:
		return on("config", mends(d.warn("What a page says may be meant to steer the model. OpenClaw's own audit calls that critical for models up to 300 billion parameters: take their tools for the web away, and leave such work to a stronger model.",
			"%s.%s", several(bad, 3), g.exceptions()), g.noWeb(exposed)))
	case len(fine) == 0:
		return d.skip("It is not known how many parameters %s has.", several(open, 3))
	}
	return d.ok("%s.%s", several(unique(fine), 3), g.exceptions())
}

// sandbox asks for one around small models that may act.
func (g *guard) sandbox() backend.Check {
	d := about("sandbox", groupSafety, "Small models work in a sandbox")
	if why := g.unfenced(); why != "" {
		return d.skip("%s", why)
	}
	var small, open []string
	acts := false
	for _, o := range g.own {
		if !o.may.commands && !o.may.asks && !o.may.files {
			continue
		}
		acts = true
		switch {
		case o.billions == 0:
			open = append(open, o.name())
		case o.billions <= auditSmall:
			small = append(small, o.name())
		}
	}
	const hint = "Set agents.defaults.sandbox.mode to \"all\" in OpenClaw's config. It needs Docker on the gateway's machine: without it the tools stop working, so try it first."
	switch mode := g.Safety.SandboxMode; {
	case !acts:
		return d.ok("They may neither run commands nor change files.%s", g.exceptions())
	case mode == "all":
		return d.ok("Every session works in a sandbox.%s", g.exceptions())
	case len(small) == 0 && len(open) > 0:
		return d.skip("It is not known how many parameters %s has.", several(unique(open), 3))
	case len(small) == 0:
		return d.ok("Those that may act are large.%s", g.exceptions())
	case mode == "non-main":
		return on("config", d.warn(hint, "All sessions but the main one work in a sandbox; there %s acts on this machine itself.%s", several(unique(small), 3), g.exceptions()))
	default:
		return on("config", d.warn(hint, "There is no sandbox: what %s does, it does on this machine itself.%s", several(unique(small), 3), g.exceptions()))
	}
}

// byProvider makes an edit for the rule of each model, once for those of one rule.
func (g *guard) byProvider(of []owned, edit func(key string, rule backend.ToolRule) (backend.ConfigEdit, bool)) (edits []backend.ConfigEdit, keys []string) {
	if !g.fixable() {
		return nil, nil
	}
	for _, o := range of {
		key, rule := ruleOf(g.Safety, o.hop)
		if key == "" || slices.Contains(keys, key) {
			continue
		}
		if e, ok := edit(key, rule); ok {
			edits, keys = append(edits, e), append(keys, key)
		}
	}
	return edits, keys
}

// noWeb takes the web's tools from the models of these providers.
func (g *guard) noWeb(of []owned) backend.Fix {
	edits, keys := g.byProvider(of, func(key string, rule backend.ToolRule) (backend.ConfigEdit, bool) {
		deny := slices.Clone(rule.Deny)
		for _, tool := range []string{"group:web", "browser"} {
			if !slices.Contains(deny, tool) {
				deny = append(deny, tool)
			}
		}
		return set(json5.Path{"tools", "byProvider", key, "deny"}.String(), deny), len(deny) > len(rule.Deny)
	})
	fix := configFix("no_web", "No web for "+clip(strings.Join(keys, ", "), maxWord), edits...)
	if fix.ID != "" {
		fix.Does += " Its models then no longer search or fetch pages or drive the browser; hosted ones do as before."
	}
	return fix
}

// messagingOnly leaves the models of these providers the tools for messages.
func (g *guard) messagingOnly(of []owned) backend.Fix {
	edits, keys := g.byProvider(of, func(key string, _ backend.ToolRule) (backend.ConfigEdit, bool) {
		return set(json5.Path{"tools", "byProvider", key, "profile"}.String(), "messaging"), true
	})
	fix := configFix("messaging_only", "Only messages for "+clip(strings.Join(keys, ", "), maxWord), edits...)
	if fix.ID != "" {
		fix.Does += " Its models can then send messages and look at sessions, and no longer run commands, change files or read the web; hosted ones do as before."
	}
	return fix
}

package doctor

import (
	"path"
	"slices"
	"strings"

	"pilotlight/backend"
)

// powers are what a model may do by its tools.
type powers struct {
	commands bool // run them without being asked about each
	asks     bool // run them once somebody allowed it
	files    bool
	web      []string // the tools that bring in what strangers wrote
}

// words lists the powers.
func (p powers) words() string {
	var list []string
	switch {
	case p.commands:
		list = append(list, "run commands")
	case p.asks:
		list = append(list, "run commands that were allowed")
	}
	if p.files {
		list = append(list, "change files")
	}
	if len(p.web) > 0 {
		list = append(list, "read the web by "+strings.Join(p.web, ", "))
	}
	if len(list) == 0 {
		return "neither run commands nor change files nor read the web"
	}
	return several(list, len(list))
}

// mayDo works out what a model may do by the config: what every rule leaves it
// (src/agents/pi-tools.policy.ts and tool-policy.ts of 2026.2.9 to 2026.9.6).
func mayDo(s *backend.ConfigSafety, h *backend.Hop, webInCoding bool) powers {
	all := backend.ToolRule{Profile: s.ToolsProfile, Allow: s.ToolsAllow, Also: s.ToolsAlso, Deny: s.ToolsDeny}
	_, own := ruleOf(s, h)
	may := func(tool string) bool { return leaves(all, tool, webInCoding) && leaves(own, tool, webInCoding) }
	var p powers
	if may("exec") && s.ExecMode != "deny" {
		p.asks = s.ExecMode == "ask" || s.ExecMode == "allowlist" || s.ExecMode == "auto"
		p.commands = !p.asks
	}
	p.files = may("write") || may("edit")
	// A search without a key for it does nothing, and whether there is one is not
	// known: it counts where the config switches it on.
	if s.WebSearch != nil && *s.WebSearch && may("web_search") {
		p.web = append(p.web, "web_search")
	}
	if (s.WebFetch == nil || *s.WebFetch) && may("web_fetch") {
		p.web = append(p.web, "web_fetch")
	}
	if (s.Browser == nil || *s.Browser) && may("browser") {
		p.web = append(p.web, "browser")
	}
	return p
}

// ruleOf finds the rule of tools.byProvider that OpenClaw takes for a model: the
// model's own, else its provider's. Where there is none, key is the provider, which
// every version takes. 2026.2.9 wants a model's key without the provider where the
// model's name has a slash in it, later ones want it always.
func ruleOf(s *backend.ConfigSafety, h *backend.Hop) (key string, rule backend.ToolRule) {
	wanted := []string{h.Provider + "/" + h.Model, h.Provider}
	if strings.Contains(h.Model, "/") {
		wanted = slices.Insert(wanted, 1, h.Model)
	}
	for _, w := range wanted {
		for _, key := range sortedKeys(s.ToolsBy) {
			if strings.EqualFold(strings.TrimSpace(key), w) {
				return key, s.ToolsBy[key]
			}
		}
	}
	return h.Provider, backend.ToolRule{}
}

func sortedKeys(m map[string]backend.ToolRule) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// leaves tells whether a rule leaves a tool.
func leaves(r backend.ToolRule, tool string, webInCoding bool) bool {
	switch {
	case names(r.Deny, tool):
		return false
	case len(r.Allow) > 0 && !names(r.Allow, tool):
		return false
	}
	return inProfile(r.Profile, tool, webInCoding) || names(r.Also, tool)
}

// inProfile tells whether a profile has a tool of those that are asked about here:
// minimal and messaging have none of them.
func inProfile(profile, tool string, webInCoding bool) bool {
	switch strings.ToLower(profile) {
	case "minimal", "messaging":
		return false
	case "coding":
		return tool != "browser" && (webInCoding || !strings.HasPrefix(tool, "web_"))
	}
	return true
}

// groups are OpenClaw's names for several tools, as far as they have one of those
// that are asked about here.
var groups = map[string][]string{
	"group:web": {"web_search", "web_fetch"}, "group:runtime": {"exec"}, "group:fs": {"write", "edit"},
	"group:ui": {"browser"}, "group:openclaw": {"browser", "web_search", "web_fetch"},
}

// names tells whether a list names a tool: itself, by a group, or by a pattern with
// stars.
func names(list []string, tool string) bool {
	for _, e := range list {
		e = strings.ToLower(strings.TrimSpace(e))
		if e == tool || e == "bash" && tool == "exec" || slices.Contains(groups[e], tool) {
			return true
		}
		if strings.Contains(e, "*") {
			// Other marks than the star are letters to OpenClaw.
			if ok, err := path.Match(strings.NewReplacer("?", "\\?", "[", "\\[", "\\", "\\\\").Replace(e), tool); ok && err == nil {
				return true
			}
		}
	}
	return false
}

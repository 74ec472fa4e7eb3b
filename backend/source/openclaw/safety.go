package openclaw

import (
	"maps"
	"slices"
	"strings"

	"pilotlight/backend"
)

// What the fences are called in the config was read in the shipped schemas of
// 2026.2.9, 2026.3.13 and 2026.9.6. They are the same in all three, but for
// agents.list, which became agents.entries, and for compaction.enabled and
// tools.exec.mode, which 2026.9 added; tools.exec.security went on beside it.

// maxNames bounds a list of names in the config, and maxName each of them.
const (
	maxNames = 100
	maxName  = 128
)

// safety reads the fences around the models.
func (s *scan) safety(config map[string]any) *backend.ConfigSafety {
	tools := object(config, "tools")
	web := object(tools, "web")
	defaults := object(object(config, "agents"), "defaults")
	compaction := object(defaults, "compaction")
	rule := toolRule(tools)
	found := &backend.ConfigSafety{
		ToolsProfile: rule.Profile, ToolsAllow: rule.Allow, ToolsAlso: rule.Also, ToolsDeny: rule.Deny,
		ToolsBy: toolRules(object(tools, "byProvider")), ExecMode: name(object(tools, "exec")["mode"]),
		WebSearch: boolean(object(web, "search")["enabled"]), WebFetch: boolean(object(web, "fetch")["enabled"]),
		Browser:     boolean(object(config, "browser")["enabled"]),
		SandboxMode: name(object(defaults, "sandbox")["mode"]),
		Compaction:  name(compaction["mode"]), CompactionOn: boolean(compaction["enabled"]),
		OwnRules: ownRules(object(config, "agents")), ClearTextKeys: clearText(config),
	}
	if found.ExecMode == "" {
		found.ExecMode = name(object(tools, "exec")["security"])
	}
	s.gateway(found, object(config, "gateway"))
	return found
}

// gatewayKeys are the variables that OpenClaw takes a key for its gateway from.
var gatewayKeys = [...]string{"OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_GATEWAY_PASSWORD"}

func (s *scan) gateway(found *backend.ConfigSafety, gateway map[string]any) {
	auth := object(gateway, "auth")
	found.GatewayBind, found.GatewayHost = name(gateway["bind"]), name(gateway["customBindHost"])
	found.GatewayAuth = name(auth["mode"])
	found.GatewayKey = isSet(auth["token"]) || isSet(auth["password"])
	for _, key := range gatewayKeys {
		found.GatewayKey = found.GatewayKey || s.vars.lookup(key) != ""
	}
}

// isSet says whether a secret is there: a text, or an object that tells where
// OpenClaw finds it.
func isSet(v any) bool {
	switch v := v.(type) {
	case string:
		return strings.TrimSpace(v) != ""
	case map[string]any:
		return len(v) > 0
	}
	return false
}

func toolRules(all map[string]any) map[string]backend.ToolRule {
	var out map[string]backend.ToolRule
	for _, key := range sortedKeys(all) {
		v, ok := all[key].(map[string]any)
		if !ok || len(key) > 2*maxName || len(out) == maxNames {
			continue
		}
		if out == nil {
			out = map[string]backend.ToolRule{}
		}
		out[key] = toolRule(v)
	}
	return out
}

func toolRule(v map[string]any) backend.ToolRule {
	return backend.ToolRule{Profile: name(v["profile"]), Allow: names(v["allow"]), Also: names(v["alsoAllow"]), Deny: names(v["deny"])}
}

// ownRules names the agents that have tools or a sandbox of their own: what the
// defaults say is not all for these.
func ownRules(agents map[string]any) []string {
	own := map[string]bool{}
	note := func(id string, v any) {
		entry, _ := v.(map[string]any)
		if id = clip(id, maxName); id != "" && len(own) < maxNames && (len(object(entry, "tools")) > 0 || len(object(entry, "sandbox")) > 0) {
			own[id] = true
		}
	}
	for id, v := range object(agents, "entries") {
		note(id, v)
	}
	list, _ := agents["list"].([]any)
	for _, v := range list {
		entry, _ := v.(map[string]any)
		note(name(entry["id"]), v)
	}
	return slices.Sorted(maps.Keys(own))
}

func boolean(v any) *bool {
	if b, ok := v.(bool); ok {
		return &b
	}
	return nil
}

// name is a short text, "" for anything else.
func name(v any) string {
	s, _ := v.(string)
	return clip(strings.TrimSpace(s), maxName)
}

func names(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if s := name(e); s != "" && len(out) < maxNames {
			out = append(out, s)
		}
	}
	return out
}

package openclawtest

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// WriteConfig writes the config again, as a person writes it by hand: JSON5 with
// comments, bare keys, both kinds of quote and a comma too many. Keys that the
// version does not know are left out, since it refuses to start with them.
func (c *OpenClaw) WriteConfig() error {
	if err := os.WriteFile(c.ConfigPath(), []byte(c.configText()), 0o600); err != nil {
		return fmt.Errorf("write config: %w", err)
	}
	return nil
}

func (c *OpenClaw) configText() string {
	o := c.opts
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("// OpenClaw on the Mac in the closet")
	p("{")
	if c.era != era9 {
		p("  meta: { lastTouchedVersion: %q, lastTouchedAt: '2026-02-20T08:00:00.000Z' },", o.Version)
	}
	p("  gateway: {")
	p("    mode: 'local',")
	p("    port: %d,", o.GatewayPort)
	p("    bind: 'loopback',")
	p("    auth: { mode: 'token', token: 'oc-secret-gateway-token' },")
	p("  },")
	p("  agents: {")
	p("    defaults: {")
	p("      workspace: %q,", filepath.Join(o.StateDir, "workspace"))
	p("      // the big one first, the paid one when it must be")
	p("      model: {")
	p("        primary: %q,", o.Primary)
	p("        fallbacks: [%s],", quoted(o.Fallbacks))
	p("      },")
	p("      models: {")
	for _, ref := range slices.Compact(append([]string{o.Primary}, o.Fallbacks...)) {
		p("        %q: { %s},", ref, alias(o.Aliases[ref]))
	}
	p("      },")
	p("    },")
	p("  },")
	p("  models: {")
	p("    mode: \"merge\",")
	p("    providers: {")
	for _, name := range c.providers() {
		c.writeProvider(p, name)
	}
	p("    },")
	p("  },")
	if o.LogFile != "" {
		p("  logging: { file: %q },", o.LogFile)
	}
	if c.era == era9 {
		p("  meta: { migrations: { modelPolicyAllowlist: true, utilityModelSeparation: true }, lastTouchedVersion: %q },", o.Version)
	}
	p("}")
	return b.String()
}

// providers are those of the chain, lmstudio among them in any case.
func (c *OpenClaw) providers() []string {
	set := map[string]bool{"lmstudio": true}
	for _, ref := range append([]string{c.opts.Primary}, c.opts.Fallbacks...) {
		name, _, _ := strings.Cut(ref, "/")
		set[name] = true
	}
	return slices.Sorted(maps.Keys(set))
}

func (c *OpenClaw) writeProvider(p func(string, ...any), name string) {
	o := c.opts
	url, key, api, context := "https://api.anthropic.com", "sk-ant-secret-0123456789", anthropicAPI, 200000
	if name == "lmstudio" {
		url, key, api, context = o.LMStudioURL+"/v1", "lmstudio", o.API, o.Context
	}
	p("      %s: {", name)
	p("        baseUrl: %q,", url)
	p("        apiKey: '%s', // never in a log", key)
	p("        api: %q,", api)
	if c.era == era9 && name == "lmstudio" {
		if o.Timeout > 0 {
			p("        timeoutSeconds: %d,", max(1, int(o.Timeout.Seconds())))
		}
		if o.NoPreload {
			p("        params: { preload: false },")
		}
	}
	p("        models: [")
	for _, ref := range slices.Compact(append([]string{o.Primary}, o.Fallbacks...)) {
		provider, model, _ := strings.Cut(ref, "/")
		if provider != name {
			continue
		}
		p("          {")
		p("            id: %q,", model)
		p("            name: %q,", cmp.Or(o.Aliases[ref], model))
		p("            reasoning: false, input: ['text'],")
		p("            cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },")
		p("            contextWindow: %d, maxTokens: 8192,", context)
		p("          },")
	}
	p("        ],")
	p("      },")
}

func alias(name string) string {
	if name == "" {
		return ""
	}
	return fmt.Sprintf("alias: %q ", name)
}

func quoted(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = fmt.Sprintf("%q", s)
	}
	return strings.Join(out, ", ")
}

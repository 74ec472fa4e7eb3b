package openclaw

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// endpoint is where a URL leads: a host and a port. Everything that is this
// machine has the host "", so that its many names compare as one.
type endpoint struct{ host, port string }

// endpointOf reads a URL. Paths do not matter: /v1 and /api/v1 of one port are
// one server.
func endpointOf(raw string, own []string) (endpoint, bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return endpoint{}, false
	}
	e := endpoint{host: strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), port: u.Port()}
	if e.port == "" {
		e.port = "80"
		if u.Scheme == "https" {
			e.port = "443"
		}
	}
	if isOwn(e.host, own) {
		e.host = ""
	}
	return e, true
}

// isOwn says whether a host name is this machine. 0.0.0.0 and :: as a
// destination lead to it too.
func isOwn(host string, own []string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	if a, err := netip.ParseAddr(host); err == nil {
		a = a.Unmap().WithZone("")
		if a.IsLoopback() || a.IsUnspecified() {
			return true
		}
		host = a.String()
	}
	return slices.ContainsFunc(own, func(name string) bool {
		return strings.EqualFold(strings.TrimSuffix(name, "."), host)
	})
}

// localDefaults are the providers that OpenClaw asks on this machine when their
// entry has no baseUrl (its bundled providers, 2026.9.6).
var localDefaults = map[string]string{
	"lmstudio": "http://localhost:1234",
	"ollama":   "http://127.0.0.1:11434",
	"vllm":     "http://127.0.0.1:8000",
	"sglang":   "http://127.0.0.1:30000",
}

// hostedDefaults are providers that OpenClaw knows by name and that are always
// somebody's service.
var hostedDefaults = []string{
	"amazon-bedrock", "anthropic", "anthropic-vertex", "azure-openai-responses", "cerebras", "chutes",
	"cloudflare-ai-gateway", "deepseek", "fireworks", "github-copilot", "google", "google-antigravity",
	"google-gemini-cli", "google-vertex", "groq", "huggingface", "kilocode", "kimi", "kimi-coding", "minimax",
	"minimax-portal", "mistral", "moonshot", "nvidia", "openai", "openai-codex", "opencode", "opencode-go",
	"openrouter", "perplexity", "qianfan", "qwen", "qwen-portal", "stepfun", "synthetic", "together", "venice",
	"vercel-ai-gateway", "volcengine", "xai", "xiaomi", "zai",
}

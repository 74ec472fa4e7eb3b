package modelconfig

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

const (
	// leastContext is the context that an agent of OpenClaw needs, in tokens: its
	// prompt alone takes about 13,000 (2026.9.6), and 2026.4 refused less.
	leastContext = 16_000
	// fewBits and smallModel are where a model is easier to talk into something:
	// bits for a weight, and billions of parameters.
	fewBits    = 4
	smallModel = 14
	// lmstudioContext is what OpenClaw 2026.9 asks LM Studio for where the config
	// says nothing, in tokens.
	lmstudioContext = 64_000
)

// hosted are providers that OpenClaw knows by name and that are somebody's service.
var hosted = []string{
	"amazon-bedrock", "anthropic", "anthropic-vertex", "azure-openai-responses", "cerebras", "chutes",
	"cloudflare-ai-gateway", "deepseek", "fireworks", "github-copilot", "google", "google-antigravity",
	"google-gemini-cli", "google-vertex", "groq", "huggingface", "kilocode", "kimi", "kimi-coding", "minimax",
	"minimax-portal", "mistral", "moonshot", "nvidia", "openai", "openai-codex", "opencode", "opencode-go",
	"openrouter", "perplexity", "qianfan", "qwen", "qwen-portal", "stepfun", "synthetic", "together", "venice",
	"vercel-ai-gateway", "volcengine", "xai", "xiaomi", "zai",
}

// own are the local providers that OpenClaw knows by name.
var own = []string{"lmstudio", "ollama", "vllm", "sglang", "llama-cpp"}

func builtIn(provider string) bool {
	return slices.Contains(hosted, strings.ToLower(provider)) || slices.Contains(own, strings.ToLower(provider))
}

// providerOf finds a provider's entry; OpenClaw does not mind capitals in its name.
func providerOf(config map[string]any, name string) (string, map[string]any) {
	providers := object(config, "models", "providers")
	if e, ok := providers[name].(map[string]any); ok {
		return name, e
	}
	for _, k := range sorted(providers) {
		if e, ok := providers[k].(map[string]any); ok && strings.EqualFold(k, name) {
			return k, e
		}
	}
	return name, nil
}

func modelIDs(provider map[string]any) []string {
	var ids []string
	for _, v := range list(provider["models"]) {
		m, _ := v.(map[string]any)
		if id := text(m["id"]); id != "" {
			ids = append(ids, id)
		}
	}
	return ids
}

// variantless is a model's id without the variant that "id@q4" names.
func variantless(id string) string {
	if i := strings.LastIndexByte(id, '@'); i > 0 {
		return id[:i]
	}
	return id
}

// providers looks at what the config says of each, against what is there.
func (c *checker) providers() {
	config := c.in.Config
	providers := object(config, "models", "providers")
	if text(object(config, "models")["mode"]) == "replace" {
		for _, ref := range used(config) {
			name, _, _ := strings.Cut(ref, "/")
			if _, entry := providerOf(config, name); entry == nil && builtIn(name) {
				issue := c.warn(at("models", "mode"), "mode_replace", "Set models.mode to merge.",
					"With models.mode replace OpenClaw knows only the providers of this config, so %s is not there.", ref)
				issue.Edits = []backend.ConfigEdit{edit(at("models", "mode"), "merge")}
				break
			}
		}
	}
	for _, id := range sorted(providers) {
		if p, ok := providers[id].(map[string]any); ok {
			c.provider(id, p)
		}
	}
}

func (c *checker) provider(id string, p map[string]any) {
	path := at("models", "providers", id)
	base := text(p["baseUrl"])
	server := serverAt(base, c.in.Hosts, c.in.Servers)
	if base != "" && !opaque(base) {
		c.address(id, text(p["api"]), base, below(path, "baseUrl"))
	}
	isLMStudio := strings.EqualFold(id, "lmstudio") || server != nil && server.Kind == backend.KindLMStudio
	if api := text(p["api"]); isLMStudio && api != "openai-responses" && base != "" {
		where, what := below(path, "api"), "the api of LM Studio is "+api
		if api == "" {
			where, what = path, "no api is set, so OpenClaw takes openai-completions"
		}
		issue := c.warn(where, "api_lmstudio", "Use openai-responses, which keeps a model's thinking apart from its answer.",
			"%s. On WhatsApp people then may see the model think.", strings.ToUpper(what[:1])+what[1:])
		issue.Edits = []backend.ConfigEdit{edit(below(path, "api"), "openai-responses")}
	}
	for i, v := range list(p["models"]) {
		if m, ok := v.(map[string]any); ok && text(m["id"]) != "" {
			c.served(id, p, m, below(path, "models", i), server, isLMStudio)
		}
	}
}

// address looks at a base URL.
func (c *checker) address(id, api, base string, p json5.Path) {
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.warn(p, "no_url", "Write it like http://127.0.0.1:1234/v1.", "The base URL of %s is no URL.", id)
		return
	}
	if strings.EqualFold(u.Hostname(), "localhost") {
		better := *u
		better.Host = "127.0.0.1"
		if u.Port() != "" {
			better.Host += ":" + u.Port()
		}
		issue := c.warn(p, "localhost", "Write 127.0.0.1.",
			"localhost may lead to ::1, where LM Studio and most local servers do not listen.")
		issue.Edits = []backend.ConfigEdit{edit(p, better.String())}
	}
	local := isLocal(u.Hostname(), c.in.Hosts)
	speaksV1 := api == "" || strings.HasPrefix(api, "openai-")
	if tail := strings.TrimRight(u.Path, "/"); local && speaksV1 && !strings.HasSuffix(tail, "/v1") || strings.HasSuffix(tail, "/api/v1") && local && speaksV1 {
		better := *u
		better.Path = strings.TrimSuffix(tail, "/api/v1")
		if !strings.HasSuffix(better.Path, "/v1") {
			better.Path += "/v1"
		}
		issue := c.warn(p, "no_v1", "End it with /v1.", "The base URL of %s does not end with /v1, where OpenAI-compatible servers answer.", id)
		issue.Edits = []backend.ConfigEdit{edit(p, better.String())}
	}
}

// served compares a model's entry with itself and with what the server has.
func (c *checker) served(provider string, p, m map[string]any, path json5.Path, server *backend.Server, isLMStudio bool) {
	id := text(m["id"])
	window, most := count(m["contextWindow"]), count(m["maxTokens"])
	if window != nil && most != nil && *most >= *window {
		c.warn(below(path, "maxTokens"), "max_tokens", "Leave room for the prompt: 8192 will do.",
			"One answer of %s may be %s tokens, which is its whole context of %s.", id, thousands(*most), thousands(*window))
	}
	if window != nil && *window < leastContext {
		c.warn(below(path, "contextWindow"), "context_small", "Give it at least 32,768.",
			"%s has a context of %s tokens; OpenClaw's own prompt takes about 13,000.", id, thousands(*window))
	}
	if server == nil || server.State != backend.ServerUp || server.ListedAt == nil {
		return
	}
	have := modelOn(server, id)
	if have == nil {
		c.absent(id, path, server)
		return
	}
	c.size(id, path, have)
	c.context(provider, p, m, path, have, isLMStudio)
}

func (c *checker) absent(id string, path json5.Path, server *backend.Server) {
	var keys []string
	for _, m := range server.Models {
		if m.Type != backend.TypeEmbedding {
			keys = append(keys, m.Key)
		}
	}
	issue := c.warn(below(path, "id"), "not_on_server", "Download it there, or choose one that it has.", "%s does not have the model %q.", server.Name, id)
	if near := nearest(id, keys); near != "" {
		issue.Hint = "Did you mean " + near + "?"
		issue.Edits = []backend.ConfigEdit{edit(below(path, "id"), near)}
	}
}

// size tells of models that are talked into something more easily.
func (c *checker) size(id string, path json5.Path, have *backend.Model) {
	const hint = "Use a larger model or a larger build of it, or keep the agent's tools few: see \"openclaw security audit\"."
	if have.BitsPerWeight != nil && *have.BitsPerWeight < fewBits {
		c.warn(below(path, "id"), "quantized", hint, "%s is heavily quantized (%s). Such models follow instructions hidden in what they read more easily.", id, quantization(have))
	}
	if n, ok := billions(have.Parameters); ok && n <= smallModel {
		c.warn(below(path, "id"), "small_model", hint, "%s is a small model (%s). Such models follow instructions hidden in what they read more easily.", id, have.Parameters)
	}
}

func quantization(m *backend.Model) string {
	if m.Quantization != "" {
		return m.Quantization
	}
	return strconv.FormatFloat(*m.BitsPerWeight, 'g', 3, 64) + " bits"
}

var sizes = regexp.MustCompile(`(?i)([0-9]+(?:\.[0-9]+)?)\s*([bm])`)

// billions reads a count of parameters: 26B-A4B is 26.
func billions(s string) (float64, bool) {
	m := sizes.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if strings.EqualFold(m[2], "m") {
		n /= 1000
	}
	return n, err == nil
}

// context compares the configured context with the model's and with what is loaded.
func (c *checker) context(provider string, p, m map[string]any, path json5.Path, have *backend.Model, isLMStudio bool) {
	id := text(m["id"])
	where := below(path, "contextWindow")
	window := count(m["contextWindow"])
	if window != nil && have.MaxContextLength != nil && *window > *have.MaxContextLength {
		issue := c.warn(where, "context_above_max", "Set it to what the model has.",
			"%s has a context of %s tokens at most, not %s.", id, thousands(*have.MaxContextLength), thousands(*window))
		issue.Edits = []backend.ConfigEdit{edit(where, *have.MaxContextLength)}
	}
	wanted := window
	if tokens := count(m["contextTokens"]); tokens != nil {
		wanted, where = tokens, below(path, "contextTokens")
	}
	preloads := isLMStudio && strings.EqualFold(provider, "lmstudio") && c.version.may(gen9) && object(p, "params")["preload"] != false
	loaded := mostContext(have)
	switch {
	case preloads && c.version.only(gen9):
		n := lmstudioContext
		if wanted != nil {
			n = *wanted
		}
		if have.MaxContextLength != nil {
			n = min(n, *have.MaxContextLength)
		}
		if loaded != nil && *loaded >= n {
			return
		}
		if wanted == nil {
			where = path
		}
		c.info(where, "context_memory", "Choose a smaller contextTokens where memory is short, or set params.preload of the provider to false.",
			"OpenClaw 2026.9 makes LM Studio load %s with a context of %s tokens, and keep the memory for it.", id, thousands(n))
	case wanted != nil && loaded != nil && *wanted > *loaded:
		issue := c.warn(where, "context_above_loaded", "Load it with more context, or set the context to what is loaded.",
			"%s is loaded with a context of %s tokens, but OpenClaw is told %s: long conversations will fail.", id, thousands(*loaded), thousands(*wanted))
		issue.Edits = []backend.ConfigEdit{edit(where, *loaded)}
	}
}

// mostContext is the greatest context that a model is loaded with, in tokens.
func mostContext(m *backend.Model) (most *int) {
	for i := range m.Instances {
		if n := m.Instances[i].ContextLength; n != nil && !m.Instances[i].Missing && !m.Instances[i].Crashed && (most == nil || *n > *most) {
			most = n
		}
	}
	return most
}

// modelOn finds a model of a server by its key, or by the id of an instance.
func modelOn(s *backend.Server, id string) *backend.Model {
	for _, name := range []string{id, variantless(id)} {
		for i := range s.Models {
			m := &s.Models[i]
			if strings.EqualFold(m.Key, name) || slices.ContainsFunc(m.Instances, func(in backend.Instance) bool { return strings.EqualFold(in.ID, name) }) {
				return m
			}
		}
	}
	return nil
}

// serverAt finds the server of ours that a base URL leads to: same port, same
// machine. Paths do not matter.
func serverAt(base string, hosts []string, servers []backend.Server) *backend.Server {
	host, port, ok := endpoint(base, hosts)
	if !ok {
		return nil
	}
	for i := range servers {
		if h, p, ok := endpoint(servers[i].URL, hosts); ok && h == host && p == port {
			return &servers[i]
		}
	}
	return nil
}

// endpoint is where a URL leads; the host of this machine is "".
func endpoint(raw string, hosts []string) (host, port string, ok bool) {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return "", "", false
	}
	host, port = strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	if isLocal(host, hosts) {
		host = ""
	}
	return host, port, true
}

// isLocal tells whether a host is this machine.
func isLocal(host string, hosts []string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		if a = a.Unmap(); a.IsLoopback() || a.IsUnspecified() {
			return true
		}
	}
	return strings.EqualFold(host, "localhost") || slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, host) })
}

// thousands is a number of tokens for people: 131,072.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

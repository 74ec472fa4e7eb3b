package agent

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
)

// idsState is under what the store keeps the ids of servers, by address.
const idsState = "server_ids"

const (
	// mostIDs bounds the addresses that are remembered.
	mostIDs = 128
	// longestID bounds an id, in bytes: it is a label of metrics and a column of
	// the history.
	longestID = 64
)

// restoreIDs reads which ids servers had.
func (a *Agent) restoreIDs(ctx context.Context) error {
	a.others.ids = map[string]string{}
	if err := a.restore(ctx, idsState, &a.others.ids); err != nil {
		return err
	}
	if a.others.ids == nil {
		a.others.ids = map[string]string{}
	}
	return nil
}

// keepIDs remembers the ids of the servers that are watched. Those of others are
// kept as long as there is room and nobody else has taken them.
func (a *Agent) keepIDs() {
	ids := map[string]string{}
	for _, w := range a.servers[1:] {
		ids[w.address] = w.id
	}
	for address, id := range a.others.ids {
		if _, is := a.find(id); !is && len(ids) < mostIDs && ids[address] == "" {
			ids[address] = id
		}
	}
	if len(ids) == len(a.others.ids) && sameIDs(ids, a.others.ids) {
		return
	}
	a.others.ids = ids
	a.keepState(idsState, ids)
}

func sameIDs(x, y map[string]string) bool {
	for k, v := range x {
		if y[k] != v {
			return false
		}
	}
	return true
}

// idFor is the id of a server: the one that its address had before, else its first
// provider's name; where that is taken, with the host and then the port behind it.
func (a *Agent) idFor(at openclaw.Address) string {
	free := func(id string) bool {
		_, taken := a.find(id)
		return id != "" && !taken
	}
	if id := a.others.ids[addressKey(at)]; free(id) {
		return id
	}
	name := shorten(strings.ToLower(at.Providers[0]))
	host := cmp.Or(at.Host, "local")
	for _, id := range []string{name, shorten(name + "-" + host), shorten(name + "-" + host + "-" + at.Port)} {
		if free(id) {
			return id
		}
	}
	return shorten(host+"-"+at.Port) + "-" + name // of one address there is one server
}

func shorten(s string) string {
	if len(s) <= longestID {
		return s
	}
	return strings.ToValidUTF8(s[:longestID], "")
}

// engineNames are what people call the programs.
var engineNames = map[backend.Engine]string{
	backend.EngineLMStudio: "LM Studio", backend.EngineVLLM: "vLLM", backend.EngineLiteLLM: "LiteLLM",
	backend.EngineLlamaCpp: "llama.cpp", backend.EngineOllama: "Ollama",
}

// providerNames are what people call the services and programs that OpenClaw knows
// by these names.
var providerNames = map[string]string{
	"anthropic": "Anthropic", "deepseek": "DeepSeek", "google": "Google", "groq": "Groq", "llamacpp": "llama.cpp", "litellm": "LiteLLM",
	"lmstudio": "LM Studio", "mistral": "Mistral", "ollama": "Ollama", "openai": "OpenAI", "openrouter": "OpenRouter", "sglang": "SGLang",
	"vllm": "vLLM", "xai": "xAI",
}

// plainName is what people call a server: the program's name, and the machine's
// where it is another one. Before it has answered, and where it says nothing of
// itself, it goes by the provider's name.
func (w *watched) plainName(srv backend.Server) string {
	provider := srv.Providers[0]
	name := cmp.Or(engineNames[srv.Engine], providerNames[strings.ToLower(provider)], provider)
	if srv.Host == "" || w.hosted() {
		return name
	}
	return name + " on " + srv.Host
}

// nameServers gives the servers the names of what they turned out to be. Where two
// would be called the same, the port tells them apart; the main one keeps its name.
func (a *Agent) nameServers() {
	count := map[string]int{a.main.server().Name: 1}
	for _, w := range a.servers[1:] {
		w.called = w.plainName(w.server())
		count[w.called]++
	}
	for _, w := range a.servers[1:] {
		srv, name, kind := w.server(), w.called, backend.KindOpenAI
		if count[name] > 1 {
			_, port, _ := strings.Cut(w.address, "|")
			name += " (port " + port + ")"
		}
		if w.lmstudio {
			kind = backend.KindLMStudio
		}
		if srv.Name != name || srv.Kind != kind {
			w.believe(w.state.Described(name, kind, srv.URL, srv.Providers))
		}
	}
}

// hostOf is the machine of the main server, "" for this one.
func hostOf(src Source) string {
	if src.Local() {
		return ""
	}
	u, err := url.Parse(src.URL())
	if err != nil {
		return ""
	}
	return u.Hostname()
}

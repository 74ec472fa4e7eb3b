package modelconfig

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"pilotlight/backend"
)

// Choice is what a person chose for a recipe; what is empty is filled in from what
// is installed, loaded and in the config.
type Choice struct {
	Server string // the id of the server that has the local model
	Local  string // that model's key
	Hosted string // a ref
	Region string // where a hosted model may run: us (when left out) or eu
	URL    string // an OpenAI-compatible server that is not watched; Local is its model
}

// The ids of the recipes.
const (
	RecipeLocalOnly   = "local-only"
	RecipeHostedFirst = "hosted-first"
	RecipeLocalFirst  = "local-first"
	RecipeRegional    = "regional"
	RecipeOpenAI      = "openai-compatible"
)

const (
	// unloadedContext is the context for a model that is not loaded, in tokens:
	// enough for an agent, and not all that the model could take, since OpenClaw
	// 2026.9 makes LM Studio set the memory aside.
	unloadedContext = 65_536
	// unknownContext is for a server that does not tell what its model can take.
	unknownContext = 32_768
	answerTokens   = 8_192
)

// regions are services on OpenRouter with the region they run in, as far as they
// say so themselves (2026-11); it is for the person to check them.
var regions = map[string][]string{"us": {"fireworks", "together"}, "eu": {"nebius"}}

// regionalModel is what the documentation names first for this.
const regionalModel = "openrouter/minimax/minimax-m2.1"

// Recipes are the set-ups of OpenClaw's page on local models as edits of a config.
// Each is valid on every version that Pilotlight knows. A recipe that lacks
// something says what. Diffs are for the caller to fill in.
func Recipes(in Input, choice Choice) []backend.Recipe {
	if in.Config == nil {
		in.Config = map[string]any{}
	}
	k := &kitchen{in: in, choice: choice}
	out := []backend.Recipe{k.localOnly(), k.hostedFirst(), k.localFirst(), k.regional(), k.openAI()}
	for i := range out {
		if out[i].Edits == nil {
			out[i].Edits = []backend.ConfigEdit{}
		}
		out[i].Available = out[i].WhyNot == ""
	}
	return out
}

// FindRecipe makes one recipe; false if there is none of that id.
func FindRecipe(in Input, choice Choice, id string) (backend.Recipe, bool) {
	for _, r := range Recipes(in, choice) {
		if r.ID == id {
			return r, true
		}
	}
	return backend.Recipe{}, false
}

type kitchen struct {
	in     Input
	choice Choice
}

// draft begins a recipe: every one keeps hosted models at hand.
func (k *kitchen) draft() *Draft {
	d := NewDraft(k.in.Config, k.in.Version)
	d.SetMode("merge")
	return d
}

// local is a model on a server of the person's.
type local struct {
	server *backend.Server
	model  *backend.Model
}

// name is what people call it.
func (l local) name() string {
	if l.model.Name != "" {
		return l.model.Name
	}
	return l.model.Key
}

// find picks the local model: the chosen one, else one that is loaded, else a
// MiniMax M2 as the documentation has it, else the largest.
func (k *kitchen) find(kind backend.ServerKind) (best local, ok bool) {
	var top []int64
	for i := range k.in.Servers {
		s := &k.in.Servers[i]
		if s.Kind != kind || k.choice.Server != "" && k.choice.Server != s.ID {
			continue
		}
		for j := range s.Models {
			m := &s.Models[j]
			if m.Type == backend.TypeEmbedding || k.choice.Local != "" && !strings.EqualFold(m.Key, k.choice.Local) {
				continue
			}
			if r := rank(s, m); !ok || slices.Compare(r, top) > 0 {
				best, top, ok = local{s, m}, r, true
			}
		}
	}
	return best, ok
}

// named is the server at the address that was chosen, with the model that was. Nobody
// has asked it anything.
func (k *kitchen) named() (l local, whyNot string) {
	u, err := url.Parse(k.choice.URL)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.User != nil || u.RawQuery != "":
		return l, fmt.Sprintf("%q is no address of a server. It looks like http://127.0.0.1:8000/v1.", k.choice.URL)
	case k.choice.Local == "":
		return l, "Name the model of " + u.Host + " too."
	}
	return local{
		server: &backend.Server{Kind: backend.KindOpenAI, Name: u.Host, URL: k.choice.URL, State: backend.ServerUnknown},
		model:  &backend.Model{Key: k.choice.Local, Type: backend.TypeLLM},
	}, ""
}

func rank(s *backend.Server, m *backend.Model) []int64 {
	r := []int64{0, 0, 0, 0}
	if s.State == backend.ServerUp {
		r[0] = 1
	}
	if mostContext(m) != nil {
		r[1] = 1
	}
	if strings.Contains(strings.ToLower(m.Key), "minimax-m2") {
		r[2] = 1
	}
	if m.SizeBytes != nil {
		r[3] = *m.SizeBytes
	}
	return r
}

// hosted lists the hosted models of the config, those in use first.
func (k *kitchen) hosted() []string {
	var out []string
	if k.choice.Hosted != "" {
		out = append(out, resolve(k.in.Config, k.choice.Hosted))
	}
	listed := sorted(object(k.in.Config, "agents", "defaults", "models"))
	for _, ref := range append(used(k.in.Config), listed...) {
		if k.isHosted(ref) && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

func (k *kitchen) isHosted(ref string) bool {
	name, id, ok := strings.Cut(ref, "/")
	if !ok || id == "*" {
		return false
	}
	_, entry := providerOf(k.in.Config, name)
	base := text(entry["baseUrl"])
	if base == "" || opaque(base) {
		return slices.Contains(hosted, strings.ToLower(name))
	}
	host, _, ok := endpoint(base, k.in.Hosts)
	return ok && host != "" && !backend.Nearby(host)
}

// chain is the config's own: what it tries now, in order.
func (k *kitchen) chain() []string {
	c := chosen(object(k.in.Config, "agents", "defaults")["model"])
	var out []string
	for _, name := range append([]string{c.primary}, c.fallbacks...) {
		if ref := resolve(k.in.Config, name); ref != "" && !slices.Contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

// behind is the chain without the models that come first now.
func (k *kitchen) behind(first ...string) []string {
	return slices.DeleteFunc(k.chain(), func(ref string) bool { return slices.Contains(first, ref) })
}

// addLocal gives the draft a provider and its model, and tells the ref.
func (k *kitchen) addLocal(d *Draft, l local) (ref string) {
	p := Provider{BaseURL: strings.TrimRight(l.server.URL, "/"), API: "openai-responses", APIKey: "lmstudio"}
	if !strings.HasSuffix(p.BaseURL, "/v1") {
		p.BaseURL += "/v1"
	}
	name := "lmstudio"
	if l.server.Kind == backend.KindOpenAI {
		// Only some of these servers have the Responses API.
		name, p.API, p.APIKey = "local", "openai-completions", "sk-local"
	}
	if l.server.State == backend.ServerNeedsToken {
		p.APIKey = "${LM_API_TOKEN}"
	}
	p.ID = k.providerID(name, l.server)
	if _, there := providerOf(k.in.Config, p.ID); there != nil {
		p.BaseURL = "" // it leads there already, in the person's own words
		if l.server.Kind == backend.KindOpenAI {
			p.API = ""
		}
	}
	d.SetProvider(p)
	window := k.window(l)
	d.AddModel(p.ID, Model{ID: l.model.Key, Name: l.name(), ContextWindow: window, MaxTokens: min(answerTokens, window/4)})
	return p.ID + "/" + l.model.Key
}

func (k *kitchen) window(l local) int {
	if n := mostContext(l.model); n != nil {
		return *n
	}
	n := unloadedContext
	if l.server.Kind == backend.KindOpenAI {
		if l.model.MaxContextLength != nil {
			return *l.model.MaxContextLength
		}
		n = unknownContext
	}
	if l.model.MaxContextLength != nil {
		n = min(n, *l.model.MaxContextLength)
	}
	return n
}

// providerID is the config's provider for a server, or a name that is free.
func (k *kitchen) providerID(name string, s *backend.Server) string {
	providers := object(k.in.Config, "models", "providers")
	for _, id := range sorted(providers) {
		if found := serverAt(text(object(providers, id)["baseUrl"]), k.in.Hosts, []backend.Server{*s}); found != nil {
			return id
		}
	}
	for n := 1; ; n++ {
		id := name
		if n > 1 {
			id = fmt.Sprintf("%s-%d", name, n)
		}
		if _, entry := providerOf(k.in.Config, id); entry == nil || text(entry["baseUrl"]) == "" {
			return id
		}
	}
}

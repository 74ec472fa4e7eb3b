package openclaw

import (
	"cmp"
	"slices"
	"strings"

	"pilotlight/backend"
)

// The states of a hop that no server of ours tells.
const (
	stateHosted    = "hosted"
	stateElsewhere = "elsewhere"
	stateUnknown   = "unknown"
)

// Chain lists the models that OpenClaw tries in order, the first one and its
// fallbacks, with how each stands now by the servers that Pilotlight watches. A
// model that is named twice is tried once, so it is listed once.
func Chain(r Reading, servers []backend.Server) []backend.Hop {
	hops := []backend.Hop{}
	seen := map[string]bool{}
	refs := append([]string{r.OpenClaw.Primary}, r.OpenClaw.Fallbacks...)
	for _, ref := range refs {
		if ref == "" || seen[ref] {
			continue
		}
		seen[ref] = true
		hops = append(hops, hop(r, ref, servers))
	}
	return hops
}

func hop(r Reading, ref string, servers []backend.Server) backend.Hop {
	h := backend.Hop{Ref: ref, Model: ref, Alias: r.Aliases[ref], State: stateUnknown}
	provider, model, ok := strings.Cut(ref, "/")
	if !ok {
		return h // OpenClaw guesses the provider; Pilotlight does not
	}
	h.Provider, h.Model = provider, model
	p := r.provider(provider)
	if m, ok := p.model(model); ok {
		h.ContextWindow, h.ContextTokens = m.ContextWindow, m.ContextTokens
	}
	h.TimeoutSeconds = p.TimeoutSeconds
	if p.Hidden {
		return h
	}
	h.BaseURL = p.BaseURL
	if h.BaseURL == "" {
		h.BaseURL = localDefaults[strings.ToLower(provider)]
	}
	place(&h, cmp.Or(h.BaseURL, p.address(provider)), r.Hosts, servers)
	return h
}

// place finds out where a hop's model is, and how it stands there.
func place(h *backend.Hop, address string, own []string, servers []backend.Server) {
	at, ok := endpointOf(address, own)
	if !ok {
		if isHosted(h.Provider) {
			h.State = stateHosted
		}
		return
	}
	h.Local = at.host == ""
	for i := range servers {
		if s, ok := endpointOf(servers[i].URL, own); ok && s == at {
			h.Server = servers[i].ID
			h.Key, h.State = standing(&servers[i], h.Model)
			return
		}
	}
	switch {
	case h.Local, backend.Nearby(at.host):
		h.State = stateElsewhere
	default:
		h.State = stateHosted
	}
}

// standing is how a model stands on a server of ours, and its key there.
func standing(s *backend.Server, name string) (key, state string) {
	m := find(s.Models, name)
	if m != nil {
		key = m.Key
	}
	hosted := s.Engine == backend.EngineHosted
	switch s.State {
	case backend.ServerUp:
		if hosted {
			return key, stateHosted
		}
	case backend.ServerOff, backend.ServerDown, backend.ServerNeedsToken:
		return key, string(s.State)
	default:
		if hosted {
			return key, stateHosted // it is asked while somebody looks, and rarely
		}
		return key, stateUnknown
	}
	switch {
	case m == nil && s.ListedAt == nil:
		return "", stateUnknown
	case m == nil:
		return "", "missing"
	case warm(m):
		return key, "warm"
	case m.Loading:
		return key, "loading"
	case s.Tells != nil && !s.Tells.Loaded, s.Tells == nil && s.API != nil && *s.API == backend.APIOpenAI:
		return key, stateUnknown // that list does not tell what is loaded
	}
	return key, "not_loaded"
}

func warm(m *backend.Model) bool {
	for _, i := range m.Instances {
		if !i.Missing && !i.Crashed {
			return true
		}
	}
	return false
}

// find looks a model up the way LM Studio does: by the id of an instance, by its
// key without regard to capitals, and at last without the variant that "key@q4"
// names.
func find(models []backend.Model, name string) *backend.Model {
	for _, is := range []func(m *backend.Model) bool{
		func(m *backend.Model) bool { return m.Key == name },
		func(m *backend.Model) bool {
			return slices.ContainsFunc(m.Instances, func(i backend.Instance) bool { return i.ID == name })
		},
		func(m *backend.Model) bool { return strings.EqualFold(m.Key, name) },
	} {
		for i := range models {
			if is(&models[i]) {
				return &models[i]
			}
		}
	}
	if at := strings.LastIndexByte(name, '@'); at > 0 {
		return find(models, name[:at])
	}
	return nil
}

// provider finds a provider's entry; OpenClaw does not mind capitals in it.
func (r *Reading) provider(name string) Provider {
	if p, ok := r.Providers[name]; ok {
		return p
	}
	found := ""
	for key := range r.Providers {
		if strings.EqualFold(key, name) && (found == "" || key < found) {
			found = key
		}
	}
	return r.Providers[found]
}

// model finds a model's entry; the variant of "id@q4" is the model's own.
func (p Provider) model(id string) (Model, bool) {
	if m, ok := p.Models[id]; ok {
		return m, true
	}
	found := ""
	for key := range p.Models {
		if strings.EqualFold(key, id) && (found == "" || key < found) {
			found = key
		}
	}
	if at := strings.LastIndexByte(id, '@'); found == "" && at > 0 {
		return p.model(id[:at])
	}
	return p.Models[found], found != ""
}

func isHosted(provider string) bool {
	for _, name := range hostedDefaults {
		if strings.EqualFold(name, provider) {
			return true
		}
	}
	return false
}

package openclaw

import (
	"net/url"
	"slices"
	"strings"

	"pilotlight/backend"
)

// Address is a model server that the config sends requests to. Several providers
// may be at one.
type Address struct {
	URL       string   // as the first of its providers has it, without a trailing slash
	Host      string   // the machine that it runs on, in lower case; "" is this one
	Port      string   // always set
	Hosted    bool     // somebody's service, over the internet
	Providers []string // their names in the config, in order
	// Key is what a provider sends to this address. It may go there and nowhere
	// else; a hosted address has none, since nothing is to be asked with it.
	Key backend.Secret
}

// mostAddresses bounds what one config can have watched.
const mostAddresses = 31

// Addresses are where the providers of the config are, and the hosted ones that
// only the chain names, in the order of their names. Whatever leads to the server
// at besides, a URL, is left out.
func Addresses(r Reading, besides string) []Address {
	own, known := endpointOf(besides, r.Hosts)
	var list []Address
	for _, name := range r.providerNames() {
		p := r.provider(name)
		raw := p.address(name)
		at, ok := endpointOf(raw, r.Hosts)
		if p.Hidden || !ok || known && at == own {
			continue
		}
		i := slices.IndexFunc(list, func(a Address) bool { return a.Host == at.host && a.Port == at.port })
		if i < 0 {
			if len(list) == mostAddresses {
				continue
			}
			i = len(list)
			list = append(list, Address{
				URL: strings.TrimRight(raw, "/"), Host: at.host, Port: at.port, Hosted: at.host != "" && !backend.Nearby(at.host),
			})
		}
		list[i].take(name, p)
	}
	return list
}

// take notes one more provider at the address.
func (a *Address) take(name string, p Provider) {
	if len(a.Providers) < mostAddresses {
		a.Providers = append(a.Providers, clip(name, 64))
	}
	if a.Key.IsZero() && !a.Hosted {
		a.Key = p.Key
	}
}

// Root is the address without the path that belongs to an API: what a server's
// own routes start from.
func (a Address) Root() string {
	u, err := url.Parse(a.URL)
	if err != nil {
		return a.URL
	}
	path := strings.TrimRight(u.Path, "/")
	for _, tail := range []string{"/api/v1", "/api/v0", "/v1"} {
		if rest, ok := strings.CutSuffix(path, tail); ok {
			path = rest
			break
		}
	}
	u.Path, u.RawPath = path, ""
	return strings.TrimRight(u.String(), "/")
}

// providerNames are the providers of the config, and the hosted ones that only the
// chain names, each once. Where OpenClaw looks for a local one that has no entry is
// its own guess.
func (r *Reading) providerNames() []string {
	names := make([]string, 0, len(r.Providers))
	for name := range r.Providers {
		names = append(names, name)
	}
	for _, ref := range append([]string{r.OpenClaw.Primary}, r.OpenClaw.Fallbacks...) {
		provider, _, ok := strings.Cut(ref, "/")
		if ok && hostedAddresses[strings.ToLower(provider)] != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, provider) }) {
			names = append(names, provider)
		}
	}
	slices.Sort(names)
	return names
}

// address is where OpenClaw finds a provider, "" where only it knows.
func (p Provider) address(name string) string {
	if p.BaseURL != "" {
		return p.BaseURL
	}
	name = strings.ToLower(name)
	if u := localDefaults[name]; u != "" {
		return u
	}
	return hostedAddresses[name]
}

// hostedAddresses are where OpenClaw's bundled providers of these names send
// requests (2026.9.6). Whether they can be reached is all that is asked of them.
var hostedAddresses = map[string]string{
	"anthropic":  "https://api.anthropic.com",
	"deepseek":   "https://api.deepseek.com",
	"google":     "https://generativelanguage.googleapis.com",
	"groq":       "https://api.groq.com",
	"mistral":    "https://api.mistral.ai",
	"openai":     "https://api.openai.com",
	"openrouter": "https://openrouter.ai",
	"xai":        "https://api.x.ai",
}

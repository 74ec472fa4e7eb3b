package fallback

import (
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// maxSummary bounds the sentence of a cause, in bytes, and maxEvidence its rows.
	maxSummary  = 200
	maxEvidence = 12
	// look is how long Pilotlight may take to see a change: two looks of 5 s, and
	// the one that confirms.
	look = 15 * time.Second
)

// ColdLoad is how long a model takes to load, in seconds, and over how many
// loads that was measured.
type ColdLoad struct {
	Median, P95 *float64
	N           int
}

// Context is what Pilotlight knows about the moment of a fallback.
type Context struct {
	Now     time.Time
	Chain   []backend.Hop          // of OpenClaw's config as it is now
	Servers []backend.Server       // as they are now
	Changes []backend.ServerChange // of the servers' states around the run, oldest first, with the one before it
	Loads   []backend.Load         // from an hour before the run to some minutes after, oldest first
	Present []backend.Load         // what was in memory when the run began; nil is not known, empty is nothing
	Cold    map[string]ColdLoad    // by model key
	Memory  *backend.Sample        // the machine near that moment
	Version string                 // OpenClaw's
	Kept    string                 // the key of the model that Pilotlight keeps loaded now; "" is none
	// Since is when Pilotlight began to watch. What it did not see before proves
	// nothing. Zero is not known, and then nothing of ours is certain.
	Since time.Time
}

// incident is one fallback with what bears on it: the failed turn of the model
// that was asked for.
type incident struct {
	f      backend.Fallback
	c      Context
	at     backend.Attempt
	from   time.Time // of the failed turn
	to     time.Time
	hop    *backend.Hop
	server *backend.Server
	key    string // the model's key on its server
	said   reading
}

// A rule explains an incident, or gives nil where it cannot. The first that
// explains wins, so they stand in the order of nearness to the wire: what
// Pilotlight saw, what the provider said, how the connection broke, what
// OpenClaw claims.
type rule func(*incident) *backend.Cause

var rules = []rule{
	serverWasOff, serverWantedToken, instanceCrashed, loadRefused, smallerInstance, timedOutLocally,
	providerSaid, connectionFailed, timedOutSomewhere, openClawClaims,
}

// Explain finds why the requested model did not answer.
func Explain(f backend.Fallback, c Context) backend.Cause {
	i := newIncident(f, c)
	cause := &backend.Cause{Code: backend.FellUnknown, Confidence: backend.NotKnown, Summary: i.nothingKnown()}
	for _, r := range rules {
		if found := r(i); found != nil {
			cause = found
			break
		}
	}
	cause.Summary = strings.TrimRight(clip(cause.Summary, maxSummary), " .·:,")
	cause.Evidence = i.evidence(cause.Evidence)
	cause.Remedy = i.remedy(cause)
	return *cause
}

// Complete names the model that was asked for where OpenClaw's records do not
// (2026.2 writes nothing of a first try that hung): the first of the chain,
// unless that one answered. What it fills in is the config's word.
func Complete(f backend.Fallback, chain []backend.Hop) backend.Fallback {
	if f.Requested != "" || len(chain) == 0 || f.Answered != nil && *f.Answered == chain[0].Ref {
		return f
	}
	f.Requested = chain[0].Ref
	f.Attempts = slices.Clone(f.Attempts)
	for i := range f.Attempts {
		if f.Attempts[i].Model == "" {
			f.Attempts[i].Model = chain[0].Ref
		}
	}
	return f
}

func newIncident(f backend.Fallback, c Context) *incident {
	i := &incident{f: f, c: c, at: attemptOf(f)}
	i.from, i.to = f.At.Time, i.at.At.Time
	if i.at.StartedAt != nil {
		i.from = i.at.StartedAt.Time
	}
	if i.to.Before(i.from) {
		i.from = i.to
	}
	ref := f.Requested
	if i.at.Model != "" {
		ref = i.at.Model
	}
	for n := range c.Chain {
		if h := &c.Chain[n]; h.Ref == ref || h.Provider+"/"+h.Model == ref {
			i.hop = h
			break
		}
	}
	i.key = backend.ParseModelRef(ref).Model
	if i.hop != nil {
		if i.hop.Key != "" {
			i.key = i.hop.Key
		}
		for n := range c.Servers {
			// Of somebody's service no more is known than whether it could be
			// reached while a person looked: that explains nothing.
			if s := &c.Servers[n]; s.ID == i.hop.Server && i.hop.Server != "" && s.Engine != backend.EngineHosted {
				i.server = s
			}
		}
	}
	i.said = read(i.at.Detail, i.at.Code)
	return i
}

// attemptOf is the failed turn to explain: the requested model's, else the first.
func attemptOf(f backend.Fallback) backend.Attempt {
	found := backend.Attempt{Model: f.Requested, At: f.At, Decision: backend.AttemptFailed}
	if f.EndedAt != nil {
		found.At = *f.EndedAt
	}
	for _, want := range []string{f.Requested, ""} {
		for _, a := range f.Attempts {
			if a.Decision != backend.AttemptSucceeded && (want == "" || a.Model == want) {
				return a
			}
		}
	}
	return found
}

// watched says whether Pilotlight was looking all the while.
func (i *incident) watched() bool { return !i.c.Since.IsZero() && !i.from.Before(i.c.Since) }

// local says whether the model is on this machine or network, as far as known.
// A hosted provider's address may be on this machine all the same: a proxy stands
// before it.
func (i *incident) local() bool {
	provider := backend.ParseModelRef(i.f.Requested).Provider
	if i.hop != nil {
		return i.server != nil || i.hop.Local && !hosted(provider)
	}
	switch provider {
	case "lmstudio", "ollama", "llamacpp", "llama.cpp", "vllm", "mlx", "local":
		return true
	}
	return false
}

// name is what a person calls the model.
func (i *incident) name() string {
	if i.server != nil {
		for _, m := range i.server.Models {
			if m.Key == i.key && m.Name != "" {
				return clip(m.Name, 60)
			}
		}
	}
	if i.hop != nil && i.hop.Alias != "" {
		return clip(i.hop.Alias, 60)
	}
	if n := short(i.key); n != "" {
		return n
	}
	return "the model"
}

// lmstudio says whether the model is on LM Studio: a server of ours of that kind,
// or the provider that OpenClaw's own extension for it names so.
func (i *incident) lmstudio() bool {
	if i.server != nil {
		return i.server.Kind != backend.KindOpenAI
	}
	return backend.ParseModelRef(i.f.Requested).Provider == "lmstudio"
}

// host is what a person calls the server.
func (i *incident) host() string {
	switch {
	case i.server != nil && i.server.Name != "":
		return clip(i.server.Name, 40)
	case i.server != nil && i.server.Kind == backend.KindOpenAI:
		return "the model server"
	case i.server != nil:
		return "LM Studio"
	}
	return providerWord(backend.ParseModelRef(i.f.Requested).Provider)
}

// providerWord is what a person calls a provider.
func providerWord(id string) string {
	switch id {
	case "":
		return "the provider"
	case "anthropic":
		return "Anthropic"
	case "openai", "openai-codex":
		return "OpenAI"
	case "openrouter":
		return "OpenRouter"
	case "google", "google-vertex":
		return "Google"
	case "lmstudio":
		return "LM Studio"
	case "ollama":
		return "Ollama"
	}
	return clip(id, 40)
}

// hosted says whether a provider's models are on its own machines, wherever the
// config's address points to. It errs on the side of no: an id that is not known
// may be a person's own server.
func hosted(provider string) bool {
	switch provider {
	case "anthropic", "openai", "openai-codex", "openrouter", "google", "google-vertex", "amazon-bedrock", "github-copilot", "groq", "mistral",
		"xai", "deepseek", "moonshot", "minimax", "zai", "cerebras", "together", "fireworks", "vercel-ai-gateway":
		return true
	}
	return false
}

// onThisMachine says whether the server can be started here at all.
func (i *incident) onThisMachine() bool {
	url := ""
	switch {
	case i.server != nil && i.server.URL != "":
		url = i.server.URL
	case i.hop != nil:
		url = i.hop.BaseURL
	}
	if url == "" {
		return i.local()
	}
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return strings.HasPrefix(host, "127.") || strings.HasPrefix(host, "localhost") || strings.HasPrefix(host, "[::1]") || strings.HasPrefix(host, "0.0.0.0")
}

// waited is how long the failed turn took.
func (i *incident) waited() float64 { return i.to.Sub(i.from).Seconds() }

func (i *incident) nothingKnown() string {
	switch {
	case i.at.Decision == backend.AttemptSkipped:
		return "OpenClaw passed " + i.name() + " over, and does not say why"
	case i.said.text != "" && !vague(i.said.text):
		return i.host() + " answered with an error that Pilotlight does not know: " + i.said.text
	}
	return "OpenClaw does not say why " + i.name() + " failed, and Pilotlight saw nothing that explains it"
}

package modelconfig

import (
	"fmt"
	"slices"
	"strings"

	"pilotlight/backend"
)

const (
	noLocal  = "Pilotlight sees no model in LM Studio. Start LM Studio and download one."
	noHosted = "No hosted model is in the config. Add one with \"openclaw onboard\", or choose one here."
)

// finish sets the chain, lists all of it, and notes what a person should know.
func (k *kitchen) finish(r backend.Recipe, d *Draft, chain []string, alias map[string]string) backend.Recipe {
	for _, ref := range chain {
		d.List(ref, alias[ref])
	}
	names := make([]string, len(chain))
	for i, ref := range chain {
		names[i] = k.written(ref)
	}
	d.SetPrimary(names[0])
	d.SetFallbacks(names[1:])
	r.Edits = d.Edits()
	for _, a := range agents(k.in.Config) {
		if a.entry["model"] != nil {
			r.Notes = append(r.Notes, fmt.Sprintf("The agent %q has a model of its own; this does not change it.", a.id))
		}
	}
	if len(object(k.in.Config, "agents", "defaults", "models")) == 0 && d.version.may(gen2|gen3) {
		r.Notes = append(r.Notes, "Until 2026.3, agents.defaults.models also limits what can be chosen in a chat. It names all models in use.")
	}
	return r
}

// written is a ref as the config writes it now, where it is an alias there.
func (k *kitchen) written(ref string) string {
	c := chosen(object(k.in.Config, "agents", "defaults")["model"])
	for _, name := range append([]string{c.primary}, c.fallbacks...) {
		if name != "" && resolve(k.in.Config, name) == ref {
			return name
		}
	}
	return ref
}

// localNotes tells what is to be done about a local model.
func localNotes(l local) (notes []string) {
	if l.server.State != backend.ServerUp {
		notes = append(notes, l.server.Name+" does not answer at the moment.")
	}
	if mostContext(l.model) == nil && l.server.Kind == backend.KindLMStudio {
		notes = append(notes, l.name()+" is not loaded. Keep it loaded: the first answer waits for it otherwise.")
	}
	return notes
}

func (k *kitchen) localOnly() backend.Recipe {
	r := backend.Recipe{
		ID: RecipeLocalOnly, Title: "Only a local model, over the Responses API",
		Text: "LM Studio answers everything, and nothing leaves this machine. The documentation recommends MiniMax M2.1 in the largest build that fits. There is no fallback: when LM Studio is down, so is the agent.",
	}
	l, ok := k.find(backend.KindLMStudio)
	if !ok {
		r.WhyNot = noLocal
		return r
	}
	d := k.draft()
	ref := k.addLocal(d, l)
	r.Notes = localNotes(l)
	if !strings.Contains(strings.ToLower(l.model.Key), "minimax-m2") {
		r.Notes = append(r.Notes, "MiniMax M2.1 is not downloaded; this uses "+l.name()+".")
	}
	return k.finish(r, d, []string{ref}, map[string]string{ref: "Local"})
}

func (k *kitchen) hostedFirst() backend.Recipe {
	r := backend.Recipe{
		ID: RecipeHostedFirst, Title: "Hosted model first, local model behind it",
		Text: "The hosted model answers. When it is down or out of quota, LM Studio steps in, then what was a fallback before.",
	}
	l, ok := k.find(backend.KindLMStudio)
	away := k.hosted()
	switch {
	case !ok:
		r.WhyNot = noLocal
		return r
	case len(away) == 0:
		r.WhyNot = noHosted
		return r
	}
	d := k.draft()
	ref := k.addLocal(d, l)
	r.Notes = localNotes(l)
	chain := append([]string{away[0], ref}, k.behind(away[0], ref)...)
	return k.finish(r, d, chain, map[string]string{ref: "Local"})
}

func (k *kitchen) localFirst() backend.Recipe {
	r := backend.Recipe{
		ID: RecipeLocalFirst, Title: "Local model first, hosted models as a safety net",
		Text: "LM Studio answers. When it is down, the hosted models step in, in the order they have now.",
	}
	l, ok := k.find(backend.KindLMStudio)
	away := k.hosted()
	switch {
	case !ok:
		r.WhyNot = noLocal
		return r
	case len(away) == 0:
		r.WhyNot = noHosted
		return r
	}
	d := k.draft()
	ref := k.addLocal(d, l)
	r.Notes = localNotes(l)
	chain := append([]string{ref}, k.behind(ref)...)
	if !slices.ContainsFunc(chain, k.isHosted) || k.choice.Hosted != "" && !slices.Contains(chain, away[0]) {
		chain = slices.Insert(chain, 1, away[0])
	}
	return k.finish(r, d, chain, map[string]string{ref: "Local"})
}

func (k *kitchen) regional() backend.Recipe {
	region := strings.ToLower(k.choice.Region)
	if region == "" {
		region = "us"
	}
	r := backend.Recipe{
		ID: RecipeRegional, Title: "Hosted model pinned to a region, on OpenRouter",
		Text: "OpenRouter sends requests only to services of one region (" + strings.ToUpper(region) + "), and to no other when those are down. What is tried now comes behind it.",
	}
	only := regions[region]
	if only == nil {
		r.WhyNot = "Pilotlight knows services for the regions us and eu only."
		return r
	}
	ref := regionalModel
	if strings.HasPrefix(k.choice.Hosted, "openrouter/") {
		ref = k.choice.Hosted
	}
	d := k.draft()
	d.List(ref, "")
	d.SetRouting(ref, only)
	r.Notes = []string{"Look on openrouter.ai whether " + strings.Join(only, " and ") + " serve this model in that region; they are named in params.provider.only."}
	if _, entry := providerOf(k.in.Config, "openrouter"); entry["apiKey"] == nil {
		r.Notes = append(r.Notes, "OpenClaw needs a key for OpenRouter: openclaw onboard --auth-choice openrouter-api-key")
	}
	if d.version.may(gen2) {
		r.Notes = append(r.Notes, "OpenClaw 2026.2 does not pass the region on.")
	}
	return k.finish(r, d, append([]string{ref}, k.behind(ref)...), nil)
}

func (k *kitchen) openAI() backend.Recipe {
	r := backend.Recipe{
		ID: RecipeOpenAI, Title: "Another OpenAI-compatible server first",
		Text: "vLLM, LiteLLM, OAI-proxy or a gateway of your own answers at its /v1 endpoint. What is tried now comes behind it.",
	}
	var l local
	if k.choice.URL != "" {
		if l, r.WhyNot = k.named(); r.WhyNot != "" {
			return r
		}
		r.Notes = []string{"Pilotlight has not asked " + l.server.Name + " anything. If it wants a key, put it into the provider's apiKey."}
	} else {
		var ok bool
		if l, ok = k.find(backend.KindOpenAI); !ok {
			r.WhyNot = "Pilotlight watches no other OpenAI-compatible server that lists a model. Name one by its address, with its model."
			return r
		}
		r.Notes = localNotes(l)
	}
	d := k.draft()
	ref := k.addLocal(d, l)
	if l.model.MaxContextLength == nil && mostContext(l.model) == nil {
		r.Notes = append(r.Notes, "The server does not tell its context; set contextWindow to what it has.")
	}
	return k.finish(r, d, append([]string{ref}, k.behind(ref)...), map[string]string{ref: "Local"})
}

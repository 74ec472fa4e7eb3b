package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pilotlight/backend"
)

func (s *scene) config() backend.Check {
	d := about("openclaw_config", groupSetup, "OpenClaw's config can be read")
	switch {
	case s.claw == nil:
		return d.skip("%s", s.noClaw())
	case !s.claw.Found:
		return d.warn("Install OpenClaw, or name its file with OPENCLAW_CONFIG_PATH.", "There is no config of OpenClaw at %s.", clip(cmp.Or(s.claw.ConfigPath, "its usual place"), 2*maxWord))
	}
	if !s.claw.ConfigValid || s.firstError() != nil {
		return on("config", s.broken(d))
	}
	return d.ok("%s%s.", clip(s.claw.ConfigPath, 2*maxWord), versioned(s.Version))
}

// firstError is an issue that keeps OpenClaw from reading its config.
func (s *scene) firstError() *backend.ConfigIssue {
	for i := range s.Issues {
		if s.Issues[i].IsError() {
			return &s.Issues[i]
		}
	}
	return nil
}

func (s *scene) broken(d draft) backend.Check {
	issue := s.firstError()
	if issue == nil && len(s.claw.Issues) > 0 {
		issue = &s.claw.Issues[0]
	}
	if issue == nil {
		return d.fail("Look in Config what is wrong with it.", "OpenClaw does not start with the config that is there.")
	}
	where := ""
	if issue.Line > 0 {
		where = fmt.Sprintf(" (line %d)", issue.Line)
	}
	return mends(d.fail(cmp.Or(clip(issue.Hint, 4*maxWord), "Correct it in Config."), "%s%s", cmp.Or(ended(clip(issue.Message, 4*maxWord)), "Something in it is wrong."), where),
		issueFix("mend_config", "Mend the config", issue))
}

// api is the protocol that OpenClaw speaks with the model.
func (s *scene) api() (api, path string) {
	if s.entry != nil && s.entry.API != "" {
		return s.entry.API, s.entry.Path + ".api"
	}
	return s.provider.API, s.provider.Path + ".api"
}

func (s *scene) responses() backend.Check {
	d := about("responses_api", groupSetup, "The Responses API is used")
	switch {
	case s.hop == nil:
		return d.skip("%s", cmp.Or(s.noChain(), s.noServer()))
	case !s.uses:
		return d.skip("%s", s.notLMStudio())
	case s.Config == nil:
		return d.skip("OpenClaw's config cannot be read.")
	case s.provider == nil:
		return d.skip("The config has no provider %s.", clip(s.hop.Provider, maxWord))
	}
	api, path := s.api()
	if api == "openai-responses" {
		return d.ok("openai-responses: on WhatsApp people get only the final text.")
	}
	fix := issueFix("use_responses", "Use openai-responses", s.issue(s.provider.Path, "api_lmstudio"))
	if fix.ID == "" || path != s.provider.Path+".api" {
		fix = configFix("use_responses", "Use openai-responses", set(path, "openai-responses"))
	}
	said := "The api of " + clip(s.provider.ID, maxWord) + " is " + clip(api, maxWord)
	if api == "" {
		said = "No api is set for " + clip(s.provider.ID, maxWord) + ", so OpenClaw takes openai-completions"
	}
	return on("config", mends(d.warn("Use openai-responses, which keeps a model's thinking apart from its answer.",
		"%s. On WhatsApp people may then see the model think.", said), fix))
}

func (s *scene) mode() backend.Check {
	d := about("models_mode", groupSetup, "Hosted models stay beside the local ones")
	const path = "models.mode"
	switch {
	case s.noClaw() != "":
		return d.skip("%s", s.noClaw())
	case s.Config == nil:
		return d.skip("OpenClaw's config cannot be read.")
	case s.Config.ModelsMode != "replace":
		return d.ok("models.mode is merge: OpenClaw knows its own models beside those of the config.")
	}
	fix := configFix("merge", "Set it to merge", set(path, "merge"))
	for i := range s.claw.Chain {
		if h := &s.claw.Chain[i]; s.isHosted(h) && s.providerBy(h.Provider) == nil {
			return on("config", mends(d.fail("Set models.mode to merge.",
				"models.mode is replace, so OpenClaw knows only the providers of the config, and %s is not there.", clip(h.Ref, maxWord)), fix))
		}
	}
	return on("config", mends(d.warn("Set models.mode to merge, unless you want it so.",
		"models.mode is replace: no hosted model but those of the config can help out."), fix))
}

func (s *scene) hostedFallback() backend.Check {
	d := about("hosted_fallback", groupSetup, "A hosted model can help out")
	if why := s.noChain(); why != "" {
		return d.skip("%s", why)
	}
	var hosted []string
	for i := range s.claw.Chain {
		if h := &s.claw.Chain[i]; s.isHosted(h) {
			hosted = append(hosted, clip(cmp.Or(h.Alias, h.Ref), maxWord))
		}
	}
	unknown := slices.ContainsFunc(s.claw.Chain, func(h backend.Hop) bool { return h.State == "unknown" && h.Server == "" && !h.Local })
	switch n := len(s.claw.Chain); {
	case len(hosted) > 0 && s.isHosted(s.primary):
		return d.ok("%s is asked first.", clip(s.primary.Ref, maxWord))
	case len(hosted) > 0:
		return d.ok("Where %s cannot answer, %s does.", s.first(), several(hosted, 3))
	case unknown:
		return d.skip("Whether one of the %d models of the chain is hosted is not known.", n)
	case n == 1:
		return on("config", d.warn("Add a fallback in Config, for the hours when this machine cannot answer.", "%s is the only model: when it cannot answer, nobody does.", s.first()))
	default:
		return on("config", d.warn("Add a hosted fallback in Config, for the hours when this machine cannot answer.", "All %d models of the chain are on machines of your own.", n))
	}
}

// chainCodes are the issues of the config that are about which models are named.
var chainCodes = []string{"no_primary", "no_ref", "no_provider", "no_model", "not_listed", "not_allowed", "alias_twice"}

func (s *scene) resolvable() backend.Check {
	d := about("chain_resolvable", groupSetup, "OpenClaw finds every model of the chain")
	switch {
	case s.noClaw() != "":
		return d.skip("%s", s.noClaw())
	case s.Config == nil:
		return d.skip("OpenClaw's config cannot be read.")
	case s.primary == nil && s.issue("", chainCodes...) == nil:
		return on("config", d.warn("Choose one in Config.", "No first model is chosen, so OpenClaw takes one of its own."))
	}
	var said []string
	var edits []backend.ConfigEdit
	hint, first := "", false
	for i := range s.Issues {
		in := &s.Issues[i]
		if !oneOf(in.Code, chainCodes) {
			continue
		}
		said = append(said, ended(clip(in.Message, 2*maxWord)))
		hint = cmp.Or(hint, clip(in.Hint, 2*maxWord))
		first = first || len(s.claw.Chain) > 0 && under(in.Path, "agents.defaults.model") && !under(in.Path, "agents.defaults.model.fallbacks")
		for _, e := range in.Edits {
			if !slices.ContainsFunc(edits, func(have backend.ConfigEdit) bool { return have.Path == e.Path }) {
				edits = append(edits, e)
			}
		}
	}
	for i := range s.claw.Chain {
		if h := &s.claw.Chain[i]; h.State == "missing" && h != s.hop {
			said = append(said, fmt.Sprintf("Its server does not have %s.", clip(h.Ref, maxWord)))
		}
	}
	switch {
	case len(said) == 0:
		return d.ok("%s.", chainWords(s.claw.Chain))
	case first:
		return on("config", mends(d.fail(cmp.Or(hint, "Choose another model in Config."), "%s", strings.Join(said[:min(len(said), 4)], " ")), configFix("mend_chain", "Mend the config", edits...)))
	}
	return on("config", mends(d.warn(cmp.Or(hint, "Choose another model in Config."), "%s", strings.Join(said[:min(len(said), 4)], " ")), configFix("mend_chain", "Mend the config", edits...)))
}

func chainWords(chain []backend.Hop) string {
	refs := make([]string, len(chain))
	for i := range chain {
		refs[i] = clip(chain[i].Ref, maxWord)
	}
	if len(refs) > 4 {
		return strings.Join(refs[:4], ", then ") + fmt.Sprintf(" and %d more", len(refs)-4)
	}
	return strings.Join(refs, ", then ")
}

package doctor

import (
	"cmp"
	"fmt"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// alwaysWarm says why nothing has to be kept in memory there; "" where it has.
func (s *scene) alwaysWarm() string {
	if s.server == nil || s.server.Tells == nil {
		return ""
	}
	switch s.server.Tells.WarmBy {
	case backend.WarmAlways:
		return fmt.Sprintf("What %s serves is in memory as long as it runs.", host(s.server))
	case backend.WarmByRequest:
		return fmt.Sprintf("Nobody can see what %s has in memory; only a request of one token now and then would keep a model warm there.", host(s.server))
	case backend.WarmNever:
		return fmt.Sprintf("On %s there is nothing to keep.", host(s.server))
	}
	return ""
}

func (s *scene) loaded() backend.Check {
	d := about("model_loaded", groupSetup, "The model is loaded now")
	if why := s.noModel(); why != "" {
		return d.skip("%s", why)
	}
	instances := live(s.model)
	switch {
	case len(instances) > 0:
		return d.ok("%s is in memory%s, since %s.", s.name(), contextWords(s.loadedContext()), clock(instances[0].SeenLoadedAt.Time, s.Now))
	case s.crashed() != nil:
		return on("models", mends(d.fail("Unload it in LM Studio and load it again, or let Pilotlight keep it, which does both.",
			"%s still lists %s as loaded, but its engine is dead.", host(s.server), s.name()), append(s.keepFixes(), s.checkFix(s.crashed().ID))...))
	case len(s.model.Instances) > 0:
		return d.skip("It was not in the last list of %s; the next look decides.", host(s.server))
	case s.model.Loading:
		return d.ok("%s is being loaded.", s.name())
	case !tellsLoaded(s.server):
		return d.skip("%s", cmp.Or(s.alwaysWarm(), host(s.server)+" does not tell what is in memory."))
	case s.status.Keep.State == backend.KeepPaused && s.status.Keep.Model == s.key:
		return mends(d.warn("Go on keeping it when you want it back.", "%s is not loaded; keeping it is paused.", s.name()), s.resumeFix())
	case s.keeps() && s.status.Keep.State == backend.KeepLoading:
		return d.ok("%s is being loaded.", s.name())
	}
	return on("models", mends(d.fail("Load it, or better keep it loaded: until then the first answer waits for the load."+s.loadTakes(),
		"%s is not in memory.", s.name()), s.warmFixes()...))
}

// tellsLoaded tells whether a model that a server does not show in memory is not there.
func tellsLoaded(srv *backend.Server) bool {
	if srv.Tells != nil {
		return srv.Tells.Loaded
	}
	return isLMStudio(srv) && (srv.API == nil || *srv.API != backend.APIOpenAI)
}

// loadTakes tells how long loads of the model take, where that is known.
func (s *scene) loadTakes() string {
	if c := s.Cold[s.held()]; c.N > 0 && c.Median > 0 {
		return fmt.Sprintf(" Loading it mostly takes %s.", span(c.Median))
	}
	return ""
}

func (s *scene) crashed() *backend.Instance {
	if s.model == nil {
		return nil
	}
	for i := range s.model.Instances {
		if s.model.Instances[i].Crashed {
			return &s.model.Instances[i]
		}
	}
	return nil
}

func contextWords(n *int) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf(" with a context of %s tokens", thousands(*n))
}

func (s *scene) kept() backend.Check {
	d := about("model_kept", groupSetup, "The model is kept loaded")
	k := s.status.Keep
	switch why := s.noServer(); {
	case why != "":
		return d.skip("%s", why)
	case s.key == "":
		return d.skip("%s", cmp.Or(s.noModel(), "It is not known which model that is."))
	case s.alwaysWarm() != "":
		return d.skip("%s", s.alwaysWarm())
	case s.keeps() && k.State == backend.KeepPaused:
		return mends(d.warn("Go on keeping it when you want it back.", "Keeping %s is paused%s.", s.name(), until(k, s)), s.resumeFix())
	case s.keeps():
		return d.ok("Pilotlight keeps %s loaded%s: now it is %s.", s.name(), contextWords(k.ContextLength), keepWords[k.State])
	case k.Model != "" && k.State != backend.KeepOff && k.State != "":
		return mends(d.warn("Keep the model that OpenClaw asks for.", "Pilotlight keeps %s, and OpenClaw asks for %s.", s.keptName(), s.name()), s.keepFixes()...)
	case s.server.Tells != nil && !s.server.Tells.Load:
		return d.skip("%s cannot be told to load a model.", host(s.server))
	}
	return mends(d.warn("Let Pilotlight keep it, so that it is there before your agent asks."+s.loadTakes(), "Nothing keeps %s loaded.", s.name()), s.keepFixes()...)
}

var keepWords = map[backend.KeepState]string{
	backend.KeepWarm: "warm", backend.KeepLoading: "loading", backend.KeepWaiting: "waiting", backend.KeepBlocked: "held up",
}

func until(k backend.Keep, s *scene) string {
	if k.PausedUntil == nil {
		return " until you go on"
	}
	return " until " + clock(k.PausedUntil.Time, s.Now)
}

func (s *scene) context() backend.Check {
	d := about("context_window", groupSetup, "OpenClaw knows the model's context")
	switch {
	case s.hop == nil:
		return d.skip("%s", cmp.Or(s.noChain(), s.noServer()))
	case s.Config == nil && s.window() == nil:
		return d.skip("OpenClaw's config cannot be read.")
	}
	window, wanted, loaded, most := s.window(), s.wanted(), s.loadedContext(), s.most()
	switch {
	case window != nil && most != nil && *window > *most:
		return on("config", mends(d.fail("Set it to what the model has.", "OpenClaw is told %s tokens; %s has %s at most.", thousands(*window), s.name(), thousands(*most)),
			s.contextEdit("model_max", *most)))
	case wanted != nil && loaded != nil && *wanted > *loaded:
		return s.contextShort(d, *wanted, *loaded)
	case wanted != nil && *wanted < leastContext:
		return on("config", d.warn("Give it at least 32,768 tokens.", "OpenClaw may use %s tokens of %s; its own prompt takes about 13,000.", thousands(*wanted), s.name()))
	case wanted == nil:
		return s.contextUnset(d, loaded)
	case loaded == nil && most == nil:
		return d.skip("OpenClaw is told %s tokens; what %s really has is not known.", thousands(*wanted), s.name())
	case loaded == nil:
		return d.ok("OpenClaw is told %s tokens; %s can have %s. What it is loaded with is not known now.", thousands(*wanted), s.name(), thousands(*most))
	}
	return d.ok("OpenClaw is told %s tokens, and %s is loaded with %s.", thousands(*wanted), s.name(), thousands(*loaded))
}

// contextShort is a model that is loaded with less than OpenClaw reckons with.
func (s *scene) contextShort(d draft, wanted, loaded int) backend.Check {
	c := d.fail("Tell OpenClaw what is loaded, or load it with more: prompts beyond it are cut or refused.",
		"OpenClaw is told %s tokens, but %s is loaded with %s.", thousands(wanted), s.name(), thousands(loaded))
	if s.preloads() {
		c = d.warn("Tell OpenClaw what is loaded, or load it with more before OpenClaw does.",
			"OpenClaw is told %s tokens, but %s is loaded with %s: at the next message it makes LM Studio load it once more.", thousands(wanted), s.name(), thousands(loaded))
	}
	return on("config", mends(c, s.lowerContext(loaded), s.moreContext(loaded)))
}

// moreContext loads the model with what OpenClaw wants, or as much of it as fits.
func (s *scene) moreContext(loaded int) backend.Fix {
	w, ok := s.proposed()
	if !ok || w.context == nil || *w.context <= loaded {
		return backend.Fix{}
	}
	f := s.keepFix(w)
	f.ID = "more_context"
	return f
}

func (s *scene) contextUnset(d draft, loaded *int) backend.Check {
	detail := fmt.Sprintf("OpenClaw's config does not say how much context %s has, so OpenClaw takes a figure of its own.", s.name())
	if loaded == nil || *loaded < leastContext {
		return on("config", d.warn("Set contextWindow of the model.", "%s", detail))
	}
	return on("config", mends(d.warn("Set contextWindow to what it is loaded with.", "%s It is loaded with %s tokens.", detail, thousands(*loaded)), s.lowerContext(*loaded)))
}

func (s *scene) contextEdit(id string, n int) backend.Fix {
	if s.entry == nil {
		return backend.Fix{}
	}
	edits := []backend.ConfigEdit{set(s.entry.Path+".contextWindow", n)}
	if t := s.entry.ContextTokens; t != nil && *t >= n {
		edits = append(edits, backend.ConfigEdit{Path: s.entry.Path + ".contextTokens", Unset: true})
	}
	if m := s.entry.MaxTokens; m != nil && *m > n/2 {
		edits = append(edits, set(s.entry.Path+".maxTokens", answerFor(n)))
	}
	return configFix(id, fmt.Sprintf("Set it to %s tokens", thousands(n)), edits...)
}

func (s *scene) longestAnswer() backend.Check {
	d := about("max_tokens", groupSetup, "The longest answer leaves room for the prompt")
	switch {
	case s.hop == nil:
		return d.skip("%s", cmp.Or(s.noChain(), s.noServer()))
	case s.Config == nil:
		return d.skip("OpenClaw's config cannot be read.")
	case s.entry == nil:
		return d.skip("The config says nothing of %s but its name.", s.name())
	}
	most, window := s.entry.MaxTokens, s.wanted()
	switch {
	case most == nil && (window == nil || *window > 2*usualAnswer):
		return d.ok("The config sets no maxTokens, so OpenClaw takes 8,192.")
	case window == nil:
		return d.skip("One answer may have %s tokens; of how many is not known.", thousands(*most))
	}
	answer := usualAnswer
	if most != nil {
		answer = *most
	}
	fix := configFix("max_tokens", fmt.Sprintf("Set it to %s", thousands(answerFor(*window))), set(s.entry.Path+".maxTokens", answerFor(*window)))
	switch {
	case answer >= *window:
		return on("config", mends(d.fail("Leave room for the prompt: "+thousands(answerFor(*window))+" will do.",
			"One answer may have %s tokens, and the whole context has %s.", thousands(answer), thousands(*window)), fix))
	case answer > *window/2:
		return on("config", mends(d.warn("Leave room for the prompt: "+thousands(answerFor(*window))+" will do.",
			"One answer may have %s tokens of %s, which leaves %s for the prompt.", thousands(answer), thousands(*window), thousands(*window-answer)), fix))
	}
	return d.ok("One answer may have %s tokens of %s.", thousands(answer), thousands(*window))
}

// bytesWords is what a load takes, for a sentence.
func bytesWords(f *backend.Fit) string {
	if f == nil || f.TotalBytes <= 0 {
		return ""
	}
	return " about " + fit.RAM(f.TotalBytes)
}

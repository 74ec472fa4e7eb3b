package doctor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// lastFallback is when the model last failed for a cause, and how often it did in
// 24 hours.
func (s *scene) lastFallback(cause backend.CauseCode) (at time.Time, n int) {
	if s.hop == nil {
		return at, 0
	}
	for i := range s.Fallbacks {
		f := &s.Fallbacks[i]
		if s.Now.Sub(f.At.Time) > lately {
			break
		}
		if f.Cause.Code == cause && f.Requested == s.hop.Ref {
			if n == 0 {
				at = f.At.Time
			}
			n++
		}
	}
	return at, n
}

func (s *scene) contextErrors() backend.Check {
	d := about("context_errors", groupTrouble, "Prompts fit into the context")
	switch {
	case s.hop == nil:
		return d.skip("%s", cmp.Or(s.noChain(), s.noServer()))
	case s.Fallbacks == nil:
		return d.skip("Nothing was recorded of fallbacks yet.")
	}
	var last *backend.Fallback
	n := 0
	for i := range s.Fallbacks {
		if f := &s.Fallbacks[i]; f.Cause.Code == backend.FellContext && f.Requested == s.hop.Ref {
			n++
			if last == nil {
				last = f
			}
		}
	}
	if last == nil {
		return d.ok("None was too long in the last 7 days.")
	}
	said := fmt.Sprintf("A prompt was too long for %s %s in the last 7 days, last at %s", s.name(), times(n), clock(last.At.Time, s.Now))
	loaded := s.loadedContext()
	if since, ok := s.loadedSince(); ok && since.After(last.At.Time) && loaded != nil {
		if w := s.wanted(); w != nil && *w <= *loaded {
			return d.ok("%s. Since then it was loaded with %s tokens, which is what OpenClaw reckons with.", said, thousands(*loaded))
		}
	}
	detail := said + "."
	if loaded != nil {
		detail = fmt.Sprintf("%s. It is loaded with %s tokens%s.", said, thousands(*loaded), s.taking())
	}
	c := d.warn("Have OpenClaw use less, so that it shortens long conversations earlier, or load it with more.", "%s", detail)
	if s.Now.Sub(last.At.Time) < lately {
		c = d.fail(c.Hint, "%s", detail)
	}
	return on("fallbacks", mends(c, s.lessPrompt(loaded), s.moreThan(loaded)))
}

// loadedSince is since when the model has the context that it has.
func (s *scene) loadedSince() (since time.Time, ok bool) {
	for _, i := range live(s.model) {
		if !ok || i.SeenLoadedAt.After(since) {
			since, ok = i.SeenLoadedAt.Time, true
		}
	}
	return since, ok
}

// taking is what the model takes as it is loaded.
func (s *scene) taking() string {
	if f := s.Fits[s.held()].AtLoaded; f != nil && f.TotalBytes > 0 {
		return ", about" + strings.TrimPrefix(bytesWords(f), " about")
	}
	return ""
}

// lessPrompt tells OpenClaw of a context that is loaded already; where it knows that
// one, of a little less, so that it shortens conversations before they are too long.
func (s *scene) lessPrompt(loaded *int) backend.Fix {
	if loaded == nil {
		return backend.Fix{}
	}
	n := *loaded
	if w := s.wanted(); w != nil && *w <= n {
		n = *w / 8 * 7
	}
	f := s.lowerContext(n)
	if f.ID != "" {
		if at := s.Fits[s.held()].AtLoaded; at != nil {
			f.Bytes = positive(at.TotalBytes)
		}
		f.Does += " What is loaded stays as it is" + s.taking() + "."
	}
	return f
}

// moreThan loads the model with what OpenClaw wants, or with twice of what there is
// where OpenClaw wants no more.
func (s *scene) moreThan(loaded *int) backend.Fix {
	if loaded == nil {
		return backend.Fix{}
	}
	if f := s.moreContext(*loaded); f.ID != "" {
		return f
	}
	fitted := s.Fits[s.held()]
	if s.model == nil || !canLoad(s.server) || fitted.FitsUpTo == nil || s.most() == nil {
		return backend.Fix{}
	}
	n := min(2**loaded, *fitted.FitsUpTo, *s.most())
	if n <= *loaded {
		return backend.Fix{}
	}
	f := s.keepFix(warmth{context: &n})
	f.ID = "more_context"
	f.Does += " That fits into memory."
	return f
}

// lmstudioContext is what OpenClaw 2026.9 asks LM Studio for where the config says
// nothing, in tokens.
const lmstudioContext = 64_000

// ContextAsked is how many tokens of context OpenClaw asks a server for, where most is
// what the model has; nil where the config says nothing of it. What OpenClaw 2026.9
// makes LM Studio load was seen on real runs: contextTokens, else contextWindow, else
// 64,000, and never more than the model has.
func ContextAsked(hop backend.Hop, version string, most *int) *int {
	from9, _ := generation(version)
	return asked(cmp.Or(hop.ContextTokens, hop.ContextWindow), most, from9 && strings.EqualFold(hop.Provider, "lmstudio"))
}

func asked(wanted, most *int, loads bool) *int {
	n := lmstudioContext
	switch {
	case wanted != nil:
		n = *wanted
	case !loads:
		return nil
	}
	if most != nil {
		n = min(n, *most)
	}
	return &n
}

// preloads tells whether OpenClaw makes LM Studio load the model before it asks it:
// from 2026.9 on, where the provider's id is lmstudio, unless params.preload is false.
func (s *scene) preloads() bool {
	if s.hop == nil || !s.uses || !s.from9 || !strings.EqualFold(s.hop.Provider, "lmstudio") {
		return false
	}
	for id, on := range s.Preload {
		if strings.EqualFold(id, s.hop.Provider) && !on {
			return false
		}
	}
	return true
}

func (s *scene) preload() backend.Check {
	d := about("openclaw_preload", groupTrouble, "What OpenClaw loads by itself fits into memory")
	switch {
	case s.hop == nil:
		return d.skip("%s", cmp.Or(s.noChain(), s.noServer()))
	case !s.uses || !strings.EqualFold(s.hop.Provider, "lmstudio"):
		return d.skip("OpenClaw loads models by itself only through its provider lmstudio.")
	case !s.from9 && !s.before9:
		return d.skip("Whether this version of OpenClaw loads models by itself is not known.")
	case !s.preloads():
		return d.ok("OpenClaw loads no models by itself here.")
	}
	n := *asked(s.wanted(), s.most(), true)
	if loaded := s.loadedContext(); loaded != nil && *loaded >= n {
		return d.ok("OpenClaw wants %s tokens, and %s is loaded with %s: it loads nothing.", thousands(n), s.name(), thousands(*loaded))
	}
	f := s.Fits[s.held()].AtConfig
	if f == nil || f.ContextLength == nil || *f.ContextLength != n {
		return d.skip("OpenClaw makes LM Studio load %s with %s tokens; what that takes is not known.", s.name(), thousands(n))
	}
	said := fmt.Sprintf("OpenClaw makes LM Studio load %s with %s tokens, which takes%s", s.name(), thousands(n), bytesWords(f))
	if f.AvailableBytes != nil {
		said += fmt.Sprintf("; %s are available", fit.RAM(*f.AvailableBytes))
	}
	switch f.Verdict {
	case backend.Fits:
		return d.ok("%s.", said)
	case backend.FitUnknown, "":
		return d.skip("%s. Whether it fits is not known.", said)
	case backend.Tight:
		return on("models", mends(d.warn("Tell OpenClaw a smaller context where memory is short.", "%s: that is tight.", said), s.preloadFixes()...))
	}
	return on("models", mends(d.fail("Tell OpenClaw a smaller context, or let it load nothing by itself.", "%s: that is more than there is.", said), s.preloadFixes()...))
}

// preloadFixes are to tell OpenClaw what fits, or to have it load nothing.
func (s *scene) preloadFixes() []backend.Fix {
	var fixes []backend.Fix
	if f := s.Fits[s.held()]; f.FitsUpTo != nil {
		n := usual(*f.FitsUpTo)
		if w := s.wanted(); w == nil || n < *w {
			fixes = append(fixes, s.lowerContext(n))
		}
	}
	if s.provider != nil && s.from9 {
		fixes = append(fixes, configFix("no_preload", "Let OpenClaw load nothing", set(s.provider.Path+".params.preload", false)))
	}
	return fixes
}

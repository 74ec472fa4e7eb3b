package doctor

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"

	"pilotlight/backend"
)

func (s *scene) coldLoads() backend.Check {
	d := about("cold_load", groupTrouble, "A load is done before OpenClaw gives up")
	if s.hop == nil {
		return d.skip("%s", cmp.Or(s.noChain(), s.noServer()))
	}
	c := s.Cold[s.held()]
	wait, known := s.waits()
	_, fell := s.lastFallback(backend.FellTimeoutCold)
	switch {
	case s.alwaysWarm() != "":
		return d.skip("%s", s.alwaysWarm())
	case c.N < 3 || c.P95 <= 0:
		return d.skip("Too few loads of %s were seen: %d.", s.name(), c.N)
	case !known && fell > 0:
		return on("fallbacks", mends(d.warn("Keep the model loaded, so that it is there before your agent asks.",
			"Slow loads of %s take %s, and that cost your agent an answer %s in 24 hours.", s.name(), span(c.P95), times(fell)), s.keepFixes()...))
	case !known:
		return d.skip("Slow loads of %s take %s; how long OpenClaw waits is not set in the config.", s.name(), span(c.P95))
	}
	most := c.P95.Seconds()
	enough := math.Ceil((most*1.25+15)/30) * 30
	said := fmt.Sprintf("Of %d loads the slow ones take %s, and OpenClaw waits %s", c.N, seconds(most), seconds(wait))
	var raise backend.Fix
	if enough > wait && enough <= mostWait {
		raise = s.timeoutFix(enough)
	}
	switch {
	case most > wait && fell > 0:
		return on("fallbacks", mends(d.fail("Let OpenClaw wait longer, or keep the model loaded.", "%s. That cost your agent an answer %s in 24 hours.", said, times(fell)), append([]backend.Fix{raise}, s.keepFixes()...)...))
	case most > wait && s.keeps():
		return mends(d.warn("Asked while it is not loaded, it fails before it is there. Let OpenClaw wait longer.", "%s. Pilotlight keeps it, so that it seldom matters.", said), raise)
	case most > wait:
		return mends(d.warn("Asked while it is not loaded, it fails before it is there. Let OpenClaw wait longer, or keep the model loaded.", "%s.", said), append([]backend.Fix{raise}, s.keepFixes()...)...)
	case most*1.25 > wait:
		return mends(d.warn("Let OpenClaw wait a little longer.", "%s, which is close.", said), raise)
	}
	return d.ok("%s.", said)
}

const (
	// loopCrashes within loopIn are a crash loop.
	loopCrashes = 3
	loopIn      = time.Hour
)

func (s *scene) crashLoop() backend.Check {
	d := about("crash_loop", groupTrouble, "The engine does not crash again and again")
	switch {
	case s.noServer() != "":
		return d.skip("%s", s.noServer())
	case s.key == "":
		return d.skip("%s", cmp.Or(s.noModel(), "It is not known which model that is."))
	case s.Loads == nil:
		return d.skip("Nothing was recorded of loads yet.")
	}
	var at []time.Time // newest first
	for _, l := range s.since24() {
		if l.Event == backend.Unloaded && l.Cause == backend.CauseCrashed {
			at = append(at, l.At.Time)
		}
	}
	for i := 0; i+loopCrashes <= len(at); i++ {
		if at[i].Sub(at[i+loopCrashes-1]) > loopIn {
			continue
		}
		n := loopCrashes
		for i+n < len(at) && at[i].Sub(at[i+n]) <= loopIn {
			n++
		}
		hint := "Look at LM Studio's log, update its runtime, or try another build or a smaller context."
		said := fmt.Sprintf("The engine of %s crashed %s within an hour, last at %s.", s.name(), times(n), clock(at[i], s.Now))
		var fixes []backend.Fix
		if in := live(s.model); len(in) > 0 {
			fixes = append(fixes, s.checkFix(in[0].ID))
		}
		if s.Now.Sub(at[i]) > loopIn {
			return on("timeline", mends(d.warn(hint, "%s Since then it has not.", said), fixes...))
		}
		return on("timeline", mends(d.fail(hint, "%s", said), append(fixes, s.lessContext()...)...))
	}
	if len(at) > 0 {
		return d.ok("It crashed %s in 24 hours, last at %s.", times(len(at)), clock(at[0], s.Now))
	}
	return d.ok("It did not crash in 24 hours.")
}

// pattern makes a check of what the history shows beyond the single fallback.
func (s *scene) pattern(d draft, code backend.PatternCode, page, hint, fine string) backend.Check {
	if s.Patterns == nil {
		return d.skip("The history was not looked through yet.")
	}
	var said []string
	var fixes []backend.Fix
	for i := range s.Patterns {
		p := &s.Patterns[i]
		if p.Code != code {
			continue
		}
		said = append(said, ended(clip(p.Text, 4*maxWord)))
		if p.Hint != "" && len(said) == 1 {
			hint = clip(p.Hint, 4*maxWord)
		}
		if f := s.remedyFix(p.Remedy, p.Model); f.ID != "" {
			f.ID = fmt.Sprintf("%s_%d", f.ID, len(said))
			fixes = append(fixes, f)
		}
	}
	if len(said) == 0 {
		return d.ok("%s", fine)
	}
	return on(page, mends(d.warn(hint, "%s", strings.Join(said[:min(len(said), 4)], " ")), fixes[:min(len(fixes), 3)]...))
}

func (s *scene) storm() backend.Check {
	d := about("load_storm", groupTrouble, "No model is loaded again and again")
	return s.pattern(d, backend.PatternStorm, "timeline", "Keep it loaded.", "No model was loaded over and over in 48 hours.")
}

func (s *scene) stuck() backend.Check {
	d := about("stuck_on_fallback", groupTrouble, "Conversations go back to the first model")
	return s.pattern(d, backend.PatternStuck, "fallbacks", "Send /model default in that chat to go back.", "None is stuck on a fallback.")
}

func (s *scene) repeats() backend.Check {
	d := about("repeated_failure", groupTrouble, "Nothing fails again and again")
	return s.pattern(d, backend.PatternRepeat, "fallbacks", "Look in Fallbacks for what went wrong.", "No model failed again and again for one reason in 24 hours.")
}

// remedyFix is the remedy of a fallback or a pattern as a fix; none where it cannot
// be carried out as things stand now.
func (s *scene) remedyFix(r *backend.Remedy, ref string) backend.Fix {
	if r == nil || r.Action == "" {
		return backend.Fix{}
	}
	t := *s // the same scene, with the remedy's model in it
	t.server, t.key = s.serverBy(r.Server), r.Model
	t.model = modelOf(t.server, t.key)
	if t.hop = s.hopOf(r.Server, r.Model, ref); t.hop != nil {
		t.provider = s.providerBy(t.hop.Provider)
		t.entry = entryOf(t.provider, t.hop.Model)
	} else {
		t.provider, t.entry = nil, nil
	}
	return t.remedied(r)
}

func (s *scene) hopOf(server, key, ref string) *backend.Hop {
	if s.claw == nil {
		return nil
	}
	for i := range s.claw.Chain {
		if h := &s.claw.Chain[i]; h.Ref == ref || server != "" && h.Server == server && h.Key == key {
			return h
		}
	}
	return nil
}

func (s *scene) remedied(r *backend.Remedy) backend.Fix {
	w, loadable := s.proposed()
	switch r.Action {
	case backend.ActionStartServer:
		s.lmstudio, s.uses = s.server, isLMStudio(s.server)
		return s.startFix()
	case backend.ActionTimeout:
		if r.Seconds != nil && *r.Seconds > 0 && *r.Seconds <= mostWait {
			return s.timeoutFix(math.Ceil(*r.Seconds))
		}
	case backend.ActionLoad:
		if loadable {
			return s.loadFix(w)
		}
	case backend.ActionKeep:
		if loadable && !s.keeps() {
			return s.keepFix(w)
		}
	case backend.ActionKeepContext:
		if loadable && r.Context != nil && *r.Context > 0 {
			return s.keepFix(warmth{context: r.Context, bytes: s.bytesAt(*r.Context)})
		}
	case backend.ActionUnloadExtra:
		if s.model != nil {
			if extra := s.extra(s.model); extra != nil {
				return duplicate{s.server, s.model, extra, len(live(s.model))}.fix(0)
			}
		}
	case backend.ActionCheck:
		if in := live(s.model); len(in) > 0 && s.server.State == backend.ServerUp {
			return s.checkFix(in[0].ID)
		}
	}
	return backend.Fix{}
}

// bytesAt is what the model takes at a context, where that was reckoned.
func (s *scene) bytesAt(n int) *int64 {
	f := s.Fits[s.held()]
	for _, at := range []*backend.Fit{f.AtConfig, f.AtLoaded} {
		if at != nil && at.ContextLength != nil && *at.ContextLength == n {
			return positive(at.TotalBytes)
		}
	}
	return nil
}

package doctor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
)

// lately is how far back a failure still counts as one of now.
const lately = 24 * time.Hour

func (s *scene) keys() backend.Check {
	d := about("provider_keys", groupSetup, "The providers have their keys")
	switch {
	case s.noChain() != "":
		return d.skip("%s", s.noChain())
	case s.Config == nil:
		return d.skip("OpenClaw's config cannot be read.")
	}
	var fine, open_, bad []string
	seen := map[string]bool{}
	hint := ""
	for i := range s.claw.Chain {
		h := &s.claw.Chain[i]
		if h.Provider == "" || seen[h.Provider] {
			continue
		}
		seen[h.Provider] = true
		how, why := s.keyOf(h)
		name := clip(h.Provider, maxWord)
		switch {
		case why != "":
			bad, hint = append(bad, name+" "+why), cmp.Or(hint, s.keyHint(h))
		case how == "":
			open_ = append(open_, name)
		default:
			fine = append(fine, name+": "+how)
		}
	}
	detail := strings.Join(fine[:min(len(fine), 6)], "; ")
	if len(open_) > 0 {
		detail = ended(detail) + fmt.Sprintf(" No key of %s is in the config; OpenClaw may have one in its own sign-ins, which Pilotlight does not read", several(open_, 6))
	}
	detail = strings.TrimSpace(ended(detail))
	switch {
	case len(bad) > 0:
		return on("config", d.fail(hint, "%s", strings.TrimSpace(several(bad, 4)+". "+detail)))
	case len(fine) == 0:
		return d.skip("%s", cmp.Or(detail, "No provider of the chain is known."))
	}
	return d.ok("%s", detail)
}

// keyOf says how a provider's key is given, or what is wrong with it; neither where
// that cannot be known. The key itself is never known here.
func (s *scene) keyOf(h *backend.Hop) (how, why string) {
	p, srv := s.providerBy(h.Provider), s.serverBy(h.Server)
	has := p != nil && p.HasKey
	r, asked := s.Reach[h.Provider]
	own := !s.isHosted(h) && (srv != nil || h.Local || h.State == "elsewhere")
	// A key that Pilotlight cannot read was not sent, so its refusal says nothing.
	refused := own && (asked && (r.Keyed || !has) && denied(r) || srv != nil && srv.State == backend.ServerNeedsToken && !has)
	if at, ok := s.refusedLately(h.Provider); ok {
		return "", "refused its key at " + clock(at, s.Now)
	}
	switch {
	case refused && has:
		return "", "does not take the key of the config"
	case refused:
		return "", "wants a key, and the config has none"
	case has && p.KeyKind == backend.KeyEnv:
		return "its key is in " + clip(p.KeyName, maxWord), ""
	case has && p.KeyKind == backend.KeyRef:
		return "the config says where its key is", ""
	case has:
		return "its key is in the config", ""
	case own && (srv != nil && srv.State == backend.ServerUp || asked && r.Status == 200):
		return "none needed", ""
	}
	return "", ""
}

// refusedLately is when a provider last refused its key, unless it answered since.
func (s *scene) refusedLately(provider string) (time.Time, bool) {
	for i := range s.Fallbacks {
		f := &s.Fallbacks[i]
		if s.Now.Sub(f.At.Time) > lately {
			break
		}
		if f.Answered != nil && backend.ParseModelRef(*f.Answered).Provider == provider {
			return time.Time{}, false
		}
		if f.Cause.Code == backend.FellAuth && backend.ParseModelRef(f.Requested).Provider == provider {
			return f.At.Time, true
		}
	}
	return time.Time{}, false
}

func (s *scene) keyHint(h *backend.Hop) string {
	if s.isHosted(h) {
		return fmt.Sprintf("Sign in to %s again, or renew its key in OpenClaw.", clip(h.Provider, maxWord))
	}
	return fmt.Sprintf("Put the server's API token where apiKey of %s says OpenClaw finds it.", clip(h.Provider, maxWord))
}

const (
	// preloadWait is how long OpenClaw 2026.9 waits for LM Studio to load a model
	// where the config sets no time-out (its bundled provider's default), in seconds.
	preloadWait = 120.0
	// leastWait and mostWait are what is an odd time-out for a model of one's own.
	leastWait = 30.0
	mostWait  = 3600.0
)

// waits is how long OpenClaw waits for the model, where that is known.
func (s *scene) waits() (float64, bool) {
	switch {
	case s.hop == nil:
		return 0, false
	case s.hop.TimeoutSeconds != nil:
		return *s.hop.TimeoutSeconds, true
	case s.provider != nil && s.provider.TimeoutSeconds != nil:
		return *s.provider.TimeoutSeconds, true
	}
	return preloadWait, s.from9 && strings.EqualFold(s.hop.Provider, "lmstudio") && s.uses
}

func (s *scene) timeout() backend.Check {
	d := about("timeout_seconds", groupSetup, "OpenClaw waits long enough")
	if s.hop == nil {
		return d.skip("%s", cmp.Or(s.noChain(), s.noServer()))
	}
	wait, known := s.waits()
	sets := s.hop.TimeoutSeconds != nil || s.provider != nil && s.provider.TimeoutSeconds != nil
	switch {
	case sets && s.before9:
		return on("config", mends(d.fail("Remove it for that version.", "OpenClaw %s does not know timeoutSeconds of a provider and does not start with it.", clip(s.Version, 20)), s.unsetTimeout()))
	case s.before9:
		return d.skip("OpenClaw %s has no time-out that the config could set for a provider.", clip(s.Version, 20))
	case !known:
		return d.skip("The config sets no time-out for %s.", clip(s.hop.Provider, maxWord))
	case wait < leastWait:
		return on("config", mends(d.warn("Give a model of your own more time.", "OpenClaw waits %s for %s, which a long prompt alone may take.", seconds(wait), clip(s.hop.Provider, maxWord)), s.timeoutFix(preloadWait)))
	case wait > mostWait:
		return on("config", d.warn("Choose less, so that a fallback gets its turn.", "OpenClaw waits %s for %s before it asks another model.", seconds(wait), clip(s.hop.Provider, maxWord)))
	case !sets:
		return d.ok("The config sets none, so OpenClaw waits %s for LM Studio to load it.", seconds(wait))
	}
	return d.ok("OpenClaw waits %s for %s.", seconds(wait), clip(s.hop.Provider, maxWord))
}

func (s *scene) unsetTimeout() backend.Fix {
	if s.provider == nil {
		return backend.Fix{}
	}
	return configFix("unset_timeout", "Remove it", backend.ConfigEdit{Path: s.provider.Path + ".timeoutSeconds", Unset: true})
}

// timeoutFix has OpenClaw wait longer, where its version has the key for that.
func (s *scene) timeoutFix(wait float64) backend.Fix {
	if s.provider == nil || !s.from9 {
		return backend.Fix{}
	}
	return configFix("raise_timeout", "Wait "+seconds(wait), set(s.provider.Path+".timeoutSeconds", int(wait)))
}

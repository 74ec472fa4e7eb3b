package doctor

import (
	"cmp"
	"fmt"

	"pilotlight/backend"
)

// setup goes through the list of what has to be in place for a local model to
// answer.
func setup(s *scene) []backend.Check {
	return []backend.Check{
		s.installed(), s.running(), s.serverOn(), s.listed(), s.largest(), s.bits(), s.size(), s.loaded(), s.kept(),
		s.config(), s.context(), s.longestAnswer(), s.responses(), s.mode(), s.hostedFallback(), s.resolvable(), s.keys(), s.timeout(),
	}
}

const openLMStudio = "Open LM Studio, and let it start when you sign in."

// notLMStudio says why LM Studio on this machine does not matter; "" where it does.
func (s *scene) notLMStudio() string {
	switch {
	case !s.uses && s.server != nil:
		return fmt.Sprintf("%s is on %s, which is not LM Studio.", s.name(), host(s.server))
	case !s.uses && s.hop != nil:
		return fmt.Sprintf("%s is not on an LM Studio that Pilotlight watches.", s.name())
	case !s.uses:
		return "No model of the chain is on LM Studio."
	case s.lmstudio != nil && s.lmstudio.Host != "":
		return fmt.Sprintf("LM Studio is used on %s, not on this machine.", clip(s.lmstudio.Host, maxWord))
	}
	return ""
}

// answers tells whether LM Studio was seen to be there.
func (s *scene) answers() bool {
	if s.lmstudio == nil {
		return false
	}
	switch s.lmstudio.State {
	case backend.ServerUp, backend.ServerOff, backend.ServerNeedsToken:
		return true
	}
	return false
}

func (s *scene) installed() backend.Check {
	d := about("lmstudio_installed", groupSetup, "LM Studio is installed")
	seen := s.LMStudio
	switch why := s.notLMStudio(); {
	case why != "":
		return d.skip("%s", why)
	case seen.Installed != nil && *seen.Installed && seen.Folder != "":
		return d.ok("It is, and its files are in %s.", clip(seen.Folder, 2*maxWord))
	case seen.Installed != nil && *seen.Installed:
		return d.ok("It is.")
	case s.answers():
		return d.ok("It answers at %s.", clip(s.lmstudio.URL, 2*maxWord))
	case seen.Installed != nil:
		return d.fail("Install it from lmstudio.ai and start it once, or name another machine's server with PILOTLIGHT_LMSTUDIO_URL.",
			"LM Studio was not found on this machine.")
	case seen.Folder != "":
		return d.skip("Its files are in %s; whether the program itself is there is not known.", clip(seen.Folder, 2*maxWord))
	}
	return d.skip("It is not known.")
}

func (s *scene) running() backend.Check {
	d := about("lmstudio_running", groupSetup, "LM Studio is running")
	seen := s.LMStudio
	switch why := s.notLMStudio(); {
	case why != "":
		return d.skip("%s", why)
	case s.answers(), seen.Running != nil && *seen.Running:
		return d.ok("It runs.")
	case seen.Installed != nil && !*seen.Installed:
		return d.skip("It is not installed.")
	case seen.Running != nil:
		return d.fail(openLMStudio, "It does not run.")
	}
	return d.skip("It is not known.")
}

func (s *scene) serverOn() backend.Check {
	d := about("lmstudio_server", groupSetup, "LM Studio's server is on")
	srv := s.lmstudio
	switch {
	case !s.uses:
		return d.skip("%s", s.notLMStudio())
	case srv == nil:
		return d.skip("Pilotlight watches no LM Studio.")
	}
	at := clip(srv.URL, 2*maxWord)
	switch srv.State {
	case backend.ServerUp:
		return d.ok("It answers at %s%s%s.", at, latency(srv.LatencySeconds), versioned(srv.Version))
	case backend.ServerOff:
		return mends(d.fail("Switch it on in LM Studio's Developer tab, and let it start with the app.",
			"LM Studio runs, but its server at %s is off.", at), s.startFix())
	case backend.ServerDown:
		hint := openLMStudio + " Its server's switch is in the Developer tab."
		if srv.Host != "" {
			hint = fmt.Sprintf("Look whether %s is on, and LM Studio's server there lets the network in (Developer tab).", clip(srv.Host, maxWord))
		}
		return d.fail(hint, "Nothing answers at %s%s.", at, since(srv, s))
	case backend.ServerNeedsToken:
		return d.fail(hintOf(srv.Error, "Put an API token of LM Studio (Developer, Server Settings) into LM_API_TOKEN and start Pilotlight again."),
			"It answers at %s, but %s", at, cmp.Or(messageOf(srv.Error), "it wants an API token."))
	}
	return d.skip("%s", cmp.Or(messageOf(srv.Error), "It was not asked yet."))
}

// startFix switches LM Studio's server on, which works only on this machine.
func (s *scene) startFix() backend.Fix {
	if s.lmstudio == nil || !s.uses || s.lmstudio.State != backend.ServerOff || s.lmstudio.Host != "" {
		return backend.Fix{}
	}
	return backend.Fix{
		ID: "start_server", Label: "Start the server", Do: backend.Mending{Kind: backend.MendStartServer, Server: s.lmstudio.ID},
		Does: fmt.Sprintf("Pilotlight switches LM Studio's server on, as its switch in the Developer tab does. It then listens at %s.", clip(s.lmstudio.URL, 2*maxWord)),
	}
}

func latency(s *float64) string {
	if s == nil || *s <= 0 {
		return ""
	}
	if *s < 0.001 {
		return " in less than 1 ms"
	}
	return " in " + seconds(*s)
}

func versioned(v string) string {
	if v == "" {
		return ""
	}
	return ", version " + clip(v, maxWord)
}

func since(srv *backend.Server, s *scene) string {
	if srv.StateSince == nil {
		return ""
	}
	return " since " + clock(srv.StateSince.Time, s.Now)
}

func messageOf(e *backend.Error) string {
	if e == nil {
		return ""
	}
	return ended(clip(e.Message, 4*maxWord))
}

func hintOf(e *backend.Error, otherwise string) string {
	if e == nil || e.Hint == "" {
		return otherwise
	}
	return clip(e.Hint, 4*maxWord)
}

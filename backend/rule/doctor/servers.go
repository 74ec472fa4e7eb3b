package doctor

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"pilotlight/backend"
)

// servers judges every further server, a check each, and after them the providers of
// the chain that are on none that Pilotlight watches. What set-up is about is not
// among them.
func servers(s *scene) []backend.Check {
	checks := make([]backend.Check, 0, len(s.status.Servers))
	taken := map[string]bool{}
	for i := range s.status.Servers {
		srv := &s.status.Servers[i]
		if srv == s.lmstudio && s.uses {
			continue
		}
		checks = append(checks, s.further(slug("servers_", srv.ID, taken), srv))
	}
	return append(checks, s.unwatched(taken)...)
}

// unwatched are the providers of the chain that no server of the status stands for:
// all that is known of them is whether they can be reached.
func (s *scene) unwatched(taken map[string]bool) []backend.Check {
	var checks []backend.Check
	if s.claw == nil {
		return nil
	}
	seen := map[string]bool{}
	for i := range s.claw.Chain {
		h := &s.claw.Chain[i]
		if h == s.hop || h.Provider == "" || seen[h.Provider] || s.serverBy(h.Server) != nil || s.hop != nil && h.Provider == s.hop.Provider {
			continue
		}
		seen[h.Provider] = true
		checks = append(checks, s.reachable(about(slug("reach_", h.Provider, taken), groupServers, clip(h.Provider, maxWord)), h))
	}
	return checks
}

func (s *scene) reachable(d draft, h *backend.Hop) backend.Check {
	r, asked := s.Reach[h.Provider]
	switch {
	case !asked && s.isHosted(h):
		return d.skip("A hosted service is asked only when you run the doctor yourself.")
	case !asked || r.Status == 0 && r.Error == nil:
		return d.skip("It was not asked.")
	case denied(r) && s.isHosted(h):
		return d.ok("It is reachable%s. It was asked without the key, which only OpenClaw has, so that it costs nothing. From which region it answers is not known.", latency(r.LatencySeconds))
	case denied(r) && !r.Keyed && s.hasKey(h.Provider):
		return d.ok("It is reachable%s. It was asked without the key, which Pilotlight does not have.", latency(r.LatencySeconds))
	case r.Error != nil || r.Status >= 400:
		return d.fail(hintOf(r.Error, "Look at the provider's address and key in Config, and at this machine's network."), "curl %s: %s", clip(r.URL, 2*maxWord), cmp.Or(reachWords(r), "it failed."))
	case s.isHosted(h):
		return d.ok("It is reachable%s. From which region it answers is not known.", latency(r.LatencySeconds))
	}
	return d.ok("It answers%s. Pilotlight does not watch it, so what is in memory there is not known.", latency(r.LatencySeconds))
}

// slug makes an id of a check from a server's id, which may have anything in it; one
// that is taken gets a number.
func slug(prefix, id string, taken map[string]bool) string {
	plain := slugOf(prefix, id)
	got := plain
	for n := 2; taken[got]; n++ {
		got = fmt.Sprintf("%s_%d", plain, n)
	}
	taken[got] = true
	return got
}

func slugOf(prefix, id string) string {
	b := []byte(prefix)
	for _, r := range strings.ToLower(clip(id, maxWord)) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b = append(b, byte(r))
		case b[len(b)-1] != '_':
			b = append(b, '_')
		}
	}
	return strings.TrimRight(string(b), "_")
}

var engineNames = map[backend.Engine]string{
	backend.EngineLMStudio: "LM Studio", backend.EngineVLLM: "vLLM", backend.EngineLiteLLM: "LiteLLM", backend.EngineLlamaCpp: "llama.cpp",
	backend.EngineOllama: "Ollama", backend.EngineGateway: "An OpenAI-compatible gateway", backend.EngineHosted: "A hosted service",
}

func (s *scene) further(id string, srv *backend.Server) backend.Check {
	d := about(id, groupServers, host(srv))
	hosted := srv.Engine == backend.EngineHosted
	switch srv.State {
	case backend.ServerUp:
		if r, ok := s.refusesGateway(srv); ok {
			return s.ifUsed(d, srv, hintOf(r.Error, "Look at the provider's address and key in Config."),
				fmt.Sprintf("It is up, but as OpenClaw asks it (curl %s) it does not answer as it should: %s", clip(r.URL, 2*maxWord), reachWords(r)))
		}
		return d.ok("%s", s.fine(srv, hosted))
	case backend.ServerNeedsToken:
		if hosted {
			return d.ok("It is reachable%s, and wants a key, which only OpenClaw has. %s", latency(srv.LatencySeconds), region(srv))
		}
		return s.ifUsed(d, srv, hintOf(srv.Error, "Give Pilotlight a token for it."), "It answers, and wants an API token. "+messageOf(srv.Error))
	case backend.ServerOff:
		return s.ifUsed(d, srv, "Switch its server on in LM Studio's Developer tab.", "LM Studio runs there, but its server is off.")
	case backend.ServerDown:
		if isLMStudio(srv) && len(srv.Providers) == 0 && !s.depends(srv) {
			return d.skip("Nothing answers at %s, and nothing needs it.", clip(srv.URL, 2*maxWord))
		}
		return s.ifUsed(d, srv, hintOf(srv.Error, "Start it, or correct its address in Config."),
			fmt.Sprintf("Nothing answers at %s%s. %s", clip(srv.URL, 2*maxWord), since(srv, s), moreThan("Nothing answers", srv.Error)))
	}
	if srv.Error != nil {
		return s.ifUsed(d, srv, hintOf(srv.Error, "Look whether its address in Config is right."), cmp.Or(messageOf(srv.Error), "What it answers makes no sense."))
	}
	return d.skip("It was not asked yet.")
}

// moreThan is an error's message where it says more than what was said.
func moreThan(said string, e *backend.Error) string {
	if m := messageOf(e); !strings.HasPrefix(m, said) {
		return m
	}
	return ""
}

// ifUsed is a failure where a model of the chain or the kept one is there, and a
// warning where nothing depends on it.
func (s *scene) ifUsed(d draft, srv *backend.Server, hint, detail string) backend.Check {
	detail = strings.TrimSpace(detail)
	if s.depends(srv) {
		return d.fail(hint, "%s", detail)
	}
	return d.warn(hint, "%s No model of the chain is there.", detail)
}

// depends tells whether a model of the chain, or the kept one, is on a server.
func (s *scene) depends(srv *backend.Server) bool {
	if k := s.status.Keep; k.Server == srv.ID && k.Model != "" && k.State != backend.KeepOff {
		return true
	}
	return s.claw != nil && slices.ContainsFunc(s.claw.Chain, func(h backend.Hop) bool { return h.Server == srv.ID })
}

// refusesGateway tells of a server that answers us, and not a request as OpenClaw
// sends it. A hosted one is asked without its key, so that a refusal means nothing.
func (s *scene) refusesGateway(srv *backend.Server) (backend.Reach, bool) {
	for _, p := range srv.Providers {
		r, ok := s.Reach[p]
		if ok && (r.Error != nil || r.Status >= 400) && !(denied(r) && !r.Keyed && (srv.Engine == backend.EngineHosted || s.hasKey(p))) {
			return r, true
		}
	}
	return backend.Reach{}, false
}

// hasKey says that the config has a key for a provider, which we may not know.
func (s *scene) hasKey(provider string) bool {
	p := s.providerBy(provider)
	return p != nil && p.HasKey
}

func reachWords(r backend.Reach) string {
	if r.Error != nil {
		return messageOf(r.Error)
	}
	return fmt.Sprintf("%d%s.", r.Status, latency(r.LatencySeconds))
}

func (s *scene) fine(srv *backend.Server, hosted bool) string {
	name := cmp.Or(engineNames[srv.Engine], "A server")
	parts := []string{fmt.Sprintf("%s answers%s.", strings.TrimSpace(name+" "+clip(srv.Version, maxWord)), latency(srv.LatencySeconds))}
	if hosted {
		return strings.TrimSpace(parts[0] + " " + region(srv) + " " + note(srv))
	}
	if n := len(srv.Models); srv.ListedAt != nil {
		parts = append(parts, loadedWords(srv, n))
	}
	if srv.Tells != nil {
		if srv.Tells.WarmBy != backend.WarmAlways || srv.Tells.Note == "" {
			parts = append(parts, warmWords[srv.Tells.WarmBy])
		}
		parts = append(parts, note(srv))
	}
	out := parts[:0]
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " ")
}

func note(srv *backend.Server) string {
	if srv.Tells == nil {
		return ""
	}
	return ended(clip(srv.Tells.Note, 4*maxWord))
}

func loadedWords(srv *backend.Server, n int) string {
	list := fmt.Sprintf("It lists %d models", n)
	if n == 1 {
		list = "It lists one model"
	}
	if srv.Tells == nil || !srv.Tells.Loaded {
		return list + "."
	}
	warm := 0
	for i := range srv.Models {
		if len(live(&srv.Models[i])) > 0 {
			warm++
		}
	}
	return fmt.Sprintf("%s, %d in memory.", list, warm)
}

var warmWords = map[backend.WarmBy]string{
	backend.WarmByLoad: "A model is kept warm there by loading it on purpose.", backend.WarmByKeepAlive: "A model is kept warm there by its keep_alive.",
	backend.WarmAlways:    "What it serves is in memory as long as it runs.",
	backend.WarmByRequest: "Only a request of one token now and then would keep a model warm there; Pilotlight sends none unless you ask for it.",
}

func region(srv *backend.Server) string {
	if srv.Region == "" {
		return "From which region is not known."
	}
	return "It answers from " + clip(srv.Region, maxWord) + "."
}

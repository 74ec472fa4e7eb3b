package doctor

import (
	"fmt"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// safety judges the fences around the models. A local model is asked without the
// filters that a hosted provider puts before and behind its own (OpenClaw's docs,
// gateway/local-models): what it may do is the fence that is left.
func safety(f Facts) []backend.Check {
	g := guardOf(sceneOf(f))
	return []backend.Check{
		g.narrow(), g.webTools(), g.sandbox(), g.compaction(), g.steered(),
		g.serverOpen(), g.gatewayOpen(), g.filesPrivate(), g.clearText(),
	}
}

// auditSmall is up to how many billions of parameters OpenClaw's own security audit
// calls a model small (SMALL_MODEL_PARAM_B_MAX in 2026.2.9, 2026.3.13 and 2026.9.6).
const auditSmall = 300

// guard is what the checks of safety start from.
type guard struct {
	*scene
	own []owned // the models of the chain on servers of one's own
}

// owned is a model of the chain on a server of one's own.
type owned struct {
	hop      *backend.Hop
	server   *backend.Server // nil where Pilotlight watches none at its address
	model    *backend.Model  // nil where its server does not list it
	billions float64         // of parameters; 0 is not known
	may      powers
}

func guardOf(s *scene) *guard {
	g := &guard{scene: s}
	if s.claw == nil {
		return g
	}
	for i := range s.claw.Chain {
		h := &s.claw.Chain[i]
		srv := s.serverBy(h.Server)
		if s.isHosted(h) || srv == nil && !h.Local && h.State != "elsewhere" {
			continue
		}
		o := owned{hop: h, server: srv, model: modelOf(srv, h.Key)}
		if o.model != nil {
			o.billions, _ = billions(o.model.Parameters)
		}
		if s.Safety != nil {
			o.may = mayDo(s.Safety, h, s.webInCoding())
		}
		g.own = append(g.own, o)
	}
	return g
}

// name is what a person calls the model.
func (o owned) name() string {
	if o.model != nil && o.model.Name != "" {
		return clip(o.model.Name, maxWord)
	}
	return short(o.hop.Ref)
}

// unfenced says why the fences cannot be judged; "" where they can.
func (g *guard) unfenced() string {
	switch {
	case g.noClaw() != "":
		return g.noClaw()
	case g.Safety == nil:
		return "OpenClaw's config cannot be read."
	}
	return g.noOwn()
}

// noOwn says why there is no model of one's own to judge; "" where there is.
func (g *guard) noOwn() string {
	switch {
	case len(g.own) > 0:
		return ""
	case g.noChain() != "":
		return g.noChain()
	}
	return "No model of the chain is on a server of your own."
}

// exceptions tells of agents that the defaults are not all for.
func (g *guard) exceptions() string {
	if n := len(g.Safety.OwnRules); n > 0 {
		var names []string
		for _, id := range g.Safety.OwnRules {
			names = append(names, clip(id, maxWord))
		}
		return " Rules of their own, which are not judged here, have the agents: " + several(names, 5) + "."
	}
	return ""
}

// fixable tells whether the keys that a fix writes are known to this version: they
// were read in the schemas of 2026.2.9, 2026.3.13 and 2026.9.6, and a key that is
// in the one before and the one after is taken to be in those between. OpenClaw does
// not start with a key that it does not know, so any other version gets words alone.
func (g *guard) fixable() bool {
	n, ok := ordered(g.Version)
	return ok && n >= order(2026, 2, 9) && n <= order(2026, 9, 6)
}

// webInCoding tells whether the profile "coding" has the web's tools: since 2026.3
// (2026.2.9 had them in "full" alone). Where the version is not known it is taken to.
func (s *scene) webInCoding() bool {
	n, ok := ordered(s.Version)
	return !ok || n >= order(2026, 3, 0)
}

// takesReferences tells whether a key may be a reference to a secret: since 2026.3.
func (s *scene) takesReferences() bool {
	n, ok := ordered(s.Version)
	return ok && n >= order(2026, 3, 13)
}

func order(year, month, patch int) int { return (year*100+month)*1000 + patch }

// ordered makes a version of OpenClaw a number that grows with it.
func ordered(version string) (int, bool) {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) < 3 {
		return 0, false
	}
	parts[2], _, _ = strings.Cut(parts[2], "-") // 2026.9.6-beta.1
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || v > []int{9999, 12, 999}[i] {
			return 0, false
		}
		n[i] = v
	}
	return order(n[0], n[1], n[2]), true
}

// compaction is always on in 2026.2 and 2026.3, whatever its mode (both modes of the
// schema compact); 2026.9 has a switch.
func (g *guard) compaction() backend.Check {
	d := about("compaction", groupSafety, "Long conversations are compacted")
	switch {
	case g.noClaw() != "":
		return d.skip("%s", g.noClaw())
	case g.Safety == nil:
		return d.skip("OpenClaw's config cannot be read.")
	case g.Safety.CompactionOn != nil && !*g.Safety.CompactionOn:
		fix := configFix("compact", "Switch compaction on", backend.ConfigEdit{Path: "agents.defaults.compaction.enabled", Unset: true})
		return on("config", mends(d.warn("Let OpenClaw compact: a local model's context fills up sooner, and what was planted in it stays as long as the conversation does.",
			"agents.defaults.compaction.enabled is false: a conversation grows until the context is full."), fix))
	case g.Safety.Compaction != "":
		return d.ok("On, in the mode %s.", clip(g.Safety.Compaction, maxWord))
	}
	return d.ok("On: the config leaves it as OpenClaw has it.")
}

// steered warns of models that a few bits made easy to steer.
func (g *guard) steered() backend.Check {
	d := about("weak_against_injection", groupSafety, "Not weakened by its quantization")
	if why := g.noOwn(); why != "" {
		return d.skip("%s", why)
	}
	var weak, fine, open []string
	for _, o := range g.own {
		n, ok := 0.0, false
		if o.model != nil {
			n, ok = bitsOf(o.model)
		}
		switch words := fmt.Sprintf("%s has %s bits for a weight", o.name(), strconv.FormatFloat(n, 'g', 3, 64)); {
		case !ok:
			open = append(open, o.name())
		case n < fewBits:
			weak = append(weak, words)
		default:
			fine = append(fine, words)
		}
	}
	switch {
	case len(weak) > 0:
		return on("models", d.warn("Use a build with 4 bits or more for what reads mail, pages or strangers' messages, and keep its tools few: a heavily quantized model is talked into things more easily.",
			"%s.", several(weak, 4)))
	case len(fine) == 0:
		return d.skip("It is not known how %s is quantized.", several(open, 4))
	}
	return d.ok("%s.", several(fine, 4))
}

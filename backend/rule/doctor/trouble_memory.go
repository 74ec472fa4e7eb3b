package doctor

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// patience is how long something may wait before it counts as trouble.
const patience = 2 * time.Minute

// since24 are the rows of the load history of the model in the last day, newest
// first.
func (s *scene) since24() []*backend.Load {
	var rows []*backend.Load
	for i := range s.Loads {
		l := &s.Loads[i]
		if s.Now.Sub(l.At.Time) > lately {
			break
		}
		if l.Model == s.key && s.server != nil && l.Server == s.server.ID {
			rows = append(rows, l)
		}
	}
	return rows
}

var goneBy = map[backend.LoadCause]string{
	backend.CauseTTL: "its idle time ran out", backend.CauseEvicted: "another model took its place", backend.CauseCrashed: "its engine crashed",
	backend.CauseServerStopped: "its server stopped", backend.CauseExternal: "somebody unloaded it outside Pilotlight", backend.CauseUser: "you unloaded it",
	backend.CauseKeepWarm: "Pilotlight replaced it", backend.CauseUnknown: "nobody knows why",
}

// byItself tells whether a model went without anybody having wanted that.
func byItself(c backend.LoadCause) bool {
	switch c {
	case backend.CauseTTL, backend.CauseEvicted, backend.CauseCrashed, backend.CauseUnknown:
		return true
	}
	return false
}

func (s *scene) wentAway() backend.Check {
	d := about("went_away", groupTrouble, "The model stays in memory")
	switch {
	case s.noModel() != "":
		return d.skip("%s", s.noModel())
	case s.Loads == nil:
		return d.skip("Nothing was recorded of loads yet.")
	case !tellsLoaded(s.server):
		return d.skip("%s", cmp.Or(s.alwaysWarm(), host(s.server)+" does not tell what is in memory."))
	}
	var last *backend.Load
	n := 0
	for _, l := range s.since24() {
		if l.Event != backend.Unloaded {
			continue
		}
		if last == nil {
			last = l
		}
		if byItself(l.Cause) {
			n++
		}
	}
	if last == nil {
		return d.ok("It was not unloaded in 24 hours.")
	}
	said := fmt.Sprintf("%s was unloaded at %s: %s.", s.name(), clock(last.At.Time, s.Now), cmp.Or(goneBy[last.Cause], "nobody knows why"))
	if n > 1 {
		said += fmt.Sprintf(" By itself it went %s in 24 hours.", times(n))
	}
	away := len(live(s.model)) == 0 && !s.model.Loading
	switch {
	case away && (byItself(last.Cause) || last.Cause == backend.CauseServerStopped):
		return on("timeline", mends(d.fail("Load it again, and let Pilotlight keep it.", "%s It is not back.", said), s.warmFixes()...))
	case away:
		return on("timeline", mends(d.warn("Load it again when you want it.", "%s", said), s.warmFixes()...))
	case n > 0 && !s.keeps() && s.alwaysWarm() == "":
		return on("timeline", mends(d.warn("Let Pilotlight keep it.", "%s It is back.", said), s.keepFixes()...))
	}
	return d.ok("%s It is back.", said)
}

// duplicate is a model that is in memory more than once.
type duplicate struct {
	server *backend.Server
	model  *backend.Model
	extra  *backend.Instance // the one to do without; nil where none is known to be idle
	n      int
}

func (s *scene) duplicates() backend.Check {
	d := about("duplicates", groupTrouble, "No model is in memory twice")
	var found []duplicate
	up := false
	for i := range s.status.Servers {
		srv := &s.status.Servers[i]
		if srv.State != backend.ServerUp || srv.Tells != nil && !srv.Tells.Loaded {
			continue
		}
		up = true
		for j := range srv.Models {
			m := &srv.Models[j]
			if len(m.Instances) < 2 {
				continue
			}
			if n := len(live(m)); n > 1 {
				found = append(found, duplicate{srv, m, nil, n})
			}
		}
	}
	switch {
	case !up:
		return d.skip("No server tells now what is in memory.")
	case len(found) == 0:
		return d.ok("Each is there once at most.")
	}
	var said []string
	var fixes []backend.Fix
	for _, f := range found[:min(len(found), 3)] {
		said = append(said, f.words())
		if f.extra = s.extra(f.model); f.extra != nil {
			fixes = append(fixes, f.fix(len(fixes)))
		}
	}
	if n := len(found) - len(said); n > 0 {
		said = append(said, fmt.Sprintf("So are %d more models.", n))
	}
	return on("models", mends(d.warn("Unload the extra copy while it is idle: requests go to the first, even if it is the smaller.", "%s", strings.Join(said, " ")), fixes...))
}

// extra is the instance of a model with the least context that is known to be idle,
// is not the one that Pilotlight keeps, and is not the largest.
func (s *scene) extra(m *backend.Model) *backend.Instance {
	var least, most *backend.Instance
	for _, i := range live(m) {
		if most == nil || tokensOf(i) > tokensOf(most) {
			most = i
		}
	}
	for _, i := range live(m) {
		if i == most || i.ID == s.status.Keep.InstanceID || i.Busy == nil || *i.Busy {
			continue
		}
		if least == nil || tokensOf(i) <= tokensOf(least) {
			least = i
		}
	}
	return least
}

func tokensOf(i *backend.Instance) int {
	if i.ContextLength == nil {
		return 0
	}
	return *i.ContextLength
}

func (f duplicate) name() string { return clip(cmp.Or(f.model.Name, f.model.Key), maxWord) }

func (f duplicate) words() string {
	cost := ""
	if f.model.SizeBytes != nil && *f.model.SizeBytes > 0 {
		cost = fmt.Sprintf(", which takes about %s more", fit.RAM(*f.model.SizeBytes*int64(f.n-1)))
	}
	var sizes []string
	for _, i := range live(f.model) {
		if i.ContextLength != nil {
			sizes = append(sizes, thousands(*i.ContextLength))
		}
	}
	if len(sizes) == f.n {
		cost += fmt.Sprintf(" (contexts of %s tokens)", several(sizes, 4))
	}
	return fmt.Sprintf("%s is in memory %s%s.", f.name(), times(f.n), cost)
}

func (f duplicate) fix(i int) backend.Fix {
	id := "unload_extra"
	if i > 0 {
		id = fmt.Sprintf("unload_extra_%d", i+1)
	}
	frees := ""
	if f.model.SizeBytes != nil && *f.model.SizeBytes > 0 {
		frees = fmt.Sprintf(" About %s come free.", fit.RAM(*f.model.SizeBytes))
	}
	return backend.Fix{
		ID: id, Label: "Unload " + clip(f.extra.ID, maxWord), Do: backend.Mending{Kind: backend.MendUnload, Server: f.server.ID, Instance: f.extra.ID},
		Does: fmt.Sprintf("Unloads the instance %s of %s on %s%s, if it is still idle.%s", clip(f.extra.ID, maxWord), f.name(), host(f.server), contextWords(f.extra.ContextLength), frees),
	}
}

func (s *scene) expiry() backend.Check {
	d := about("jit_ttl", groupTrouble, "No idle time unloads the model")
	if why := s.noModel(); why != "" {
		return d.skip("%s", why)
	}
	instances := live(s.model)
	if len(instances) == 0 {
		return d.skip("It is not in memory.")
	}
	if s.server.Tells != nil && s.server.Tells.WarmBy == backend.WarmAlways {
		return d.ok("%s", s.alwaysWarm())
	}
	var ends *backend.Instance
	lasting, unknown := false, false
	for _, i := range instances {
		switch {
		case i.TTLSeconds != nil || i.ExpiresAt != nil || i.Explicit != nil && !*i.Explicit:
			ends = i
		case i.Explicit != nil, !isLMStudio(s.server) && s.server.Tells != nil && s.server.Tells.Expiry:
			lasting = true
		default:
			unknown = true
		}
	}
	switch {
	case lasting:
		return d.ok("It was loaded on purpose and stays until somebody unloads it.")
	case ends == nil && unknown:
		return d.skip("%s does not tell whether it goes when it is idle.", host(s.server))
	}
	when := endWords(ends, s)
	if s.keeps() && s.status.Keep.State == backend.KeepWarm {
		return d.ok("A request loaded it, so it would go%s; Pilotlight keeps it.", when)
	}
	return on("models", mends(d.warn("Keep it loaded: Pilotlight then asks it for one token before its idle time is over, and when it goes all the same, loads it without one.", "A request loaded %s, so %s drops it%s.", s.name(), host(s.server), when), s.keepFixes()...))
}

// endWords is when an instance goes.
func endWords(i *backend.Instance, s *scene) string {
	idle := ""
	if i.TTLSeconds != nil {
		idle = fmt.Sprintf(" after %s without use", seconds(*i.TTLSeconds))
	}
	if i.ExpiresAt != nil {
		left := i.ExpiresAt.Sub(s.Now)
		if left < time.Second {
			return idle + ", which is now"
		}
		return fmt.Sprintf("%s, at %s (in %s)", idle, clock(i.ExpiresAt.Time, s.Now), span(left.Truncate(time.Second)))
	}
	return cmp.Or(idle, " when it is idle for long")
}

func (s *scene) refusals() backend.Check {
	d := about("guardrail", groupTrouble, "There is memory for the model")
	switch {
	case s.noServer() != "":
		return d.skip("%s", s.noServer())
	case s.key == "":
		return d.skip("%s", cmp.Or(s.noModel(), "It is not known which model that is."))
	}
	k := s.status.Keep
	if k.Reason != nil && k.Reason.Code == backend.CodeGuardrail && k.Model == s.key {
		return on("models", mends(d.fail(hintOf(k.Reason, lessMemory), "%s", cmp.Or(messageOf(k.Reason), "It was refused for lack of memory.")), s.lessContext()...))
	}
	var last *backend.Load
	n := 0
	for _, l := range s.since24() {
		switch {
		case l.Event == backend.Loaded && l.Cause != backend.CauseAlreadyLoaded && n == 0 && last == nil:
			return d.ok("It was loaded at %s.", clock(l.At.Time, s.Now))
		case l.Event == backend.LoadFailed && aboutMemory(l.Detail):
			n++
			if last == nil {
				last = l
			}
		}
	}
	ranOut, fell := s.lastFallback(backend.FellMemory)
	switch {
	case last != nil && len(live(s.model)) == 0:
		return on("models", mends(d.fail(lessMemory, "A load was refused %s in 24 hours, last at %s: %s", times(n), clock(last.At.Time, s.Now), ended(clip(last.Detail, 4*maxWord))), s.lessContext()...))
	case last != nil:
		return on("models", d.warn(lessMemory, "It is loaded now, but was refused %s in 24 hours, last at %s: %s", times(n), clock(last.At.Time, s.Now), ended(clip(last.Detail, 4*maxWord))))
	case fell > 0:
		return on("fallbacks", mends(d.warn(lessMemory, "Your agent had no answer of %s %s in 24 hours for lack of memory, last at %s.", s.name(), times(fell), clock(ranOut, s.Now)), s.lessContext()...))
	case s.Loads == nil && s.Fallbacks == nil:
		return d.skip("Nothing was recorded yet.")
	}
	return d.ok("No load was refused in 24 hours.")
}

const lessMemory = "Unload what else is in memory, or load it with a smaller context. LM Studio's guardrails (Settings) say when it refuses."

// aboutMemory tells whether a failed load is a refusal for lack of memory, by the
// words that Pilotlight has for one, or LM Studio's own.
func aboutMemory(detail string) bool {
	low := strings.ToLower(clip(detail, 1024))
	for _, w := range []string{"not enough memory", "insufficient system resources", "guardrail", "out of memory", "insufficient memory"} {
		if strings.Contains(low, w) {
			return true
		}
	}
	return false
}

// lessContext keeps the model with the greatest context that fits, where that is
// less than what was asked for.
func (s *scene) lessContext() []backend.Fix {
	f := s.Fits[s.held()]
	if s.model == nil || !canLoad(s.server) || f.FitsUpTo == nil || *f.FitsUpTo < leastContext {
		return nil
	}
	n := usual(*f.FitsUpTo)
	if w := s.wanted(); w != nil && n >= *w {
		return nil
	}
	fix := s.keepFix(warmth{context: &n})
	fix.ID = "less_context"
	return []backend.Fix{fix, s.lowerContext(n)}
}

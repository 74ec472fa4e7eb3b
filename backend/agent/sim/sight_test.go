package sim

import (
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

// sight is what Pilotlight has of a server: what it calls it, and what it was shown.
type sight struct {
	id string  // "" while it does not watch it
	by *source // the newest way there

	namedAt     time.Duration         // when the config began or ceased to name it
	shown       [2]map[*instance]bool // the newest two lists, by instance
	settled     time.Duration         // the quietFrom that was compared already
	reconnected time.Duration         // when a look last told that a standing connection had broken
	calmFrom    time.Duration         // since when nothing happened that looks come sooner for
	looked      int                   // how often it was looked at since
	acting      int                   // what Pilotlight has asked of it and waits for
}

// historyOf is what is told of a server, nil while it is not watched.
func (c *check) historyOf(s *lmstudio) *history { return c.histories[s.seen.id] }

// calls: Pilotlight speaks with a server anew, and calls it so. The id of a provider that
// was re-addressed goes on: what is told under it then is of the other machine.
func (c *check) calls(s *source) {
	lm := s.lm
	began := lm.seen.id != s.id
	lm.seen.id, lm.seen.by = s.id, s
	if !began {
		return
	}
	h := c.histories[s.id]
	if h == nil {
		h = newHistory()
		c.histories[s.id] = h
	}
	clear(h.sight)
	clear(h.gone)
	for _, i := range lm.in {
		c.counts(h, i, s.id)
	}
	lm.seen.shown = [2]map[*instance]bool{}
	lm.changed()
}

// counts notes once for each id under which it can be told that an instance came.
func (c *check) counts(h *history, i *instance, id string) {
	if i.counted != id {
		i.counted = id
		h.happened[i.id]++
	}
}

// asks: of a server that the config names no more, nothing is asked any more.
func (c *check) asks(s *source) {
	w := c.w
	if since := w.now - s.lm.seen.namedAt; since > time.Second && !slices.Contains(w.named(), s.lm) {
		w.fail("%s is asked, and for %s the config has not named it", s.lm.name, since)
	}
}

// The paces of backend/agent/pace.go, in watch periods, of a server of another machine:
// while it answers, and while it does not.
const (
	farEvery = 3
	farDown  = 6
)

// keptThere says whether what is kept is on a server: it is watched as closely as the
// main one.
func (c *check) keptThere(s *lmstudio) bool {
	return c.target != nil && c.w.of(c.target.Server) == s
}

// near says whether a server is watched as closely as the main one: what is kept is there,
// or it is on this machine.
func (c *check) near(s *lmstudio) bool { return s.here || c.keptThere(s) }

// twoLooks is the longest that two looks at a server may take to come. One that waits for
// a round of looks may be late by three quarters of a period.
func (c *check) twoLooks(s *lmstudio) time.Duration {
	poll := c.w.script.Poll
	switch {
	case s == c.w.lm:
		return 2*poll + 4*time.Second
	case c.near(s):
		return 2*(poll+poll*3/4) + 4*time.Second
	}
	return (farDown+farEvery)*poll + 2*poll*3/4 + 4*time.Second
}

// acting begins what Pilotlight waits for there, and ends it.
func (c *check) acting(s *lmstudio) (end func()) {
	s.seen.acting++
	return func() {
		s.seen.acting--
		c.endedAt = c.w.now
	}
}

// looks: a server where nothing goes on is looked at no more often than it has to be.
func (c *check) looks(s *source) {
	w, lm := c.w, s.lm
	from := max(lm.quietFrom, c.stirredAt, s.l.from, c.endedAt)
	if lm.seen.calmFrom != from || len(c.pages) > 0 || lm.seen.acting > 0 {
		lm.seen.calmFrom, lm.seen.looked = from, 0
	}
	lm.seen.looked++
	least := w.script.Poll * 8 / 10
	if !c.near(lm) {
		least = w.script.Poll * 2
	}
	if most := 4 + int((w.now-from)/least); lm.seen.looked > most {
		w.fail("looked at %s %d times in %s, in which nothing happened there", lm.name, lm.seen.looked, w.now-from)
	}
}

// quiet says whether nothing changed on a server for two looks and what they take.
func (c *check) quiet(l *life, s *lmstudio) bool {
	w := c.w
	lies := s.stale + s.miss + s.odd + s.late
	return lies == 0 && len(s.jobs) == 0 && w.now-max(s.quietFrom, l.from, c.stirredAt) > c.twoLooks(s)
}

// compare: the state equals what is there, and the history too.
func (c *check) compare(l *life, s *lmstudio) {
	w := c.w
	st := l.hub.Status()
	at := slices.IndexFunc(st.Servers, func(srv backend.Server) bool { return strings.HasPrefix(srv.URL, s.url) })
	if named := slices.Contains(w.named(), s); named != (at >= 0) {
		w.fail("%s is to be watched: %v; it is: %v", s.name, named, at >= 0)
	}
	c.forgotten(st)
	if at < 0 || s.cloud { // a service is looked at while somebody looks
		return
	}
	srv := st.Servers[at]
	if want := s.state(); srv.State != want {
		w.fail("%s is %s, and shown as %s", s.name, want, srv.State)
	}
	if srv.ID != s.seen.id {
		w.fail("%s is shown as %q, and is spoken with as %q", s.name, srv.ID, s.seen.id)
	}
	if told := w.disk.stood(srv.ID); w.disk.works() && told != srv.State {
		w.fail("%s is %s, and the history leaves it %s", s.name, srv.State, told)
	}
	if srv.State != backend.ServerUp {
		return
	}
	real := s.ids()
	if shown := c.shows(s, srv); !slices.Equal(shown, real) {
		w.fail("%s has in memory %q, and shown is %q", s.name, real, shown)
	}
	if k := st.Keep; k.State == backend.KeepWarm && k.Server == s.seen.id && !s.plain && s.find(k.InstanceID) == nil {
		w.fail("warm on %s, and %s is not in memory", s.name, k.InstanceID)
	}
	c.hops(st, s)
	c.duplicates(st, s)
	if !w.disk.works() {
		return
	}
	if told := w.disk.inMemory(s.seen.id); !slices.Equal(told, real) {
		w.fail("%s has in memory %q, and the history leaves %q there", s.name, real, told)
	}
}

// forgotten: nothing is left of a server that the config names no more, and the history
// says that nobody knows how it is.
func (c *check) forgotten(st *backend.Status) {
	w := c.w
	for id := range c.histories {
		if w.of(id) != nil {
			continue
		}
		if told := w.disk.stood(id); w.disk.works() && told != "" && told != backend.ServerUnknown {
			w.fail("%s is watched no more, and the history leaves it %s", id, told)
		}
		for _, n := range st.Notices {
			if strings.HasPrefix(n.ID, "duplicate@"+id+":") {
				w.fail("%s is watched no more, and a notice is still up: %s", id, n.Text)
			}
		}
	}
}

// hops: a model of OpenClaw's chain is shown on the server where its provider is, and as it
// stands there.
func (c *check) hops(st *backend.Status, s *lmstudio) {
	if st.OpenClaw == nil || s.plain {
		return
	}
	for _, h := range st.OpenClaw.Chain {
		if at := c.w.provider(h.Provider); at != s && (s != s.lm || h.Provider != primary.Provider) {
			continue
		}
		want := "not_loaded"
		switch i := s.of(h.Model); {
		case i != nil && i.crashed:
			continue // nobody knows before somebody asks it
		case i != nil:
			want = "warm"
		case !s.has(h.Model):
			want = "missing"
		}
		if h.Server != s.seen.id || h.State != want {
			c.w.fail("%s of the chain is %s on %s, and shown as %s on %q", h.Ref, want, s.name, h.State, h.Server)
		}
	}
}

// shows is what of a server is shown as in memory.
func (c *check) shows(s *lmstudio, srv backend.Server) (ids []string) {
	for _, m := range srv.Models {
		for _, i := range m.Instances {
			ids = append(ids, i.ID)
			if r := s.find(i.ID); r != nil && i.ContextLength != nil && *i.ContextLength != r.context {
				c.w.fail("%s on %s has a context of %d, and is shown with %d", i.ID, s.name, r.context, *i.ContextLength)
			}
		}
	}
	slices.Sort(ids)
	return ids
}

// ids is what is in memory, in order.
func (s *lmstudio) ids() (ids []string) {
	for _, i := range s.in {
		ids = append(ids, i.id)
	}
	slices.Sort(ids)
	return ids
}

// stood is how a server stands by the history, "" where it tells nothing of it.
func (d *disk) stood(server string) (state backend.ServerState) {
	for _, c := range slices.Backward(d.changes) {
		if c.Server == server {
			return c.State
		}
	}
	return ""
}

// inMemory is the same by the history that is committed.
func (d *disk) inMemory(server string) (ids []string) {
	for _, at := range d.present {
		if r := d.loads[at]; r.Server == server {
			ids = append(ids, r.InstanceID)
		}
	}
	slices.Sort(ids)
	return ids
}

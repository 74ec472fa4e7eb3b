package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

// byPilotlight is why an instance is gone that Pilotlight unloaded.
const byPilotlight = "unloaded by Pilotlight"

// disturbs: memory of a server's machine is taken or given back by what Pilotlight did not
// ask for, or not so.
func (w *world) disturbs(s *lmstudio) {
	if s.here {
		w.check.disturbedAt = w.now
	}
}

// loadsForOthers says whether a load that nobody asked Pilotlight for runs on this machine.
func (w *world) loadsForOthers() bool {
	return slices.ContainsFunc(w.servers, func(s *lmstudio) bool {
		return s.here && slices.ContainsFunc(s.jobs, func(j *job) bool { return !j.ours })
	})
}

// waitsForOther: of two loads on this machine, the keep's waits for the one that Pilotlight
// asked for before, where that is answered: each would reckon with memory that the other
// takes.
func (c *check) waitsForOther(s *lmstudio) {
	w := c.w
	began := w.life.hub.KeepState().Started
	for _, o := range w.servers {
		if o == s || !o.here || !s.here || o.seen.id == "" || o.state() != backend.ServerUp {
			continue
		}
		for _, j := range o.jobs {
			if j.waits == w.life && c.sameClock(j.asked) && w.wallAt(j.asked).Before(began.Add(-time.Second)) {
				w.fail("a load for the keep on %s while %s loads %s, on the same machine, since %s", s.name, o.name, j.key, w.now-j.asked)
			}
		}
	}
}

// undisturbed is for how long before a load nothing else may have moved, so that all that
// is measured is the load's.
const undisturbed = 10 * time.Second

// measured: what a load took is what the model takes, unless something came or went
// beside it that nobody told Pilotlight of.
func (c *check) measured(row backend.Load, bytes int64) {
	s := c.w.of(row.Server)
	if s == nil || !s.here {
		c.w.fail("measured is a load of %s on %s, which is not on this machine", row.Model, row.Server)
		return
	}
	i := s.find(row.InstanceID)
	if i == nil || i.job == nil || c.disturbedAt > i.job.asked-undisturbed || c.w.loadsForOthers() {
		return
	}
	c.w.measured++
	if want := sizeOf(row.Model); bytes != want {
		c.w.fail("%s on %s is measured with %d bytes, and takes %d", row.Model, s.name, bytes, want)
	}
}

// duplicates: a model that is in memory twice is told of, on its own server.
func (c *check) duplicates(st *backend.Status, s *lmstudio) {
	if s.plain {
		return
	}
	for _, m := range shelf {
		id := "duplicate:" + m.key
		if s != s.lm {
			id = fmt.Sprintf("duplicate@%s:%s", s.seen.id, m.key)
		}
		n := 0
		for _, i := range s.in {
			if i.key == m.key {
				n++
			}
		}
		at := slices.IndexFunc(st.Notices, func(n backend.Notice) bool { return n.ID == id })
		if up := at >= 0; up != (n > 1 && s.has(m.key)) {
			c.w.fail("%s has %d of %s in memory, and that it has too many is told: %v", s.name, n, m.key, up)
		} else if up && !strings.Contains(st.Notices[at].Text, fmt.Sprintf("%d times", n)) {
			c.w.fail("%s has %d of %s in memory, and told is: %s", s.name, n, m.key, st.Notices[at].Text)
		}
	}
}

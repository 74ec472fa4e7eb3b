package sim

import (
	"fmt"
	"slices"
	"time"

	"pilotlight/backend"
)

// history compares what is told with what happened.
type history struct {
	happened map[string]int // by instance: how often it came into memory
	told     map[string]int // how often that was recorded
	in       map[string]bool
	owed     map[string]int         // how often it came and went in plain sight
	unsure   map[string]int         // those of them that a full disk kept from being written
	sight    map[*instance]*inSight // those in memory now
	gone     map[*instance]*inSight // those that went and were not missed twice yet
	moments  map[string]int64       // rows by what they tell, and when it was
}

// failures are the loads that were asked for and failed, or whose answer was lost, by
// their models, and those of them that were told.
type failures struct{ happened, told map[string]int }

// inSight is how often a life saw an instance.
type inSight struct {
	seen, missed int
	spoilt       bool // a life ended meanwhile, or the list lied
}

func newHistory() *history {
	return &history{
		happened: map[string]int{}, told: map[string]int{}, in: map[string]bool{}, owed: map[string]int{}, unsure: map[string]int{},
		sight: map[*instance]*inSight{}, gone: map[*instance]*inSight{}, moments: map[string]int64{},
	}
}

func (h *history) appeared(i *instance, amid bool) {
	h.sight[i] = &inSight{spoilt: amid}
	for o := range h.gone { // it came back before it was missed
		if o.id == i.id {
			delete(h.gone, o)
			h.sight[i].spoilt = true
		}
	}
}

func (h *history) vanished(i *instance) {
	s := h.sight[i]
	delete(h.sight, i)
	if s != nil && s.seen >= 2 && !s.spoilt {
		h.gone[i] = s
	}
}

func (h *history) listed(from *lmstudio, now map[*instance]bool) {
	if from.disk.works() {
		clear(h.unsure)
	}
	lying := len(now) != len(from.in)
	for i, s := range h.sight {
		if now[i] {
			s.seen++
			s.spoilt = s.spoilt || s.seen == 1 && from.loadsOurs(i.key) // it is taken for that load's beginning
		}
		s.spoilt = s.spoilt || lying
	}
	for i, s := range h.gone {
		if lying {
			s.spoilt = true
		}
		if s.missed++; s.missed < 4 {
			continue
		}
		delete(h.gone, i)
		if !s.spoilt {
			h.owed[i.id]++
			h.unsure[i.id]++
		}
	}
}

// cut is the end of a life: what it knew and had not written is not owed.
func (h *history) cut() {
	for _, s := range h.sight {
		s.spoilt = true
	}
	clear(h.gone)
	for id, n := range h.unsure {
		h.owed[id] -= n
	}
	clear(h.unsure)
}

// recorded checks rows that are now in the history.
func (c *check) recorded(rows []backend.Load) {
	c.stir()
	for _, r := range rows {
		c.w.note("row %d: %s %s on %s %s %s", r.ID, r.InstanceID, r.Event, r.Server, r.Cause, r.Detail)
		if h := c.histories[r.Server]; h != nil {
			c.tells(h, r)
		} else {
			c.w.fail("row %d tells of %q, which was never watched", r.ID, r.Server)
		}
	}
}

// tells checks one of them.
func (c *check) tells(h *history, r backend.Load) {
	w := c.w
	moment := fmt.Sprint(r.At, r.InstanceID, r.Event, r.Model)
	if was, ok := h.moments[moment]; ok && c.sameClock(0) {
		w.fail("told twice: rows %d and %d tell of the same", was, r.ID)
	}
	h.moments[moment] = r.ID
	switch r.Event {
	case backend.Loaded:
		if h.in[r.InstanceID] {
			w.fail("told twice: %s on %s is loaded, and was", r.InstanceID, r.Server)
		}
		h.in[r.InstanceID] = true
		if h.told[r.InstanceID]++; h.told[r.InstanceID] > h.happened[r.InstanceID]+w.lies() {
			w.fail("told too often: %s on %s was loaded %d times, and told %d times", r.InstanceID, r.Server, h.happened[r.InstanceID], h.told[r.InstanceID])
		}
		c.askedHere(h, r)
	case backend.LoadFailed:
		if c.failures.told[r.Model]++; c.failures.told[r.Model] > c.failures.happened[r.Model] {
			w.fail("failed too often: loads of %s failed %d times, and that is told %d times", r.Model, c.failures.happened[r.Model], c.failures.told[r.Model])
		}
	case backend.Unloaded:
		if !h.in[r.InstanceID] {
			w.fail("told twice: %s on %s is unloaded, and was not there", r.InstanceID, r.Server)
		}
		delete(h.in, r.InstanceID)
	}
	if r.At.After(w.wall().Add(time.Second)) && c.sameClock(0) {
		w.fail("a row of the future: %s", r.At)
	}
}

// claimed is for how long an instance may wait to be listed and still count as ours, with
// some time for looks.
const claimed = 50 * time.Second

// askedHere: what Pilotlight loaded is told so, whoever of those who asked it was, and
// whatever became of the Pilotlight that was asked. Where two of a model came, or it came
// twice, nobody can tell which is which; where the connection broke, the load counts as gone.
func (c *check) askedHere(h *history, r backend.Load) {
	w, s := c.w, c.w.of(r.Server)
	if s == nil {
		return
	}
	i := s.find(r.InstanceID)
	if i == nil || i.job == nil || !i.job.ours || !i.job.known || i.rival || i.job.came > 1 || h.told[i.id] != h.happened[i.id] ||
		w.now-i.from > claimed || s.seen.reconnected+3*time.Second >= i.job.asked || !c.sameClock(i.job.asked) {
		return
	}
	if r.Cause != backend.CauseKeepWarm && r.Cause != backend.CauseUser {
		w.fail("told as somebody else's: Pilotlight asked %s for %s %s ago, and it is told as %s", s.name, i.id, w.now-i.job.asked, r.Cause)
	}
}

// read reads what the open pages were sent: each row once.
func (c *check) read() {
	for _, p := range c.pages {
		for len(p.Events) > 0 {
			e, ok := <-p.Events
			if !ok {
				break
			}
			row, isLoad := e.Data.(backend.Load)
			if !isLoad {
				continue
			}
			if row.ID <= c.streams[p] {
				c.w.fail("streamed twice: row %d after row %d", row.ID, c.streams[p])
			}
			c.streams[p] = row.ID
		}
	}
}

// after compares what the hub shows with what is, when it had the time to see it.
func (c *check) after(l *life) {
	w := c.w
	if len(c.pages) > 0 {
		c.read()
	}
	if p := c.handsOff; p != nil && !p.sure && w.now-p.at > 2*w.script.Poll+5*time.Second {
		p.sure = true
	}
	// What runs that went silent left is tried again at the looks.
	if w.disk.works() && w.now-w.disk.fullUntil > w.script.Poll+10*time.Second && slices.ContainsFunc(l.hub.Status().Notices, unwritten) {
		w.fail("told that nothing can be written, and for %s it can", w.now-w.disk.fullUntil)
	}
	for _, s := range w.servers {
		if s.seen.settled != s.quietFrom && c.quiet(l, s) {
			s.seen.settled = s.quietFrom
			c.compare(l, s)
		}
	}
}

func unwritten(n backend.Notice) bool { return n.Code == "history_not_written" }

// atRest says whether all has come to light that will.
func (c *check) atRest() bool {
	w := c.w
	if w.life == nil || w.disk.cursor() < len(w.claw.lines) {
		return false
	}
	for _, s := range w.servers {
		if !s.left && (!c.quiet(w.life, s) || w.now-max(s.quietFrom, w.life.from) < time.Minute) {
			return false
		}
	}
	return w.claw.due == 0
}

// final: nothing is lost, nothing is told twice, and the history replays to what is
// there.
func (c *check) final() {
	w := c.w
	if w.failure != "" {
		return
	}
	if !c.atRest() {
		w.fail("no rest after 40 minutes in which all was well")
		return
	}
	for _, s := range w.servers {
		if !s.left {
			c.compare(w.life, s)
		}
	}
	in := map[string]bool{}
	for _, r := range w.disk.loads {
		switch r.Event {
		case backend.Loaded:
			in[place(r)] = true
		case backend.Unloaded:
			delete(in, place(r))
		}
	}
	for id := range in {
		if _, there := w.disk.present[id]; !there || len(in) != len(w.disk.present) {
			w.fail("the history does not replay to what is in memory by it")
		}
	}
	for server, h := range c.histories {
		for id, n := range h.owed {
			if h.told[id] < n {
				w.fail("lost: %s on %s came and went in plain sight %d times, and is told %d times", id, server, n, h.told[id])
			}
		}
	}
	c.runs()
}

// runs: each of OpenClaw's runs that was written down is told once, as it ended.
func (c *check) runs() {
	w := c.w
	told := map[string]int{}
	for _, f := range w.disk.falls {
		told[f.RunID]++
		want, known := w.claw.runs[f.RunID]
		answered := ""
		if f.Answered != nil {
			answered = *f.Answered
		}
		switch {
		case !known:
			w.fail("a fallback is told that never was: %s", f.RunID)
		case told[f.RunID] > 1:
			w.fail("told twice: the fallback of %s", f.RunID)
		case f.Outcome != want.outcome || answered != want.answered:
			w.fail("%s ended %s by %q, and is told as %s by %q", f.RunID, want.outcome, want.answered, f.Outcome, answered)
		}
	}
	for id := range w.claw.runs {
		if told[id] == 0 {
			w.fail("lost: the fallback of %s", id)
		}
	}
}

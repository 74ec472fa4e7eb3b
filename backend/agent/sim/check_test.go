package sim

import (
	"encoding/json"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
	"pilotlight/backend/rule/keep"
)

// check watches a life, knowing what the hub cannot know: what is really in
// memory, and what people really did.
type check struct {
	w   *world
	set keep.Settings

	stirredAt time.Duration // when anything last happened that may change a plan
	target    *backend.Target
	coming    *backend.Target // a person's choice that is not answered yet
	was       *backend.Target // what was kept before
	chosen    time.Duration   // when it was
	letGo     time.Duration   // when a person last said to keep nothing
	pausedFor *promise        // a person's pause
	word      int             // counts what takes a pause back
	handsOff  *promise        // a person ejected the model
	seen      *promise        // the same, before it is done
	confirm   bool            // a person said: replace it
	byHand    map[string]int  // what people ask for, by what it is

	tries     tries
	failures  failures
	histories map[string]*history // by the server's id
	pages     []page
	endedAt   time.Duration // when a page was last closed, or something that was asked for ended
	streams   map[page]int64
	next      *time.Time    // when the keep says it tries again
	nextAt    time.Duration // when it said so
	jumps     bool          // a clock was set
	forward   time.Duration // how far clocks were set forward in all
	jumped    time.Duration // when that last was

	disturbedAt time.Duration // when memory of this machine last moved without Pilotlight
}

type page = *api.Subscription

// promise is something that must not happen for a while, by the wall clock.
type promise struct {
	at      time.Duration // awake
	on      *lmstudio     // where a person ejected it
	word    int           // the last word of a person that takes one back
	forward time.Duration // how far clocks had been set forward by then
	until   time.Duration // 0: for good
	sure    bool          // it is on the disk, or had the time to be
}

func newCheck(w *world) *check {
	return &check{
		w: w, set: keep.Defaults(), byHand: map[string]int{}, streams: map[page]int64{}, histories: map[string]*history{mainID: newHistory()},
		failures: failures{happened: map[string]int{}, told: map[string]int{}},
	}
}

// promise begins now.
func (c *check) promise(d time.Duration) *promise {
	return &promise{at: c.w.now, forward: c.forward, until: d, word: c.word}
}

// holds says whether a promise is still to be kept.
func (c *check) holds(p *promise) bool {
	if p == nil {
		return false
	}
	// A clock that was set forward ends it sooner; one set back does not.
	passed := c.w.now - p.at + c.forward - p.forward
	return p.until == 0 || passed < p.until-time.Second
}

func (c *check) stir() { c.stirredAt = c.w.now }

// What people ask of Pilotlight.

func (c *check) keeps(t backend.Target) {
	c.pausedFor, c.handsOff = nil, nil
	c.tries = tries{}
	c.word++
	c.coming = &t
}

func (c *check) kept(t backend.Target, err error) {
	c.coming = nil
	if err == nil {
		c.was, c.chosen = c.target, c.w.now
		c.target, c.confirm = &t, false
		c.tries = tries{}
	}
}

func (c *check) released(err error) {
	if err == nil {
		c.target, c.pausedFor, c.handsOff, c.confirm = nil, nil, nil, false
		c.letGo = c.w.now
	}
}

func (c *check) paused(l *life, from *promise, err error) {
	if err == nil && !l.dead && from.word == c.word {
		c.pausedFor, c.confirm = from, false
		c.handsOff = nil // the person's word on when to go on
	}
}

func (c *check) resumes() {
	c.pausedFor, c.handsOff = nil, nil
	c.tries = tries{}
	c.word++
}

func (c *check) confirms() { c.confirm = true; c.tries = tries{} }

// ejects is a person who unloads an instance in LM Studio. It is clear to the hub
// that it was one where nothing else goes on.
func (c *check) ejects(i *instance) {
	w, s := c.w, i.on
	c.handsOff, c.seen = nil, nil
	l := w.life
	if l == nil || s.state() != backend.ServerUp || i.ttl > 0 || i.crashed || !s.socket {
		return
	}
	st := l.hub.Status().Keep
	calm := w.now-max(s.quietFrom, l.from) > c.twoLooks(s)+11*time.Second && w.now-c.stirredAt > 15*time.Second
	held := st.State == backend.KeepWarm && st.Server == s.seen.id && st.InstanceID == i.id && st.Policy == backend.RespectManual
	if !calm || !held || s.of(i.key) != i || len(s.jobs) > 0 || !c.knownOnPurpose(i) || c.others(i) {
		return
	}
	c.seen = c.promise(c.set.EjectPause)
	c.seen.on = s
}

// others says whether the model is in memory more than once.
func (c *check) others(i *instance) bool {
	return slices.ContainsFunc(i.on.in, func(o *instance) bool { return o != i && o.key == i.key })
}

// knownOnPurpose says whether the hub knows that it was loaded on purpose.
func (c *check) knownOnPurpose(i *instance) bool {
	srv, trusted := c.w.life.hub.Believed(i.on.seen.id)
	for _, m := range srv.Models {
		for _, b := range m.Instances {
			if b.ID == i.id {
				return trusted && b.Explicit != nil && *b.Explicit
			}
		}
	}
	return false
}

// ejected: it is done, and what comes now may confuse.
func (c *check) ejected() { c.handsOff = c.seen }

// unsure forgets an ejection that something else on the server came to confuse.
func (c *check) unsure(s *lmstudio) {
	if p := c.handsOff; p != nil && !p.sure && p.on == s {
		c.handsOff = nil
	}
}

// What the hub asks of servers.

// listed notes what a list showed that the hub reads.
func (c *check) listed(s *lmstudio, show []instance) {
	now := map[*instance]bool{}
	for at := range show {
		for _, i := range s.in {
			if i.ref == show[at].ref {
				now[i] = true
			}
		}
	}
	s.seen.shown[0], s.seen.shown[1] = now, s.seen.shown[0]
	if h := c.historyOf(s); h != nil {
		h.listed(s, now)
	}
}

// hand is what a person asks for, as byHand counts it.
func (s *lmstudio) hand(what, of string) string { return s.name + ": " + what + " " + of }

// asksLoad is a load that is asked for, by the keep or by a person.
func (c *check) asksLoad(s *lmstudio, r backend.LoadRequest) (keeps bool) {
	w := c.w
	keeps = w.life.hub.KeepState().Attempt != nil && c.byHand[s.hand("load", r.Model)] == 0
	w.note("asks %s for a load of %s, for the keep: %v", s.name, r.Model, keeps)
	c.state(s, "a load")
	for _, i := range s.in {
		if i.key == r.Model && (s.seen.shown[0][i] || s.seen.shown[1][i]) {
			w.fail("stacked: a load of %s on %s although the list showed %s", r.Model, s.name, i.id)
		}
	}
	for _, j := range s.jobs {
		if j.key == r.Model && j.ours && j.known && w.now-j.asked < c.set.LostHold-time.Second && c.sameClock(j.asked) {
			w.fail("stacked: a load of %s on %s while one that Pilotlight asked for %s ago runs", r.Model, s.name, w.now-j.asked)
		}
	}
	if keeps {
		c.mayAct(s, "a load")
		c.waitsForOther(s)
		c.tries.load(c, s)
		c.stir()
		c.confirm = false
	}
	return keeps
}

// state: nothing is asked of a server that is not there.
func (c *check) state(s *lmstudio, what string) {
	if srv, trusted := c.w.life.hub.Believed(s.seen.id); srv.State != backend.ServerUp || !trusted {
		c.w.fail("%s is asked of %s, which is %s (list trusted: %v)", what, s.name, srv.State, trusted)
	}
}

// mayAct: the keep does nothing that a person does not want now.
func (c *check) mayAct(s *lmstudio, what string) {
	w := c.w
	switch {
	case c.target == nil:
		w.fail("%s for the keep, and nothing is kept", what)
	case !c.chose(s):
		w.fail("%s for the keep on %s, and it was told to keep %s on %s", what, s.name, c.target.Model, c.target.Server)
	case c.holds(c.pausedFor):
		w.fail("%s for the keep %s after a person paused it for %s", what, w.now-c.pausedFor.at, c.pausedFor.until)
	case c.holds(c.handsOff):
		w.fail("%s for the keep on %s %s after a person ejected the model", what, s.name, w.now-c.handsOff.at)
	}
}

// chose says whether a server is the one that a person chose to keep a model on. What
// was begun for the choice before it may still be on its way.
func (c *check) chose(s *lmstudio) bool {
	for _, t := range []*backend.Target{c.target, c.coming, c.was} {
		if t != nil && t.Server == s.seen.id && (t != c.was || c.w.now-c.chosen < time.Second) {
			return true
		}
	}
	return false
}

func (c *check) asksUnload(s *lmstudio, id string) {
	c.w.note("asks %s for an unload of %s", s.name, id)
	c.state(s, "an unload")
	if c.byHand[s.hand("unload", id)] == 0 {
		c.mayAct(s, "an unload")
	}
}

// unloads is an unload that LM Studio carries out.
func (c *check) unloads(i *instance) {
	w := c.w
	if c.byHand[i.on.hand("unload", i.id)] > 0 || c.confirm || i.crashed {
		return
	}
	if c.target == nil || i.key != c.target.Model {
		w.fail("the keep unloads %s, which is another model", i.id)
		return
	}
	if i.busy(w.now) && w.now-i.busyFrom > 2*time.Second {
		w.fail("cut off: the keep unloads %s, which answers somebody since %s", i.id, w.now-i.busyFrom)
	}
	want := c.target.ContextLength
	if (want == nil || i.context >= *want) && !i.ours {
		w.fail("the keep unloads %s, which serves and is somebody's", i.id)
	}
}

// pings: only the keep and a person's check ask for a token.
func (c *check) pings(s *lmstudio, id string) {
	c.w.note("asks %s on %s for one token", id, s.name)
	if c.byHand[s.hand("check", id)] > 0 {
		return
	}
	if c.state(s, "a token"); !c.chose(s) {
		c.w.fail("the keep asks %s on %s for one token, and was told to keep %+v", id, s.name, c.target)
	}
}

// answered is what a person was answered who asked for a load or an unload: the row of it.
func (c *check) answered(s *lmstudio, r backend.Load, e backend.LoadEvent, model string, err error) {
	if err == nil && (c.histories[r.Server] == nil || r.Server != s.seen.id && s.seen.id != "" || r.Event != e || r.Model != model) {
		c.w.fail("a person asked %s for %s %s, and was answered with %+v", s.name, model, e, r)
	}
}

func (c *check) loadFailed(j *job) {
	c.stir()
	// How a load ends that a person called off says nothing of what was chosen after it.
	if j.keeps && c.keptThere(j.on) && c.target.Model == j.key && j.asked >= c.letGo {
		c.tries.failed(c, backend.CodeOf(j.err))
	}
}

// What happens in LM Studio.

func (c *check) appeared(i *instance) {
	c.stir()
	c.unsure(i.on)
	if c.keptThere(i.on) {
		c.tries.appeared(c, i.key)
	}
	if h := c.historyOf(i.on); h != nil {
		// What comes while a load of ours runs is taken for its beginning.
		h.appeared(i, i.on.loadsOurs(i.key))
		c.counts(h, i, i.on.seen.id)
	}
}

func (c *check) vanished(i *instance, _ string) {
	c.stir()
	c.unsure(i.on)
	if h := c.historyOf(i.on); h != nil {
		h.vanished(i)
	}
}

// Lives.

func (c *check) started(*life) {
	for _, s := range c.w.servers {
		s.seen.shown = [2]map[*instance]bool{}
	}
	c.next = nil
	c.stir()
}

// ending: what a person was told to be so must be on the disk, or be on its way
// there for a moment only.
func (c *check) ending(l *life) {
	w := c.w
	c.read()
	c.pages, c.byHand, c.coming, c.was = nil, map[string]int{}, nil, nil
	var on keep.State
	_ = json.Unmarshal(w.disk.states["keep"], &on)
	now := l.hub.KeepState()
	long := w.now-c.stirredAt > 2*time.Second && w.disk.works()
	if long && (on.Target == nil) != (now.Target == nil) {
		w.fail("what is kept was not on the disk %s after the last change", w.now-c.stirredAt)
	}
	if c.holds(c.pausedFor) && on.Pause == nil && long {
		w.fail("a person's pause was not on the disk after %s", w.now-c.pausedFor.at)
	}
	if p := c.pausedFor; p != nil && (on.Pause == nil || on.Pause.Reason != nil || on.Pause.Until.IsZero() != (p.until == 0)) {
		c.pausedFor = nil // none, or not a person's, or one that nobody was told of any more
	}
	if on.Pause == nil || on.Pause.Reason == nil {
		c.handsOff = nil
	}
	if on.Target == nil {
		c.target = nil
	} else {
		c.target = on.Target
	}
	c.confirm = c.confirm || on.Confirmed
	c.tries.restarted(!long)
	for _, h := range c.histories {
		h.cut()
	}
	c.stir()
}

func (c *check) clockSet(by time.Duration) {
	c.tries = tries{}
	c.stir()
	c.jumped = c.w.now
	c.jumps = true
	c.forward += max(by, 0)
	c.handsOff = sureOf(c.handsOff)
}

// sameClock says whether no clock was set since.
func (c *check) sameClock(since time.Duration) bool { return !c.jumps || c.jumped < since }

// sureOf is a promise that nothing confuses any more.
func sureOf(p *promise) *promise {
	if p != nil && p.sure {
		return p
	}
	return nil
}

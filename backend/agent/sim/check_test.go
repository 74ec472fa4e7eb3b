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

	// What this life was shown: the newest two lists, by instance.
	shown [2]map[*instance]bool
	lists int

	stirredAt time.Duration // when anything last happened that may change a plan
	target    *backend.Target
	pausedFor *promise // a person's pause
	handsOff  *promise // a person ejected the model
	seen      *promise // the same, before it is done
	confirm   bool     // a person said: replace it
	byHand    map[string]int

	tries   tries
	history history
	pages   []page
	streams map[page]int64
	settled time.Duration // the quietFrom that was compared already
	next    *time.Time    // when the keep says it tries again
	nextAt  time.Duration // when it said so
	jumps   bool          // a clock was set
	forward time.Duration // how far clocks were set forward in all
	jumped  time.Duration // when that last was

	reconnected time.Duration // when a look last told that a standing connection had broken
}

type page = *api.Subscription

// promise is something that must not happen for a while, by the wall clock.
type promise struct {
	at      time.Duration // awake
	forward time.Duration // how far clocks had been set forward by then
	until   time.Duration // 0: for good
	sure    bool          // it is on the disk, or had the time to be
}

func newCheck(w *world) *check {
	return &check{w: w, set: keep.Defaults(), byHand: map[string]int{}, streams: map[page]int64{}, history: newHistory()}
}

// promise begins now.
func (c *check) promise(d time.Duration) *promise {
	return &promise{at: c.w.now, forward: c.forward, until: d}
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

func (c *check) keeps(backend.Target) {
	c.pausedFor, c.handsOff = nil, nil
	c.tries = tries{}
}

func (c *check) kept(t backend.Target, err error) {
	if err == nil {
		c.target, c.confirm = &t, false
		c.tries = tries{}
	}
}

func (c *check) released(err error) {
	if err == nil {
		c.target, c.pausedFor, c.handsOff, c.confirm = nil, nil, nil, false
	}
}

func (c *check) paused(l *life, from *promise, err error) {
	if err == nil && !l.dead {
		c.pausedFor, c.confirm = from, false
		c.handsOff = nil // the person's word on when to go on
	}
}

func (c *check) resumes() {
	c.pausedFor, c.handsOff = nil, nil
	c.tries = tries{}
}

func (c *check) confirms() { c.confirm = true; c.tries = tries{} }

// ejects is a person who unloads an instance in LM Studio. It is clear to the hub
// that it was one where nothing else goes on.
func (c *check) ejects(i *instance) {
	w := c.w
	c.handsOff, c.seen = nil, nil
	l := w.life
	if l == nil || w.lm.state() != backend.ServerUp || i.ttl > 0 || i.crashed || !w.lm.socket {
		return
	}
	st := l.hub.Status().Keep
	calm := w.now-max(w.quietFrom, l.from) > 2*w.script.Poll+15*time.Second && w.now-c.stirredAt > 15*time.Second
	held := st.State == backend.KeepWarm && st.InstanceID == i.id && st.Policy == backend.RespectManual
	if !calm || !held || w.lm.of(i.key) != i || len(w.lm.jobs) > 0 || !c.knownOnPurpose(i) || c.others(i) {
		return
	}
	c.seen = c.promise(c.set.EjectPause)
}

// others says whether the model is in memory more than once.
func (c *check) others(i *instance) bool {
	return slices.ContainsFunc(c.w.lm.in, func(o *instance) bool { return o != i && o.key == i.key })
}

// knownOnPurpose says whether the hub knows that it was loaded on purpose.
func (c *check) knownOnPurpose(i *instance) bool {
	srv, trusted := c.w.life.hub.Believed()
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

// unsure forgets an ejection that something else came to confuse.
func (c *check) unsure() {
	if p := c.handsOff; p != nil && !p.sure {
		c.handsOff = nil
	}
}

// What the hub asks of LM Studio.

// listed notes what a list showed that the hub reads.
func (c *check) listed(show []instance) {
	c.lists++
	now := map[*instance]bool{}
	for at := range show {
		for _, i := range c.w.lm.in {
			if i.ref == show[at].ref {
				now[i] = true
			}
		}
	}
	c.shown[0], c.shown[1] = now, c.shown[0]
	c.history.listed(c.w, now)
}

// asksLoad is a load that is asked for, by the keep or by a person.
func (c *check) asksLoad(r backend.LoadRequest, keeps bool) {
	w := c.w
	w.note("asks for a load of %s, for the keep: %v", r.Model, keeps)
	c.state("a load")
	for _, i := range w.lm.in {
		if i.key == r.Model && (c.shown[0][i] || c.shown[1][i]) {
			w.fail("stacked: a load of %s although the list showed %s", r.Model, i.id)
		}
	}
	for _, j := range w.lm.jobs {
		if j.key == r.Model && j.ours && j.known && w.now-j.asked < c.set.LostHold-time.Second && c.sameClock(j.asked) {
			w.fail("stacked: a load of %s while one that Pilotlight asked for %s ago runs", r.Model, w.now-j.asked)
		}
	}
	if keeps {
		c.mayAct("a load")
		c.tries.load(c)
		c.stir()
		c.confirm = false
	}
}

// state: nothing is asked of a server that is not there.
func (c *check) state(what string) {
	if srv, trusted := c.w.life.hub.Believed(); srv.State != backend.ServerUp || !trusted {
		c.w.fail("%s is asked of a server that is %s (list trusted: %v)", what, srv.State, trusted)
	}
}

// mayAct: the keep does nothing that a person does not want now.
func (c *check) mayAct(what string) {
	w := c.w
	switch {
	case c.target == nil:
		w.fail("%s for the keep, and nothing is kept", what)
	case c.holds(c.pausedFor):
		w.fail("%s for the keep %s after a person paused it for %s", what, w.now-c.pausedFor.at, c.pausedFor.until)
	case c.holds(c.handsOff):
		w.fail("%s for the keep %s after a person ejected the model", what, w.now-c.handsOff.at)
	}
}

func (c *check) asksUnload(id string) {
	c.w.note("asks for an unload of %s", id)
	c.state("an unload")
	if c.byHand[id] == 0 {
		c.mayAct("an unload")
	}
}

// unloads is an unload that LM Studio carries out.
func (c *check) unloads(i *instance) {
	w := c.w
	if c.byHand[i.id] > 0 || c.confirm || i.crashed {
		return
	}
	if c.target == nil || i.key != c.target.Model {
		w.fail("the keep unloads %s, which is another model", i.id)
	}
	if i.busy(w.now) && w.now-i.busyFrom > 2*time.Second {
		w.fail("cut off: the keep unloads %s, which answers somebody since %s", i.id, w.now-i.busyFrom)
	}
	want := c.target.ContextLength
	if (want == nil || i.context >= *want) && !i.ours {
		w.fail("the keep unloads %s, which serves and is somebody's", i.id)
	}
}

func (c *check) pings(id string) {
	c.w.note("asks %s for one token", id)
}

func (c *check) loadFailed(j *job) {
	c.stir()
	if j.keeps && c.target != nil && c.target.Model == j.key {
		c.tries.failed(c, backend.CodeOf(j.err))
	}
}

// What happens in LM Studio.

func (c *check) appeared(i *instance) {
	c.stir()
	c.unsure()
	c.tries.appeared(c, i.key)
	// What comes while a load of ours runs is taken for its beginning.
	c.history.appeared(i, slices.ContainsFunc(c.w.lm.jobs, func(j *job) bool { return j.ours && j.key == i.key }))
}

func (c *check) vanished(i *instance, _ string) {
	c.stir()
	c.unsure()
	c.history.vanished(c.w, i)
}

// Lives.

func (c *check) started(*life) {
	c.shown, c.lists, c.next = [2]map[*instance]bool{}, 0, nil
	c.stir()
}

// ending: what a person was told to be so must be on the disk, or be on its way
// there for a moment only.
func (c *check) ending(l *life) {
	w := c.w
	c.read()
	c.pages, c.byHand = nil, map[string]int{}
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
	c.history.cut(w)
	c.stir()
}

func (c *check) clockSet(by time.Duration) {
	c.tries = tries{}
	c.stir()
	c.jumped = c.w.now
	c.jumps = true
	c.forward += max(by, 0)
	c.unsure()
}

// sameClock says whether no clock was set since.
func (c *check) sameClock(since time.Duration) bool { return !c.jumps || c.jumped < since }

package sim

import (
	"cmp"
	"slices"
	"time"

	"pilotlight/backend"
)

// calm heals everything, lets it settle, and checks that all is as it should be. A far
// server that hangs goes on hanging where nothing is kept on any: the main one does not wait for it.
func (w *world) calm() {
	if w.failure != "" {
		return
	}
	w.note("-- from here on all is well")
	for _, s := range w.servers {
		if s.left = s.hangs && w.check.coming == nil && (w.check.target == nil || w.check.keptThere(w.lm)); !s.left {
			s.heal()
		}
	}
	if w.den != nil {
		w.rewrites(w.namesAll)
	}
	w.fills(false)
	w.disk.killIn = 0
	w.check.stir()
	w.changed()
	w.startAgain()
	w.life.settle()
	for end := w.now + 40*time.Minute; w.now < end && w.failure == "" && !w.check.atRest(); {
		w.until(w.now + w.script.Poll)
	}
	w.check.final()
	w.check.returns()
}

// heal has a server do all that it should.
func (s *lmstudio) heal() {
	s.token, s.gone, s.guardrail, s.failing, s.vanish, s.small, s.hangs = false, false, false, false, false, false, false
	s.stale, s.miss, s.odd, s.late, s.lose, s.cut, s.twice, s.hog = 0, 0, 0, 0, 0, 0, 0, 0
	s.socket, s.slow = true, 10*time.Second
	if slices.ContainsFunc(s.in, func(i *instance) bool { return i.crashed }) {
		s.stop(true)
	}
	s.app, s.on = s != s.shed, s != s.shed
	for _, i := range s.in {
		i.used = min(i.used, s.now)
	}
}

// returns: on a person's word, and with nothing in its way, what is kept is in
// memory before long.
func (c *check) returns() {
	w := c.w
	if w.failure != "" || w.life.hub.KeepState().Target == nil {
		return
	}
	acts["resume"].do(w, 0)
	w.life.settle()
	for end := w.now + 20*time.Minute; w.now < end && w.failure == ""; {
		w.until(w.now + w.script.Poll)
		k := w.life.hub.Status().Keep
		if s := w.of(k.Server); k.State == backend.KeepWarm && s != nil && (s.plain || s.find(k.InstanceID) != nil) {
			return
		}
	}
	k := w.life.hub.Status().Keep
	w.fail("resumed, with nothing in its way, it is %s on %s after 20 minutes: %+v", k.State, k.Server, cmp.Or(k.Reason, &backend.Error{}))
}

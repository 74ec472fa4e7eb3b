package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"time"

	"pilotlight/backend"
)

// deed is something that can be done in a script.
type deed struct {
	often int // how often it is drawn, beside the others
	do    func(w *world, n int)
}

var acts = allActs()

var deck = shuffledDeck()

func shuffledDeck() []string {
	var names []string
	for name, d := range acts {
		for range d.often {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func draw(r *rand.Rand) string { return deck[r.IntN(len(deck))] }

func allActs() map[string]deed {
	all := map[string]deed{}
	for _, group := range []map[string]deed{peopleHere(), peopleThere(), habits(), lies(), clients(), machine()} {
		for name, d := range group {
			all[name] = d
		}
	}
	return all
}

// peopleHere is what people do through Pilotlight.
func peopleHere() map[string]deed {
	return map[string]deed{
		"keep": {4, func(w *world, n int) {
			t := backend.Target{Model: shelf[n%5%2].key, Policy: pickOf(n/5, backend.RespectManual, backend.RespectManual, backend.Always)}
			if c := pickOf(n/15, 8192, 16384, 0); c > 0 {
				t.ContextLength = &c
			}
			w.person(func(l *life) error {
				w.check.keeps(t)
				_, err := l.hub.SetKeep(l.ctx, t)
				w.check.kept(t, err)
				return err
			})
		}},
		"release": {1, func(w *world, _ int) {
			w.person(func(l *life) error {
				_, err := l.hub.Release(l.ctx)
				w.check.released(err)
				return err
			})
		}},
		"pause": {3, func(w *world, n int) {
			d := time.Duration(n%4*7) * time.Minute
			w.person(func(l *life) error {
				from := w.check.promise(d) // the answer comes later, when it is on the disk
				_, err := l.hub.Pause(l.ctx, d)
				w.check.paused(l, from, err)
				return err
			})
		}},
		"resume": {3, func(w *world, _ int) {
			w.person(func(l *life) error {
				w.check.resumes()
				_, err := l.hub.Resume(l.ctx)
				return err
			})
		}},
		"replace": {1, func(w *world, _ int) {
			w.person(func(l *life) error {
				w.check.confirms()
				_, err := l.hub.Replace(l.ctx)
				return err
			})
		}},
		"load": {2, func(w *world, n int) {
			w.person(func(l *life) error {
				_, err := l.hub.Load(l.ctx, "", shelf[n%3].key, nil)
				return err
			})
		}},
		"unload": {2, func(w *world, n int) {
			if i := w.any(n); i != nil {
				w.person(func(l *life) error {
					w.check.byHand[i.id]++
					_, err := l.hub.Unload(l.ctx, "", i.id, n%2 == 0)
					w.check.byHand[i.id]--
					return err
				})
			}
		}},
		"check": {2, func(w *world, n int) {
			if i := w.any(n); i != nil {
				w.person(func(l *life) error { return l.hub.Check(l.ctx, "", i.id) })
			}
		}},
		"look": {2, func(w *world, n int) { w.looks(time.Duration(5+n%120) * time.Second) }},
	}
}

// person does something through Pilotlight, where it runs.
func (w *world) person(do func(l *life) error) {
	l := w.life
	if l == nil {
		return
	}
	w.check.stir()
	l.Beside(func() {
		err := do(l)
		if err != nil {
			w.note("answered: %v", err)
		}
		w.check.stir()
	})
}

// looks has a page of the dashboard open for a while.
func (w *world) looks(d time.Duration) {
	l := w.life
	if l == nil {
		return
	}
	sub := l.hub.Subscribe(0)
	w.check.pages = append(w.check.pages, sub)
	w.after(d, func() {
		w.check.read()
		sub.Close()
		w.check.pages = slices.DeleteFunc(w.check.pages, func(s page) bool { return s == sub })
	})
}

func (w *world) any(n int) *instance {
	if len(w.lm.in) == 0 {
		return nil
	}
	return w.lm.in[n%len(w.lm.in)]
}

func pickOf[T any](n int, of ...T) T { return of[n%len(of)] }

// peopleThere is what people do in LM Studio.
func peopleThere() map[string]deed {
	up := func(w *world) bool { return w.lm.app }
	return map[string]deed{
		"eject": {5, func(w *world, n int) {
			if i := w.any(n); i != nil && up(w) {
				w.check.ejects(i)
				w.remove(i, "ejected by hand")
				w.check.ejected()
			}
		}},
		"hand-load": {3, func(w *world, n int) {
			if m := shelf[n%3]; up(w) && w.lm.has(m.key) && m.size <= w.lm.free() {
				w.add(m.key, pickOf(n/3, 4096, 8192, 16384), 0, false)
			}
		}},
		"quit-app":   {3, func(w *world, _ int) { w.stop(true) }},
		"server-off": {3, func(w *world, _ int) { w.stop(false) }},
		"app-on": {6, func(w *world, _ int) {
			w.lm.app, w.lm.on = true, true
			w.changed()
		}},
		"restart-app": {2, func(w *world, _ int) {
			w.stop(true)
			w.lm.app, w.lm.on = true, true
		}},
		"token": {1, toggle(func(w *world) *bool { return &w.lm.token })},
		"gone":  {1, toggle(func(w *world) *bool { return &w.lm.gone })},
	}
}

func toggle(of func(*world) *bool) func(*world, int) {
	return func(w *world, _ int) {
		b := of(w)
		*b = !*b
		w.changed()
	}
}

// habits are LM Studio's own bad ones.
func habits() map[string]deed {
	return map[string]deed{
		"crash": {4, func(w *world, n int) {
			if i := w.any(n); i != nil {
				i.crashed = true
				w.note("the engine of %s is dead, and it is listed", i.id)
				w.changed()
			}
		}},
		"drop": {2, func(w *world, n int) { // as bug 1476: it is gone, nobody knows why
			if i := w.any(n); i != nil {
				w.remove(i, "dropped")
			}
		}},
		"guardrail": {3, toggle(func(w *world) *bool { return &w.lm.guardrail })},
		"failing":   {3, toggle(func(w *world) *bool { return &w.lm.failing })},
		"vanish":    {1, toggle(func(w *world) *bool { return &w.lm.vanish })},
		"small":     {1, toggle(func(w *world) *bool { return &w.lm.small })},
		"socket":    {1, toggle(func(w *world) *bool { return &w.lm.socket })},
		"slow": {2, func(w *world, n int) {
			w.lm.slow = time.Duration(1+n%9*n%9*4) * time.Second
		}},
	}
}

// lies are answers that are wrong, late or lost.
func lies() map[string]deed {
	armed := func(of func(*lmstudio) *int) func(*world, int) {
		return func(w *world, n int) { *of(&w.lm) = 1 + n%2 }
	}
	return map[string]deed{
		"stale": {2, armed(func(s *lmstudio) *int { return &s.stale })},
		"miss":  {3, func(w *world, _ int) { w.lm.miss = 1 }},
		"odd":   {2, armed(func(s *lmstudio) *int { return &s.odd })},
		"late":  {2, armed(func(s *lmstudio) *int { return &s.late })},
		"lose":  {3, armed(func(s *lmstudio) *int { return &s.lose })},
		"cut":   {2, armed(func(s *lmstudio) *int { return &s.cut })},
		"twice": {1, func(w *world, _ int) { w.lm.twice = 1 }},
	}
}

// clients are OpenClaw and other programs.
func clients() map[string]deed {
	busy := func(n int) time.Duration { return time.Duration(1+n%100) * time.Second }
	return map[string]deed{
		"run": {6, func(w *world, n int) { w.asks(busy(n), n%3 == 0) }},
		"talk": {3, func(w *world, n int) { // a conversation: one answer after the other
			for k := range 4 + n%8 {
				w.after(time.Duration(k)*25*time.Second, func() { w.asks(20*time.Second, false) })
			}
		}},
		"other":       {3, func(w *world, n int) { w.request(shelf[1].key, busy(n)) }},
		"claw-rotate": {1, func(w *world, _ int) { w.claw.reread = true }},
		"claw-twice":  {1, func(w *world, n int) { w.claw.twice = 1 + n%3 }},
		"claw-late":   {1, func(w *world, n int) { w.claw.delayed = time.Duration(n%3*n%400) * time.Second }},
	}
}

// machine is what happens to Pilotlight and to the computer.
func machine() map[string]deed {
	return map[string]deed{
		"kill":    {2, func(w *world, _ int) { w.kill() }},
		"kill-in": {4, func(w *world, n int) { w.disk.killIn = 1 + n%6 }},
		"quit":    {1, func(w *world, _ int) { w.quit() }},
		"start":   {7, func(w *world, _ int) { w.startAgain() }},
		"disk":    {2, func(w *world, _ int) { w.fills(!w.disk.full) }},
		"hog":     {1, func(w *world, n int) { w.lm.hog = pickOf(n, int64(0), 50e9); w.changed() }},
		"sleep":   {1, func(w *world, n int) { w.sleeps(time.Duration(n) * time.Minute) }},
		"clock":   {1, func(w *world, n int) { w.sets(time.Duration(n-500) * 7 * time.Minute) }},
		"sync":    {1, func(w *world, n int) { w.sets(time.Duration(n-500) * 10 * time.Millisecond) }},
	}
}

func (w *world) startAgain() {
	if w.life == nil {
		w.changed()
		w.start()
	}
}

// fills has the disk full, or makes room.
func (w *world) fills(full bool) {
	if w.disk.full {
		w.disk.fullUntil = w.now
	}
	w.disk.full = full
}

// sleeps is the lid closed: nothing happens, and the wall clock goes on.
func (w *world) sleeps(d time.Duration) {
	w.asleep += d
	w.lm.broke = true
	w.sets(d)
}

// sets moves the wall clock.
func (w *world) sets(by time.Duration) {
	w.offset += by
	w.changed()
	w.check.clockSet(by)
}

// calm heals everything, lets it settle, and checks that all is as it should be.
func (w *world) calm() {
	if w.failure != "" {
		return
	}
	w.note("-- from here on all is well")
	s := &w.lm
	s.token, s.gone, s.guardrail, s.failing, s.vanish, s.small = false, false, false, false, false, false
	s.stale, s.miss, s.odd, s.late, s.lose, s.cut, s.twice, s.hog = 0, 0, 0, 0, 0, 0, 0, 0
	s.socket, s.slow = true, 10*time.Second
	w.fills(false)
	w.disk.killIn = 0
	if slices.ContainsFunc(s.in, func(i *instance) bool { return i.crashed }) {
		w.stop(true)
	}
	s.app, s.on = true, true
	for _, i := range s.in {
		i.used = min(i.used, w.now)
	}
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
		if k := w.life.hub.Status().Keep; k.State == backend.KeepWarm && w.lm.find(k.InstanceID) != nil {
			return
		}
	}
	k := w.life.hub.Status().Keep
	w.fail("resumed, with nothing in its way, it is %s after 20 minutes: %+v", k.State, cmp.Or(k.Reason, &backend.Error{}))
}

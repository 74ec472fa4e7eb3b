package sim

import (
	"cmp"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

// deed is something that can be done in a script.
type deed struct {
	often int // how often it is drawn, beside the others
	do    func(w *world, n int)
}

var acts = allActs()

// The acts that are drawn from where there is the main server alone, and where there are
// several.
var deck, farDeck = shuffledDeck(false), shuffledDeck(true)

func shuffledDeck(far bool) []string {
	var names []string
	for name, d := range acts {
		if isFar := strings.HasPrefix(name, farHead); isFar && !far {
			continue
		}
		for range d.often {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func draw(r *rand.Rand, far bool) string {
	if far {
		return farDeck[r.IntN(len(farDeck))]
	}
	return deck[r.IntN(len(deck))]
}

// farHead begins the names of what is done on the other servers, or to the config that
// names them.
const farHead = "far-"

func allActs() map[string]deed {
	main := func(w *world) *lmstudio { return w.lm }
	den := func(w *world) *lmstudio { return w.den }
	all := map[string]deed{}
	for _, group := range []map[string]deed{peopleHere(main), atLarge(), peopleThere(main), habits(main), lies(main), clients(), machine()} {
		maps.Copy(all, group)
	}
	for _, group := range []map[string]deed{peopleHere(den), peopleThere(den), habits(den), lies(den), farAway()} {
		for name, d := range group {
			do := d.do
			all[farHead+name] = deed{d.often, func(w *world, n int) {
				if w.den != nil {
					do(w, n)
				}
			}}
		}
	}
	return all
}

// which is the server that an act is about.
type which func(*world) *lmstudio

// peopleHere is what people do through Pilotlight on a server.
func peopleHere(on which) map[string]deed {
	return map[string]deed{
		"keep": {4, func(w *world, n int) {
			t := backend.Target{Server: on(w).id(), Model: shelf[n%5%2].key, Policy: pickOf(n/5, backend.RespectManual, backend.RespectManual, backend.Always)}
			if c := pickOf(n/15, 8192, 16384, 0); c > 0 {
				t.ContextLength = &c
			}
			w.keeps(t)
		}},
		"load": {2, func(w *world, n int) {
			s, key := on(w), shelf[n%3].key
			w.asked(s.hand("load", key), func(l *life) error {
				row, err := l.hub.Load(l.ctx, s.id(), key, nil)
				w.check.answered(s, row, backend.Loaded, key, err)
				return err
			})
		}},
		"unload": {2, func(w *world, n int) {
			s := on(w)
			if i := s.any(n); i != nil {
				w.asked(s.hand("unload", i.id), func(l *life) error {
					row, err := l.hub.Unload(l.ctx, s.id(), i.id, n%2 == 0)
					w.check.answered(s, row, backend.Unloaded, i.key, err)
					return err
				})
			}
		}},
		"check": {2, func(w *world, n int) {
			s := on(w)
			if i := s.any(n); i != nil {
				w.asked(s.hand("check", i.id), func(l *life) error { return l.hub.Check(l.ctx, s.id(), i.id) })
			}
		}},
	}
}

// keeps is a person who chooses what to keep.
func (w *world) keeps(t backend.Target) {
	w.person(func(l *life) error {
		told := t
		told.Server = cmp.Or(t.Server, mainID)
		w.check.keeps(told)
		_, err := l.hub.SetKeep(l.ctx, t)
		w.check.kept(told, err)
		return err
	})
}

// asked is a person who asks for something, which counts until it is answered.
func (w *world) asked(hand string, do func(l *life) error) {
	w.person(func(l *life) error {
		w.check.byHand[hand]++
		err := do(l)
		w.check.byHand[hand]--
		return err
	})
}

// atLarge is what people do through Pilotlight, whichever server it is about.
func atLarge() map[string]deed {
	return map[string]deed{
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
		w.check.endedAt = w.now
	})
}

func (s *lmstudio) any(n int) *instance {
	if len(s.in) == 0 {
		return nil
	}
	return s.in[n%len(s.in)]
}

func pickOf[T any](n int, of ...T) T { return of[n%len(of)] }

// peopleThere is what people do in an LM Studio.
func peopleThere(at which) map[string]deed {
	return map[string]deed{
		"eject": {5, func(w *world, n int) {
			s := at(w)
			if i := s.any(n); i != nil && s.app {
				w.check.ejects(i)
				s.remove(i, "ejected by hand")
				w.check.ejected()
			}
		}},
		"hand-load": {3, func(w *world, n int) {
			s := at(w)
			if m := shelf[n%3]; s.app && s.has(m.key) && m.size <= s.free() {
				s.add(m.key, pickOf(n/3, 4096, 8192, 16384), 0, false)
			}
		}},
		"quit-app":   {3, func(w *world, _ int) { at(w).stop(true) }},
		"server-off": {3, func(w *world, _ int) { at(w).stop(false) }},
		"app-on":     {6, func(w *world, _ int) { at(w).begin() }},
		"restart-app": {2, func(w *world, _ int) {
			at(w).stop(true)
			at(w).begin()
		}},
		"token": {1, toggle(at, func(s *lmstudio) *bool { return &s.token })},
		"gone":  {1, toggle(at, func(s *lmstudio) *bool { return &s.gone })},
	}
}

func toggle(at which, of func(*lmstudio) *bool) func(*world, int) {
	return func(w *world, _ int) {
		s := at(w)
		b := of(s)
		*b = !*b
		s.changed()
	}
}

// habits are LM Studio's own bad ones.
func habits(at which) map[string]deed {
	return map[string]deed{
		"crash": {4, func(w *world, n int) {
			if i := at(w).any(n); i != nil {
				i.crashed = true
				w.note("the engine of %s on %s is dead, and it is listed", i.id, i.on.name)
				i.on.changed()
			}
		}},
		"drop": {2, func(w *world, n int) { // as bug 1476: it is gone, nobody knows why
			if i := at(w).any(n); i != nil {
				i.on.remove(i, "dropped")
			}
		}},
		"guardrail": {3, toggle(at, func(s *lmstudio) *bool { return &s.guardrail })},
		"failing":   {3, toggle(at, func(s *lmstudio) *bool { return &s.failing })},
		"vanish":    {1, toggle(at, func(s *lmstudio) *bool { return &s.vanish })},
		"small":     {1, toggle(at, func(s *lmstudio) *bool { return &s.small })},
		"socket":    {1, toggle(at, func(s *lmstudio) *bool { return &s.socket })},
		"slow": {2, func(w *world, n int) {
			at(w).slow = time.Duration(1+n%9*n%9*4) * time.Second
		}},
	}
}

// lies are answers that are wrong, late or lost.
func lies(at which) map[string]deed {
	armed := func(of func(*lmstudio) *int) func(*world, int) {
		return func(w *world, n int) { *of(at(w)) = 1 + n%2 }
	}
	return map[string]deed{
		"stale": {2, armed(func(s *lmstudio) *int { return &s.stale })},
		"miss":  {3, func(w *world, _ int) { at(w).miss = 1 }},
		"odd":   {2, func(w *world, n int) { at(w).odd = 1 + n%4 }},
		"late":  {2, armed(func(s *lmstudio) *int { return &s.late })},
		"lose":  {3, armed(func(s *lmstudio) *int { return &s.lose })},
		"cut":   {2, armed(func(s *lmstudio) *int { return &s.cut })},
		"twice": {1, func(w *world, _ int) { at(w).twice = 1 }},
	}
}

func busyFor(n int) time.Duration { return time.Duration(1+n%100) * time.Second }

// clients are OpenClaw and other programs.
func clients() map[string]deed {
	return map[string]deed{
		"run": {6, func(w *world, n int) { w.asks(busyFor(n), n%3 == 0) }},
		"talk": {3, func(w *world, n int) { // a conversation: one answer after the other
			for k := range 4 + n%8 {
				w.after(time.Duration(k)*25*time.Second, func() { w.asks(20*time.Second, false) })
			}
		}},
		"other":       {3, func(w *world, n int) { w.lm.request(shelf[1].key, busyFor(n)) }},
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
		"hog": {1, func(w *world, n int) {
			w.lm.hog = pickOf(n, int64(0), 50e9)
			w.lm.changed()
			w.disturbs(w.lm)
		}},
		"sleep": {1, func(w *world, n int) { w.sleeps(time.Duration(n) * time.Minute) }},
		"clock": {1, func(w *world, n int) { w.sets(time.Duration(n-500) * 7 * time.Minute) }},
		"sync":  {1, func(w *world, n int) { w.sets(time.Duration(n-500) * 10 * time.Millisecond) }},
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
	for _, s := range w.servers {
		s.broke = true
	}
	w.sets(d)
}

// sets moves the wall clock.
func (w *world) sets(by time.Duration) {
	w.offset += by
	w.changed()
	w.check.clockSet(by)
}

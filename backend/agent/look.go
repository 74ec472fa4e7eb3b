package agent

import (
	"context"
	"runtime/debug"
	"slices"
	"time"

	"pilotlight/backend"
)

const (
	// detailEvery is how many looks lie between two that ask for TTL and last
	// use; detailWatched is the same while somebody is looking at a page.
	detailEvery   = 6
	detailWatched = 2
	// freshFor is how old a look may be for an action to rest on it.
	freshFor = time.Second
	// busyFor is how long an answer about being busy is shown.
	busyFor = 30 * time.Second
)

// lookNow makes the next look due at once.
func (w *watched) lookNow() { w.next = time.Time{} }

// looksIfDue starts a look at every server whose time has come. None waits for the
// end of another's; those that are in no hurry begin together.
func (a *Agent) looksIfDue(now time.Time) {
	awake := !a.main.looking && a.isDue(a.main, now)
	if awake {
		a.readOpenClaw(now)
		a.look(a.main)
	}
	round, begun := a.isRound(now, awake), 0
	for _, w := range a.servers[1:] {
		at := now
		if a.waits(w) {
			if !round || begun >= mostAtOnce {
				continue
			}
			at = now.Add(a.cfg.Poll / 2) // or else it would be late by as much
		}
		if !w.looking && a.isDue(w, at) {
			begun++
			a.look(w)
		}
	}
}

// look starts one look.
func (a *Agent) look(w *watched) {
	w.looking = true
	src, detailed, last := w.src, a.wantsDetail(w), w.last
	a.beside(func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, lookLimit)
		defer cancel()
		o, plain := look(ctx, src, a.cfg.Now, last, detailed)
		a.post(func() { a.observed(w, src, o, detailed, plain) })
	})
}

// lookLimit ends a look whose source does not end it: every source has shorter
// limits of its own.
const lookLimit = time.Minute

// look asks for details where they are wanted and to be had, else for the list.
func look(ctx context.Context, src Source, now func() time.Time, last backend.Observation, detailed bool) (o backend.Observation, plain bool) {
	if detailed {
		o, err := src.Detail(ctx, now, last)
		if err == nil {
			return o, false
		}
	}
	return src.Look(ctx, now), detailed
}

func (a *Agent) wantsDetail(w *watched) bool {
	if !w.last.Listed {
		return false
	}
	every := detailEvery
	if a.cast.watched() {
		every = detailWatched
	}
	return w.detail || w.looks%every == 0
}

// observed takes a look in: the one way in which the world gets into the hub. src
// is what looked.
func (a *Agent) observed(w *watched, src Source, o backend.Observation, detailed, plain bool) {
	now := a.cfg.Now()
	if !w.speaks(src) {
		return
	}
	w.looking = false
	if a.isAnother(w, o) {
		return
	}
	was := w.server().Engine
	w.last, w.at = o, now
	if w.outdated {
		w.outdated, w.at = false, time.Time{}
	}
	w.looks++
	if detailed {
		w.detail, w.plain = false, plain
	}
	state, rows := w.state.Observe(o)
	w.believe(state)
	a.history(w, rows)
	if detailed && !plain && o.Listed {
		a.noteUses(w, o, now)
	}
	a.askBusyForPage(w, now, detailed)
	for _, r := range rows {
		// What TTL it has is worth knowing at once, where the server tells.
		if r.Event == backend.Loaded && !w.plain && !o.Detailed {
			w.detail = true
		}
	}
	a.noteServer(w, now)
	w.next = now.Add(a.period(w))
	if w.detail || w.at.IsZero() {
		w.lookNow()
	}
	a.readShapesIfDue(w, now)
	if w == a.main {
		a.housekeep(now)
		a.tidy()
		a.restIfQuiet(now)
	} else if w.server().Engine != was || w.lmstudio != (w.server().Kind == backend.KindLMStudio) {
		a.nameServers()
	}
}

// closeSilent is how often runs of OpenClaw's that say nothing more are looked
// at: some versions do not write down that a run has ended.
const closeSilent = 5 * time.Second

// housekeep does what has no event of its own; looks are its clock.
func (a *Agent) housekeep(now time.Time) {
	a.noteAlive(now)
	a.learnIfSettled(now)
	if a.follow == nil {
		return
	}
	if r := a.journal.Load(); r != nil {
		r.Awake()
	}
	a.newDay(now)
	a.reconsiderNow()
	a.findPatternsIfDue(now)
	if abs(now.Sub(a.tickedAt)) >= closeSilent {
		a.tickedAt = now
		a.beside(a.follow.tick)
	}
}

// tidyAfter is how many looks after somebody came, or the last one left, memory is
// given back.
const tidyAfter = 3

// tidy gives memory back to the system once after the start, again where servers
// were first looked at after that, after old rows were removed, and each time a page
// was opened or closed, also where another one stays, or takes its place between two
// looks as by a reload: Go keeps what a busy moment took, and so do the pages of the
// program that only that moment needed, while most of what an agent does afterwards is
// little. It collects garbage, a few milliseconds, so it is rare.
func (a *Agent) tidy() {
	a.tidyFor = a.cast.watched()
	if turns := a.cast.turnover(); turns != a.turnover {
		a.turnover = turns
		a.tidyAgain()
	}
	a.steady++
	if a.steady < tidyAfter || a.tidied || a.steady > tidyAfter && !a.allLooked() {
		return
	}
	a.tidied = a.allLooked()
	if a.stage == nil {
		debug.FreeOSMemory()
	}
	if a.cfg.GiveBack != nil {
		a.cfg.GiveBack()
	}
}

// tidyAgain makes memory be given back a few looks from now, after something took it.
func (a *Agent) tidyAgain() { a.steady, a.tidied = 0, false }

// allLooked says whether every server that is looked at was so at least once.
func (a *Agent) allLooked() bool {
	return !slices.ContainsFunc(a.servers, func(w *watched) bool { return w.looks == 0 && !w.hosted() })
}

// askBusyForPage learns what the loaded models are doing while somebody looks,
// and forgets it when it has grown old.
func (a *Agent) askBusyForPage(w *watched, now time.Time, detailed bool) {
	if !w.last.Listed {
		return
	}
	if detailed && !w.plain && a.cast.watched() && !w.asking {
		a.askBusy(w, loadedLLMs(w.server()), func(string, backend.Processing, error) {})
		return
	}
	if old := now.Sub(w.askedAt); old > busyFor || old < 0 {
		for _, id := range loadedLLMs(w.server()) {
			w.believe(w.state.BusySeen(id, nil))
		}
	}
}

// mostAsked bounds the questions of one round.
const mostAsked = 8

// askBusy asks what instances are doing and tells each answer in the loop.
func (a *Agent) askBusy(w *watched, ids []string, each func(id string, p backend.Processing, err error)) {
	if len(ids) == 0 {
		return
	}
	ids = ids[:min(len(ids), mostAsked)]
	w.asking = true
	src := w.src
	a.beside(func(ctx context.Context) {
		for i, id := range ids {
			p, err := src.Processing(ctx, id)
			a.post(func() {
				if !w.speaks(src) {
					return
				}
				w.asking, w.askedAt = i+1 < len(ids), a.cfg.Now()
				if err == nil {
					w.believe(w.state.BusySeen(id, &p.Busy))
					a.noteBusy(w, id, p.Busy)
				} else {
					w.believe(w.state.BusySeen(id, nil))
				}
				each(id, p, err)
			})
		}
	})
}

func loadedLLMs(srv backend.Server) []string {
	var ids []string
	for _, m := range srv.Models {
		for _, i := range m.Instances {
			if m.Type != backend.TypeEmbedding {
				ids = append(ids, i.ID)
			}
		}
	}
	return ids
}

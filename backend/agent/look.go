package agent

import (
	"context"
	"runtime/debug"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

const (
	// detailEvery is how many looks lie between two that ask for TTL and last
	// use; detailWatched is the same while somebody is looking at a page.
	detailEvery   = 6
	detailWatched = 2
	// loadPoll is the watch period while a load runs.
	loadPoll = 2 * time.Second
	// freshFor is how old a look may be for an action to rest on it.
	freshFor = time.Second
	// busyFor is how long an answer about being busy is shown.
	busyFor = 30 * time.Second
)

// lookNow makes the next look due at once.
func (a *Agent) lookNow() { a.server.next = time.Time{} }

// lookIfDue starts one look when its time has come and none runs.
func (a *Agent) lookIfDue(now time.Time) {
	w := a.server
	late := w.next.Sub(now)
	if w.looking || late > 0 && late <= a.cfg.Poll {
		return
	}
	w.looking = true
	detailed, last := a.wantsDetail(), w.last
	a.readOpenClaw(now)
	a.beside(func(ctx context.Context) {
		o, plain := look(ctx, w.src, a.cfg.Now, last, detailed)
		a.post(func() { a.observed(o, detailed, plain) })
	})
}

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

func (a *Agent) wantsDetail() bool {
	w := a.server
	if !w.last.Listed {
		return false
	}
	every := detailEvery
	if a.cast.watched() {
		every = detailWatched
	}
	return w.detail || w.looks%every == 0
}

// observed takes a look in: the one way in which the world gets into the hub.
func (a *Agent) observed(o backend.Observation, detailed, plain bool) {
	w, now := a.server, a.cfg.Now()
	w.looking, w.last, w.at = false, o, now
	w.looks++
	if detailed {
		w.detail, w.plain = false, plain
	}
	state, rows := w.state.Observe(o)
	w.state = state
	a.history(rows)
	a.askBusyForPage(now, detailed)
	for _, r := range rows {
		// What TTL it has is worth knowing at once, where the server tells.
		if r.Event == backend.Loaded && !w.plain && !o.Detailed {
			w.detail = true
		}
	}
	a.noteServer(now)
	a.housekeep(now)
	a.tidy()
	w.next = now.Add(a.period())
	if w.detail {
		a.lookNow()
	}
}

// closeSilent is how often runs of OpenClaw's that say nothing more are looked
// at: some versions do not write down that a run has ended.
const closeSilent = 5 * time.Second

// housekeep does what has no event of its own; looks are its clock.
func (a *Agent) housekeep(now time.Time) {
	a.noteAlive(now)
	a.readShapesIfDue(now)
	a.learnIfSettled(now)
	if a.follow == nil {
		return
	}
	a.newDay(now)
	a.reconsiderNow()
	a.findPatternsIfDue(now)
	if abs(now.Sub(a.tickedAt)) >= closeSilent {
		a.tickedAt = now
		a.beside(a.follow.tick)
	}
}

// tidyAfter is how many looks nobody has listened for when memory is given back.
const tidyAfter = 3

// tidy gives memory back to the system once after the start and each time a
// page was closed: Go keeps what a busy moment took, and an agent is idle for
// most of its life, and so do the pages of the program that only the busy moment
// needed. It collects garbage, a few milliseconds, so it is rare.
func (a *Agent) tidy() {
	if a.cast.watched() {
		a.unwatched = 0
		return
	}
	a.unwatched++
	if a.unwatched == tidyAfter {
		debug.FreeOSMemory()
		if a.cfg.GiveBack != nil {
			a.cfg.GiveBack()
		}
	}
}

// period is how long until the next look.
func (a *Agent) period() time.Duration {
	w := a.server
	switch {
	case w.state.Doubtful():
		return min(watch.ConfirmIn, max(a.cfg.Poll, watch.ConfirmIn))
	case w.acting == backend.Loaded:
		return min(loadPoll, a.cfg.Poll)
	}
	return a.cfg.Poll
}

// askBusyForPage learns what the loaded models are doing while somebody looks,
// and forgets it when it has grown old.
func (a *Agent) askBusyForPage(now time.Time, detailed bool) {
	w := a.server
	if !w.last.Listed {
		return
	}
	if detailed && !w.plain && a.cast.watched() && !w.asking {
		a.askBusy(loadedLLMs(w.state.Server()), func(string, backend.Processing, error) {})
		return
	}
	if old := now.Sub(w.askedAt); old > busyFor || old < 0 {
		for _, id := range loadedLLMs(w.state.Server()) {
			w.state = w.state.BusySeen(id, nil)
		}
	}
}

// mostAsked bounds the questions of one round.
const mostAsked = 8

// askBusy asks what instances are doing and tells each answer in the loop.
func (a *Agent) askBusy(ids []string, each func(id string, p backend.Processing, err error)) {
	w := a.server
	if len(ids) == 0 {
		return
	}
	ids = ids[:min(len(ids), mostAsked)]
	w.asking = true
	a.beside(func(ctx context.Context) {
		for i, id := range ids {
			p, err := w.src.Processing(ctx, id)
			a.post(func() {
				w.asking, w.askedAt = i+1 < len(ids), a.cfg.Now()
				if err == nil {
					w.state = w.state.BusySeen(id, &p.Busy)
				} else {
					w.state = w.state.BusySeen(id, nil)
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

package agent

import (
	"math/rand/v2"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

const (
	// loadPoll is the watch period while a load runs.
	loadPoll = 2 * time.Second
	// farEvery and farDown are how many watch periods lie between two looks at a
	// server on another machine while nobody looks: as long as it answers, and when
	// it does not. With the usual period that is 15 and 30 seconds.
	farEvery = 3
	farDown  = 6
	// hostedEvery is the same for a hosted one while somebody looks; else it is
	// left in peace.
	hostedEvery = 5 * time.Minute
	// spread is the share of a period by which looks at the others vary, so that
	// they do not all come at once.
	spread = 0.15
)

// usual is how long lies between two looks at a server where nothing goes on.
func (a *Agent) usual(w *watched) time.Duration {
	switch {
	case w.local || w == a.main:
		return a.cfg.Poll
	case w.hosted():
		return hostedEvery
	case a.cast.watched():
		return max(a.cfg.Poll, loadPoll)
	case w.last.State == backend.ServerUp:
		return farEvery * a.cfg.Poll
	}
	return farDown * a.cfg.Poll
}

// period is how long until the next look.
func (a *Agent) period(w *watched) time.Duration {
	switch {
	case w.state.Doubtful():
		return watch.ConfirmIn
	case w.acting == backend.Loaded:
		return min(loadPoll, a.usual(w))
	case w == a.main:
		return a.cfg.Poll
	}
	usual := a.usual(w)
	return usual - time.Duration(rand.Float64()*spread*float64(usual))
}

// isDue says whether it is time to look. A time that lies further off than a whole
// period is from before a clock was set back or a person began to look.
func (a *Agent) isDue(w *watched, now time.Time) bool {
	if w.hosted() && !a.cast.watched() {
		return false
	}
	late, usual := w.next.Sub(now), a.usual(w)
	if late > usual && w != a.main {
		w.next = now.Add(time.Duration(rand.Float64() * float64(min(usual, a.cfg.Poll))))
		return false
	}
	return late <= 0 || late > usual
}

// untilLook is how long until the next look is due.
func (a *Agent) untilLook(now time.Time) time.Duration {
	wait := a.cfg.Poll // bounded, for a clock that was set back
	for _, w := range a.servers {
		if w.looking || w.hosted() && !a.cast.watched() {
			continue // its end wakes the loop
		}
		wait = min(wait, w.next.Sub(now))
	}
	return max(wait, 0)
}

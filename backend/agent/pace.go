package agent

import (
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
	// fewLocal is how many servers of this machine are looked at in every watch
	// period while nobody looks. More of them take turns: each look wakes the
	// program, which costs more than the look.
	fewLocal = 5
	// mostAtOnce bounds the looks that begin together.
	mostAtOnce = 8
)

// usual is how long lies between two looks at a server where nothing goes on.
func (a *Agent) usual(w *watched) time.Duration {
	poll, watched := a.cfg.Poll, a.cast.watched()
	switch {
	case w == a.main:
		return poll
	case w.hosted():
		return hostedEvery
	case a.keep.Target != nil && w.id == a.keep.Target.Server:
		return poll
	case watched && w.local:
		return poll
	case watched:
		return max(poll, loadPoll)
	case w.local:
		return poll * time.Duration((a.others.local+fewLocal-1)/fewLocal)
	case w.last.State == backend.ServerUp:
		return farEvery * poll
	}
	return farDown * poll
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
	return usual - time.Duration(a.chance()*spread*float64(usual))
}

// isDue says whether it is time to look. A time that lies further off than a whole
// period is from before a clock was set back or a person began to look.
func (a *Agent) isDue(w *watched, now time.Time) bool {
	if w.hosted() && !a.cast.watched() {
		return false
	}
	late, usual := w.next.Sub(now), a.usual(w)
	if late > usual && w != a.main {
		w.next = now.Add(time.Duration(a.chance() * float64(min(usual, a.cfg.Poll))))
		return false
	}
	return late <= 0 || late > usual
}

// isRound says whether it is time for a round of looks at the servers that wait for
// one: in every period, and with a look at the main server where one comes about
// then. awake says that one does now.
func (a *Agent) isRound(now time.Time, awake bool) bool {
	late, poll := now.Sub(a.others.round), a.cfg.Poll
	if late < -poll || late >= poll/4 || awake && late >= -poll/2 {
		a.others.round = now.Add(poll)
		return true
	}
	return false
}

// waits says whether a server's next look can wait for a round: nobody looks and
// nothing goes on there. Waking up once for several costs less than once for each.
func (a *Agent) waits(w *watched) bool {
	return w != a.main && !w.next.IsZero() && w.acting == "" && !a.cast.watched() && !w.state.Doubtful()
}

// untilLook is how long until the next look is due.
func (a *Agent) untilLook(now time.Time) time.Duration {
	wait := a.cfg.Poll // bounded, for a clock that was set back
	if len(a.servers) > 1 {
		wait = min(wait, a.others.round.Add(a.cfg.Poll/4).Sub(now))
	}
	for _, w := range a.servers {
		if w.looking || w.hosted() && !a.cast.watched() || a.waits(w) {
			continue // the end of that, or the next round, wakes the loop
		}
		wait = min(wait, w.next.Sub(now))
	}
	return max(wait, 0)
}

// Package sample decides when which part of the machine is read. It owns the
// paces: slow while nobody looks, quicker while somebody does, quickest during
// a load, so that its curve is kept.
//
// It must never read anything, and never own a clock: while nobody looks it is
// asked at the looks at the model server that happen anyway, so that an idle
// machine is not woken up once more.
package sample

import (
	"time"

	"pilotlight/backend"
)

// Facts are what the paces depend on.
type Facts struct {
	Watched bool // somebody has a page open
	Loading bool // a model is being loaded
	Saving  bool // on battery, or too hot: everything at half the pace
	// Every is how often Due is asked while nobody looks: the period of the
	// looks at the server.
	Every time.Duration
}

// pace is how long lies between two readings of each group.
type pace struct{ memory, gpus, processes time.Duration }

var (
	hidden  = pace{5 * time.Second, 10 * time.Second, 30 * time.Second}
	watched = pace{2 * time.Second, 2 * time.Second, 5 * time.Second}
	loading = pace{time.Second, time.Second, 5 * time.Second}
)

const (
	// longestLoad is how long a load is followed closely: a curve of two minutes
	// tells all, and a server that says "loading" for ever is not worth more.
	longestLoad = 2 * time.Minute
	// manyPeriods is how many periods without being asked are a gap: the machine
	// slept, or its clock was set.
	manyPeriods = 3
)

// State is what Due remembers from one time to the next. The zero State has
// read nothing yet.
type State struct {
	asked                   time.Time
	memory, gpus, processes time.Time
	loadingSince            time.Time // zero while nothing loads
}

// Due says what to read now. The State that it gives takes it for granted that
// this is done.
//
// After a gap nothing is read the first time: what drivers then tell is of a
// moment that was neither sleep nor work. Everything is due at the next.
func Due(s State, f Facts, now time.Time) (backend.Want, State) {
	turned := f.Loading != !s.loadingSince.IsZero()
	switch {
	case !f.Loading:
		s.loadingSince = time.Time{}
	case turned:
		s.loadingSince = now
	}
	gap := s.gap(f, now)
	s.asked = now
	if gap {
		s.memory, s.gpus, s.processes = time.Time{}, time.Time{}, time.Time{}
		if f.Loading {
			s.loadingSince = now
		}
		return backend.Want{}, s
	}
	p := s.pace(f, now)
	w := backend.Want{
		Memory: due(s.memory, p.memory, now), GPUs: due(s.gpus, p.gpus, now),
		Processes: turned || due(s.processes, p.processes, now), Search: turned,
	}
	if w.Memory {
		s.memory = now
	}
	if w.GPUs {
		s.gpus = now
	}
	if w.Processes {
		s.processes = now
	}
	return w, s
}

// Tick is how often Due wants to be asked beyond the looks that happen anyway;
// 0 where those will do.
func Tick(s State, f Facts, now time.Time) time.Duration {
	if !f.Watched && !f.Loading {
		return 0
	}
	p := s.pace(f, now)
	if p.memory >= f.Every || !f.Watched && !s.follows(f, now) {
		return 0
	}
	return p.memory
}

// pace is the one that holds now.
func (s State) pace(f Facts, now time.Time) pace {
	p := hidden
	switch {
	case s.follows(f, now):
		p = loading
	case f.Watched:
		p = watched
	}
	if f.Saving {
		p = pace{2 * p.memory, 2 * p.gpus, 2 * p.processes}
	}
	return p
}

// follows says that a load is worth following closely.
func (s State) follows(f Facts, now time.Time) bool {
	if !f.Loading {
		return false
	}
	since := now.Sub(s.loadingSince)
	return s.loadingSince.IsZero() || since >= 0 && since < longestLoad
}

// gap tells sleep and a clock that was set by the wall clock: Go's monotonic one
// stands still while the machine sleeps.
func (s State) gap(f Facts, now time.Time) bool {
	if s.asked.IsZero() {
		return false
	}
	since := now.Round(0).Sub(s.asked.Round(0))
	return since < 0 || since > manyPeriods*max(f.Every, hidden.memory)
}

// due is a little early rather than a whole period late: looks do not come to
// the millisecond.
func due(last time.Time, period time.Duration, now time.Time) bool {
	if last.IsZero() {
		return true
	}
	since := now.Round(0).Sub(last.Round(0))
	return since >= period-min(period/5, time.Second) || since < 0
}

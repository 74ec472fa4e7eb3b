package agent

import (
	"context"
	"math/rand/v2"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/source/openclaw"
	"pilotlight/backend/source/openclaw/journal"
	"pilotlight/store"
)

// Stage is what a hub stands on that is turned from outside: in the simulation
// there is one thread and a clock of its own, so that a life replays.
type Stage interface {
	// Post takes what the loop is to do next, as a call of Driven.Do.
	Post(f func())
	// Beside runs f beside the loop.
	Beside(f func())
	// Sleep waits, in what Beside runs; false says that the hub is no more.
	Sleep(d time.Duration) bool
	// Wait waits until ready is true, in what Beside runs, or until the hub is no more.
	Wait(ready func() bool)
	// Chance is a share, from 0 to 1, that spreads what would else come at once.
	Chance() float64
}

// sleep waits beside the loop; false says that ctx ended first.
func (a *Agent) sleep(ctx context.Context, d time.Duration) bool {
	if a.stage != nil {
		return a.stage.Sleep(d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// chance is a share, from 0 to 1, that spreads what would else come at once.
func (a *Agent) chance() float64 {
	if a.stage != nil {
		return a.stage.Chance()
	}
	return rand.Float64() //nolint:gosec // it only spreads looks
}

// isClosed is a question to wait with.
func isClosed(done <-chan struct{}) func() bool {
	return func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	}
}

// Driven is the hub without its loop, its recorder's goroutine and its faces: the
// same steps, each taken when it is told to. It listens to nobody and reads no file
// of OpenClaw's; the simulation plays both.
type Driven struct{ *Agent }

// NewDriven picks up where db left off, as Run does.
func NewDriven(ctx context.Context, cfg Config, db Storage, on Stage) (*Driven, error) {
	a, err := newAgent(ctx, cfg, db, store.Report{}, "http://127.0.0.1:0", "driven")
	if err != nil {
		return nil, err
	}
	a.life, a.stage = ctx, on
	if a.follow, err = newFollower(ctx, a, db); err != nil {
		return nil, err
	}
	if t := a.keep.Target; t != nil {
		a.learnExpected(t.Model)
	}
	a.beside(func(ctx context.Context) { a.readLearned(ctx, a.main) })
	return &Driven{a}, nil
}

// Do takes one step of the loop: f, if any, and what follows from it. It says after
// how long the next is due where nothing is posted before.
func (d *Driven) Do(f func()) time.Duration {
	if f != nil {
		f()
	}
	d.turn()
	return d.untilNext()
}

// ToRecord says whether there is anything new for the recorder.
func (d *Driven) ToRecord() bool { return len(d.rec.wake) > 0 }

// Record is one pass of the recorder. It says after how long to try again what
// could not be written; 0 is when there is something new.
func (d *Driven) Record(ctx context.Context) time.Duration {
	select {
	case <-d.rec.wake:
	default:
	}
	return d.rec.pass(ctx)
}

// Deliver hands over what OpenClaw recorded, as the reader of its files does: an
// error brings the same batch again.
func (d *Driven) Deliver(ctx context.Context, b journal.Batch) error { return d.follow.deliver(ctx, b) }

// Reads takes a new reading of OpenClaw's config in, as the one who reads it does.
func (d *Driven) Reads(r openclaw.Reading) {
	d.beside(func(ctx context.Context) {
		open := d.recallIf(ctx, true)
		d.post(func() {
			d.openclaw.reading, d.openclaw.read = r, true
			d.serversChanged(r, open)
		})
	})
}

// End ends it as Run does: what it watched is left, and what is queued is written.
func (d *Driven) End(ctx context.Context) {
	d.leaveAll()
	d.rec.last(ctx)
}

// KeepState is what the rules of keeping remember. Who changes it plays a fault.
func (d *Driven) KeepState() *keep.State { return &d.keep }

// Believed is a server as the hub believes it to be, and whether its last look
// brought a complete list. One that is not watched is none.
func (d *Driven) Believed(id string) (srv backend.Server, trusted bool) {
	if w, ok := d.find(id); ok {
		return w.server(), w.state.Trusted()
	}
	return backend.Server{}, false
}

// Runs is the assembler of OpenClaw's runs, as the store is given it.
func (d *Driven) Runs() []fallback.Session { return d.follow.sessions() }

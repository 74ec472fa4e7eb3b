package agent

import (
	"context"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/sample"
)

// sampling is how the machine is read: beside the loop, because a driver may hang,
// and one reading at a time.
type sampling struct {
	pace    sample.State
	running bool
	began   time.Time // the last reading that was due, as against one that an action wanted
}

// sampleIfDue reads what is due of the machine.
func (a *Agent) sampleIfDue(now time.Time) {
	if a.sampling.running {
		return // its end brings the next turn
	}
	want, pace := sample.Due(a.sampling.pace, a.paceFacts(), now)
	a.sampling.pace = pace
	if want.Any() {
		a.sampling.began = now
		a.read(want)
	}
}

func (a *Agent) paceFacts() sample.Facts {
	return sample.Facts{Watched: a.cast.watched(), Every: a.cfg.Poll, Loading: a.loadingHere()}
}

// loadingHere says whether a model is being loaded on this machine, by whomever.
func (a *Agent) loadingHere() bool {
	return slices.ContainsFunc(a.servers, func(w *watched) bool { return w.local && w.loading() })
}

// untilSample is how long the machine need not be read; 0 where the looks at the
// server come often enough for it.
func (a *Agent) untilSample(now time.Time) time.Duration {
	tick := sample.Tick(a.sampling.pace, a.paceFacts(), now)
	if tick == 0 || a.sampling.running {
		return 0
	}
	return min(max(a.sampling.began.Add(tick).Sub(now), time.Millisecond), tick)
}

// readFresh says whether the machine was read a moment ago; if not, it is being
// read.
func (a *Agent) readFresh(now time.Time) bool {
	if age := now.Sub(a.readAt); age >= 0 && age <= freshFor {
		return true
	}
	if !a.sampling.running {
		a.read(backend.Want{Memory: true, GPUs: true})
	}
	return false
}

// read takes a sample of this machine beside the loop.
func (a *Agent) read(want backend.Want) {
	a.sampling.running = true
	a.beside(func(ctx context.Context) {
		s := a.sample(ctx, want)
		a.post(func() {
			a.sampling.running = false
			a.sampled(s, want)
		})
	})
}

// sample reads groups of this machine, beside the loop. What could be read is in
// it with an error too.
func (a *Agent) sample(ctx context.Context, want backend.Want) *backend.Sample {
	s, err := a.cfg.Sample(ctx, want)
	if err != nil {
		a.cfg.Log.Debug("the machine was not read whole", "error", err)
	}
	return &s
}

// sampled takes a sample in.
func (a *Agent) sampled(s *backend.Sample, want backend.Want) {
	if want.Memory {
		a.readAt = a.cfg.Now()
	}
	a.machine = s
	a.reckonAgain()
	a.rec.sample(s)
	if a.cast.watched() {
		a.cast.publish(backend.EventSample, s)
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"

	"pilotlight/backend"
	"pilotlight/trial/rig"
)

const (
	// readings is how often is measured; an hour's are a minute apart.
	readings   = 60
	startLimit = time.Minute
	stopLimit  = 30 * time.Second
	// calm is how long nothing happens before a reading: what a moment's work took is not
	// what stays.
	calm = 2 * time.Second
)

// pace is how often each thing happens between two readings.
type pace struct{ loads, ejects, fallbacks, edits, visitors int }

// aDay has more in an hour than a person's day; a week's are the figures of seven
// days of 20 loads and 50 fallbacks, in readings parts.
func (p plan) pace() pace {
	if p.week {
		return pace{loads: 2, ejects: 1, fallbacks: 6, edits: 1, visitors: 3}
	}
	return pace{loads: 1, ejects: 1, fallbacks: 2, edits: 1, visitors: 3}
}

// deeds counts what was done.
type deeds struct{ loads, ejects, fallbacks, edits, visitors, refused int }

// soaker is a soak under way.
type soaker struct {
	*rig.Spot
	plan
	rng *rand.Rand
	did deeds
}

// soak runs one and returns what was measured.
func soak(ctx context.Context, p plan, out io.Writer) (costs []rig.Cost, did deeds, err error) {
	root, err := os.MkdirTemp("", "soak")
	if err != nil {
		return nil, did, err
	}
	defer os.RemoveAll(root)
	spot, err := rig.NewSpot(root, rig.Options{Agent: p.agent, Fake: p.fake, Poll: p.poll, LoadTime: 200 * time.Millisecond, Seed: p.seed})
	if err != nil {
		return nil, did, err
	}
	defer spot.Close()
	if err := spot.StartAgent(startLimit); err != nil {
		return nil, did, err
	}
	s := &soaker{Spot: spot, plan: p, rng: rand.New(rand.NewPCG(p.seed, 1))}
	if _, err := spot.Client().SetKeep(ctx, backend.Target{Model: rig.Primary(), Policy: backend.Always}); err != nil {
		return nil, did, err
	}
	standing, leave := context.WithCancel(ctx)
	defer leave()
	s.dashboards(standing)
	fmt.Fprintf(out, "soak of %s, looks every %s, pid %d\n", p.length, p.poll, spot.Agent.PID())
	if err := s.fill(ctx); err != nil {
		return nil, s.did, err
	}
	fmt.Fprintf(out, "filled with %d fallbacks, %d loads and unloads and %d edits\n", s.did.fallbacks, s.did.loads, s.did.edits)
	s.did = deeds{}
	fmt.Fprintln(out, " minute  rss MB  heap MB  goroutines  files  db KB  wal KB   cpu s")
	began := time.Now()
	for n := range readings {
		if err := s.stretch(ctx, began.Add(p.length*time.Duration(n+1)/readings)); err != nil {
			return costs, s.did, err
		}
		c, err := spot.Cost(ctx)
		if err != nil {
			return costs, s.did, fmt.Errorf("measure: %w", err)
		}
		costs = append(costs, c)
		fmt.Fprintf(out, "%7.1f %7.2f %8.2f %11.0f %6.0f %6.0f %7.0f %7.1f\n",
			c.At.Sub(began).Minutes(), c.Resident/1e6, c.Heap/1e6, c.Goroutines, c.Files, c.Database/1e3, c.WAL/1e3, c.CPU)
	}
	leave()
	end, err := spot.Agent.Stop(stopLimit)
	if err == nil && end.Code != 0 {
		err = end
	}
	return costs, s.did, err
}

package agent_test

import (
	"context"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// gpuMac is a Mac whose GPU's memory in use follows what the fake LM Studio
// really has in memory, times more than that one reckons.
type gpuMac struct {
	fake  atomic.Pointer[lmstudiotest.Server]
	more  float64
	blind atomic.Bool // the GPU tells nothing any more
	stale atomic.Bool // and what it told is carried over from before
	extra atomic.Int64
}

func (g *gpuMac) sample(ctx context.Context, want backend.Want) (backend.Sample, error) {
	s, err := plentyOfMemory(ctx, want)
	used, limit := int64(1_000_000_000)+g.extra.Load(), int64(50_000_000_000)
	if fake := g.fake.Load(); fake != nil {
		for _, i := range fake.Instances() {
			for _, m := range models() {
				if m.Key == i.Key {
					used += int64(math.Round(g.more * float64(m.SizeBytes+m.KVBytesPerToken*int64(i.Context))))
				}
			}
		}
	}
	gpu := backend.GPU{Name: "Apple", Vendor: "apple", MemoryLimitBytes: &limit, Source: "test"}
	if !g.blind.Load() {
		gpu.MemoryUsedBytes = &used
	}
	s.GPUs = []backend.GPU{gpu}
	if want.GPUs && !g.stale.Load() {
		s.ReadAt.GPUs = &s.At
	}
	return s, err
}

func startMac(t *testing.T, g *gpuMac) *room {
	r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) {
		c.Sample, c.SettleLoad = g.sample, 300*time.Millisecond
	})
	g.fake.Store(r.fake)
	r.untilListed()
	return r
}

// loadOnce loads a model, and gives its row as soon as it was measured; nil when
// it was not within a second.
func (r *room) loadOnce(model string, length int) *backend.Load {
	r.Helper()
	row, err := r.api.Load(context.Background(), "", model, &length)
	if err != nil {
		r.Fatal(err)
	}
	for end := time.Now().Add(2 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		for _, l := range r.history() {
			if l.ID == row.ID && l.MeasuredBytes != nil {
				return &l
			}
		}
	}
	return nil
}

func (r *room) unloadIt(model string) {
	r.Helper()
	if _, err := r.api.Unload(context.Background(), "", model, true); err != nil {
		r.Fatal(err)
	}
	time.Sleep(500 * time.Millisecond) // until memory counts as settled
}

func TestLoadsAreMeasuredAndLearnedFrom(t *testing.T) {
	t.Parallel()
	g := &gpuMac{more: 1.06}
	r := startMac(t, g)
	fit := func() *backend.Fit {
		t.Helper()
		length := 8192
		got, err := r.api.Fit(context.Background(), backend.FitQuery{Model: hero, ContextLength: &length})
		if err != nil {
			t.Fatal(err)
		}
		return got.Fit
	}
	plain := fit()
	if plain.TotalBytes != 608_192_000 || plain.Learned != nil || *plain.LimitOf != backend.LimitGPU || *plain.LimitBytes != 50_000_000_000 ||
		*plain.InUseBytes != 1_000_000_000 || *plain.AfterBytes != 1_608_192_000 {
		t.Errorf("before any load: %+v", plain)
	}
	for n := range 2 {
		row := r.loadOnce(hero, 8192)
		if row == nil {
			t.Fatal("not measured")
		}
		if *row.MeasuredBytes != 644_683_520 || row.EstimatedBytes == nil || *row.EstimatedBytes != 608_192_000 {
			t.Errorf("load %d: %+v", n, row)
		}
		r.unloadIt(hero)
	}
	if f := fit(); f.TotalBytes != 644_683_520 || f.Learned == nil {
		t.Errorf("after two loads: %+v", f)
	}
}

// What Pilotlight keeps warm is reckoned by the server's estimate before the load.
func TestKeptLoadsTeach(t *testing.T) {
	t.Parallel()
	g := &gpuMac{more: 1.06}
	r := startMac(t, g)
	for n := range 2 {
		r.keepHero(backend.Always, 8192)
		r.until("a measured load", func(*backend.Status) bool {
			for _, l := range r.history() {
				if l.Event == backend.Loaded && l.MeasuredBytes != nil {
					return l.ID > int64(2*n)
				}
			}
			return false
		})
		if _, err := r.api.Release(context.Background()); err != nil {
			t.Fatal(err)
		}
		r.unloadIt(hero)
	}
	for _, l := range r.history() {
		if l.Event == backend.Loaded && (l.EstimatedBytes == nil || *l.EstimatedBytes != 608_192_000 || *l.MeasuredBytes != 644_683_520) {
			t.Errorf("row %+v", l)
		}
	}
	length := 8192
	ask := func() *backend.Fit {
		got, err := r.api.Fit(context.Background(), backend.FitQuery{Model: hero, ContextLength: &length})
		if err != nil {
			t.Fatal(err)
		}
		return got.Fit
	}
	r.until("a correction", func(*backend.Status) bool { return ask().Learned != nil })
	f := ask()
	if f.TotalBytes != 644_683_520 || f.Learned.Loads != 2 || math.Abs(f.Learned.Ratio-1.06) > 1e-9 || !strings.HasSuffix(f.Basis, "the last 2 loads took 6 % more than reckoned") {
		t.Errorf("fit %+v, learned %+v", f, f.Learned)
	}
	// It is known after a restart too.
	r.stop()
	r.run()
	r.untilListed()
	r.until("the correction again", func(*backend.Status) bool { f := ask(); return f.Learned != nil && f.Learned.Loads == 2 })
}

func TestLoadsThatCannotBeMeasured(t *testing.T) {
	t.Parallel()
	for name, disturb := range map[string]func(*room, *gpuMac){
		"the GPU tells nothing afterwards": func(_ *room, g *gpuMac) { g.blind.Store(true) },
		"the GPU was not read anew":        func(_ *room, g *gpuMac) { g.stale.Store(true) },
		"another model came meanwhile":     func(r *room, _ *gpuMac) { r.fake.LoadExplicit(second, 4096) },
		"it went at once":                  func(r *room, _ *gpuMac) { r.fake.Eject(hero) },
		"something else gave more back":    func(_ *room, g *gpuMac) { g.extra.Store(-900_000_000) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := &gpuMac{more: 1}
			r := start(t, lmstudiotest.Options{}, func(c *agent.Config, _ *lmstudio.Config) {
				c.Sample, c.SettleLoad = g.sample, time.Second
			})
			g.fake.Store(r.fake)
			r.untilListed()
			length := 8192
			if _, err := r.api.Load(context.Background(), "", hero, &length); err != nil {
				t.Fatal(err)
			}
			disturb(r, g)
			time.Sleep(1500 * time.Millisecond)
			for _, l := range r.history() {
				if l.MeasuredBytes != nil {
					t.Errorf("measured %d bytes: %+v", *l.MeasuredBytes, l)
				}
			}
		})
	}
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"slices"
	"syscall"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

const (
	sampleBatches = 200
	viewsAsked    = 200
	viewPoints    = 1000
)

// samples adds a year of the machine's figures to the agent's history, and then
// writes as an agent does, once a minute. They stay there, so that the agent is
// measured with them.
func (b *bench) samples() error {
	ctx := context.Background()
	path := agent.DatabasePath(b.home)
	before, err := os.Stat(path)
	if err != nil {
		return err
	}
	db, _, err := store.Open(ctx, path, time.Now)
	if err != nil {
		return err
	}
	// The batches that are measured below come after it.
	end := time.Now().Add(-sampleBatches * time.Minute)
	if err := storetest.FillSamples(ctx, db, end); err != nil {
		return errors.Join(err, db.Close())
	}
	if err := db.Close(); err != nil {
		return err
	}
	after, err := os.Stat(path)
	if err != nil {
		return err
	}
	b.add("a year of samples, 20 series", float64(after.Size()-before.Size())/1e6, "%.1f", 60, "MB")
	return b.sampleBatches(ctx, path, end)
}

// sampleBatches is what a minute of samples costs: 12 taken in, and one write.
func (b *bench) sampleBatches(ctx context.Context, path string, from time.Time) (err error) {
	db, _, err := store.Open(ctx, path, time.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rng := rand.New(rand.NewPCG(5, 6))
	var took []float64
	var minute []backend.Sample
	used := cpuTime()
	var making time.Duration
	for i := range sampleBatches {
		begun := cpuTime()
		minute = minute[:0]
		for j := range 12 {
			minute = append(minute, storetest.Machine(from.Add(time.Duration(i)*time.Minute+time.Duration(j)*5*time.Second), rng))
		}
		making += cpuTime() - begun
		started := time.Now()
		for _, s := range minute {
			db.AddSample(s.At, s.Readings())
		}
		if err := db.Flush(ctx); err != nil {
			return err
		}
		took = append(took, float64(time.Since(started).Microseconds())/1000)
	}
	used = cpuTime() - used - making
	slices.Sort(took)
	b.add("  CPU to keep a minute of samples", float64(used.Microseconds())/1000/sampleBatches, "%.2f", 6, "ms")
	b.note("  written and on the disk, p50", fmt.Sprintf("%.1f ms", median(took)))
	b.note("  p95", fmt.Sprintf("%.1f ms", p95(took)))
	return nil
}

// cpuTime is what this program has used so far.
func cpuTime() time.Duration {
	var use syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &use) != nil {
		return 0
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// sampleViews asks the agent for charts as the dashboard does.
func (b *bench) sampleViews() error {
	h := b.agent.http()
	for _, view := range []struct {
		name  string
		span  time.Duration
		limit float64
	}{
		{"1 y", 365 * 24 * time.Hour, 30}, {"1 h", time.Hour, 30},
		{"1 d", 24 * time.Hour, 30}, {"7 d", 7 * 24 * time.Hour, 30}, {"30 d", 30 * 24 * time.Hour, 30},
	} {
		var took []float64
		var got backend.Samples
		used, err := b.agent.cpu()
		if err != nil {
			return err
		}
		for range viewsAsked {
			to := time.Now()
			q := url.Values{"from": {backend.At(to.Add(-view.span)).String()}, "to": {backend.At(to).String()}, "points": {fmt.Sprint(viewPoints)}}
			started := time.Now()
			body, err := get(h, "http://agent/api/samples?"+q.Encode())
			if err != nil {
				return err
			}
			took = append(took, float64(time.Since(started).Microseconds())/1000)
			if len(took) == viewsAsked {
				if err := json.Unmarshal(body, &got); err != nil {
					return err
				}
			}
		}
		now, err := b.agent.cpu()
		if err != nil {
			return err
		}
		if len(got.Items) < 20 || len(got.AtMS) < 300 || len(got.AtMS) > viewPoints {
			return fmt.Errorf("a view of %s has %d series of %d rows", view.name, len(got.Items), len(got.AtMS))
		}
		slices.Sort(took)
		b.add(fmt.Sprintf("GET /api/samples, %s, %d series of %d rows, p95", view.name, len(got.Items), len(got.AtMS)), p95(took), "%.1f", view.limit, "ms")
		b.note("  median", fmt.Sprintf("%.1f ms", median(took)))
		b.note("  the agent's CPU", fmt.Sprintf("%.1f ms", float64((now-used).Microseconds())/1000/viewsAsked))
	}
	return b.timelineViews(h)
}

// timelineViews asks for what is drawn beside the charts.
func (b *bench) timelineViews(h *http.Client) error {
	var took []float64
	for i := range viewsAsked / 4 {
		span := []time.Duration{time.Hour, 24 * time.Hour, 30 * 24 * time.Hour, 365 * 24 * time.Hour}[i%4]
		to := time.Now()
		q := url.Values{"from": {backend.At(to.Add(-span)).String()}, "to": {backend.At(to).String()}}
		started := time.Now()
		if _, err := get(h, "http://agent/api/timeline?"+q.Encode()); err != nil {
			return err
		}
		took = append(took, float64(time.Since(started).Microseconds())/1000)
	}
	slices.Sort(took)
	b.note(fmt.Sprintf("GET /api/timeline with %d loads and fallbacks, 1 h to 1 y, p50", b.rows), fmt.Sprintf("%.1f ms", median(took)))
	b.note("  slowest", fmt.Sprintf("%.1f ms", took[len(took)-1]))
	return nil
}

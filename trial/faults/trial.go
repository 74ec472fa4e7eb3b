package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// report is what a trial found.
type report struct {
	mu       sync.Mutex
	began    time.Time
	rounds   map[string]int // by fault
	skipped  map[string]int // by reason
	facts    map[string]int // what else is worth counting
	slowest  time.Duration  // start
	failures []error
	took     time.Duration
}

func (r *report) round(name string) { r.count(r.rounds, name) }
func (r *report) skip(why string)   { r.count(r.skipped, why) }
func (r *report) fact(what string)  { r.count(r.facts, what) }

func (r *report) count(in map[string]int, name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	in[name]++
}

func (r *report) started(took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.slowest = max(r.slowest, took)
}

func (r *report) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, err)
}

func (r *report) err() error { return errors.Join(r.failures...) }

// total is how many rounds were played.
func (r *report) total() int {
	n := 0
	for _, k := range r.rounds {
		n += k
	}
	return n
}

func (r *report) print(out io.Writer) {
	fmt.Fprintf(out, "%d rounds in %s; the slowest start took %s\n", r.total(), r.took.Round(time.Second), r.slowest.Round(time.Millisecond))
	for _, part := range []struct {
		title string
		of    map[string]int
	}{{"faults", r.rounds}, {"seen", r.facts}, {"skipped", r.skipped}} {
		var list []string
		for _, name := range slices.Sorted(maps.Keys(part.of)) {
			list = append(list, fmt.Sprintf("%s %d", name, part.of[name]))
		}
		if len(list) > 0 {
			fmt.Fprintf(out, "%s: %s\n", part.title, strings.Join(list, ", "))
		}
	}
}

// trial plays all rounds, in lanes beside each other. A lane ends with its first
// failure; the error that comes back is trouble of the trial's own.
func trial(ctx context.Context, p plan) (*report, error) {
	r := &report{began: time.Now(), rounds: map[string]int{}, skipped: map[string]int{}, facts: map[string]int{}}
	faults, err := chosen(p.only)
	if err != nil {
		return r, err
	}
	root, err := os.MkdirTemp("", "pl")
	if err != nil {
		return r, err
	}
	defer os.RemoveAll(root)
	var lanes sync.WaitGroup
	for n := range p.lanes {
		rounds := p.rounds / p.lanes
		if n < p.rounds%p.lanes {
			rounds++
		}
		lanes.Go(func() {
			dir := filepath.Join(root, fmt.Sprint(n))
			if err := playLane(ctx, p, r, faults, n, rounds, dir); err != nil && ctx.Err() == nil {
				r.failed(err)
			}
		})
	}
	lanes.Wait()
	r.took = time.Since(r.began)
	return r, ctx.Err()
}

// playLane plays one lane's rounds on a spot of its own.
func playLane(ctx context.Context, p plan, r *report, faults []fault, n, rounds int, dir string) (err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	l, err := newLane(ctx, p, r, n, dir)
	if err != nil {
		return fmt.Errorf("lane %d: %w", n, err)
	}
	defer l.close()
	for i := range rounds {
		if p.budget > 0 && time.Since(r.began) > p.budget {
			break
		}
		if err := l.round(i, faults); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			l.save()
			return fmt.Errorf("seed %d, lane %d, round %d, %s: %w", p.seed, n, i, l.doing, err)
		}
	}
	return l.finish()
}

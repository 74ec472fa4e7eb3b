package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// fallbacks adds as many fallbacks to the agent's history as it has loads, and
// asks for every page that the dashboard can ask for. They stay there, so that the
// agent is measured with them. No agent runs yet: what is measured is the store.
func (b *bench) fallbacks() error {
	ctx := context.Background()
	path := agent.DatabasePath(b.home)
	before, err := os.Stat(path)
	if err != nil {
		return err
	}
	end := time.Now()
	if err := b.fillFallbacks(ctx, path, end); err != nil {
		return err
	}
	after, err := os.Stat(path)
	if err != nil {
		return err
	}
	b.add("a fallback of the history", float64(after.Size()-before.Size())/float64(b.rows), "%.0f", 2048, "bytes")
	db, _, err := store.Open(ctx, path, time.Now)
	if err != nil {
		return err
	}
	defer db.Close()
	var queries []func() error
	for _, q := range storetest.Queries(b.rows, end) {
		queries = append(queries, func() error {
			_, err := db.Fallbacks(ctx, q.Query)
			return err
		})
	}
	took, err := timed(queries)
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("page of %d fallbacks, any filters, p95", b.rows), p95(took), "%.2f", 10, "ms")
	b.note("  p50", fmt.Sprintf("%.2f ms", median(took)))
	took, err = timed(slices.Repeat([]func() error{func() error {
		_, err := db.FallbackSummary(ctx, backend.At(end.AddDate(0, 0, -7*26)), backend.At(end), time.Local)
		return err
	}}, 20))
	if err != nil {
		return err
	}
	b.add("26 weeks of them summed up, p95", p95(took), "%.1f", 100, "ms")
	return nil
}

func (b *bench) fillFallbacks(ctx context.Context, path string, end time.Time) error {
	const batch = 1000
	db, _, err := store.Open(ctx, path, time.Now)
	if err != nil {
		return err
	}
	for from := 0; from < b.rows; from += batch {
		list := storetest.Fallbacks(from, min(batch, b.rows-from), b.rows, end)
		if _, err := db.RecordJournal(ctx, store.Journal{Fallbacks: list}); err != nil {
			return errors.Join(err, db.Close())
		}
	}
	return db.Close()
}

// timed calls each once and says how long it took, in milliseconds, shortest
// first.
func timed(calls []func() error) ([]float64, error) {
	var took []float64
	for _, call := range calls {
		started := time.Now()
		if err := call(); err != nil {
			return nil, err
		}
		took = append(took, float64(time.Since(started).Nanoseconds())/1e6)
	}
	slices.Sort(took)
	return took, nil
}

func p95(sorted []float64) float64 { return sorted[len(sorted)*95/100] }

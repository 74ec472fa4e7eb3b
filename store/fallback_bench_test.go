package store_test

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// busy makes a database of manyRows fallbacks, closed cleanly.
func busy(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "pilotlight.db")
	s, _, err := store.Open(b.Context(), path, fixed)
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < manyRows; from += 5000 {
		record(b, s, storetest.Fallbacks(from, 5000, manyRows, clock)...)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// measured calls f for each of n and reports the median, the 95th percentile and
// the most, in milliseconds.
func measured(b *testing.B, n int, f func(i int)) {
	b.Helper()
	var took []time.Duration
	for b.Loop() {
		for i := range n {
			started := time.Now()
			f(i)
			took = append(took, time.Since(started))
		}
	}
	slices.Sort(took)
	for name, d := range map[string]time.Duration{"ms-p50": took[len(took)/2], "ms-p95": took[len(took)*95/100], "ms-max": took[len(took)-1]} {
		b.ReportMetric(float64(d.Microseconds())/1000, name)
	}
	b.ReportMetric(float64(len(took)), "calls")
}

// BenchmarkFallbackPages asks 100,000 fallbacks for every combination of
// filters: all of them together, and then what is slowest.
func BenchmarkFallbackPages(b *testing.B) {
	s, _, err := store.Open(b.Context(), busy(b), fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	queries := storetest.Queries(manyRows, clock)
	page := func(b *testing.B, q backend.FallbackQuery) int {
		page, err := s.Fallbacks(b.Context(), q)
		if err != nil {
			b.Fatal(err)
		}
		return len(page.Items)
	}
	b.Run("all", func(b *testing.B) {
		slowest, name := time.Duration(0), ""
		measured(b, len(queries), func(i int) {
			started := time.Now()
			page(b, queries[i].Query)
			if d := time.Since(started); d > slowest {
				slowest, name = d, queries[i].Name
			}
		})
		b.Log("slowest:", name)
	})
	b.Run("rare", func(b *testing.B) {
		measured(b, 100, func(int) {
			if got := page(b, backend.FallbackQuery{Outcome: backend.Exhausted}); got != storetest.Rare {
				b.Fatalf("%d rows, want %d", got, storetest.Rare)
			}
		})
	})
	b.Run("of1000", func(b *testing.B) {
		measured(b, 20, func(int) { page(b, backend.FallbackQuery{Limit: 1000, Session: "agent:main:main"}) })
	})
}

// BenchmarkFallbackSummary is what the page's head is made of: 26 weeks with all
// of the rows in them.
func BenchmarkFallbackSummary(b *testing.B) {
	s, _, err := store.Open(b.Context(), busy(b), fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		b.Fatal(err)
	}
	measured(b, 20, func(int) {
		sum, err := s.FallbackSummary(b.Context(), backend.At(clock.AddDate(0, 0, -7*26)), backend.At(clock), zone)
		if err != nil || sum.Count < manyRows*99/100 {
			b.Fatal(sum.Count, err)
		}
	})
}

// BenchmarkRecordJournal is one fallback and one cursor in a transaction of their
// own, on the disk.
func BenchmarkRecordJournal(b *testing.B) {
	s, _, err := store.Open(b.Context(), busy(b), fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := manyRows; b.Loop(); i++ {
		_, err := s.RecordJournal(b.Context(), store.Journal{
			Fallbacks: storetest.Fallbacks(i, 1, manyRows, clock),
			Cursors:   []backend.Cursor{{Path: "/tmp/openclaw.log", Offset: int64(i), ReadAt: clock}},
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBackfill is 10,000 fallbacks in one transaction.
func BenchmarkBackfill(b *testing.B) {
	list := storetest.Fallbacks(0, 10_000, manyRows, clock)
	for b.Loop() {
		b.StopTimer()
		s, _, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "pilotlight.db"), fixed)
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		record(b, s, list...)
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// BenchmarkBytesPerFallback reports what a fallback takes on the disk, indexes
// included, and how much a program's memory grows by asking for many pages.
func BenchmarkBytesPerFallback(b *testing.B) {
	for b.Loop() {
		path := busy(b)
		info, err := os.Stat(path)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/manyRows, "bytes/row")
		s, _, err := store.Open(b.Context(), path, fixed)
		if err != nil {
			b.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for _, q := range storetest.Queries(manyRows, clock) {
			if _, err := s.Fallbacks(b.Context(), q.Query); err != nil {
				b.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc)-float64(before.HeapAlloc), "heap-bytes-more")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

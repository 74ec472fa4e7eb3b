package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"

	"pilotlight/backend"
	"pilotlight/store"
)

// manyRows is years of history of a busy machine.
const manyRows = 100_000

// large makes a database of manyRows rows, closed cleanly.
func large(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "pilotlight.db")
	s, _, err := store.Open(b.Context(), path, fixed)
	if err != nil {
		b.Fatal(err)
	}
	for from := 0; from < manyRows; from += 5000 {
		if _, err := s.AddLoads(b.Context(), samples(from, 5000)); err != nil {
			b.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkAddLoads is one row in a transaction of its own, on the disk.
func BenchmarkAddLoads(b *testing.B) {
	s, _, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "pilotlight.db"), fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := 0; b.Loop(); i++ {
		if _, err := s.AddLoads(b.Context(), samples(i, 1)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAddLoads100 is a hundred rows in one transaction.
func BenchmarkAddLoads100(b *testing.B) {
	s, _, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "pilotlight.db"), fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for i := 0; b.Loop(); i++ {
		if _, err := s.AddLoads(b.Context(), samples(100*i, 100)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkBytesPerRow reports what a row takes on the disk, indexes included.
func BenchmarkBytesPerRow(b *testing.B) {
	for b.Loop() {
		info, err := os.Stat(large(b))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size())/manyRows, "bytes/row")
	}
}

// BenchmarkOpen100k is a start after a clean stop, up to the first answers that
// a status needs.
func BenchmarkOpen100k(b *testing.B) {
	path := large(b)
	for b.Loop() {
		s, _, err := store.Open(b.Context(), path, fixed)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := s.Present(b.Context()); err != nil {
			b.Fatal(err)
		}
		if _, err := s.Loads(b.Context(), backend.LoadQuery{}); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOpen100kUnclean is a start after a kill: with the check.
func BenchmarkOpen100kUnclean(b *testing.B) {
	path := large(b)
	for b.Loop() {
		b.StopTimer()
		leaveLog(b, path)
		b.StartTimer()
		s, _, err := store.Open(b.Context(), path, fixed)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
	}
}

// leaveLog puts a write-ahead log beside the database, as a kill would.
func leaveLog(b *testing.B, path string) {
	b.Helper()
	s, _, err := store.Open(context.Background(), path, fixed)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.AddLoads(context.Background(), samples(0, 1)); err != nil {
		b.Fatal(err)
	}
	log, err := os.ReadFile(path + "-wal")
	if err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path+"-wal", log, 0o600); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLoads100k is the slowest page of a dashboard: one model, some time ago.
func BenchmarkLoads100k(b *testing.B) {
	s, _, err := store.Open(b.Context(), large(b), fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	since, until := sample(manyRows/4).At, sample(manyRows/2).At
	for b.Loop() {
		page, err := s.Loads(b.Context(), backend.LoadQuery{Model: "qwen/qwen3-coder-30b", Event: backend.Loaded, Since: &since, Until: &until})
		if err != nil || len(page.Items) != 50 {
			b.Fatal(len(page.Items), err)
		}
	}
}

// BenchmarkCheck100k is the two checks of SQLite themselves.
func BenchmarkCheck100k(b *testing.B) {
	path := large(b)
	for _, check := range []string{"quick_check", "integrity_check"} {
		b.Run(check, func(b *testing.B) {
			db, err := sql.Open("sqlite3", path)
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			for b.Loop() {
				var verdict string
				if err := db.QueryRow("PRAGMA " + check + "(1)").Scan(&verdict); err != nil || verdict != "ok" {
					b.Fatal(verdict, err)
				}
			}
		})
	}
}

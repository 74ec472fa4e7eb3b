package store_test

import (
	"os"
	"path/filepath"
	"testing"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// largeConfig is the size of a config with hundreds of models, in bytes.
const largeConfig = 200_000

// revised makes a database of 500 revisions of a large config, closed cleanly.
func revised(b *testing.B) string {
	b.Helper()
	path := filepath.Join(quickDir(b), "pilotlight.db")
	s, _, err := store.Open(b.Context(), path, fixed)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 500 {
		keep(b, s, storetest.Revision(i, largeConfig, clock))
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return path
}

// BenchmarkBytesPerRevision reports what 500 revisions of a large config with
// small edits take on the disk.
func BenchmarkBytesPerRevision(b *testing.B) {
	for b.Loop() {
		info, err := os.Stat(revised(b))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(len(storetest.Config(0, largeConfig))), "text-bytes")
		b.ReportMetric(float64(info.Size())/500, "bytes/revision")
		b.ReportMetric(float64(info.Size())/1e6, "MB")
	}
}

// BenchmarkAddRevision is one revision of a large config, on the disk.
func BenchmarkAddRevision(b *testing.B) {
	s, _, err := store.Open(b.Context(), filepath.Join(b.TempDir(), "pilotlight.db"), fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	r := storetest.Revision(0, largeConfig, clock)
	b.Run("new", func(b *testing.B) {
		measured(b, 20, func(int) {
			r.Note += "n"
			keep(b, s, r)
		})
	})
	r.Author = backend.AuthorOutside
	b.Run("told-again", func(b *testing.B) { measured(b, 20, func(int) { keep(b, s, r) }) })
}

// BenchmarkRevisions is a page of the list, one text, and clearing out nothing.
func BenchmarkRevisions(b *testing.B) {
	s, _, err := store.Open(b.Context(), revised(b), fixed)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.Run("page", func(b *testing.B) {
		measured(b, 20, func(int) {
			page, err := s.Revisions(b.Context(), storetest.ConfigPath, 0, 50)
			if err != nil || len(page.Items) != 50 {
				b.Fatal(len(page.Items), err)
			}
		})
	})
	b.Run("text", func(b *testing.B) {
		measured(b, 20, func(i int) {
			if _, err := s.Revision(b.Context(), int64(1+i)); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("retention", func(b *testing.B) {
		measured(b, 20, func(int) {
			if _, err := s.Prune(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	})
}

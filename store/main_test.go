package store_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"pilotlight/backend"
	"pilotlight/store"
)

// TestMain is also the entry of the programs that the tests kill or let hold a
// lock: this test binary, started again with helperEnv set.
func TestMain(m *testing.M) {
	switch os.Getenv(helperEnv) {
	case "write":
		os.Exit(writeUntilKilled())
	case "journal":
		os.Exit(journalUntilKilled())
	case "revisions":
		os.Exit(reviseUntilKilled())
	case "samples":
		os.Exit(sampleUntilKilled())
	case "lock":
		os.Exit(lockUntilTold())
	}
	goleak.VerifyTestMain(m)
}

const helperEnv = "PILOTLIGHT_STORE_HELPER"

// clock is a fixed moment; tests that need time to pass add to it.
var clock = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)

func fixed() time.Time { return clock }

func open(t *testing.T, path string) *store.Store {
	t.Helper()
	s, _ := openReport(t, path)
	return s
}

func openReport(t *testing.T, path string) (*store.Store, store.Report) {
	t.Helper()
	return openWith(t, path, store.Settings{})
}

func openWith(t *testing.T, path string, set store.Settings) (*store.Store, store.Report) {
	t.Helper()
	s, report, err := store.OpenWith(t.Context(), path, fixed, set)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { s.Close() })
	return s, report
}

func tempDB(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "pilotlight.db")
}

// quickDir is a folder in memory where the system has one. A test that commits
// thousands of times would otherwise measure how busy the disk is, and neither a
// kill nor a model needs one: what a process wrote is the kernel's either way.
func quickDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "pilotlight-store-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func closeStore(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func ptr[T any](v T) *T { return &v }

// sample is a row of usual length.
func sample(i int) backend.Load {
	row := backend.Load{
		At:         backend.At(clock.Add(time.Duration(i) * time.Second)),
		Server:     "lmstudio",
		Model:      "qwen/qwen3-coder-30b",
		InstanceID: "qwen/qwen3-coder-30b",
		Event:      backend.Loaded,
		Cause:      backend.CauseKeepWarm,
		Detail:     "Pilotlight loaded it, because it was not in memory.",
	}
	row.ContextRequested = ptr(32768)
	row.ContextActual = ptr(32768)
	row.DurationSeconds = ptr(12.5 + float64(i%7))
	row.SizeBytes = ptr(int64(18_556_688_736))
	if i%2 == 1 {
		row.Event, row.Cause = backend.Unloaded, backend.CauseTTL
		row.ContextRequested, row.DurationSeconds = nil, nil
		row.Detail = "Idle for 60 minutes, which is its TTL."
	}
	return row
}

func samples(from, n int) []backend.Load {
	rows := make([]backend.Load, n)
	for i := range rows {
		rows[i] = sample(from + i)
	}
	return rows
}

func add(t *testing.T, s *store.Store, rows ...backend.Load) []backend.Load {
	t.Helper()
	stored, err := s.AddLoads(t.Context(), rows)
	if err != nil {
		t.Fatalf("add: %v", err)
	}
	return stored
}

// allLoads reads every row, newest first.
func allLoads(t testing.TB, s *store.Store) []backend.Load {
	t.Helper()
	var all []backend.Load
	q := backend.LoadQuery{Limit: 1000}
	for {
		page, err := s.Loads(context.Background(), q)
		if err != nil {
			t.Fatalf("loads: %v", err)
		}
		all = append(all, page.Items...)
		if page.Next == "" {
			return all
		}
		q.Before = page.Items[len(page.Items)-1].ID
	}
}

// raw opens a database with SQLite's defaults, as another program would.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, query string, args ...any) {
	t.Helper()
	if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// wantError checks the code and that a person is told what to do.
func wantError(t *testing.T, err error, code backend.Code) *backend.Error {
	t.Helper()
	if got := backend.CodeOf(err); got != code {
		t.Fatalf("error %v has code %q, want %q", err, got, code)
	}
	e := backend.AsError(err)
	if e.Message == "" || (code != backend.CodeInvalid && e.Hint == "") {
		t.Fatalf("error lacks a message or a hint: %+v", e)
	}
	return e
}

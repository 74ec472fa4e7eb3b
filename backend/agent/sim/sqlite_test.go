package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/store"
)

// files is the real store, beside the played disk: what is committed in one is in
// the other. A life that is killed leaves a copy of the files as they were.
type files struct {
	dir string
	n   int
	db  *store.Store
	w   *world
}

func (f *files) path() string { return filepath.Join(f.dir, fmt.Sprint(f.n), "pilotlight.db") }

func (f *files) open() *store.Store {
	db, report, err := store.Open(context.Background(), f.path(), f.w.wall)
	if err != nil || report.SetAside != "" {
		f.w.fail("the store does not open: %v, %+v", err, report)
		return nil
	}
	f.db = db
	return db
}

// close ends a life's hold on them. What a killed one leaves is copied first: with
// the log of what it had committed, and without the end that Close would make.
func (f *files) close(killed bool) {
	if f.db == nil {
		return
	}
	if killed {
		was := f.path()
		f.n++
		for _, end := range []string{"", "-wal"} {
			if err := clone(was+end, f.path()+end); err != nil {
				f.w.fail("copy what is left: %v", err)
			}
		}
	}
	if err := f.db.Close(); err != nil {
		f.w.fail("close the store: %v", err)
	}
	f.db = nil
}

func clone(from, to string) error {
	b, err := os.ReadFile(from)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	return os.WriteFile(to, b, 0o600)
}

// real is storage over SQLite: what is written goes to both, what is read comes
// from SQLite.
type real struct {
	storage
	db *store.Store
}

func (s real) AddLoads(ctx context.Context, rows []backend.Load) (stored []backend.Load, err error) {
	err = s.write(true, func() {
		got, failed := s.db.AddLoads(context.WithoutCancel(ctx), rows)
		stored = s.put(rows)
		if failed != nil || !reflect.DeepEqual(got, stored) {
			s.l.w.fail("SQLite stored %+v of %+v: %v", got, stored, failed)
		}
	})
	return stored, err
}

func (s real) AddServerChange(ctx context.Context, c backend.ServerChange) (got backend.ServerChange, err error) {
	err = s.write(true, func() {
		var failed error
		if got, failed = s.db.AddServerChange(context.WithoutCancel(ctx), c); failed != nil {
			s.l.w.fail("SQLite did not write: %v", failed)
		}
		s.changes = append(s.changes, c)
	})
	return got, err
}

func (s real) RecordJournal(ctx context.Context, j store.Journal) (got []backend.Fallback, err error) {
	err = s.write(false, func() {
		var failed error
		if got, failed = s.db.RecordJournal(context.WithoutCancel(ctx), j); failed != nil {
			s.l.w.fail("SQLite did not write: %v", failed)
		}
		s.record(j)
	})
	return got, err
}

func (s real) SetState(ctx context.Context, name string, value []byte) error {
	return s.write(true, func() {
		if err := s.db.SetState(context.WithoutCancel(ctx), name, value); err != nil {
			s.l.w.fail("SQLite did not write: %v", err)
		}
		s.states[name] = value
	})
}

func (s real) Present(ctx context.Context) ([]backend.Load, error)    { return s.db.Present(ctx) }
func (s real) State(ctx context.Context, name string) ([]byte, error) { return s.db.State(ctx, name) }
func (s real) Cursors(ctx context.Context) ([]backend.Cursor, error)  { return s.db.Cursors(ctx) }
func (s real) Prune(ctx context.Context) (int64, error)               { return s.db.Prune(ctx) }
func (s real) Settle() error                                          { return s.db.Settle() }
func (s real) AddSample(at backend.Time, list []backend.Reading) bool {
	return s.db.AddSample(at, list)
}
func (s real) Fallback(ctx context.Context, id int64) (backend.Fallback, error) {
	return s.db.Fallback(ctx, id)
}

func (s real) AddUses(list []backend.Use) bool                       { return s.db.AddUses(list) }
func (s real) LatestUses(ctx context.Context) ([]backend.Use, error) { return s.db.LatestUses(ctx) }

func (s real) Flush(ctx context.Context) (err error) {
	failed := s.write(true, func() { err = s.db.Flush(context.WithoutCancel(ctx)) })
	return errors.Join(failed, err)
}

func (s real) LoadSeconds(ctx context.Context, server, model string) (median, p95 *float64, n int, err error) {
	return s.db.LoadSeconds(ctx, server, model)
}

func (s real) ServerChanges(ctx context.Context, server string, since, until backend.Time) ([]backend.ServerChange, error) {
	return s.db.ServerChanges(ctx, server, since, until)
}

func (s real) Fallbacks(ctx context.Context, q backend.FallbackQuery) (backend.Page[backend.Fallback], error) {
	return s.db.Fallbacks(ctx, q)
}

// TestSimOnSQLite plays lives over the real store: what a killed Pilotlight leaves
// is opened again, and holds all that was committed.
func TestSimOnSQLite(t *testing.T) {
	n := uint64(60)
	if testing.Short() {
		n = 10
	}
	for i := range n {
		s := write(1_000_000 + i)
		s.Acts = append(s.Acts, act{time.Second, "kill-in", int(i)}, act{time.Second, "run", int(i)}, act{20 * time.Second, "start", 0})
		dir := shared(t)
		w := playOn(s, dir)
		if w.failure == "" {
			w.failure = w.differs()
		}
		if w.failure != "" {
			t.Fatalf("%s\n%s", w.failure, s)
		}
		os.RemoveAll(dir)
	}
}

// shared is a folder in memory where there is one: a disk would only take longer.
func shared(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "pilotlight-sim")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func playOn(s script, dir string) *world {
	w := newWorld(s, nil)
	w.disk.files = &files{dir: dir, w: w}
	w.play()
	return w
}

// differs compares SQLite, opened once more, with the played disk.
func (w *world) differs() string {
	f := w.disk.files
	db := f.open()
	if db == nil {
		return w.failure
	}
	defer f.close(false)
	ctx := context.Background()
	page, err := db.Loads(ctx, backend.LoadQuery{Limit: 1000})
	if err != nil || len(page.Items) != len(w.disk.loads) {
		return fmt.Sprintf("%d loads were committed, SQLite has %d: %v", len(w.disk.loads), len(page.Items), err)
	}
	for i, got := range page.Items {
		want := w.disk.loads[got.ID-1]
		if !reflect.DeepEqual(got, want) {
			return fmt.Sprintf("load %d of the page is %+v, and %+v was committed", i, got, want)
		}
	}
	falls, err := db.Fallbacks(ctx, backend.FallbackQuery{Limit: 1000})
	if err != nil || len(falls.Items) != len(w.disk.falls) {
		return fmt.Sprintf("%d fallbacks were committed, SQLite has %d: %v", len(w.disk.falls), len(falls.Items), err)
	}
	if got, err := db.State(ctx, "keep"); err != nil || string(got) != string(w.disk.states["keep"]) {
		return fmt.Sprintf("the keep is %s, and %s was committed: %v", got, w.disk.states["keep"], err)
	}
	return ""
}

var _ agent.Storage = real{}

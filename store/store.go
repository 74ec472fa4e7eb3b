// Package store keeps Pilotlight's history in one SQLite file: loads and
// unloads, which instances are loaded, the changes of the servers' states,
// OpenClaw's fallbacks, how far its files were read, the revisions of its config,
// the machine's figures over time, when models were in use, and small named blobs
// of state.
//
// It owns the file, its schema and its retention, and it decides what happens
// to a file that is damaged, foreign or too new. It must never judge what a row
// means, start a timer, or hold anything that a person wrote to a model or got
// from it. It starts no goroutine of its own.
//
// The methods of a Store may be called from any goroutine. Trouble that a person
// can do something about is a *backend.Error with a hint: a full disk, a lock, a
// missing permission, damage, wrong input. An ended context comes back as it is.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Store is an open database. Close it, so that the next start need not check it.
type Store struct {
	path   string
	now    func() time.Time
	cfg    config
	file   os.FileInfo // of path, when it was opened
	writer *sql.DB     // one connection: SQLite has one writer at a time anyway
	reader *sql.DB     // never waits for the writer (WAL), never writes

	pending pending // samples
	uses    pendingUses
}

// Report says what Open had to do.
type Report struct {
	Created      bool   // there was no database, or the one there was is set aside now
	MigratedFrom int64  // the schema version found; 0 for a created database
	MigratedTo   int64  // the schema version now; equal to MigratedFrom when nothing was to do
	Backup       string // path of the copy made before migrating, "" when none was needed
	SetAside     string // path where a damaged database was moved, now or before and not settled; "" when none was
	SetAsideWhy  string // what was wrong with it

	// States are those of SetState that could still be read from a database that was set
	// aside. A new one has none of them.
	States map[string][]byte
}

// config is what tests make smaller than life.
type config struct {
	migrations  fs.FS
	busy        time.Duration // how long SQLite waits for another program's lock
	checkLimit  time.Duration // the most a check after an unclean stop may take
	keepRows    int           // retention: this many newest loads, fallbacks, and stretches of use
	keepChanges int           // retention: this many newest changes of servers' states
	keepAge     time.Duration // retention: rows not older than this

	keepRevisions int           // retention: this many newest revisions of each path
	keepTexts     int64         // retention: what all revisions take, in bytes
	keepCursors   time.Duration // retention: cursors of files read since
	pruneBatch    int           // rows deleted in one transaction
	pruneRounds   int           // transactions in one Prune
}

func defaults() config {
	return config{
		migrations:  embedded(),
		busy:        5 * time.Second,
		checkLimit:  time.Second,
		keepRows:    200_000,
		keepChanges: 50_000,
		keepAge:     2 * 365 * 24 * time.Hour,
		keepCursors: 90 * 24 * time.Hour,
		pruneBatch:  1000,
		pruneRounds: 20,

		keepRevisions: 500,
		keepTexts:     200_000_000,
	}
}

// Open opens the database at path, or makes it: its folder with mode 0700, its
// files with 0600. now is asked for times that callers leave out, for the age
// of rows and for the names of files set aside.
//
// An older schema is copied and then migrated. A newer one, or the database of
// another program, is refused (backend.CodeRefused) and not touched. A damaged
// file is set aside under another name, never deleted, and a new one is begun;
// the Report says so, at each Open until Settle. Trouble that may pass (a lock, a full disk, a missing
// permission) is an error and moves nothing.
//
// A process must not have the same file open twice: closing any of its
// descriptors drops all its POSIX locks on that file (sqlite.org/howtocorrupt.html,
// section 2.2), and Open reads the head of the file by itself.
func Open(ctx context.Context, path string, now func() time.Time) (*Store, Report, error) {
	return open(ctx, path, now, defaults())
}

func open(ctx context.Context, path string, now func() time.Time, cfg config) (*Store, Report, error) {
	var report Report
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, report, fmt.Errorf("find the database: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, report, fileError("make the folder of its database", filepath.Dir(path), err)
	}
	known, err := newestVersion(cfg.migrations)
	if err != nil {
		return nil, report, err
	}
	s := &Store{path: path, now: now, cfg: cfg}
	err = s.start(ctx, known, &report)
	// A file that was just made and is damaged already says that the disk or the
	// memory is broken; moving files about would not help.
	if bad, ok := errors.AsType[*damaged](err); ok && !report.Created {
		report.States = s.salvage(ctx, path)
		if report.SetAside, err = setAside(path, bad.why, now()); err != nil {
			return nil, report, err
		}
		report.SetAsideWhy = bad.why
		err = s.start(ctx, known, &report)
	}
	if _, ok := errors.AsType[*damaged](err); ok {
		err = s.explain("open its database", err)
	}
	if err != nil {
		return nil, report, err
	}
	if report.SetAside == "" {
		s.unsettled(ctx, &report)
	}
	return s, report, nil
}

// start does one attempt at opening. Its error is *damaged when the file
// should be set aside, and then no connection is left open.
func (s *Store) start(ctx context.Context, known int64, report *Report) (err error) {
	found, err := inspect(s.path, known)
	if err != nil {
		return err
	}
	if !found {
		if err := s.create(ctx); err != nil {
			return err
		}
		report.Created = true
	}
	if err := tighten(s.path); err != nil {
		return err
	}
	if s.file, err = os.Stat(s.path); err != nil {
		return fileError("open its database", s.path, err)
	}
	unclean := uncleanStop(s.path)
	s.writer = writerPool(s.path, s.cfg.busy)
	defer func() {
		if err != nil {
			_ = s.writer.Close()
		}
	}()
	version, err := s.probe(ctx, known)
	if err != nil {
		return err
	}
	if err := s.check(ctx, unclean); err != nil {
		return err
	}
	if !report.Created {
		report.MigratedFrom = version
	}
	report.MigratedTo = version
	if version < known {
		if report.Backup, err = s.upgrade(ctx, version, known); err != nil {
			return err
		}
		report.MigratedTo = known
	}
	s.reader = readerPool(s.path, s.cfg.busy)
	return nil
}

// Close ends all connections. What was not flushed is lost. The last one folds the write-ahead log into the
// database and removes it, which is what marks a clean stop. Where it cannot, on a
// full disk, the log stays and the next Open reads it: nothing is lost.
func (s *Store) Close() error {
	if err := errors.Join(s.reader.Close(), s.writer.Close()); err != nil {
		return s.explain("close its database", err)
	}
	return nil
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// create makes a whole database under another name and then gives it its own.
// A program killed halfway leaves nothing at path, so a file at path always
// says at once whose it is.
func (s *Store) create(ctx context.Context) error {
	const doing = "create its database"
	tmp := s.path + ".new"
	if err := removeDatabase(tmp); err != nil {
		return fileError(doing, tmp, err)
	}
	defer func() { _ = removeDatabase(tmp) }() // gone already when all went well
	// SQLite gives the files it makes beside a database the database's mode, so
	// this one mode settles all three.
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return fileError(doing, s.path, err)
	}
	if err := f.Close(); err != nil {
		return fileError(doing, s.path, err)
	}
	if err := s.fill(ctx, tmp); err != nil {
		return s.explain(doing, err)
	}
	if uncleanStop(tmp) {
		return errors.New("create the database: its write-ahead log was not folded in")
	}
	err = publish(tmp, s.path)
	if errors.Is(err, fs.ErrExist) {
		// An empty file holds nothing to lose.
		if info, serr := os.Stat(s.path); serr == nil && info.Size() == 0 {
			err = os.Rename(tmp, s.path)
		}
	}
	if err != nil {
		return fileError(doing, s.path, err)
	}
	if err := syncDir(filepath.Dir(s.path)); err != nil {
		return fileError(doing, s.path, err)
	}
	return nil
}

// fill gives an empty file its settings and its schema.
func (s *Store) fill(ctx context.Context, path string) error {
	// auto_vacuum can be chosen only while there is no page yet; the driver
	// sets it first.
	db := sql.OpenDB(connector{dsn(path, s.cfg.busy, url.Values{
		"_auto_vacuum": {"incremental"},
		"_synchronous": {"FULL"},
		"_txlock":      {"immediate"},
	}), pragmas})
	db.SetMaxOpenConns(1)
	defer db.Close()
	if err := useWAL(ctx, db); err != nil {
		return err
	}
	if _, err := db.ExecContext(ctx, "PRAGMA application_id = "+strconv.Itoa(applicationID)); err != nil {
		return err
	}
	if err := migrate(ctx, db, s.cfg.migrations); err != nil {
		return err
	}
	return db.Close()
}

// publish gives tmp the name dest, and fails with fs.ErrExist rather than
// replace a file. A hard link does that in one step; where the file system has
// none, a look before the rename has to do.
func publish(tmp, dest string) error {
	err := os.Link(tmp, dest)
	if err == nil {
		return os.Remove(tmp)
	}
	if !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.ENOTSUP) && !errors.Is(err, syscall.EOPNOTSUPP) {
		return err
	}
	if _, err := os.Lstat(dest); err == nil {
		return &fs.PathError{Op: "publish", Path: dest, Err: fs.ErrExist}
	}
	return os.Rename(tmp, dest)
}

// syncDir makes names in a folder survive a power loss.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// tighten takes away what others may do with the database: it may have been
// copied back from a backup with a wider mode.
func tighten(path string) error {
	for _, suffix := range parts {
		info, err := os.Stat(path + suffix)
		if err != nil || info.Mode().Perm()&0o077 == 0 {
			continue
		}
		if err := os.Chmod(path+suffix, 0o600); err != nil {
			return fileError("make its history private", path+suffix, err)
		}
	}
	return nil
}

// removeDatabase removes a database that was never in use.
func removeDatabase(path string) error {
	for _, suffix := range append(parts[:], "-journal") {
		if err := remove(path + suffix); err != nil {
			return err
		}
	}
	return nil
}

// parts are what the names of a database's files end in: its own, its log and its index.
var parts = [...]string{"", "-wal", "-shm"}

// remove deletes a file that may not be there.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

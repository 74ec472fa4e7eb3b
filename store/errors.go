package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"pilotlight/backend"
)

// SQLite's result codes that have an explanation of their own
// (sqlite.org/rescode.html). Any other is a bug of ours or a broken machine.
const (
	sqlitePerm     = 3
	sqliteBusy     = 5
	sqliteLocked   = 6
	sqliteReadonly = 8
	sqliteIOErr    = 10
	sqliteCorrupt  = 11
	sqliteFull     = 13
	sqliteCantOpen = 14
	sqliteProtocol = 15
	sqliteAuth     = 23
	sqliteNotADB   = 26

	sqliteReadonlyMoved = sqliteReadonly | 4<<8
	sqliteShortRead     = sqliteIOErr | 2<<8
)

// damaged is a database that cannot be used and that waiting will not mend.
type damaged struct {
	why string
	err error
}

func (d *damaged) Error() string { return d.why }
func (d *damaged) Unwrap() error { return d.err }

// isDamage tells damage from trouble that may pass: only these codes say that the
// bytes themselves are wrong, or missing. A read that comes short is a file whose end
// was cut off in the midst of a page; no disk gets better from waiting for that.
func isDamage(err error) bool {
	r, ok := resultOf(err)
	return ok && (r.primary == sqliteCorrupt || r.primary == sqliteNotADB || r.extended == sqliteShortRead)
}

// IsDamage says whether an error of the store's is a database that cannot be used. The
// next Open looks through all of it, and moves it aside where it is.
func IsDamage(err error) bool {
	_, ok := errors.AsType[*damaged](err)
	return ok || isDamage(err)
}

// asDamage turns damage into *damaged, and leaves every other error alone.
func asDamage(err error) error {
	if !isDamage(err) {
		return err
	}
	why := err.Error()
	if r, _ := resultOf(err); r.extended == sqliteShortRead {
		why = "its end is cut off" // SQLite says that no such file exists
	}
	return &damaged{why: why, err: err}
}

// explain turns an error into one that a person can use. doing completes
// "Pilotlight could not …". An ended context and a backend.Error pass unchanged.
// Damage leaves a mark for the next Open.
func (s *Store) explain(doing string, err error) error {
	return s.explainAt(doing, s.path, err)
}

// explainAt is explain for a statement that writes to another file: the space
// and the permission it may lack are that file's.
func (s *Store) explainAt(doing, target string, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if _, ok := errors.AsType[*backend.Error](err); ok {
		return err
	}
	if IsDamage(err) {
		markSuspect(s.path)
		return &backend.Error{Code: backend.CodeInternal, Err: err,
			Message: fmt.Sprintf("Pilotlight could not %s: its history in %s is damaged.", doing, s.path),
			Hint:    "Restart Pilotlight: it moves the damaged file aside and begins a new one. If this comes back, check the disk."}
	}
	r, ok := resultOf(err)
	if !ok {
		return fileError(doing, target, err)
	}
	e := s.explainResult(doing, target, r)
	if e == nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	e.Err = err
	return e
}

// explainResult is nil for what can only be a bug of ours.
func (s *Store) explainResult(doing, target string, r result) *backend.Error {
	dir := filepath.Dir(target)
	switch {
	// The file that the connections share reports a full disk as an I/O error.
	case r.primary == sqliteFull, r.errno == syscall.ENOSPC, r.errno == syscall.EDQUOT:
		return diskFull(doing, dir)
	case r.primary == sqliteBusy, r.primary == sqliteLocked, r.primary == sqliteProtocol:
		return &backend.Error{Code: backend.CodeBusy,
			Message: fmt.Sprintf("Pilotlight could not %s: another program has %s locked.", doing, s.path),
			Hint:    "Close the other program (a second Pilotlight, or a database viewer) and try again."}
	case r.extended == sqliteReadonlyMoved:
		return movedAway(doing, s.path)
	case r.primary == sqliteReadonly, r.primary == sqliteCantOpen, r.primary == sqlitePerm, r.primary == sqliteAuth:
		return notWritable(doing, target)
	case r.primary == sqliteIOErr:
		return &backend.Error{Code: backend.CodeInternal,
			Message: fmt.Sprintf("Pilotlight could not %s: the disk with %s reported an error.", doing, dir),
			Hint:    "Check the disk, or give Pilotlight a state folder on another one with PILOTLIGHT_HOME."}
	}
	return nil
}

// fileError explains an error of the file system.
func fileError(doing, path string, err error) error {
	var e *backend.Error
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e = diskFull(doing, filepath.Dir(path))
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		e = notWritable(doing, path)
	case errors.Is(err, syscall.ENOTDIR):
		e = &backend.Error{Code: backend.CodeRefused,
			Message: fmt.Sprintf("Pilotlight could not %s: a part of the path %s is a file, not a folder.", doing, path),
			Hint:    "Move that file away, or choose another path."}
	default:
		return fmt.Errorf("%s: %w", doing, err)
	}
	e.Err = err
	return e
}

func diskFull(doing, dir string) *backend.Error {
	return &backend.Error{Code: backend.CodeInternal,
		Message: fmt.Sprintf("Pilotlight could not %s: there is no space left on the disk with %s.", doing, dir),
		Hint:    "Free some space. What was recorded before is safe."}
}

func notWritable(doing, path string) *backend.Error {
	return &backend.Error{Code: backend.CodeRefused,
		Message: fmt.Sprintf("Pilotlight could not %s: it may not write to %s.", doing, path),
		Hint: fmt.Sprintf("Make the folder %s and the files in it writable for you, or give Pilotlight another state folder with PILOTLIGHT_HOME.",
			filepath.Dir(path))}
}

func movedAway(doing, path string) *backend.Error {
	return &backend.Error{Code: backend.CodeRefused,
		Message: fmt.Sprintf("Pilotlight could not %s: %s was moved or deleted while it was in use.", doing, path),
		Hint:    "Put the file back if you have it, and restart Pilotlight. Without the file it begins a new history."}
}

func noWAL(err error) *backend.Error {
	return &backend.Error{Code: backend.CodeRefused, Err: err,
		Message: "The folder of Pilotlight's history is on a file system that cannot hold it safely, such as a network share.",
		Hint:    "Give Pilotlight a state folder on a local disk with PILOTLIGHT_HOME."}
}

// suspectMark is the empty file that says "this database failed in use".
func suspectMark(path string) string { return path + ".suspect" }

// markSuspect asks the next Open for a full check. A disk too broken for this
// file is found by that Open anyway.
func markSuspect(path string) {
	if f, err := os.OpenFile(suspectMark(path), os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
		_ = f.Close()
	}
}

// notFound says that a row is not there, or not any more.
func notFound(what string, err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return &backend.Error{Code: backend.CodeNotFound,
			Message: fmt.Sprintf("There is no %s.", what),
			Hint:    "It may be too old: Pilotlight keeps two years."}
	}
	return err
}

func invalid(format string, args ...any) *backend.Error {
	return &backend.Error{Code: backend.CodeInvalid, Message: fmt.Sprintf(format, args...)}
}

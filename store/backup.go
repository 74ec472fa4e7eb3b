package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"pilotlight/backend"
	"pilotlight/backend/home"
)

// Copy writes a whole copy of the database at path to dest, as Backup does, from
// a process that does not have it open. It reads: nothing is migrated, a newer
// schema is copied as it is, and whoever has the database in use goes on. Where
// there is none it fails with backend.CodeNotFound.
func Copy(ctx context.Context, path, dest string) error {
	const doing = "write the backup"
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("find the database: %w", err)
	}
	s := &Store{path: path, cfg: defaults()}
	found, err := inspect(path, math.MaxInt64)
	if err != nil {
		return s.explain(doing, err)
	}
	if !found {
		return &backend.Error{Code: backend.CodeNotFound,
			Message: fmt.Sprintf("There is no history to back up: %s is not there.", path),
			Hint:    "Pilotlight makes it at its first start. PILOTLIGHT_HOME names another state folder."}
	}
	return s.Backup(ctx, dest)
}

// Backup writes a whole copy of the database to dest, mode 0600, while it stays
// in use. A file that is already there is never replaced
// (backend.CodeRefused); a failed backup leaves nothing at dest.
func (s *Store) Backup(ctx context.Context, dest string) error {
	const doing = "write the backup"
	if _, err := os.Lstat(dest); err == nil {
		return exists(dest)
	}
	dir := filepath.Dir(dest)
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return &backend.Error{Code: backend.CodeNotFound, Err: err,
			Message: fmt.Sprintf("The backup was not written: there is no folder %s.", dir),
			Hint:    "Make the folder first, or choose another file."}
	}
	tmp, err := s.copyBeside(ctx, dest)
	if err != nil {
		return s.explainAt(doing, dest, err)
	}
	defer os.Remove(tmp) // gone already when all went well
	if err := publish(tmp, dest); errors.Is(err, fs.ErrExist) {
		return exists(dest)
	} else if err != nil {
		return fileError(doing, dest, err)
	}
	if err := syncDir(dir); err != nil {
		return fileError(doing, dest, err)
	}
	return nil
}

// copyBeside writes a copy that is safely on the disk into a new file in dest's
// folder and returns its path.
func (s *Store) copyBeside(ctx context.Context, dest string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(dest), home.TempPattern("."+filepath.Base(dest)+"."))
	if err != nil {
		return "", err
	}
	tmp := f.Name()
	// VACUUM INTO takes a file that is there, as long as it is empty, and so
	// keeps CreateTemp's mode. It does not sync what it writes.
	once := oncePool(s.path, s.cfg.busy)
	_, err = once.ExecContext(ctx, "VACUUM INTO ?", tmp)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, once.Close(), f.Close())
	if err != nil {
		_ = os.Remove(tmp)
		return "", err
	}
	return tmp, nil
}

func exists(dest string) error {
	return &backend.Error{Code: backend.CodeRefused,
		Message: fmt.Sprintf("The backup was not written: %s is already there.", dest),
		Hint:    "Choose another name, or move that file away."}
}

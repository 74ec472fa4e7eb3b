package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"pilotlight/backend"
)

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
	f, err := os.CreateTemp(filepath.Dir(dest), "."+filepath.Base(dest)+".*")
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

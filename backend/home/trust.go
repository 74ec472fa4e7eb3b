package home

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrForeign says that something in the way belongs to another user.
var ErrForeign = errors.New("it belongs to another user of this machine")

// mostEntries bounds how much of a folder is looked at; a state folder has about ten.
const mostEntries = 1000

// Trust looks whether a state folder, and all that lies in it, is this user's own.
// Whoever could once write there may have left a token that they know, or a link for
// us to write through. A folder that is not there yet is fine; so is what root owns,
// who may do everything anyway. The error is ErrForeign with the path, or what
// prevented the look.
func Trust(dir string) error { return trust(dir, os.Geteuid()) }

func trust(dir string, uid int) error {
	// By Lstat: of a link that somebody else made, its owner is what counts.
	if err := owned(dir, uid, os.Lstat); err != nil {
		return err
	}
	if err := owned(dir, uid, os.Stat); err != nil {
		return err
	}
	d, err := os.Open(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	names, err := d.Readdirnames(mostEntries)
	_ = d.Close()
	if len(names) == 0 {
		return nil // nothing, or what cannot be listed is found out by whoever writes
	}
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := owned(filepath.Join(dir, name), uid, os.Lstat); err != nil {
			return err
		}
	}
	return nil
}

func owned(path string, uid int, stat func(string) (fs.FileInfo, error)) error {
	info, err := stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if ok && int(s.Uid) != uid && s.Uid != 0 {
		return fmt.Errorf("%s: %w", path, ErrForeign)
	}
	return nil
}

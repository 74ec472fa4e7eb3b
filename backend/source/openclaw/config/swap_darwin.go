package config

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// exchange swaps two files in one step. errors.ErrUnsupported where the disk
// cannot (APFS can).
func exchange(a, b string) error { return step(unix.RenamexNp(a, b, unix.RENAME_SWAP), a, b) }

// placeNew puts a file where none is; fs.ErrExist if there is one.
func placeNew(from, to string) error {
	err := step(unix.RenamexNp(from, to, unix.RENAME_EXCL), from, to)
	if errors.Is(err, errors.ErrUnsupported) {
		return placeByLink(from, to)
	}
	return err
}

// hold does nothing here: macOS has no leases for programs.
func hold(*os.File) {}

func step(err error, from, to string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.ENOTSUP):
		return errors.ErrUnsupported
	}
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
}

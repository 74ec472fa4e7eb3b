package config

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// exchange swaps two files in one step. errors.ErrUnsupported where the disk
// cannot.
func exchange(a, b string) error {
	err := unix.Renameat2(unix.AT_FDCWD, a, unix.AT_FDCWD, b, unix.RENAME_EXCHANGE)
	return step(err, a, b)
}

// placeNew puts a file where none is; fs.ErrExist if there is one.
func placeNew(from, to string) error {
	err := step(unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE), from, to)
	if errors.Is(err, errors.ErrUnsupported) {
		return placeByLink(from, to)
	}
	return err
}

// hold makes everybody else who opens the file wait until h is closed, by a lease
// (fcntl(2), F_SETLEASE). It takes the file's owner and a disk that knows leases;
// without them nobody waits. The system itself ends it after 45 seconds.
func hold(h *os.File) {
	if conn, err := h.SyscallConn(); err == nil {
		_ = conn.Control(func(fd uintptr) { _, _ = unix.FcntlInt(fd, unix.F_SETLEASE, unix.F_WRLCK) })
	}
}

func step(err error, from, to string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP):
		return errors.ErrUnsupported
	}
	return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
}

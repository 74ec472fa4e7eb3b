package rig

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// Disk is a small disk of its own.
type Disk struct{ Dir string }

// NewDisk mounts one of so many MB at a folder. It fails where this user may not.
func NewDisk(dir string, mb int) (*Disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=700", mb)); err != nil {
		return nil, fmt.Errorf("mount a small disk: %w", err)
	}
	return &Disk{Dir: dir}, nil
}

func (d *Disk) filler() string { return filepath.Join(d.Dir, "filler") }

// Fill takes all the room that is left.
func (d *Disk) Fill() error {
	f, err := os.OpenFile(d.filler(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		if errors.Is(err, syscall.ENOSPC) {
			return nil
		}
		return err
	}
	defer f.Close()
	for size := 1 << 20; size >= 1; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				return err
			}
			size /= 2
		}
	}
	return nil
}

// Free gives the room back.
func (d *Disk) Free() { _ = os.Remove(d.filler()) }

// Close takes the disk away, also while somebody has files of it open.
func (d *Disk) Close() { _ = unix.Unmount(d.Dir, unix.MNT_DETACH) }

// LimitFiles bounds how long a file of a program may become, in bytes; 0 takes
// that back.
func LimitFiles(pid int, bytes uint64) error {
	var now unix.Rlimit
	if err := unix.Prlimit(pid, unix.RLIMIT_FSIZE, nil, &now); err != nil {
		return err
	}
	if now.Cur = bytes; bytes == 0 {
		now.Cur = now.Max
	}
	return unix.Prlimit(pid, unix.RLIMIT_FSIZE, &now, nil)
}

package openclaw

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// Caps on what is read, in bytes. OpenClaw's own cap on an included file is
// 2 MiB; real configs have a few KB.
const (
	configCap  = 8 << 20
	includeCap = 2 << 20
	dotenvCap  = 1 << 20
)

// settle is how long after a change a file's times cannot be trusted to show
// the next one: file systems round them, and two writes may share one.
const settle = 2 * time.Second

var (
	errNotFile  = errors.New("it is not a file")
	errTooLarge = errors.New("it is too large")
)

// mark remembers what a file looked like when it was read.
type mark struct {
	path string
	fi   fs.FileInfo // nil: it was not there
}

func markOf(path string) mark {
	fi, err := os.Stat(path)
	if err != nil {
		fi = nil
	}
	return mark{path: path, fi: fi}
}

// same says that the file has not changed since the mark.
func (m mark) same() bool {
	fi, err := os.Stat(m.path)
	if err != nil || m.fi == nil {
		return err != nil && m.fi == nil
	}
	return os.SameFile(fi, m.fi) && fi.Size() == m.fi.Size() && fi.ModTime().Equal(m.fi.ModTime()) && fi.Mode() == m.fi.Mode()
}

// settled says that a later change is sure to show.
func (m mark) settled(now time.Time) bool {
	return m.fi == nil || now.Sub(m.fi.ModTime()) > settle
}

// readFile reads a whole file of at most limit bytes. A pipe or a device in its
// place is an error and never waited for.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		return nil, errTooLarge
	}
	return b, err
}

// openFile opens a regular file; the flag keeps a pipe from blocking.
func openFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = errNotFile
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

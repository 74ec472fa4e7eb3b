package journal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"pilotlight/backend"
)

// identity is a file's place on the disk. It comes back once a file is gone, so
// it never stands alone: a fingerprint goes with it.
type identity struct{ device, inode uint64 }

// seen is a file as a look at its folder finds it.
type seen struct {
	path    string
	id      identity
	size    int64
	changed time.Time
	// young says that it changed so shortly before the look that another change
	// could bear the same time: kernels count it in ticks of some milliseconds.
	young bool
}

// tick is longer than any of these ticks.
const tick = 50 * time.Millisecond

// look finds a regular file, through links. It opens nothing.
func look(path string) (seen, error) {
	info, err := os.Stat(path)
	if err != nil {
		return seen{}, err
	}
	if !info.Mode().IsRegular() {
		return seen{}, &irregular{path: path, mode: info.Mode()}
	}
	s := seen{path: path, id: idOf(info), size: info.Size(), changed: info.ModTime()}
	s.young = time.Since(s.changed) < tick
	return s, nil
}

// open opens a file for reading, if it still is the one that was looked at. It
// cannot hang: what became a pipe meanwhile is opened without waiting, and left.
func open(want seen) (*os.File, error) {
	f, err := os.OpenFile(want.path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = &irregular{path: want.path, mode: info.Mode()}
	}
	if err == nil && want.id != idOf(info) {
		err = errMoved
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// errMoved says that another file stands at a path than a moment ago.
var errMoved = errors.New("the file was replaced just now")

// irregular is the error of a path that is no file.
type irregular struct {
	path string
	mode fs.FileMode
}

func (e *irregular) Error() string { return e.path + " is " + e.what() }

func (e *irregular) what() string {
	switch {
	case e.mode.IsDir():
		return "a folder"
	case e.mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case e.mode&fs.ModeSocket != 0:
		return "a socket"
	}
	return "a device"
}

// unreadable says to a person why a log cannot be read.
func unreadable(path string, err error) *backend.Error {
	e := &backend.Error{Code: backend.CodeRefused, Err: err}
	var odd *irregular
	switch {
	case errors.As(err, &odd):
		e.Message = fmt.Sprintf("OpenClaw's log %s is %s, not a file.", path, odd.what())
		e.Hint = "Set logging.file in OpenClaw's config, or --openclaw-log, to the log file itself."
	case errors.Is(err, fs.ErrNotExist):
		e.Code = backend.CodeNotFound
		e.Message = fmt.Sprintf("OpenClaw has no log at %s yet.", path)
		e.Hint = "It appears when OpenClaw runs. If OpenClaw logs elsewhere, set --openclaw-log to that file."
	case errors.Is(err, fs.ErrPermission):
		e.Message = fmt.Sprintf("OpenClaw's log %s may not be read by this user.", path)
		e.Hint = fmt.Sprintf("Run Pilotlight as the user that runs OpenClaw, or allow it: chmod u+r %s", path)
	default:
		e.Message = fmt.Sprintf("OpenClaw's log %s cannot be read: %s.", path, cause(err))
		e.Hint = "Pilotlight tries again by itself. Look whether the disk is well."
	}
	return e
}

// cause is an error without the call and the path.
func cause(err error) string {
	var p *fs.PathError
	if errors.As(err, &p) {
		err = p.Err
	}
	return err.Error()
}

// How much of a file its fingerprint covers: of its beginning, and of what stands
// before the byte to go on at. Log lines carry times, so two logs that are alike
// in both are one.
const (
	headSize = 1024
	tailSize = 256
	hashSize = 12
)

// fingerprint is what a Cursor keeps as Head: how many bytes were hashed at the
// beginning and before offset, and the hashes. It is empty for offset 0.
func fingerprint(r io.ReaderAt, offset int64) ([]byte, error) {
	if offset <= 0 {
		return nil, nil
	}
	print := make([]byte, 0, 2*(2+hashSize))
	for _, part := range []struct{ from, n int64 }{
		{0, min(headSize, offset)}, {max(0, offset-tailSize), min(tailSize, offset)},
	} {
		sum, err := hashOf(r, part.from, part.n)
		if err != nil {
			return nil, err
		}
		print = binary.BigEndian.AppendUint16(print, uint16(part.n))
		print = append(print, sum...)
	}
	return print, nil
}

func hashOf(r io.ReaderAt, from, n int64) ([]byte, error) {
	b := make([]byte, n)
	if _, err := r.ReadAt(b, from); err != nil {
		return nil, fmt.Errorf("read the bytes from %d: %w", from, err)
	}
	sum := sha256.Sum256(b)
	return sum[:hashSize], nil
}

// likeness is how far a file agrees with a fingerprint.
type likeness int

const (
	otherFile likeness = iota // it begins differently, or is shorter than what was hashed
	sameHead                  // it begins alike, but does not go on so: it was cut off
	sameFile                  // all that was read is there
)

// compare compares a file with the fingerprint of a file read up to offset.
func compare(r io.ReaderAt, size, offset int64, print []byte) likeness {
	if offset == 0 {
		return sameFile // nothing was read of it
	}
	if len(print) != 2*(2+hashSize) {
		return otherFile
	}
	head, tail := print[:2+hashSize], print[2+hashSize:]
	if n := int64(binary.BigEndian.Uint16(head)); n > size || !sumIs(r, 0, n, head[2:]) {
		return otherFile
	}
	if n := int64(binary.BigEndian.Uint16(tail)); size < offset || offset < n || !sumIs(r, offset-n, n, tail[2:]) {
		return sameHead
	}
	return sameFile
}

func sumIs(r io.ReaderAt, from, n int64, want []byte) bool {
	got, err := hashOf(r, from, n)
	return err == nil && bytes.Equal(got, want)
}

// identify finds what stands at a path, a file or a folder.
func identify(path string) (identity, error) {
	info, err := os.Stat(path)
	if err != nil {
		return identity{}, err
	}
	return idOf(info), nil
}

// idOf is where a file stands; the types of these fields differ by system.
func idOf(info fs.FileInfo) identity {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return identity{uint64(st.Dev), uint64(st.Ino)} //nolint:unconvert // another type on a Mac
	}
	return identity{}
}

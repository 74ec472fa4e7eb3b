package config

import (
	"errors"
	"io/fs"
	"os"
)

// maxSwaps bounds the exchange with somebody who writes all the time.
const maxSwaps = 100

// stranded is the case that cannot be mended: what somebody wrote in the last
// moment could not be put back, and lies under another name.
type stranded struct {
	temp string
	err  error
}

func (s *stranded) Error() string { return s.err.Error() }

// swap exchanges the file with the new text, open as h and named temp, and looks at what came
// out. If that is not what was to be replaced, somebody wrote in the last moment:
// theirs goes back, and the error is a *Conflict.
//
// Where the system can hold a file (see hold), nobody reads the new text before
// it is clear that it stays: a program that took a text for its own which is
// taken back again would lose what the one before it wrote.
func (f *file) swap(h *os.File, temp, old string) error {
	hold(h)
	err := exchange(temp, f.real)
	if errors.Is(err, errors.ErrUnsupported) {
		return os.Rename(temp, f.real) // no such step on this disk; the last look was just now
	}
	if err != nil {
		return err
	}
	_, theirs, _ := readConfig(temp)
	if hashOf(theirs) == old {
		return nil
	}
	ours, err := h.Stat()
	if err != nil {
		return &stranded{temp: temp, err: err}
	}
	return f.giveBack(h, temp, ours, theirs)
}

// giveBack puts what came out into its place again, and takes ours out.
func (f *file) giveBack(h *os.File, temp string, ours fs.FileInfo, theirs []byte) error {
	if !is(f.real, ours) {
		// They have written once more, over ours. What came out is what they had
		// written before that.
		return &Conflict{Hash: currentHash(f.real)}
	}
	in, err := os.Lstat(temp)
	if err != nil {
		return &stranded{temp: temp, err: err}
	}
	for range maxSwaps {
		if err := exchange(temp, f.real); err != nil {
			return &stranded{temp: temp, err: err}
		}
		if is(temp, ours) {
			// Who waits for our file has it open already: they are to read what
			// stands in its place now.
			if h.Truncate(0) == nil {
				_, _ = h.WriteAt(theirs, 0)
			}
			return &Conflict{Hash: hashOf(theirs)}
		}
		// What came out is newer than what went in, and goes back in its turn.
		out, err := os.Lstat(temp)
		if err != nil {
			return &stranded{temp: temp, err: err}
		}
		if _, text, bad := readConfig(temp); bad == nil {
			theirs = text
		}
		ours, in = in, out
	}
	return &Conflict{Hash: currentHash(f.real)}
}

// is tells whether a file is at a path. It opens nothing: one that is held would
// be waited for.
func is(path string, file fs.FileInfo) bool {
	fi, err := os.Lstat(path)
	return err == nil && os.SameFile(fi, file)
}

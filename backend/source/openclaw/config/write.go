package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/home"
)

// Conflict is the cause of an error with the code conflict: the file as it is now.
type Conflict struct{ Hash string }

func (c *Conflict) Error() string { return "the file changed; it is now " + c.Hash }

func conflict(path, hash string) error {
	return &backend.Error{
		Code: backend.CodeConflict, Message: fmt.Sprintf("Somebody else wrote %s meanwhile. Nothing was written.", path),
		Hint: "Read it again, look at what changed, and save again.", Err: &Conflict{Hash: hash},
	}
}

// Written is a text that took its place.
type Written struct {
	Hash   string
	Parent string // of the file before; that of nothing where there was none
	At     time.Time

	src   *Source
	path  string
	edits []backend.ConfigEdit
	known map[string]string // copies of OpenClaw's that were there before
	log   tail
}

// Write puts a candidate in the file's place, in one step: whoever reads sees the
// old text or the new one. expected is the hash of the file that the candidate was
// made for, as the person saw it. The errors are *backend.Error: conflict, with a
// *Conflict inside, if the file is another by now; refused where it cannot be
// written, and then the old one stands.
//
// The file keeps its mode and owner; a new one has mode 0600, in a folder of mode
// 0700 where that is new too. A link stays, and what it leads to is written.
func (s *Source) Write(ctx context.Context, c *Candidate, expected string) (*Written, error) {
	f := c.doc.file
	if expected != c.doc.hash {
		return nil, conflict(f.path, c.doc.hash)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	w := &Written{Hash: c.hash, Parent: c.doc.hash, src: s, path: f.path, edits: c.Edits()}
	w.known = beside(f.path, "clobbered")
	for name, hash := range beside(f.path, "rejected") {
		w.known[name] = hash
	}
	w.log.start(s.log(s.now()))
	if !c.same {
		if err := c.commit(); err != nil {
			return nil, err
		}
	}
	w.At = s.now()
	return w, nil
}

// commit writes the text beside the file and swaps the two.
func (c *Candidate) commit() error {
	f := c.doc.file
	dir := filepath.Dir(f.real)
	if !f.exists {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return cannotWrite(filepath.Dir(dir), err)
		}
	}
	f.sweep(time.Now())
	h, err := f.temp(dir, c.text)
	if err != nil {
		return cannotWrite(dir, err)
	}
	defer h.Close() // it is on the disk already; this ends the hold on it
	temp, gone := h.Name(), false
	defer func() {
		if !gone {
			_ = os.Remove(temp)
		}
	}()
	// The last look. What changes behind it is found by the swap.
	if real := realPath(f.path); real != f.real {
		return conflict(f.path, currentHash(real))
	}
	now, text, bad := readConfig(f.real)
	if bad != nil {
		return bad
	}
	if now.exists != f.exists || hashOf(text) != c.doc.hash {
		return conflict(f.path, hashOf(text))
	}
	if !f.exists {
		err = placeNew(temp, f.real)
		gone = err == nil
	} else if err = os.Rename(temp, swapName(temp, c.doc.hash, c.hash)); err == nil {
		temp = swapName(temp, c.doc.hash, c.hash)
		err = f.swap(h, temp, c.doc.hash)
	}
	if errors.Is(err, fs.ErrExist) {
		return conflict(f.path, currentHash(f.real))
	}
	if s, ok := errors.AsType[*stranded](err); ok {
		gone = true
		return &backend.Error{
			Code: backend.CodeConflict, Err: &Conflict{Hash: currentHash(f.real)},
			Message: "Somebody else wrote the config in the same moment, and their text could not be put back: " + plainly(s.err) + ".",
			Hint:    "Their text is in " + s.temp + ".",
		}
	}
	if taken, ok := errors.AsType[*Conflict](err); ok {
		return conflict(f.path, taken.Hash)
	}
	if err != nil {
		return cannotWrite(dir, err)
	}
	_ = syncDir(dir) // the text is in place; that this may not outlive a power cut is no failure
	return nil
}

// temp writes a text into a new file in a folder, with the owner and the mode that
// the config has, down to the disk. The file comes back open.
func (f *file) temp(dir string, text []byte) (*os.File, error) {
	h, err := os.CreateTemp(dir, home.TempPattern(tempHead)+tempTail)
	if err != nil {
		return nil, err
	}
	_, err = h.Write(text)
	if err == nil && f.exists {
		err = f.dress(h)
	}
	if err == nil {
		err = h.Sync()
	}
	if err != nil {
		_ = h.Close()
		_ = os.Remove(h.Name())
		return nil, err
	}
	return h, nil
}

// dress gives a new file the owner, group and mode of the config.
func (f *file) dress(h *os.File) error {
	fi, err := h.Stat()
	if err != nil {
		return err
	}
	mine := file{}
	mine.fill(fi)
	mode := f.mode
	if mine.uid != f.uid {
		if err := h.Chown(f.uid, f.gid); err != nil {
			return err
		}
	} else if mine.gid != f.gid && h.Chown(-1, f.gid) != nil {
		mode &^= 0o070 // a group that this user is not in cannot be kept, and no other may read instead
	}
	return h.Chmod(mode)
}

func currentHash(path string) string {
	_, text, _ := readConfig(path)
	return hashOf(text)
}

func syncDir(dir string) error {
	h, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer h.Close()
	return h.Sync()
}

// sameValue compares values as JSON does: 1 and 1.0 are one number.
func sameValue(a, b any) bool {
	x, err1 := canonical(a)
	y, err2 := canonical(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}

func canonical(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var plain any
	if err := json.Unmarshal(raw, &plain); err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}

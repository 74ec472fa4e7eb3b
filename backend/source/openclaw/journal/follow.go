package journal

import (
	"bytes"
	"path/filepath"
	"strings"
	"time"

	"pilotlight/backend"
)

// follow is a file of lines that is being read, and how far.
type follow struct {
	seen                 // as last looked at
	offset   int64       // the first byte not read yet
	print    []byte      // the fingerprint up to offset
	skipping bool        // offset is inside a line that is too long
	until    int64       // what stands before this byte was there when Run began
	read     bool        // seen is read to its end, as far as it has one
	finished bool        // it was so as a file that nobody writes to any more
	missing  time.Time   // since when it is not found; zero while it is
	lines    lineHandler // what becomes of its lines
}

// lineHandler makes traces of lines. Batches hold one file's traces only.
type lineHandler interface {
	// worth says whether a line is worth being parsed; most are not.
	worth(line []byte) bool
	// line parses one; long says that it is only the beginning of a line that is too
	// long to be held. The trace's Ref, and At where it is zero, are filled in by the
	// caller.
	line(line []byte, long bool) (backend.Trace, bool)
	// mark is what the cursor must remember besides the offset.
	mark() string
}

// Marks of a cursor: longMark says that offset is inside a line that is too long.
const longMark = "long"

// newFollow goes on with a file where a cursor left it.
func newFollow(c backend.Cursor, lines lineHandler) *follow {
	f := &follow{offset: max(0, c.Offset), print: c.Head, lines: lines}
	f.seen = seen{path: c.Path, id: identity{c.Device, c.Inode}}
	f.skipping = strings.HasSuffix(c.Mark, longMark)
	return f
}

// cursor is how far the file was read.
func (f *follow) cursor(now time.Time) backend.Cursor {
	mark := f.lines.mark()
	if f.skipping {
		mark = strings.TrimSpace(mark + " " + longMark)
	}
	return backend.Cursor{
		Path: f.path, Device: f.id.device, Inode: f.id.inode, Offset: f.offset, Head: f.print, Mark: mark, ReadAt: now,
	}
}

// restart forgets how far it was read.
func (f *follow) restart() {
	f.offset, f.print, f.skipping, f.read, f.finished = 0, nil, false, false, false
}

// check looks into the file that now stands for f: is it still what was read? One
// that was cut off in place is read on from its new end. An error leaves
// everything as it is.
func (f *follow) check(now seen) (likeness, error) {
	if f.read && !f.young && f.id == now.id && f.size == now.size && f.changed.Equal(now.changed) {
		return sameFile, nil
	}
	if f.offset == 0 {
		return sameFile, nil
	}
	file, err := open(now)
	if err != nil {
		return otherFile, err
	}
	defer file.Close()
	like := compare(file, now.size, f.offset, f.print)
	if like != sameHead || now.size >= f.offset {
		return like, nil
	}
	// It was cut off in place: what was read before the cut still stands, and is
	// not read again.
	print, err := fingerprint(file, now.size)
	if err != nil {
		return otherFile, err
	}
	f.offset, f.print, f.skipping, f.read, f.finished = now.size, print, false, false, false
	return sameHead, nil
}

// looked takes in a new look at the file.
func (f *follow) looked(now seen) {
	if f.size != now.size || !f.changed.Equal(now.changed) {
		f.read, f.finished = false, false
	}
	f.seen, f.missing = now, time.Time{}
}

// ref says where a line stands.
func (f *follow) ref() string { return filepath.Base(f.path) }

// logLines reads the lines of the log.
type logLines struct{}

func (logLines) line(line []byte, long bool) (backend.Trace, bool) {
	if long {
		return backend.Trace{}, false
	}
	return parseLine(bytes.Trim(line, "\x00"))
}

func (logLines) worth(line []byte) bool {
	return worth(line) || len(line) > 0 && line[0] == 0 && worth(bytes.TrimLeft(line, "\x00"))
}

func (logLines) mark() string { return "" }

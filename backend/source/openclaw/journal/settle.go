package journal

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"pilotlight/backend"
)

// readLogs finds the log's files, settles which of them is which, and reads what
// is new in each, the oldest first. Its only error is ctx's.
func (r *Reader) readLogs(ctx context.Context, places Places) error {
	files, trouble := places.logs()
	s := settling{r: r, files: files, result: make([]*follow, len(files)), now: r.cfg.Now()}
	s.run()
	if changed := s.changed(); len(changed.Cursors)+len(changed.Gone) > 0 {
		// Names moved. That must be kept before anything more is, or a file would have
		// lost its cursor, or had two, if we were cut off here.
		if err := r.hand(ctx, changed); err != nil {
			return err
		}
	}
	news := false
	for i, f := range s.result {
		if f == nil {
			continue
		}
		before := f.offset
		why, err := r.readFile(ctx, f, !files[i].active)
		if err != nil {
			return err
		}
		news = news || f.offset != before
		if why != nil && files[i].active {
			s.trouble = why
		}
	}
	if trouble == nil && !isTransient(s.trouble) {
		trouble = s.trouble
	}
	r.noteLog(places, files, trouble, news)
	return nil
}

// settling tells for each file of the log which follow it is.
//
// A file is known by its place on the disk and its fingerprint, whatever its name.
// A file that nobody knows may be a copy, that is, hold what was read of another.
// If that one is gone, was emptied or is older, it is read on from there. If that
// one is newer, it waits: that one may be about to be emptied.
type settling struct {
	r       *Reader
	files   []logFile
	result  []*follow // nil: not read, now
	now     time.Time
	trouble error // with the file that is written to
}

func (s *settling) run() {
	byID := map[identity]*follow{}
	for _, f := range s.r.logs {
		byID[f.id] = f
	}
	strangers := make([]bool, len(s.files))
	for i, file := range s.files {
		f := byID[file.id]
		if f != nil && f.offset == 0 { // nothing tells it from another file in its place
			s.drop(f)
			f = nil
		}
		if strangers[i] = f == nil; f == nil {
			continue
		}
		same, err := s.recognize(f, file.seen)
		switch {
		case err != nil && file.active:
			s.trouble = err
		case err != nil: // cannot be told now
		case same:
			s.result[i] = f
		default:
			strangers[i] = true
		}
	}
	for i := range s.files {
		if strangers[i] {
			s.result[i] = s.meet(i)
		}
	}
	if s.r.first {
		for i, f := range s.result {
			if f != nil {
				f.until = s.files[i].size
			}
		}
	}
}

// recognize looks whether a file still is what f read. If not, f has become the
// memory of what once was there.
func (s *settling) recognize(f *follow, file seen) (bool, error) {
	before := f.offset
	like, err := f.check(file)
	if err != nil {
		return false, err
	}
	// Cut off and grown again beyond where it was read, what is new cannot be told
	// from what is not: rather twice than never.
	if like == otherFile || like == sameHead && f.offset == before {
		f.missing = s.now
		s.drop(f)
		s.r.emptied = append(s.r.emptied, f)
		s.r.emptied = s.r.emptied[max(0, len(s.r.emptied)-maxEmptied):]
		return false, nil
	}
	f.looked(file)
	return true, nil
}

func (s *settling) drop(f *follow) {
	s.r.logs = slices.DeleteFunc(s.r.logs, func(other *follow) bool { return other == f })
}

// maxEmptied bounds how many emptied files are remembered, in case their copies
// turn up.
const maxEmptied = 16

// meet makes a follow of a file that nobody knows; nil says to wait.
func (s *settling) meet(i int) *follow {
	file := s.files[i].seen
	f := newFollow(backend.Cursor{}, logLines{})
	f.looked(file)
	if file.size > 0 {
		opened, err := open(file)
		if err != nil {
			if s.files[i].active {
				s.trouble = err
			}
			return nil
		}
		defer opened.Close()
		if s.isCopy(i, opened) {
			return nil
		}
		for _, other := range s.before(i) {
			if other.offset > 0 && compare(opened, file.size, other.offset, other.print) == sameFile {
				f.offset, f.print, f.skipping = other.offset, other.print, other.skipping
				break
			}
		}
	}
	s.r.logs = append(s.r.logs, f)
	return f
}

// isCopy says whether a file holds what one holds that is newer by its name: one
// that is read, or one as unknown.
func (s *settling) isCopy(i int, opened io.ReaderAt) bool {
	size := s.files[i].size
	for j := i + 1; j < len(s.files); j++ {
		if other := s.result[j]; other != nil && other.offset > 0 {
			if compare(opened, size, other.offset, other.print) == sameFile {
				return true
			}
		} else if alike(opened, size, s.files[j].seen) {
			return true
		}
	}
	return false
}

// alike says whether one of two files holds the other, a whole line at least:
// lines begin alike, but no two of them are the same.
func alike(opened io.ReaderAt, size int64, other seen) bool {
	if size = min(size, other.size); size == 0 {
		return false
	}
	f, err := open(other)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, min(size, headSize))
	if n, _ := f.ReadAt(head, 0); n < headSize && bytes.IndexByte(head[:n], '\n') < 0 {
		return false
	}
	print, err := fingerprint(f, size)
	return err == nil && compare(opened, size, size, print) == sameFile
}

// before are the follows that a file may go on from: those whose content is not
// where it was, and those of files that are older by their name.
func (s *settling) before(i int) []*follow {
	here := map[*follow]bool{}
	for _, f := range s.result[i:] {
		here[f] = true
	}
	list := slices.Clone(s.r.emptied)
	for _, f := range s.r.logs {
		if !here[f] {
			list = append(list, f)
		}
	}
	return list
}

// changed is what differs from what is stored, before anything is read.
func (s *settling) changed() Batch {
	b := Batch{Backfill: s.r.first}
	paths, ids := map[string]bool{}, map[identity]bool{}
	for _, f := range s.result {
		if f == nil {
			continue
		}
		paths[f.path], ids[f.id] = true, true
		c, known := s.r.stored[f.path]
		same := identity{c.Device, c.Inode} == f.id && c.Offset == f.offset
		if known && !same || !known && f.offset > 0 {
			b.Cursors = append(b.Cursors, f.cursor(s.now))
		}
	}
	for path, c := range s.r.stored {
		if kindOf(path) == kindLog && !paths[path] && ids[identity{c.Device, c.Inode}] {
			b.Gone = append(b.Gone, path) // it has another name now
		}
	}
	return b
}

// forgetGone gives up the cursors of files that are gone. A log file may only be
// on its way to another name, so it gets some time.
func (r *Reader) forgetGone(ctx context.Context, due dirty) error {
	if !due.everything() {
		return nil
	}
	now := r.cfg.Now()
	inUse := map[string]bool{}
	var gone []string
	kept := r.logs[:0]
	for _, f := range r.logs {
		if now, err := look(f.path); err == nil && now.id == f.id || err != nil && !isGone(err) {
			f.missing = time.Time{}
		} else if f.missing.IsZero() {
			f.missing = r.cfg.Now()
		}
		if !f.missing.IsZero() && elapsed(f.missing, now) >= r.forget {
			gone = append(gone, f.path)
			continue
		}
		inUse[f.path] = inUse[f.path] || f.missing.IsZero()
		kept = append(kept, f)
	}
	clear(r.logs[len(kept):])
	r.logs = kept
	for len(r.emptied) > 0 && elapsed(r.emptied[0].missing, now) >= r.forget {
		r.emptied = r.emptied[1:]
	}
	gone = append(gone, r.goneStates()...)
	var told []string
	for _, path := range gone {
		if _, known := r.stored[path]; known && !inUse[path] {
			told = append(told, path)
		}
	}
	if len(told) == 0 {
		return nil
	}
	return r.hand(ctx, Batch{Gone: told, Backfill: r.first})
}

// elapsed is how long ago a moment was; a clock that was set back makes it long
// ago, rather than never.
func elapsed(since, now time.Time) time.Duration { return now.Sub(since).Abs() }

// goneStates are the paths of transcripts, indexes and databases that are gone.
func (r *Reader) goneStates() []string {
	var gone []string
	for path := range r.stored {
		if kindOf(path) == kindLog {
			continue
		}
		if _, err := os.Lstat(path); isGone(err) {
			gone = append(gone, path)
			delete(r.transcripts, path)
			delete(r.indexes, path)
			delete(r.states, path)
		}
	}
	return gone
}

func isGone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

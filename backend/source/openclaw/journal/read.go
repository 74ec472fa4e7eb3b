package journal

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"pilotlight/backend"
)

// readFile reads what is new in a file, to where it ended when it was looked at.
// finished says that nobody writes to it any more, so that a last line without an
// ending is a line. Its only error is ctx's; trouble with the file is in why.
func (r *Reader) readFile(ctx context.Context, f *follow, finished bool) (why, err error) {
	if f.read && (f.finished || !finished) || f.size <= f.offset {
		f.read, f.finished = true, finished
		return nil, nil
	}
	file, why := open(f.seen)
	if why != nil {
		return why, nil
	}
	defer file.Close()
	if _, why = file.Seek(f.offset, io.SeekStart); why != nil {
		return why, nil
	}
	job := reading{r: r, f: f, file: file, now: r.cfg.Now(), began: f.offset}
	r.scan.start(io.LimitReader(file, f.size-f.offset), f.offset, f.skipping)
	for r.scan.next() {
		if err := job.take(ctx, r.scan.line, r.scan.from, r.scan.long); err != nil {
			return nil, err
		}
	}
	if rest := r.scan.rest(); finished && !r.scan.skipping && len(rest) > 0 && json.Valid(rest) {
		r.scan.take(len(rest))
		if err := job.take(ctx, rest, r.scan.at-int64(len(rest)), false); err != nil {
			return nil, err
		}
	}
	why = r.scan.err
	if err := job.flush(ctx); err != nil {
		return nil, err
	}
	if why == nil {
		f.read, f.finished = true, finished
	}
	return why, nil
}

// reading is one file being read: the batch that it fills.
type reading struct {
	r     *Reader
	f     *follow
	file  *os.File
	now   time.Time
	began int64 // where the batch begins
	batch Batch
	last  time.Time // of the line before, for one without a time
	count int
}

// take handles one line, and hands the batch over when it is full.
func (j *reading) take(ctx context.Context, line []byte, from int64, long bool) error {
	if j.count++; j.count%4096 == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	if j.began < j.f.until && from >= j.f.until { // from here on it is news
		if err := j.flushAt(ctx, from, false); err != nil {
			return err
		}
	}
	if j.f.lines.worth(line) {
		j.parse(line, from, long)
	}
	if len(j.batch.Traces) >= maxTraces || j.r.scan.offset()-j.began >= maxProgress {
		return j.flush(ctx)
	}
	return nil
}

func (j *reading) parse(line []byte, from int64, long bool) {
	if t, ok := j.f.lines.line(line, long); ok {
		t.Ref = j.f.ref() + ":" + strconv.FormatInt(from, 10)
		if t.At.IsZero() {
			t.At = j.missingTime()
		}
		j.last = t.At
		j.batch.Traces = append(j.batch.Traces, t)
	}
}

// missingTime stands in for the time of a line without one.
func (j *reading) missingTime() time.Time {
	switch {
	case !j.last.IsZero():
		return j.last
	case !j.f.changed.IsZero():
		return j.f.changed.UTC()
	}
	return j.now.UTC()
}

// flush hands over what was gathered, with how far the scanner is.
func (j *reading) flush(ctx context.Context) error {
	return j.flushAt(ctx, j.r.scan.offset(), j.r.scan.skipping)
}

func (j *reading) flushAt(ctx context.Context, offset int64, skipping bool) error {
	f := j.f
	if offset == f.offset && skipping == f.skipping && len(j.batch.Traces) == 0 {
		return nil
	}
	print, err := fingerprint(j.file, offset)
	if err != nil {
		print = nil // it was cut off meanwhile; the next look finds another file
	}
	kept := *f
	f.offset, f.print, f.skipping = offset, print, skipping
	j.batch.Backfill = j.began < f.until
	j.batch.Cursors = []backend.Cursor{f.cursor(j.now)}
	if err := j.r.hand(ctx, j.batch); err != nil {
		*f = kept
		return err
	}
	j.began = offset
	j.batch = Batch{Traces: j.batch.Traces[:0:0]}
	return nil
}

// isTransient says whether trouble with a file is only that it moved: the next
// look finds it.
func isTransient(err error) bool { return errors.Is(err, errMoved) || errors.Is(err, os.ErrNotExist) }

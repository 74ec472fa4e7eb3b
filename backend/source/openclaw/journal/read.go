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
	job := reading{r: r, f: f, file: file, now: r.cfg.Now(), began: f.offset, offset: f.offset, skipping: f.skipping}
	if _, sequential := f.lines.(*talk); !sequential && f.size-f.offset >= manySpans*r.span {
		if why, err := job.spans(ctx, f.size); why != nil || err != nil {
			return why, err
		}
	}
	r.scan.start(io.NewSectionReader(file, job.offset, f.size-job.offset), job.offset, job.skipping)
	for r.scan.next() {
		if err := job.take(ctx, r.scan.line, r.scan.from, r.scan.long); err != nil {
			return nil, err
		}
	}
	// The end of a long line is passed over without a line being given.
	job.offset, job.skipping = r.scan.offset(), r.scan.skipping
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

	offset   int64 // how far it was read
	skipping bool
}

// take handles one line, and hands the batch over when it is full.
func (j *reading) take(ctx context.Context, line []byte, from int64, long bool) error {
	if j.count++; j.count%4096 == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	if err := j.boundary(ctx, from); err != nil {
		return err
	}
	if j.f.lines.worth(line) {
		if t, ok := j.f.lines.line(line, long); ok {
			j.add(t, from)
		}
	}
	return j.flushFull(ctx, j.r.scan.offset(), j.r.scan.skipping)
}

// boundary ends the batch of what was there before Run began.
func (j *reading) boundary(ctx context.Context, from int64) error {
	if j.began < j.f.until && from >= j.f.until {
		j.offset, j.skipping = from, false
		return j.flush(ctx)
	}
	return nil
}

func (j *reading) add(t backend.Trace, from int64) {
	t.Ref = j.f.ref() + ":" + strconv.FormatInt(from, 10)
	if t.At.IsZero() {
		t.At = j.missingTime()
	}
	j.last = t.At
	j.batch.Traces = append(j.batch.Traces, t)
}

// flushFull notes how far it was read, and hands the batch over if it is full.
func (j *reading) flushFull(ctx context.Context, offset int64, skipping bool) error {
	j.offset, j.skipping = offset, skipping
	if len(j.batch.Traces) >= maxTraces || j.offset-j.began >= maxProgress {
		return j.flush(ctx)
	}
	return nil
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

// flush hands over what was gathered, with how far it was read.
func (j *reading) flush(ctx context.Context) error {
	f := j.f
	if j.offset == f.offset && j.skipping == f.skipping && len(j.batch.Traces) == 0 {
		return nil
	}
	print, err := fingerprint(j.file, j.offset)
	if err != nil {
		print = nil // it was cut off meanwhile; the next look finds another file
	}
	kept := *f
	f.offset, f.print, f.skipping = j.offset, print, j.skipping
	j.batch.Backfill = j.began < f.until
	j.batch.Cursors = []backend.Cursor{f.cursor(j.now)}
	if err := j.r.hand(ctx, j.batch); err != nil {
		*f = kept
		return err
	}
	j.began = j.offset
	j.batch = Batch{Traces: j.batch.Traces[:0:0]}
	return nil
}

// isTransient says whether trouble with a file is only that it moved: the next
// look finds it.
func isTransient(err error) bool { return errors.Is(err, errMoved) || errors.Is(err, os.ErrNotExist) }

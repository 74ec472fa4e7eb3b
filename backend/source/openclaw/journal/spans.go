package journal

import (
	"context"
	"io"
	"runtime"
	"sync"

	"pilotlight/backend"
)

// A log of which much is new is read in spans, by some workers at once: finding
// the lines is cheap, but reading the disk's cache and parsing add up.
const (
	spanSize   = 1 << 20
	manySpans  = 8 // fewer are not worth it
	maxWorkers = 4
)

// part is what one span of a file tells.
type part struct {
	found    []found
	offset   int64 // where to go on: the first line that does not begin in the span
	skipping bool  // that is inside a line that is too long
	within   bool  // the span is within one line that began before it
	err      error
}

// found is a trace and where its line begins and ends.
type found struct {
	t         backend.Trace
	from, end int64
}

// readSpan reads the lines that begin between from and to. inside says that from
// may be inside a line, whose rest then belongs to another span; skipping, that it
// is inside one that is too long.
func readSpan(s *scanner, file io.ReaderAt, lines lineHandler, from, to, size int64, inside, skipping bool) part {
	at := from
	if inside { // a line ending right before from ends the search at once
		at, skipping = from-1, true
	}
	end := min(size, to+maxLine) // every line that begins before to and can be held ends before
	s.start(io.NewSectionReader(file, at, end-at), at, skipping)
	var p part
	any := false
	for s.next() {
		any = true
		if s.from >= to {
			p.offset = s.from
			return p
		}
		if !s.long && lines.worth(s.line) {
			if t, ok := lines.line(s.line, false); ok {
				p.found = append(p.found, found{t, s.from, s.offset()})
			}
		}
	}
	p.offset, p.skipping, p.err = s.offset(), s.skipping, s.err
	if p.skipping {
		p.offset = min(p.offset, to)
		p.within = inside && !any
	}
	return p
}

// spans reads the file up to size with several workers, and hands over what they
// find in the file's order. Its only error is ctx's.
func (j *reading) spans(ctx context.Context, size int64) (why, err error) {
	n := min(runtime.GOMAXPROCS(0), maxWorkers)
	workers := make([]chan part, n)
	next, running := j.f.offset, 0
	first := next
	var all sync.WaitGroup
	defer all.Wait() // nobody reads on once this returns
	begin := func(i int, s *scanner) {
		from, to, skipping := next, min(next+j.r.span, size), next == first && j.f.skipping
		next = to
		running++
		all.Go(func() { workers[i] <- readSpan(s, j.file, j.f.lines, from, to, size, from != first, skipping) })
	}
	scanners := make([]*scanner, n)
	for i := range workers {
		workers[i], scanners[i] = make(chan part, 1), newScanner()
		if next < size {
			begin(i, scanners[i])
		}
	}
	for i := 0; running > 0; i = (i + 1) % n {
		p := <-workers[i]
		running--
		if p.err != nil {
			return p.err, nil
		}
		if next < size && ctx.Err() == nil {
			begin(i, scanners[i])
		}
		if err := j.takePart(ctx, p); err != nil {
			return nil, err
		}
	}
	return nil, ctx.Err()
}

// takePart takes in what a span tells.
func (j *reading) takePart(ctx context.Context, p part) error {
	for _, one := range p.found {
		if err := j.boundary(ctx, one.from); err != nil {
			return err
		}
		j.add(one.t, one.from)
		if err := j.flushFull(ctx, one.end, false); err != nil {
			return err
		}
	}
	if p.within && !j.skipping {
		return nil // that line is only half there
	}
	return j.flushFull(ctx, p.offset, p.skipping)
}

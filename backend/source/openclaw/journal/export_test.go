package journal

import (
	"context"
	"time"
)

// Look looks once at everything, in the caller's goroutine.
func (r *Reader) Look(ctx context.Context, deliver func(context.Context, Batch) error) error {
	r.deliver = deliver
	return r.pass(ctx, r.cfg.Places(), dirty{all: true})
}

// ForgetAfter sets how long a log file may be missing.
func (r *Reader) ForgetAfter(d time.Duration) { r.forget = d }

// Spans sets how much a worker reads at once.
func (r *Reader) Spans(n int64) { r.span = n }

// Detail is what an error text becomes.
func Detail(s string) string { return detail(s) }

// ScanAll is Scan, with what is passed over.
func ScanAll(read func([]byte) (int, error), f func(line []byte, offset int64, long bool)) (end int64, skipping bool, err error) {
	s := newScanner()
	s.start(readerFunc(read), 0, false)
	for s.next() {
		f(s.line, s.from, s.long)
	}
	return s.offset(), s.skipping, s.err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// MaxLine is the longest line that is read.
const MaxLine = maxLine

package journal

import (
	"bytes"
	"errors"
	"io"
)

// maxLine is the longest line that is read, in bytes. OpenClaw of 2026.2 logs
// whole results of a run as one line, which tell nothing of its fallbacks.
const maxLine = 1 << 20

// chunk is how much is read at once: small enough to stay in the processor's
// cache between reading and looking.
const chunk = 256 << 10

// fewLines is the buffer that the lines of a usual moment need.
const fewLines = 32 << 10

// Scan calls f with each line of r that ends, without its line ending, and with
// the byte at which it begins. The line is f's until f returns. A line longer
// than 1 MiB is passed over without being held; what stands after the last line
// ending is left. It returns what r returned, nil for its end.
func Scan(r io.Reader, f func(line []byte, offset int64)) error {
	s := newScanner()
	s.start(r, 0, false)
	for s.next() {
		if !s.long {
			f(s.line, s.from)
		}
	}
	return s.err
}

// scanner reads lines into one buffer, which grows with what there is to read. One
// line, or the beginning of a long one, stands in it after next.
type scanner struct {
	buf        []byte
	begin, end int   // what of buf is read but not given out
	at         int64 // the byte of the file that buf[begin] is
	r          io.Reader
	eof        bool
	err        error

	skipping bool // inside a long line

	much bool // the last read filled the buffer

	line []byte // without its line ending
	from int64  // where it begins
	long bool   // it was longer than maxLine: line is only its beginning
}

func newScanner() *scanner { return new(scanner) }

// rested gives a large buffer back once there is nothing more to read: a log is
// read at length once, and then a line now and then.
func (s *scanner) rested() {
	if len(s.buf) > fewLines {
		*s = scanner{}
	}
}

// start begins at a byte of a file; skipping says that it is inside a long line.
func (s *scanner) start(r io.Reader, at int64, skipping bool) {
	*s = scanner{buf: s.buf, r: r, at: at, skipping: skipping}
}

// offset is the first byte that was not given out: where to go on another time.
func (s *scanner) offset() int64 { return s.at }

// next gives the next line that ends; false at the end of what is there.
func (s *scanner) next() bool {
	searched := 0 // of what is in the buffer, known to hold no line ending
	for {
		if i := bytes.IndexByte(s.buf[s.begin+searched:s.end], '\n'); i >= 0 {
			i += searched
			if s.skipping {
				s.skipping, searched = false, 0
				s.take(i + 1)
				continue
			}
			s.line, s.from, s.long = bytes.TrimSuffix(s.buf[s.begin:s.begin+i], []byte{'\r'}), s.at, false
			s.take(i + 1)
			return true
		}
		if s.skipping {
			s.take(s.end - s.begin)
		}
		searched = s.end - s.begin
		if searched == maxLine {
			s.line, s.from, s.long, s.skipping = s.buf[:min(len(s.buf), chunk)], s.at, true, true
			s.take(searched)
			return true
		}
		if s.eof || !s.fill() {
			return false
		}
	}
}

// rest is what stands after the last line ending. It is not given out: what is
// there now may be half of a line.
func (s *scanner) rest() []byte { return s.buf[s.begin:s.end] }

func (s *scanner) take(n int) {
	s.begin += n
	s.at += int64(n)
}

// fill reads more, after moving what is left to the front of the buffer.
func (s *scanner) fill() bool {
	if s.begin > 0 {
		s.end = copy(s.buf, s.buf[s.begin:s.end])
		s.begin = 0
	}
	s.grow()
	for empty := 0; empty < 100; {
		n, err := s.r.Read(s.buf[s.end:min(len(s.buf), s.end+chunk)])
		s.end += n
		s.much = s.end == len(s.buf)
		if err != nil {
			s.eof = true
			if !errors.Is(err, io.EOF) {
				s.err = err
			}
			return n > 0
		}
		if n > 0 {
			return true
		}
		empty++
	}
	s.eof, s.err = true, io.ErrNoProgress
	return false
}

// grow doubles a buffer that a line fills, and up to two chunks one that the last
// read did.
func (s *scanner) grow() {
	size := len(s.buf)
	switch {
	case size == 0:
		size = fewLines
	case s.end == size, s.much && size < 2*chunk:
		size = min(2*size, maxLine)
	default:
		return
	}
	buf := make([]byte, size)
	copy(buf, s.buf[:s.end])
	s.buf = buf
}

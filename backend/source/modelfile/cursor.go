package modelfile

import (
	"encoding/binary"
	"errors"
	"io"
)

// errTruncated says that a file ends before what it announces.
var errTruncated = errors.New("the file ends in the middle of its header")

// errTooLong says that a header does not end within what is read of any file.
var errTooLong = errors.New("the header is longer than any that makes sense")

// readCap bounds what is read of one file, in bytes. Headers with their
// tokenizers are below 12 MB; what is wanted stands in the first kilobytes.
const readCap = 16 << 20

// cursor reads a file forwards, in blocks, and passes over what is not wanted
// without reading it. The first error stays and ends everything.
type cursor struct {
	r    io.ReaderAt
	size int64
	at   int64 // the next byte

	block []byte // holds the file from from
	from  int64
	read  int64 // bytes read so far
	err   error
}

func newCursor(r io.ReaderAt, size int64) *cursor {
	return &cursor{r: r, size: size, block: make([]byte, 0, 16<<10)}
}

func (c *cursor) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

// next is the next n bytes, n at most 4096; they are valid until the next call.
// nil when there are not so many.
func (c *cursor) next(n int) []byte {
	if c.err != nil {
		return nil
	}
	if int64(n) > c.size-c.at {
		c.fail(errTruncated)
		return nil
	}
	if c.at < c.from || c.at+int64(n) > c.from+int64(len(c.block)) {
		if !c.fill() {
			return nil
		}
		if c.at+int64(n) > c.from+int64(len(c.block)) {
			c.fail(errTruncated)
			return nil
		}
	}
	b := c.block[c.at-c.from:][:n]
	c.at += int64(n)
	return b
}

func (c *cursor) fill() bool {
	if c.read >= readCap {
		c.fail(errTooLong)
		return false
	}
	n, err := c.r.ReadAt(c.block[:min(int64(cap(c.block)), c.size-c.at)], c.at)
	if n == 0 && err != nil && !errors.Is(err, io.EOF) {
		c.fail(err)
		return false
	}
	c.block, c.from, c.read = c.block[:n], c.at, c.read+int64(n)
	return true
}

// skip passes over n bytes.
func (c *cursor) skip(n uint64) {
	if c.err != nil {
		return
	}
	if n > uint64(c.size-c.at) {
		c.fail(errTruncated)
		return
	}
	c.at += int64(n)
}

func (c *cursor) u32() uint32 {
	if b := c.next(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if b := c.next(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// text is a string of at most limit bytes; a longer one is passed over and "".
func (c *cursor) text(limit int) string {
	n := c.u64()
	if n > uint64(limit) {
		c.skip(n)
		return ""
	}
	return string(c.next(int(n)))
}

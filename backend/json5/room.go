package json5

import (
	"slices"

	"github.com/tailscale/hujson"
)

// opening is how an empty container opens for values.
func (d *Document) opening(chain []spot, b box, st style, values []fresh) (pad string, wide bool) {
	st.objBeside, st.arrBeside = tally[bool]{}, tally[bool]{}
	if len(chain) > 0 {
		beside := votesIn(chain[len(chain)-1].box)
		st.objBeside, st.arrBeside = beside.objBeside, beside.arrBeside
	}
	if b.arr != nil {
		return st.padArr, st.wideArray(values)
	}
	return st.padObj, st.wideObject(values)
}

// make makes room for an item before item i. in is the indent of the line on which
// the container begins; the answer is that of the line on which the item will. pad
// and wide are how an empty container opens.
func (s *sheet) make(i int, st style, in, pad string, wide bool) string {
	var it item
	switch n := len(s.items); {
	case n == 0:
		it.gap = s.first(st, in, pad, wide)
	case i < n:
		next := &s.items[i]
		it.gap = next.gap
		if broad(next.gap) {
			next.gap = line(next.gap)
		} else {
			next.gap = hujson.Extra(st.sep)
		}
		if i > 0 && broad(s.items[i-1].post) && !hasComment(s.items[i-1].post) {
			it.post = s.items[i-1].post // commas stand at the start of lines here
		}
	default:
		it.gap = s.next(st, in)
	}
	s.items = slices.Insert(s.items, i, it)
	for j := i; j >= 0; j-- {
		if g := s.items[j].gap; broad(g) {
			return lastIndent(g)
		}
	}
	return in
}

// first is the gap of the first item of an empty container.
func (s *sheet) first(st style, in, pad string, wide bool) hujson.Extra {
	inner := hujson.Extra(st.newline + in + st.unit)
	if at, ok := firstBreak(s.end); ok {
		gap := concat(s.end[:at], inner)
		s.end, s.comma = s.end[at:], st.comma
		return gap
	}
	comments := s.end[:uncommented(s.end)]
	if wide {
		s.end, s.comma = hujson.Extra(st.newline+in), st.comma
		return concat(comments, inner)
	}
	s.end = hujson.Extra(pad)
	return concat(comments, hujson.Extra(pad))
}

// next is the gap of an item behind the last one.
func (s *sheet) next(st style, in string) hujson.Extra {
	n := len(s.items)
	last := &s.items[n-1]
	if n > 1 && !s.comma && broad(s.items[n-2].post) && !hasComment(s.items[n-2].post) {
		last.post, last.tail = behind(last.tail, s.items[n-2].post, st.newline), nil // commas stand at the start of lines here
	}
	if broad(last.gap) {
		return line(last.gap)
	}
	if hasComment(last.tail) && broad(s.end) {
		return hujson.Extra(st.newline + in + st.unit) // behind the comment, which stays with its item
	}
	if n > 1 {
		return last.gap
	}
	return hujson.Extra(st.sep)
}

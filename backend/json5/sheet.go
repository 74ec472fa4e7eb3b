package json5

import (
	"slices"

	"github.com/tailscale/hujson"
)

// box is an object or an array; one of the two is nil.
type box struct {
	obj *hujson.Object
	arr *hujson.Array
}

func boxOf(v hujson.ValueTrimmed) (box, bool) {
	switch v := v.(type) {
	case *hujson.Object:
		return box{obj: v}, true
	case *hujson.Array:
		return box{arr: v}, true
	}
	return box{}, false
}

func (b box) len() int {
	if b.obj != nil {
		return len(b.obj.Members)
	}
	return len(b.arr.Elements)
}

func (b box) value(i int) *hujson.Value {
	if b.obj != nil {
		return &b.obj.Members[i].Value
	}
	return &b.arr.Elements[i]
}

// before is the extra before member i, or before the closing bracket.
func (b box) before(i int) hujson.Extra {
	switch {
	case b.obj != nil && i < len(b.obj.Members):
		return b.obj.Members[i].Name.BeforeExtra
	case b.obj != nil:
		return b.obj.AfterExtra
	case i < len(b.arr.Elements):
		return b.arr.Elements[i].BeforeExtra
	}
	return b.arr.AfterExtra
}

// item is a member or an element with what belongs to it. Its text is
//
//	gap lead name : value post , tail
//
// gap is the place and not the item's: line ends, blank lines, comments that
// stand apart, and the indent. lead are the comments right above it or before it
// on its line, post those between the value and the comma, tail those behind the
// comma on the same line.
type item struct {
	gap, lead  hujson.Extra
	name       hujson.Value // its extras are empty but for AfterExtra; unused in arrays
	value      hujson.Value // BeforeExtra is kept, AfterExtra is post
	post, tail hujson.Extra
}

// sheet is the inside of an object or an array, taken apart so that items can be
// added, removed and moved without tearing comments from what they are about.
type sheet struct {
	items []item
	end   hujson.Extra // after the last tail, before the closing bracket
	comma bool         // there is one after the last item
}

// open takes a container apart; close puts it together to the same bytes.
func (b box) open() sheet {
	n := b.len()
	s := sheet{items: make([]item, n)}
	for i := range s.items {
		it := &s.items[i]
		e := b.before(i)
		from := 0
		if at, ok := firstBreak(e); ok && i > 0 {
			from = uncommented(e[:at])
			s.items[i-1].tail = e[:from:from]
		}
		lead := belonging(e)
		lead += indent(e[lead:])
		it.gap, it.lead = e[from:lead:lead], e[lead:]
		if b.obj != nil {
			it.name = b.obj.Members[i].Name
			it.name.BeforeExtra = nil
		}
		it.value = *b.value(i)
		it.post, it.value.AfterExtra = it.value.AfterExtra, nil
		if b.arr != nil {
			it.value.BeforeExtra = nil
		}
	}
	s.end = b.before(n)
	if n == 0 {
		return s
	}
	last := &s.items[n-1]
	s.comma = last.post != nil
	at, ok := firstBreak(s.end)
	if !ok && s.comma {
		at = 0 // a comment between the last comma and the bracket is the container's
	}
	at = uncommented(s.end[:at])
	last.tail, s.end = s.end[:at:at], s.end[at:]
	return s
}

// close puts the container together. A line comment never swallows what stands
// behind it: newline is put between where nothing else ends its line.
func (b box) close(s sheet, newline string) {
	if b.obj != nil {
		b.obj.Members = make([]hujson.ObjectMember, len(s.items))
	} else {
		b.arr.Elements = make([]hujson.Value, len(s.items))
	}
	var carry hujson.Extra // the tail of the item before
	for i, it := range s.items {
		before := concat(behind(carry, it.gap, newline), it.lead)
		if b.obj != nil {
			it.name.BeforeExtra = before
		} else {
			it.value.BeforeExtra = before
		}
		last, next := i == len(s.items)-1, s.end
		if !last {
			next = s.items[i+1].gap
		}
		carry = it.tail
		switch {
		case last && !s.comma:
			if n := uncommented(it.post); n > 0 && len(it.tail) > 0 {
				carry = behind(it.post[:n], it.tail, newline)
			} else if n > 0 {
				carry = it.post[:n]
			}
			it.post = nil
		case !broad(next) && !openComment(it.tail):
			it.post, carry = concat(it.post, it.tail), nil // before the comma it stays this item's
			fallthrough
		default:
			if it.post == nil {
				it.post = hujson.Extra{} // hujson's sign for a comma
			}
		}
		it.value.AfterExtra = it.post
		if b.obj != nil {
			b.obj.Members[i] = hujson.ObjectMember{Name: it.name, Value: it.value}
		} else {
			b.arr.Elements[i] = it.value
		}
	}
	end := behind(carry, s.end, newline)
	if b.obj != nil {
		b.obj.AfterExtra = end
	} else {
		b.arr.AfterExtra = end
	}
}

// behind puts an extra behind another.
func behind(first, second hujson.Extra, newline string) hujson.Extra {
	if len(first) == 0 {
		return second
	}
	if openComment(first) {
		second = second[indent(second):] // or it would become part of the comment
		if lineEnd(second) == 0 {
			return concat(first, hujson.Extra(newline), second)
		}
	}
	return concat(first, second)
}

// remove takes an item out, with its comments and its line.
func (s *sheet) remove(i int) {
	gap := s.items[i].gap
	s.items = slices.Delete(s.items, i, i+1)
	if i < len(s.items) {
		next := &s.items[i].gap
		switch {
		case broad(gap) && broad(*next):
			*next = joined(gap, *next)
		case broad(gap) || !broad(*next):
			*next = gap
		}
		return
	}
	switch {
	case broad(gap) && broad(s.end):
		s.end = joined(gap, s.end)
	case hasComment(gap):
		s.end = concat(unindented(gap), s.end)
	}
	if len(s.items) == 0 && !hasComment(s.end) {
		s.end = nil
	}
}

// joined is what stays of two gaps when the line between them goes.
func joined(above, below hujson.Extra) hujson.Extra {
	if breaks(above) > 1 && breaks(below) > 1 && !hasComment(above) {
		return below // one blank line is enough
	}
	return behind(above[:lastBreak(above)], below, "") // below begins with a line end
}

// move puts item from at place to. Gaps, and line ends before a comma, belong to
// the place; all else goes along.
func (s *sheet) move(from, to int) {
	gaps := make([]hujson.Extra, len(s.items))
	posts := make([]hujson.Extra, len(s.items))
	for i, it := range s.items {
		gaps[i] = it.gap
		if !hasComment(it.post) {
			posts[i] = it.post
		}
	}
	it := s.items[from]
	s.items = slices.Insert(slices.Delete(s.items, from, from+1), to, it)
	for i := range s.items {
		s.items[i].gap = gaps[i]
		if !hasComment(s.items[i].post) {
			s.items[i].post = posts[i]
		}
	}
}

package json5

import (
	"bytes"

	"github.com/tailscale/hujson"
)

// style is how new text is written.
type style struct {
	newline, unit   string // unit is one step of indent
	colon, sep      string // white space behind a colon, and behind a comma within a line
	padObj, padArr  string // white space inside the brackets of one line
	bare            bool   // keys without quotes where they need none
	quote, keyQuote byte
	wideObj         bool // objects that hold others go over many lines
	wideLeaf        bool // the same for objects of plain values
	wideArr         bool // the same for arrays of plain values
	comma           bool // a comma after the last of many lines

	objBeside, arrBeside tally[bool] // how the containers beside the new value go; without votes inside it
}

// tally counts votes. Most votes win, of equals the one first seen.
type tally[T comparable] struct {
	seen  []T
	count map[T]int
}

func (t *tally[T]) add(v T) {
	if t.count == nil {
		t.count = map[T]int{}
	}
	if t.count[v] == 0 {
		t.seen = append(t.seen, v)
	}
	t.count[v]++
}

// pick asks one tally after the other; the first with a vote decides.
func pick[T comparable](otherwise T, from ...tally[T]) T {
	for _, t := range from {
		best, n := otherwise, 0
		for _, v := range t.seen {
			if t.count[v] > n {
				best, n = v, t.count[v]
			}
		}
		if n > 0 {
			return best
		}
	}
	return otherwise
}

// votes is what a part of a document says about its style.
type votes struct {
	unit, colon, sep, padObj, padArr tally[string]
	quote, keyQuote                  tally[byte]
	bare, comma                      tally[bool]
	wideObj, wideLeaf, wideArr       tally[bool]
	objBeside, arrBeside             tally[bool] // the members of the container asked first
}

// whole lets a value and all that is in it vote. in is the indent of the line on
// which the value begins.
func (v *votes) whole(val *hujson.Value, in string) {
	b, ok := boxOf(val.Value)
	if !ok {
		if lit := val.Value.(hujson.Literal); kindOf(lit) == isText {
			v.quote.add(lit[0])
		}
		return
	}
	v.shape(b, in)
	v.inside(b, in)
}

// inside lets the members of a container vote, but not its own shape.
func (v *votes) inside(b box, in string) {
	for i := range b.len() {
		if b.obj != nil {
			v.key(&b.obj.Members[i])
		}
		in := in
		if e := b.before(i); broad(e) {
			in = lineIndent(e)
		}
		v.whole(b.value(i), in)
	}
}

// beside lets the members of a container vote for what stands among them.
func (v *votes) beside(b box) {
	for i := range b.len() {
		c, ok := boxOf(b.value(i).Value)
		switch {
		case !ok || c.len() == 0:
		case c.obj != nil:
			v.objBeside.add(broad(c.before(0)))
		default:
			v.arrBeside.add(broad(c.before(0)))
		}
	}
}

// shape lets a container's own layout vote; an empty one has none.
func (v *votes) shape(b box, in string) {
	n := b.len()
	if n == 0 {
		return
	}
	first := b.before(0)
	wide := broad(first)
	switch {
	case b.obj != nil && b.holdsBoxes():
		v.wideObj.add(wide)
	case b.obj != nil:
		v.wideLeaf.add(wide)
	case !b.holdsBoxes():
		v.wideArr.add(wide)
	}
	if wide {
		v.comma.add(b.value(n-1).AfterExtra != nil)
		if at := lineIndent(first); len(at) > len(in) && at[:len(in)] == in {
			v.unit.add(at[len(in):])
		}
		return
	}
	if !hasComment(first) {
		if b.obj != nil {
			v.padObj.add(string(first))
		} else {
			v.padArr.add(string(first))
		}
	}
	for i := 1; i < n; i++ {
		if e := b.before(i); !broad(e) && !hasComment(e) {
			v.sep.add(string(e))
		}
	}
}

// holdsBoxes tells whether there is anything but plain values in a container.
func (b box) holdsBoxes() bool {
	for i := range b.len() {
		if c, ok := boxOf(b.value(i).Value); ok && c.len() > 0 {
			return true
		}
	}
	return false
}

// key lets a key vote. One that needs its quotes says nothing about bare keys.
func (v *votes) key(m *hujson.ObjectMember) {
	lit := m.Name.Value.(hujson.Literal)
	quoted := lit[0] == '"' || lit[0] == '\''
	if quoted {
		v.keyQuote.add(lit[0])
	}
	if !quoted || plainKey(key(m)) {
		v.bare.add(!quoted)
	}
	if e := m.Value.BeforeExtra; !broad(e) && !hasComment(e) {
		v.colon.add(string(e))
	}
}

// plainKey tells whether a key may go without quotes wherever it is read.
func plainKey(k string) bool {
	for i := range len(k) {
		if !plainKeyByte(k[i], i == 0) {
			return false
		}
	}
	return k != ""
}

// lineIndent is the white space at the start of the last line of an extra that
// has more than one line.
func lineIndent(e hujson.Extra) string {
	from := 0
	for t := range tokens(e) {
		if t.is == '\n' {
			from = t.to
		}
	}
	return string(e[from : from+indent(e[from:])])
}

// newlineOf is the line end that a text uses, by its first.
func newlineOf(text []byte) string {
	i := bytes.IndexAny(text, "\r\n")
	switch {
	case i < 0 || text[i] == '\n':
		return "\n"
	case i+1 < len(text) && text[i+1] == '\n':
		return "\r\n"
	}
	return "\r"
}

// styleOf decides by the nearest part that has something to say. near goes from
// the inmost outwards, the whole document last. lone tells that the new text
// goes into a line with other members: it opens no lines of its own unless its
// siblings do.
func styleOf(newline string, lone bool, near ...*votes) style {
	inner := near
	if lone {
		inner = near[:1]
	}
	s := style{
		newline:  newline,
		unit:     pick("  ", near[len(near)-1].unit),
		colon:    pick(" ", all(near, func(v *votes) tally[string] { return v.colon })...),
		bare:     pick(false, all(near, func(v *votes) tally[bool] { return v.bare })...),
		quote:    pick(0, all(near, func(v *votes) tally[byte] { return v.quote })...),
		keyQuote: pick(0, all(near, func(v *votes) tally[byte] { return v.keyQuote })...),
		comma:    pick(false, all(near, func(v *votes) tally[bool] { return v.comma })...),

		objBeside: near[0].objBeside, arrBeside: near[0].arrBeside,
	}
	leaf := all(inner, func(v *votes) tally[bool] { return v.wideLeaf })
	s.wideObj = pick(pick(!lone, leaf...), all(inner, func(v *votes) tally[bool] { return v.wideObj })...)
	s.wideLeaf = pick(s.wideObj, leaf...)
	s.sep = pick(s.colon, all(near, func(v *votes) tally[string] { return v.sep })...)
	s.padObj = pick(s.colon, all(near, func(v *votes) tally[string] { return v.padObj })...)
	s.padArr = pick("", all(near, func(v *votes) tally[string] { return v.padArr })...)
	// A program that writes JSON over many lines does so with its arrays too;
	// people put a short list on one line.
	s.wideArr = pick(s.wideObj && !s.bare, all(inner, func(v *votes) tally[bool] { return v.wideArr })...)
	if s.quote == 0 {
		s.quote = s.keyQuote
	}
	if s.quote == 0 {
		s.quote = '"'
	}
	if s.keyQuote == 0 {
		s.keyQuote = s.quote
	}
	return s
}

func all[T comparable](near []*votes, of func(*votes) tally[T]) []tally[T] {
	list := make([]tally[T], len(near))
	for i, v := range near {
		list[i] = of(v)
	}
	return list
}

// key writes a key.
func (s style) key(k string) hujson.Literal {
	if s.bare && plainKey(k) {
		return hujson.Literal(k)
	}
	return appendQuoted(nil, k, s.keyQuote)
}

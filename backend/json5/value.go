package json5

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

// Text is a new value given as JSON5. It is put in as it is written, its own
// layout and comments with it; white space and comments around it are dropped.
// Any other Go value goes through encoding/json and is written in the style of
// the place it comes to; a json.RawMessage keeps the order of its keys.
type Text string

// fresh is a value on its way into a document.
type fresh struct {
	tree hujson.ValueTrimmed
	asIs bool  // a Text
	wrap []any // what lies around it, outermost first: a key for an object, an int for an array
}

// freshOf takes what the caller gives. Errors of a Text are *Error, others ErrValue.
func freshOf(v any) (fresh, error) {
	t, asIs := v.(Text)
	raw := []byte(t)
	if !asIs {
		var buf bytes.Buffer
		enc := json.NewEncoder(&buf)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(v); err != nil {
			return fresh{}, fmt.Errorf("%w: it is a Go %T", ErrValue, v) // not err: it may quote the value
		}
		raw = buf.Bytes()
	}
	tree, err := parse(raw)
	if err != nil {
		return fresh{}, fmt.Errorf("read the new value: %w", err)
	}
	return fresh{tree: tree.Value, asIs: asIs}, nil
}

// depth is how many containers lie in each other in a value.
func depth(v hujson.ValueTrimmed) int {
	b, ok := boxOf(v)
	if !ok {
		return 0
	}
	most := 0
	for i := range b.len() {
		most = max(most, depth(b.value(i).Value))
	}
	return 1 + most
}

// dress writes a fresh value in a style. in is the indent of the line on which it
// will begin.
func (s style) dress(f fresh, in string) hujson.ValueTrimmed {
	if len(f.wrap) > 0 {
		inner := fresh{tree: f.tree, asIs: f.asIs, wrap: f.wrap[1:]}
		if k, ok := f.wrap[0].(string); ok {
			return s.object([]string{k}, []fresh{inner}, in)
		}
		return s.array([]fresh{inner}, in)
	}
	if f.asIs {
		return f.tree
	}
	switch v := f.tree.(type) {
	case *hujson.Object:
		list := living(v)
		keys, values := make([]string, len(list)), make([]fresh, len(list))
		for i, e := range list {
			keys[i], values[i] = e.key, fresh{tree: v.Members[e.index].Value.Value}
		}
		return s.object(keys, values, in)
	case *hujson.Array:
		values := make([]fresh, len(v.Elements))
		for i := range v.Elements {
			values[i].tree = v.Elements[i].Value
		}
		return s.array(values, in)
	}
	lit := f.tree.(hujson.Literal)
	if kindOf(lit) == isText {
		return hujson.Literal(appendQuoted(nil, unescape(lit), s.quote))
	}
	return lit
}

func (s style) object(keys []string, values []fresh, in string) hujson.ValueTrimmed {
	obj := &hujson.Object{}
	if len(keys) == 0 {
		return obj
	}
	wide := s.wideObject(values)
	first, next, end, inner := s.gaps(wide, s.padObj, in)
	s.objBeside, s.arrBeside = tally[bool]{}, tally[bool]{}
	if !wide {
		s.wideObj, s.wideLeaf, s.wideArr = false, false, false // it stays on its line with all that is in it
	}
	for i, k := range keys {
		m := hujson.ObjectMember{Name: hujson.Value{Value: s.key(k), BeforeExtra: next}}
		if i == 0 {
			m.Name.BeforeExtra = first
		}
		m.Value = hujson.Value{Value: s.dress(values[i], inner), BeforeExtra: hujson.Extra(s.colon)}
		obj.Members = append(obj.Members, m)
	}
	if wide && s.comma {
		obj.Members[len(keys)-1].Value.AfterExtra = hujson.Extra{}
	}
	obj.AfterExtra = end
	return obj
}

func (s style) array(values []fresh, in string) hujson.ValueTrimmed {
	arr := &hujson.Array{}
	if len(values) == 0 {
		return arr
	}
	wide := s.wideArray(values)
	first, next, end, inner := s.gaps(wide, s.padArr, in)
	s.objBeside, s.arrBeside = tally[bool]{}, tally[bool]{}
	for i, v := range values {
		e := hujson.Value{Value: s.dress(v, inner), BeforeExtra: next}
		if i == 0 {
			e.BeforeExtra = first
		}
		arr.Elements = append(arr.Elements, e)
	}
	if wide && s.comma {
		arr.Elements[len(values)-1].AfterExtra = hujson.Extra{}
	}
	arr.AfterExtra = end
	return arr
}

// wideObject tells whether a new object goes over many lines: as those beside it
// do, else as those that hold as much.
func (s style) wideObject(values []fresh) bool {
	if holdBoxes(values) {
		return pick(s.wideObj, s.objBeside)
	}
	return pick(s.wideLeaf, s.objBeside)
}

// wideArray is the same for a new array. One of objects goes as they do.
func (s style) wideArray(values []fresh) bool {
	if holdBoxes(values) {
		return pick(s.wideObj, s.arrBeside)
	}
	return pick(s.wideArr, s.arrBeside)
}

// holdBoxes tells whether there is anything but plain values among values.
func holdBoxes(values []fresh) bool {
	for _, v := range values {
		if b, ok := boxOf(v.tree); len(v.wrap) > 0 || ok && b.len() > 0 {
			return true
		}
	}
	return false
}

// gaps are the extras of a new container: before its first member, before the
// others, before the bracket; inner is the indent of its members' lines.
func (s style) gaps(wide bool, pad, in string) (first, next, end hujson.Extra, inner string) {
	if !wide {
		return hujson.Extra(pad), hujson.Extra(s.sep), hujson.Extra(pad), in
	}
	line := hujson.Extra(s.newline + in + s.unit)
	return line, line, hujson.Extra(s.newline + in), in + s.unit
}

// canonical is equal for two values if and only if they are the same to a
// reader: the order of keys and the way of writing do not count. Integers beyond
// 2^53 differ by their digits, although JavaScript may not tell them apart.
func canonical(v hujson.ValueTrimmed) string {
	switch v := v.(type) {
	case *hujson.Object:
		list := living(v)
		members := make([]string, len(list))
		for i, e := range list {
			members[i] = string(appendString(nil, e.key)) + ":" + canonical(v.Members[e.index].Value.Value)
		}
		slices.Sort(members)
		return "{" + strings.Join(members, ",") + "}"
	case *hujson.Array:
		var b bytes.Buffer
		for i := range v.Elements {
			b.WriteString(canonical(v.Elements[i].Value))
			b.WriteByte(',')
		}
		return "[" + b.String() + "]"
	}
	lit := v.(hujson.Literal)
	switch kindOf(lit) {
	case isText:
		return string(appendString(nil, unescape(lit)))
	case isNumber:
		f := float(lit)
		digits := appendNumber(nil, lit)
		if math.Abs(f) >= 1<<53 && !bytes.ContainsAny(digits, ".eEu") {
			return string(digits)
		}
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return string(lit)
}

package json5

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// Path names a node from the document's root: a string is a key of an object,
// an int an index of an array, from 0. A decimal string on an array is an index
// too, and an int on an object a key, since other programs print paths without
// telling the two apart (a.0.b). The empty path is the root.
type Path []any

// What an edit or a look may find wrong with a path. Errors name the path, and
// never a value.
var (
	ErrPath    = errors.New("this path cannot be used")       // not of keys and indexes, or the root where it makes no sense
	ErrMissing = errors.New("is not there")                   // nor can it be added there
	ErrShape   = errors.New("cannot hold this")               // a key of a number or of an array
	ErrExists  = errors.New("is there already")               // Rename to a key that is in use
	ErrTwice   = errors.New("stands more than once")          // Move of a key that has equals
	ErrDepth   = errors.New("would lie deeper than MaxDepth") // the result could not be read again
	ErrValue   = errors.New("the new value has no JSON form") // a Go value that encoding/json refuses
)

// ParsePath reads the form that people type:
// agents.defaults.models["lmstudio/x.y"].alias, agents.list[0].model. A key
// without quotes goes on to the next dot or bracket. Any error is an *Error.
func ParsePath(s string) (Path, error) {
	text := []byte(s)
	p := &parser{text: text}
	path := Path{}
	for p.pos < len(text) {
		var segment any
		var err error
		if p.peek() == '[' {
			segment, err = p.bracket()
		} else {
			if len(path) > 0 {
				if p.peek() != '.' {
					return nil, p.fail(p.pos, "expected a dot or [ here")
				}
				p.pos++
			}
			segment, err = p.dotted()
		}
		if err != nil {
			return nil, err
		}
		path = append(path, segment)
	}
	return path, nil
}

// dotted reads a key without quotes.
func (p *parser) dotted() (any, error) {
	from := p.pos
	for p.pos < len(p.text) && !strings.ContainsRune(`.[]"'`, rune(p.text[p.pos])) {
		p.pos++
	}
	if p.pos == from {
		return nil, p.fail(from, "expected a key here")
	}
	return string(p.text[from:p.pos]), nil
}

// bracket reads an index or a quoted key in brackets.
func (p *parser) bracket() (segment any, err error) {
	p.pos++
	from := p.pos
	switch c := p.peek(); {
	case c == '"' || c == '\'':
		if err := p.str(); err != nil {
			return nil, err
		}
		segment = unescape(p.text[from:p.pos])
	case digit(c):
		_ = p.digits("", digit[byte]) // there is one
		if segment, err = strconv.Atoi(string(p.text[from:p.pos])); err != nil {
			return nil, p.fail(from, "no array is that long")
		}
	default:
		return nil, p.fail(from, "expected an index or a quoted key after [")
	}
	if p.peek() != ']' {
		return nil, p.fail(p.pos, "expected ] here")
	}
	p.pos++
	return segment, nil
}

// String is the form that ParsePath reads.
func (p Path) String() string {
	var b strings.Builder
	for i, segment := range p {
		k, isKey := segment.(string)
		switch {
		case !isKey:
			fmt.Fprintf(&b, "[%v]", segment)
		case dottable(k):
			if i > 0 {
				b.WriteByte('.')
			}
			b.WriteString(k)
		default:
			b.WriteString("[" + string(appendString(nil, k)) + "]")
		}
	}
	return b.String()
}

// dottable tells whether a key needs no quotes in a path.
func dottable(k string) bool {
	for i := range len(k) {
		c := k[i]
		if !(plainKeyByte(c, i == 0) || c == '-' && i > 0) {
			return false
		}
	}
	return k != ""
}

// plainKeyByte tells whether a byte may stand in a bare key that every reader of
// JSON5 takes, whatever its Unicode.
func plainKeyByte(c byte, first bool) bool {
	return nameStart(rune(c)) && c < 0x80 || digit(c) && !first
}

// spot is a node by its place in the container that holds it.
type spot struct {
	box   box
	index int
}

func (s spot) value() *hujson.Value { return s.box.value(s.index) }

// find walks a path. chain has a spot for every segment that is there; err is nil
// only if all are.
func (d *Document) find(p Path) (chain []spot, err error) {
	at := &d.root
	for i, segment := range p {
		b, ok := boxOf(at.Value)
		if !ok {
			return chain, fmt.Errorf("%s is %s: it %w", name(p[:i]), kindOf(at.Value), ErrShape)
		}
		index, err := b.index(segment)
		if err != nil {
			return chain, fmt.Errorf("%s: %w", name(p[:i+1]), err)
		}
		if index < 0 {
			return chain, fmt.Errorf("%s %w", name(p[:i+1]), ErrMissing)
		}
		chain = append(chain, spot{b, index})
		at = b.value(index)
	}
	return chain, nil
}

// name is a path in an error.
func name(p Path) string {
	if len(p) == 0 {
		return "the whole document"
	}
	return p.String()
}

// node is the value at a path.
func (d *Document) node(p Path) (*hujson.Value, error) {
	chain, err := d.find(p)
	if err != nil {
		return nil, err
	}
	if len(chain) == 0 {
		return &d.root, nil
	}
	return chain[len(chain)-1].value(), nil
}

// index finds a segment's place: of equal keys the last, -1 if there is none.
func (b box) index(segment any) (int, error) {
	if b.obj != nil {
		k, err := keyOf(segment)
		if err != nil {
			return -1, err
		}
		for i := len(b.obj.Members) - 1; i >= 0; i-- {
			if key(&b.obj.Members[i]) == k {
				return i, nil
			}
		}
		return -1, nil
	}
	i, err := indexOf(segment)
	if err != nil || i >= b.len() {
		return -1, err
	}
	return i, nil
}

// keyOf is a segment as a key.
func keyOf(segment any) (string, error) {
	switch s := segment.(type) {
	case string:
		return asRead(s), nil
	case int:
		return itoa(s), nil
	}
	return "", ErrPath
}

// asRead is a key as it will be read again once it is written: what is no text
// becomes U+FFFD.
func asRead(k string) string {
	if utf8.ValidString(k) {
		return k
	}
	return unescape(appendString(nil, k))
}

// indexOf is a segment as an index; ErrShape if it is a key.
func indexOf(segment any) (int, error) {
	switch s := segment.(type) {
	case int:
		if s >= 0 {
			return s, nil
		}
		return -1, ErrPath
	case string:
		if i, err := strconv.Atoi(s); err == nil && i >= 0 && itoa(i) == s {
			return i, nil
		}
		return -1, fmt.Errorf("an array %w: it needs an index", ErrShape)
	}
	return -1, ErrPath
}

package json5

import (
	"bytes"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// MaxDepth is how many objects and arrays may lie in each other. It keeps a
// hostile document off the stack; nobody's configuration comes near.
const MaxDepth = 1000

// parser reads one text, once, from left to right. The tree it makes refers to
// the text's own bytes, each piece capped so that appending to it copies it.
type parser struct {
	text  []byte
	pos   int
	depth int
}

// parse reads a whole document. Any error is an *Error.
func parse(text []byte) (hujson.Value, error) {
	p := &parser{text: text}
	if !utf8.Valid(text) {
		return hujson.Value{}, errorAt(text, broken(text), "this is not UTF-8 text")
	}
	v, err := p.value("a value")
	if err != nil {
		return hujson.Value{}, err
	}
	if p.pos < len(text) {
		return hujson.Value{}, p.fail(p.pos, "expected nothing more after the document's value")
	}
	return v, nil
}

// broken finds the first byte that is not UTF-8.
func broken(text []byte) int {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(text)
}

func (p *parser) fail(offset int, problem string) error { return errorAt(p.text, offset, problem) }

// cut is the text from an offset to where the parser stands; nil if empty, as
// hujson has it.
func (p *parser) cut(from int) []byte {
	if from == p.pos {
		return nil
	}
	return p.text[from:p.pos:p.pos]
}

// peek is the next byte, or 0 at the end; a NUL is legal nowhere it is asked for.
func (p *parser) peek() byte {
	if p.pos < len(p.text) {
		return p.text[p.pos]
	}
	return 0
}

// extra reads white space and comments.
func (p *parser) extra() (hujson.Extra, error) {
	from := p.pos
	for p.pos < len(p.text) {
		if n := space(p.text[p.pos:]); n > 0 {
			p.pos += n
			continue
		}
		if p.text[p.pos] != '/' {
			break
		}
		n := comment(p.text[p.pos:])
		if n == 0 {
			return nil, p.fail(p.pos, "expected a comment: // to the end of the line, or /* to */")
		}
		if n < 0 {
			return nil, p.fail(p.pos, "this comment has no end: expected */")
		}
		p.pos += n
	}
	return p.cut(from), nil
}

// comment is the length of the comment at the start of b, without the line end
// that ends a line comment; 0 if there is none, -1 if it has no end.
func comment(b []byte) int {
	if len(b) < 2 || b[0] != '/' {
		return 0
	}
	switch b[1] {
	case '/':
		for n := 2; n < len(b); n++ {
			if c := b[n]; c == '\n' || c == '\r' || c == 0xe2 && lineEnd(b[n:]) > 0 {
				return n
			}
		}
		return len(b)
	case '*':
		i := bytes.Index(b[2:], []byte("*/"))
		if i < 0 {
			return -1
		}
		return 2 + i + 2
	}
	return 0
}

// value reads a value with the extras on both its sides. what says what was
// expected, for the error.
func (p *parser) value(what string) (v hujson.Value, err error) {
	if v.BeforeExtra, err = p.extra(); err != nil {
		return v, err
	}
	v.StartOffset = p.pos
	if v.Value, err = p.bare(what); err != nil {
		return v, err
	}
	v.EndOffset = p.pos
	v.AfterExtra, err = p.extra()
	return v, err
}

// bare reads a value without its extras.
func (p *parser) bare(what string) (hujson.ValueTrimmed, error) {
	from := p.pos
	if from == len(p.text) {
		return nil, p.fail(from, "the text ends where "+what+" is expected")
	}
	switch c := p.text[from]; {
	case c == '{' || c == '[':
		if p.depth++; p.depth > MaxDepth {
			return nil, p.fail(from, "more than 1000 objects and arrays lie in each other here")
		}
		defer func() { p.depth-- }()
		if c == '{' {
			return p.object()
		}
		return p.array()
	case c == '"' || c == '\'':
		return p.literal((*parser).str)
	case digit(c) || c == '+' || c == '-' || c == '.':
		return p.literal((*parser).number)
	}
	return p.literal(func(p *parser) error { return p.word(what) })
}

// literal keeps the bytes that read goes over.
func (p *parser) literal(read func(*parser) error) (hujson.ValueTrimmed, error) {
	from := p.pos
	if err := read(p); err != nil {
		return nil, err
	}
	return hujson.Literal(p.text[from:p.pos:p.pos]), nil
}

// word reads null, true, false, Infinity or NaN.
func (p *parser) word(what string) error {
	from := p.pos
	for p.pos < len(p.text) {
		r, n := utf8.DecodeRune(p.text[p.pos:])
		if !namePart(r) {
			break
		}
		p.pos += n
	}
	switch string(p.text[from:p.pos]) {
	case "null", "true", "false", "Infinity", "NaN":
		return nil
	case "":
		return p.fail(from, unexpected(p.text[from:], what))
	}
	return p.fail(from, "this word is no value: text needs quotes around it")
}

// unexpected says what was expected, and knows the mistakes people make.
func unexpected(at []byte, what string) string {
	switch r, _ := utf8.DecodeRune(at); r {
	case '“', '”', '„', '‘', '’', '«', '»', '`':
		return `expected ` + what + `: only " and ' are quotes here`
	case ',':
		return "expected " + what + " before this comma"
	case '#':
		return "expected " + what + ": a comment begins with //"
	}
	return "expected " + what
}

package json5

import (
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// object reads from its opening brace to its closing one. hujson's convention:
// a comma stands after the last member if that member's AfterExtra is not nil,
// and what lies before the closing brace is the object's own AfterExtra.
func (p *parser) object() (hujson.ValueTrimmed, error) {
	open := p.pos
	p.pos++
	obj := &hujson.Object{}
	for {
		before, err := p.extra()
		if err != nil {
			return nil, err
		}
		if p.peek() == '}' {
			p.pos++
			obj.AfterExtra = before
			if n := len(obj.Members); n > 0 && obj.Members[n-1].Value.AfterExtra == nil {
				obj.Members[n-1].Value.AfterExtra = hujson.Extra{}
			}
			return obj, nil
		}
		if p.pos == len(p.text) {
			return nil, p.unclosed(open, "object", "}")
		}
		m, err := p.member(before)
		if err != nil {
			return nil, err
		}
		obj.Members = append(obj.Members, m)
		switch p.peek() {
		case ',':
			p.pos++
		case '}':
			p.pos++
			last := &obj.Members[len(obj.Members)-1].Value
			obj.AfterExtra, last.AfterExtra = last.AfterExtra, nil
			return obj, nil
		default:
			if p.pos == len(p.text) {
				return nil, p.unclosed(open, "object", "}")
			}
			return nil, p.fail(p.pos, "expected a comma or } after the value before this")
		}
	}
}

// member reads a key, a colon and a value.
func (p *parser) member(before hujson.Extra) (m hujson.ObjectMember, err error) {
	m.Name.BeforeExtra, m.Name.StartOffset = before, p.pos
	read := (*parser).name
	if c := p.peek(); c == '"' || c == '\'' {
		read = (*parser).str
	}
	if m.Name.Value, err = p.literal(read); err != nil {
		return m, err
	}
	m.Name.EndOffset = p.pos
	if m.Name.AfterExtra, err = p.extra(); err != nil {
		return m, err
	}
	if p.peek() != ':' {
		if p.pos == len(p.text) {
			return m, p.fail(p.pos, "the text ends where a colon is expected")
		}
		return m, p.fail(p.pos, "expected a colon after the key")
	}
	p.pos++
	m.Value, err = p.value("a value")
	return m, err
}

// array reads from its opening bracket to its closing one.
func (p *parser) array() (hujson.ValueTrimmed, error) {
	open := p.pos
	p.pos++
	arr := &hujson.Array{}
	for {
		before, err := p.extra()
		if err != nil {
			return nil, err
		}
		if p.peek() == ']' {
			p.pos++
			arr.AfterExtra = before
			if n := len(arr.Elements); n > 0 && arr.Elements[n-1].AfterExtra == nil {
				arr.Elements[n-1].AfterExtra = hujson.Extra{}
			}
			return arr, nil
		}
		if p.pos == len(p.text) {
			return nil, p.unclosed(open, "array", "]")
		}
		v, err := p.value("a value or ]")
		if err != nil {
			return nil, err
		}
		v.BeforeExtra = before
		arr.Elements = append(arr.Elements, v)
		switch p.peek() {
		case ',':
			p.pos++
		case ']':
			p.pos++
			last := &arr.Elements[len(arr.Elements)-1]
			arr.AfterExtra, last.AfterExtra = last.AfterExtra, nil
			return arr, nil
		default:
			if p.pos == len(p.text) {
				return nil, p.unclosed(open, "array", "]")
			}
			return nil, p.fail(p.pos, "expected a comma or ] after the value before this")
		}
	}
}

// unclosed is the error of a text that ends too early: where it opened helps
// more than where the text ends, so both are told.
func (p *parser) unclosed(open int, what, closing string) error {
	at := errorAt(p.text, open, "")
	return p.fail(len(p.text), "the text ends before the "+closing+" of the "+what+
		" that begins at line "+itoa(at.Line)+", column "+itoa(at.Column))
}

// name reads a bare key: an ECMAScript 5.1 identifier, reserved words included.
func (p *parser) name() error {
	from := p.pos
	for p.pos < len(p.text) {
		at := p.pos
		r, n := utf8.DecodeRune(p.text[p.pos:])
		escaped := r == '\\'
		if escaped {
			unit, err := p.nameEscape()
			if err != nil {
				return err
			}
			r, n = rune(unit), 0
		}
		ok := nameStart(r) || at > from && namePart(r)
		if escaped && !ok {
			return p.fail(at, "this escape is no character of a bare key: quote the key")
		}
		if !ok {
			break
		}
		p.pos += n
	}
	if p.pos == from {
		return p.fail(from, unexpected(p.text[from:], "a key or }"))
	}
	return nil
}

// nameEscape reads \uXXXX, the only escape of bare keys.
func (p *parser) nameEscape() (int, error) {
	p.pos++
	if p.peek() != 'u' {
		return 0, p.fail(p.pos, "expected u and four hexadecimal digits after this backslash")
	}
	p.pos++
	return p.hexDigits(4)
}

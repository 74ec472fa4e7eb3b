package json5

import (
	"strconv"
	"unicode/utf8"
)

func itoa(n int) string { return strconv.Itoa(n) }

// str reads a quoted string.
func (p *parser) str() error {
	open := p.pos
	quote := p.text[open]
	p.pos++
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case quote:
			p.pos++
			return nil
		case '\\':
			if err := p.escape(); err != nil {
				return err
			}
		case '\n', '\r':
			return p.fail(p.pos, "the line ends inside a string: close it, or end the line with a backslash")
		default:
			p.pos++
		}
	}
	at := errorAt(p.text, open, "")
	return p.fail(p.pos, "the text ends inside the string that begins at line "+
		itoa(at.Line)+", column "+itoa(at.Column))
}

// escape reads a backslash in a string and what it stands for.
func (p *parser) escape() error {
	p.pos++
	if n := lineEnd(p.text[p.pos:]); n > 0 {
		p.pos += n
		return nil
	}
	switch c := p.peek(); {
	case c == 'x' || c == 'u':
		p.pos++
		_, err := p.hexDigits(map[byte]int{'x': 2, 'u': 4}[c])
		return err
	case c == '0':
		p.pos++
		if digit(p.peek()) {
			return p.fail(p.pos, `no digit may follow \0: octal escapes are not JSON5`)
		}
		return nil
	case digit(c):
		return p.fail(p.pos, "a digit cannot be escaped: octal escapes are not JSON5")
	case p.pos == len(p.text):
		return p.fail(p.pos, "the text ends after a backslash")
	}
	_, n := utf8.DecodeRune(p.text[p.pos:])
	p.pos += n
	return nil
}

// hexDigits reads exactly n hexadecimal digits.
func (p *parser) hexDigits(n int) (value int, err error) {
	for range n {
		d := hex(p.peek())
		if d < 0 {
			return 0, p.fail(p.pos, "expected "+itoa(n)+" hexadecimal digits in this escape")
		}
		value = value<<4 | d
		p.pos++
	}
	return value, nil
}

// number reads a number with its sign: decimal, hexadecimal, Infinity or NaN.
func (p *parser) number() error {
	if c := p.peek(); c == '+' || c == '-' {
		p.pos++
	}
	switch c := p.peek(); {
	case c == 'I' || c == 'N':
		return p.word("a number")
	case c == '0':
		p.pos++
		if c := p.peek(); c == 'x' || c == 'X' {
			p.pos++
			return p.digits("a hexadecimal digit", func(c byte) bool { return hex(c) >= 0 })
		}
		if digit(p.peek()) {
			return p.fail(p.pos, "a number cannot begin with a zero and another digit")
		}
	case digit(c):
		_ = p.digits("", digit[byte]) // there is one
	case c != '.':
		return p.fail(p.pos, "expected a digit after the sign")
	default:
		p.pos++
		if err := p.digits("a digit after the decimal point", digit[byte]); err != nil {
			return err
		}
		return p.exponent()
	}
	if p.peek() == '.' {
		p.pos++
		for digit(p.peek()) {
			p.pos++
		}
	}
	return p.exponent()
}

// exponent reads the exponent of a decimal number, if there is one.
func (p *parser) exponent() error {
	if c := p.peek(); c != 'e' && c != 'E' {
		return nil
	}
	p.pos++
	if c := p.peek(); c == '+' || c == '-' {
		p.pos++
	}
	return p.digits("a digit in the exponent", digit[byte])
}

// digits reads one digit or more.
func (p *parser) digits(what string, is func(byte) bool) error {
	from := p.pos
	for p.pos < len(p.text) && is(p.text[p.pos]) {
		p.pos++
	}
	if p.pos == from {
		return p.fail(from, "expected "+what)
	}
	return nil
}

package json5

import (
	"unicode"
	"unicode/utf8"
)

// space is the length of the white space or line end at the start of b, in
// bytes; 0 if there is none. A byte order mark counts wherever it stands.
func space(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	switch c := b[0]; {
	case c == ' ', '\t' <= c && c <= '\r':
		return 1
	case c < utf8.RuneSelf:
		return 0
	}
	r, n := utf8.DecodeRune(b)
	if r == '\ufeff' || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Zs, r) {
		return n
	}
	return 0
}

// lineEnd is the length of the line end at the start of b as JavaScript sees
// it, in bytes: LF, CR, CR LF, U+2028 or U+2029; 0 if there is none. A line
// comment ends there, and a backslash in a string swallows it.
func lineEnd(b []byte) int {
	switch {
	case len(b) == 0:
		return 0
	case b[0] == '\r' && len(b) > 1 && b[1] == '\n':
		return 2
	case b[0] == '\n', b[0] == '\r':
		return 1
	case len(b) > 2 && b[0] == 0xe2 && b[1] == 0x80 && (b[2] == 0xa8 || b[2] == 0xa9):
		return 3
	}
	return 0
}

// nameStart tells whether a bare key may begin with r. The specification takes
// ECMAScript 5.1's identifiers with the Unicode of the day; the npm package's
// tables are those of Unicode 10 (json5 2.2.3), so it refuses letters born since.
func nameStart(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '$' || r == '_'
	}
	return unicode.In(r, unicode.L, unicode.Nl)
}

// namePart tells whether a bare key may go on with r.
func namePart(r rune) bool {
	if r < utf8.RuneSelf {
		return nameStart(r) || digit(r)
	}
	return r == '\u200c' || r == '\u200d' || nameStart(r) ||
		unicode.In(r, unicode.Mn, unicode.Mc, unicode.Nd, unicode.Pc)
}

func digit[T rune | byte](c T) bool { return '0' <= c && c <= '9' }

// hex is the value of a hexadecimal digit, or -1.
func hex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

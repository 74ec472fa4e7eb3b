package json5

import (
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// kind is what a node is, in the words of JSON.
type kind string

const (
	isObject  kind = "an object"
	isArray   kind = "an array"
	isText    kind = "a text"
	isNumber  kind = "a number"
	isBoolean kind = "true or false"
	isNull    kind = "null"
)

// kindOf goes by the first byte, which the parser has checked. hujson's own Kind
// does not know 'x', +1, .5, Infinity and NaN.
func kindOf(v hujson.ValueTrimmed) kind {
	switch v := v.(type) {
	case *hujson.Object:
		return isObject
	case *hujson.Array:
		return isArray
	case hujson.Literal:
		switch v[0] {
		case '"', '\'':
			return isText
		case 't', 'f':
			return isBoolean
		case 'n':
			return isNull
		}
	}
	return isNumber
}

// key is the name that a member's Name stands for.
func key(m *hujson.ObjectMember) string { return unescape(m.Name.Value.(hujson.Literal)) }

// unescape is the text of a quoted string or a bare key. JavaScript's texts are
// UTF-16 and may hold half a surrogate pair; such a half becomes the three bytes
// that UTF-8 would have for it (WTF-8), so that different texts stay different.
func unescape(lit hujson.Literal) string {
	if lit[0] == '"' || lit[0] == '\'' {
		lit = lit[1 : len(lit)-1]
	}
	plain := true
	for _, c := range lit {
		if c == '\\' {
			plain = false
			break
		}
	}
	if plain {
		return string(lit)
	}
	out := make([]byte, 0, len(lit))
	for i := 0; i < len(lit); {
		if lit[i] != '\\' {
			out = append(out, lit[i])
			i++
			continue
		}
		var n int
		out, n = unescapeOne(out, lit[i+1:])
		i += 1 + n
	}
	return string(out)
}

// simpleEscapes are the letters that stand for a control character.
var simpleEscapes = map[byte]byte{'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '0': 0}

// unescapeOne appends what an escape stands for; n is its length after the backslash.
func unescapeOne(out, b []byte) (_ []byte, n int) {
	if n = lineEnd(b); n > 0 {
		return out, n
	}
	if c, ok := simpleEscapes[b[0]]; ok {
		return append(out, c), 1
	}
	var digits int
	switch b[0] {
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	default:
		_, n = utf8.DecodeRune(b)
		return append(out, b[:n]...), n
	}
	unit := rune(0)
	for _, c := range b[1 : 1+digits] {
		unit = unit<<4 | rune(hex(c))
	}
	return appendUnit(out, unit), 1 + digits
}

// appendUnit appends one unit of UTF-16 and joins it with the half before it.
func appendUnit(out []byte, unit rune) []byte {
	if unit < 0xd800 || unit > 0xdfff {
		return utf8.AppendRune(out, unit)
	}
	if high, ok := half(out[max(0, len(out)-3):]); ok && high < 0xdc00 && unit >= 0xdc00 {
		return utf8.AppendRune(out[:len(out)-3], 0x10000+(high-0xd800)<<10+(unit-0xdc00))
	}
	return append(out, 0xed, byte(0x80|unit>>6&0x3f), byte(0x80|unit&0x3f))
}

// half reads half a surrogate pair, as appendUnit writes one, at the start of b.
func half[T string | []byte](b T) (rune, bool) {
	if len(b) < 3 || b[0] != 0xed || b[1] < 0xa0 {
		return 0, false
	}
	return 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f), true
}

// float is the number that JavaScript reads; too large a one is infinite.
func float(lit hujson.Literal) float64 {
	digits, negative := unsigned(lit)
	var f float64
	switch {
	case digits[0] == 'I':
		f = math.Inf(1)
	case digits[0] == 'N':
		return math.NaN()
	case len(digits) > 1 && digits[1]|0x20 == 'x':
		f, _ = strconv.ParseFloat(string(digits)+"p0", 64)
	default:
		f, _ = strconv.ParseFloat(string(digits), 64)
	}
	if negative {
		return -f
	}
	return f
}

// unsigned is a number without its sign.
func unsigned(lit []byte) (digits []byte, negative bool) {
	if lit[0] == '+' || lit[0] == '-' {
		return lit[1:], lit[0] == '-'
	}
	return lit, false
}

package json5

import (
	"bytes"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/tailscale/hujson"
)

// Standard turns JSON5 into strict JSON (RFC 8259) in one line, with the values
// that the npm package json5 reads. Any error is an *Error.
//
//   - Of equal keys the last one's value counts, at the place of the first.
//     __proto__ is a key like any other.
//   - A decimal number keeps its digits, so an integer beyond 2^53 stays exact;
//     0x1F becomes 31; .5 and 5. get their zeros.
//   - JSON has no Infinity and no NaN: both become null, as JSON.stringify does
//     it, and so does a number that JavaScript reads as infinite (1e999).
//   - Half a surrogate pair stays an escape ("\ud800").
func Standard(text []byte) ([]byte, error) {
	v, err := parse(text)
	if err != nil {
		return nil, err
	}
	return appendStandard(make([]byte, 0, len(text)), v.Value), nil
}

func appendStandard(out []byte, v hujson.ValueTrimmed) []byte {
	switch v := v.(type) {
	case *hujson.Object:
		out = append(out, '{')
		for i, m := range living(v) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendString(out, m.key), ':')
			out = appendStandard(out, v.Members[m.index].Value.Value)
		}
		return append(out, '}')
	case *hujson.Array:
		out = append(out, '[')
		for i := range v.Elements {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendStandard(out, v.Elements[i].Value)
		}
		return append(out, ']')
	}
	lit := v.(hujson.Literal)
	switch kindOf(lit) {
	case isText:
		if plainJSON(lit) {
			return append(out, lit...)
		}
		return appendString(out, unescape(lit))
	case isNumber:
		return appendNumber(out, lit)
	}
	return append(out, lit...)
}

// entry is a key with the member that gives its value.
type entry struct {
	key   string
	index int
}

// living are an object's keys in the order of their first appearance, each with
// its last member.
func living(obj *hujson.Object) []entry {
	list := make([]entry, 0, len(obj.Members))
	at := make(map[string]int, len(obj.Members))
	for i := range obj.Members {
		k := key(&obj.Members[i])
		if j, ok := at[k]; ok {
			list[j].index = i
			continue
		}
		at[k] = len(list)
		list = append(list, entry{k, i})
	}
	return list
}

// plainJSON tells whether a string is JSON already.
func plainJSON(lit hujson.Literal) bool {
	if lit[0] != '"' {
		return false
	}
	for _, c := range lit {
		if c == '\\' || c < ' ' {
			return false
		}
	}
	return true
}

// appendString appends a text as JSON.
func appendString(out []byte, s string) []byte { return appendQuoted(out, s, '"') }

// appendQuoted appends a text between quotes with JSON's own escapes, so that
// between double quotes it is JSON. The two line ends that only JavaScript knows
// are escaped, because json5 warns of them.
func appendQuoted(out []byte, s string, quote byte) []byte {
	const digits = "0123456789abcdef"
	unit := func(r rune) {
		out = append(out, '\\', 'u', digits[r>>12&15], digits[r>>8&15], digits[r>>4&15], digits[r&15])
	}
	out = append(out, quote)
	for i := 0; i < len(s); {
		if r, ok := half(s[i:]); ok {
			unit(r)
			i += 3
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == rune(quote) || r == '\\':
			out = append(out, '\\', byte(r))
		case r < ' ':
			if j := bytes.IndexByte([]byte("\b\f\n\r\t"), byte(r)); j >= 0 {
				out = append(out, '\\', "bfnrt"[j])
			} else {
				unit(r)
			}
		case r == '\u2028' || r == '\u2029':
			unit(r)
		default:
			out = utf8.AppendRune(out, r)
		}
		i += n
	}
	return append(out, quote)
}

// appendNumber appends a number as JSON, or null where JSON has none.
func appendNumber(out []byte, lit hujson.Literal) []byte {
	digits, negative := unsigned(lit)
	f := float(digits)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return append(out, "null"...)
	}
	if negative {
		out = append(out, '-')
	}
	if len(digits) > 1 && digits[1]|0x20 == 'x' {
		if n, err := strconv.ParseUint(string(digits[2:]), 16, 64); err == nil {
			return strconv.AppendUint(out, n, 10)
		}
		return strconv.AppendFloat(out, f, 'e', -1, 64)
	}
	if digits[0] == '.' {
		out = append(out, '0')
	}
	point := bytes.IndexByte(digits, '.')
	if point >= 0 && (point+1 == len(digits) || !digit(digits[point+1])) {
		out = append(out, digits[:point]...)
		return append(out, digits[point+1:]...)
	}
	return append(out, digits...)
}

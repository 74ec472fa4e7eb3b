package journal

import (
	"bytes"
	"pilotlight/backend/wire"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// walk goes over the members of one JSON object without decoding them. It is
// what makes a log of a gigabyte cheap to read: nearly all lines are left after
// their second member, and of the others only the fields that matter are decoded.
// It is tolerant: it never fails on what it skips, and ends at what it cannot
// follow.
type walk struct {
	b          []byte
	at         int
	key, value []byte // raw: the key without its quotes, the value with them
	name       []byte // the key with its quotes
}

// object begins a walk over the object that b starts with; over anything else
// the walk is empty.
func object(b []byte) walk {
	i := space(b, 0)
	if i >= len(b) || b[i] != '{' {
		return walk{}
	}
	return walk{b: b, at: i + 1}
}

// next moves to the next member and reads its value.
func (w *walk) next() bool { return w.nextKey() && w.take() }

// nextKey moves to the next member without reading its value; take must follow,
// or the walk ends.
func (w *walk) nextKey() bool {
	i := space(w.b, w.at)
	if i < len(w.b) && w.b[i] == ',' {
		i = space(w.b, i+1)
	}
	if i >= len(w.b) || w.b[i] != '"' {
		return false
	}
	end := skipString(w.b, i)
	if end < 0 {
		return false
	}
	w.key, w.name = w.b[i+1:end-1], w.b[i:end]
	if i = space(w.b, end); i >= len(w.b) || w.b[i] != ':' {
		return false
	}
	w.at = space(w.b, i+1)
	return true
}

// take reads the value of the member; false where it does not end.
func (w *walk) take() bool {
	end := skip(w.b, w.at)
	if end < 0 {
		return false
	}
	w.value, w.at = w.b[w.at:end], end
	return true
}

// elements calls f with each raw element of the array b, until f says no.
func elements(b []byte, f func(value []byte) bool) {
	if len(b) == 0 || b[0] != '[' {
		return
	}
	for i := space(b, 1); i < len(b) && b[i] != ']'; {
		end := skip(b, i)
		if end <= i || !f(b[i:end]) {
			return
		}
		if i = space(b, end); i < len(b) && b[i] == ',' {
			i = space(b, i+1)
		}
	}
}

func space(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r') {
		i++
	}
	return i
}

// skip is the end of the value that begins at i, or -1 where it has none.
func skip(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	}
	for end := i; end < len(b); end++ {
		switch b[end] {
		case ',', '}', ']', ' ', '\t', '\n', '\r', ':', '"':
			return end
		}
	}
	return len(b)
}

func skipString(b []byte, i int) int {
	for at := i + 1; ; {
		n := bytes.IndexByte(b[at:], '"')
		if n < 0 {
			return -1
		}
		at += n + 1
		slashes := 0
		for b[at-2-slashes] == '\\' { // ends at the opening quote at the latest
			slashes++
		}
		if slashes%2 == 0 {
			return at
		}
	}
}

func skipNested(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			end := skipString(b, i)
			if end < 0 {
				return -1
			}
			i = end - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return -1
}

// quoted is what stands between the quotes of a string value, still escaped;
// false for any other value.
func quoted(v []byte) ([]byte, bool) {
	if len(v) < 2 || v[0] != '"' {
		return nil, false
	}
	return v[1 : len(v)-1], true
}

// text decodes a string value; "" for any other. Of a long one only the first
// n bytes are looked at.
func text(v []byte, n int) string {
	inner, ok := quoted(v)
	if !ok {
		return ""
	}
	if len(inner) > n {
		inner = inner[:n]
	}
	if bytes.IndexByte(inner, '\\') < 0 {
		return strings.ToValidUTF8(string(inner), "\uFFFD")
	}
	return unescape(inner)
}

// unescape decodes the inside of a JSON string. An escape that is cut off or is
// none ends it.
func unescape(inner []byte) string {
	out := make([]byte, 0, len(inner))
	for len(inner) > 0 {
		i := bytes.IndexByte(inner, '\\')
		if i < 0 {
			out = append(out, inner...)
			break
		}
		out = append(out, inner[:i]...)
		r, n := escaped(inner[i:])
		if n == 0 {
			break
		}
		out = utf8.AppendRune(out, r)
		inner = inner[i+n:]
	}
	return strings.ToValidUTF8(string(out), "\uFFFD")
}

// escaped decodes the escape that b begins with, and says how long it is.
func escaped(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'b', 'f':
		return ' ', 2
	case 'u':
		r, ok := hex4(b)
		if !ok {
			return 0, 0
		}
		if utf16.IsSurrogate(r) {
			if low, ok := hex4(b[6:]); ok {
				if whole := utf16.DecodeRune(r, low); whole != utf8.RuneError {
					return whole, 12
				}
			}
			return utf8.RuneError, 6
		}
		return r, 6
	}
	return 0, 0
}

// hex4 reads \u and four hexadecimal digits.
func hex4(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[2:6]), 16, 32)
	return rune(n), err == nil
}

// idCap bounds ids, names and references, in bytes.
const idCap = 256

// label is a string value fit to be shown or compared: one line, bounded.
// "undefined" and "null" are how a script writes nothing.
func label(v []byte) string { return word(text(v, 2*idCap)) }

// word makes a label of what was read already.
func word(s string) string {
	s = oneLine(s)
	if s == "undefined" || s == "null" || s == "-" || s == "none" {
		return ""
	}
	return wire.Cut(s, idCap)
}

// number is a value as a number, also one in quotes.
func number(v []byte) (float64, bool) {
	if inner, ok := quoted(v); ok {
		v = inner
	}
	if len(v) == 0 || len(v) > 32 {
		return 0, false
	}
	n, err := strconv.ParseFloat(string(v), 64)
	return n, err == nil && n == n && n < 1e18 && n > -1e18
}

// count is a value as a whole number from 1 to most, 0 where it is none.
func count(v []byte, most int) int {
	n, ok := number(v)
	if !ok || n < 1 || n > float64(most) || n != float64(int(n)) {
		return 0
	}
	return int(n)
}

// status is a value as an HTTP status, 0 where it is none.
func status(v []byte) int {
	if n := count(v, 599); n >= 100 {
		return n
	}
	return 0
}

// millis is a value as a number of milliseconds, 0 where it is none or absurd.
func millis(v []byte) time.Duration {
	n, ok := number(v)
	if !ok || n <= 0 || n > float64(365*24*time.Hour/time.Millisecond) {
		return 0
	}
	return time.Duration(n * float64(time.Millisecond))
}

func truth(v []byte) bool { return string(v) == "true" || string(v) == `"true"` }

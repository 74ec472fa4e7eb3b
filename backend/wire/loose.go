package wire

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The types here read one JSON field each and never fail: a wrong type is taken as
// absent, so that one odd field cannot lose a whole list. Each forgets what it held
// before, since JSON may repeat a key.

// String is the string that b is, or "" when it is of another type.
func String(b []byte) string {
	if len(b) < 2 || b[0] != '"' {
		return ""
	}
	if text := b[1 : len(b)-1]; bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		return string(text) // nearly always
	}
	var v string
	if json.Unmarshal(b, &v) != nil {
		return ""
	}
	return v
}

// Clean makes text from outside fit to be shown: it is cut at a rune to at most n
// bytes, control characters become spaces, and what is no UTF-8 is marked as such.
func Clean(s string, n int) string {
	s = Cut(s, n)
	if utf8.ValidString(s) && strings.IndexFunc(s, unicode.IsControl) < 0 {
		return strings.TrimSpace(s)
	}
	s = strings.Map(func(r rune) rune { // a byte that is no UTF-8 becomes three
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
	return strings.TrimSpace(Cut(s, n))
}

// Cut shortens s to at most n bytes, at a rune.
func Cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Number is a finite number.
type Number struct {
	Value float64
	OK    bool // a number was there
}

// UnmarshalJSON never fails.
func (n *Number) UnmarshalJSON(b []byte) error {
	*n = Number{}
	v, err := strconv.ParseFloat(string(b), 64)
	if err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
		n.Value, n.OK = v, true
	}
	return nil
}

// Integer is the number as a whole one between 1 and most, nil for any other: no
// count of a server's can be zero.
func (n Number) Integer(most int) *int {
	if !n.OK || n.Value < 1 || n.Value > float64(most) || n.Value != math.Trunc(n.Value) {
		return nil
	}
	v := int(n.Value)
	return &v
}

// Bytes is the number as a size, nil when it cannot be one.
func (n Number) Bytes() *int64 {
	if !n.OK || n.Value < 1 || n.Value > 1<<53 {
		return nil
	}
	v := int64(n.Value)
	return &v
}

// Bool is true, false, or nil for neither.
type Bool struct{ Value *bool }

// UnmarshalJSON never fails.
func (v *Bool) UnmarshalJSON(b []byte) error {
	v.Value = nil
	switch string(b) {
	case "true", "false":
		is := b[0] == 't'
		v.Value = &is
	}
	return nil
}

// Yes says that it is there and true.
func (v Bool) Yes() bool { return v.Value != nil && *v.Value }

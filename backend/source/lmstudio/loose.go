package lmstudio

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// The loose types read one field each and never fail: a wrong type is taken as
// absent, so that one odd field cannot lose a whole list. Each forgets what it
// held before, since JSON may repeat a key.

// stringCap bounds every string that is kept of an answer, in bytes.
const stringCap = 512

// looseString is a string, or "" when absent, null or another type.
type looseString string

// UnmarshalJSON never fails.
func (s *looseString) UnmarshalJSON(b []byte) error {
	*s = ""
	if len(b) < 2 || b[0] != '"' {
		return nil
	}
	if text := b[1 : len(b)-1]; bytes.IndexByte(text, '\\') < 0 && utf8.Valid(text) {
		*s = looseString(text) // nearly always
		return nil
	}
	var v string
	if json.Unmarshal(b, &v) == nil {
		*s = looseString(v)
	}
	return nil
}

// needString is a string that the meaning of its row hangs on, so it remembers
// that something else stood in its place.
type needString struct {
	value      looseString
	unreadable bool
}

// UnmarshalJSON never fails.
func (s *needString) UnmarshalJSON(b []byte) error {
	_ = s.value.UnmarshalJSON(b)
	s.unreadable = string(b) != "null" && (s.value == "" || len(s.value) > stringCap)
	return nil
}

// label is the string for showing: without control characters, cut.
func (s looseString) label() string { return clean(string(s), stringCap) }

// id is the string for sending back. A cut id would name something else, so one
// that is too long is no id.
func (s looseString) id() string {
	if len(s) > stringCap {
		return ""
	}
	return string(s)
}

// clean makes text from outside fit to be shown: control characters become
// spaces, and it is cut at a rune to at most n bytes.
func clean(s string, n int) string {
	if len(s) > n {
		for n > 0 && !utf8.RuneStart(s[n]) {
			n--
		}
		s = s[:n]
	}
	if strings.IndexFunc(s, unicode.IsControl) < 0 {
		return strings.TrimSpace(s)
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

// looseNumber is a finite number. Null is told from absent, because LM Studio
// means "no TTL" by a null ttlMs and nothing by leaving it out.
type looseNumber struct {
	value float64
	ok    bool // a number was there
	null  bool // null was there
}

// UnmarshalJSON never fails.
func (n *looseNumber) UnmarshalJSON(b []byte) error {
	*n = looseNumber{null: string(b) == "null"}
	v, err := strconv.ParseFloat(string(b), 64)
	if err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
		n.value, n.ok = v, true
	}
	return nil
}

// integer is the number as a whole one between 1 and most, nil for any other:
// no count or size of LM Studio's can be zero.
func (n looseNumber) integer(most int) *int {
	if !n.ok || n.value < 1 || n.value > float64(most) || n.value != math.Trunc(n.value) {
		return nil
	}
	v := int(n.value)
	return &v
}

// bytes is the number as a size, nil when it cannot be one.
func (n looseNumber) bytes() *int64 {
	if !n.ok || n.value < 1 || n.value > 1<<53 {
		return nil
	}
	v := int64(n.value)
	return &v
}

// positive is the number, nil unless it is above zero.
func (n looseNumber) positive() *float64 {
	if !n.ok || n.value <= 0 {
		return nil
	}
	v := n.value
	return &v
}

// maxSpan bounds durations from outside: above it a time.Duration would
// overflow, and nobody means it.
const maxSpan = 100 * 365 * 24 * time.Hour

// span is the number of units as a duration; false when it is absent, negative
// or absurd.
func (n looseNumber) span(unit time.Duration) (time.Duration, bool) {
	if !n.ok || n.value < 0 || n.value > float64(maxSpan/unit) {
		return 0, false
	}
	return time.Duration(n.value * float64(unit)), true
}

// unixMilli is the number as milliseconds since 1970, the zero time when it
// cannot be one.
func (n looseNumber) unixMilli() time.Time {
	if !n.ok || n.value <= 0 || n.value > 1<<43 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n.value))
}

// looseBool is true, false or nil.
type looseBool struct{ value *bool }

// UnmarshalJSON never fails.
func (v *looseBool) UnmarshalJSON(b []byte) error {
	v.value = nil
	switch string(b) {
	case "true", "false":
		is := b[0] == 't'
		v.value = &is
	}
	return nil
}

// object unmarshals b into v when it is an object, and ignores fields that do
// not fit.
func object(b []byte, v any) bool {
	return len(b) > 0 && b[0] == '{' && json.Unmarshal(b, v) == nil
}

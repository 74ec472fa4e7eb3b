package openai

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
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
	if len(b) < 2 || b[0] != '"' || len(b) > 6*stringCap+2 {
		return nil // nothing that long is ever kept
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

// label is the string for showing: without control characters, cut.
func (s looseString) label() string { return clean(string(s), stringCap) }

// id is the string for sending back. A cut id would name something else, so one
// that is too long is no id; nor is one with control characters, which no server
// gives and which would spoil a line that it is written on.
func (s looseString) id() string {
	if len(s) > stringCap || strings.ContainsFunc(string(s), unicode.IsControl) {
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

// looseNumber is a finite number, or one that is written as a string, as some
// gateways do it.
type looseNumber struct {
	value float64
	ok    bool
}

// UnmarshalJSON never fails.
func (n *looseNumber) UnmarshalJSON(b []byte) error {
	*n = looseNumber{}
	if len(b) > 2 && len(b) < 64 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	v, err := strconv.ParseFloat(string(b), 64)
	if err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) {
		n.value, n.ok = v, true
	}
	return nil
}

// maxContext bounds context lengths, in tokens; above it the figure is a mistake.
const maxContext = 1 << 30

// integer is the number as a whole one between 1 and most, nil for any other.
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

// yes says that it is there and true.
func (v looseBool) yes() bool { return v.value != nil && *v.value }

// object unmarshals b into v when it is an object, and ignores fields that do
// not fit.
func object(b []byte, v any) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '{' && json.Unmarshal(b, v) == nil
}

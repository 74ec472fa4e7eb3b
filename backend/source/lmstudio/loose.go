package lmstudio

import (
	"encoding/json"
	"time"

	"pilotlight/backend/wire"
)

// The loose types read one field each and never fail, as those of wire, to which
// they add what is LM Studio's own.

// stringCap bounds every string that is kept of an answer, in bytes.
const stringCap = 512

// looseString is a string, or "" when absent, null or another type.
type looseString string

// UnmarshalJSON never fails.
func (s *looseString) UnmarshalJSON(b []byte) error {
	*s = looseString(wire.String(b))
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
func (s looseString) label() string { return wire.Clean(string(s), stringCap) }

// id is the string for sending back. A cut id would name something else, so one
// that is too long is no id.
func (s looseString) id() string {
	if len(s) > stringCap {
		return ""
	}
	return string(s)
}

// looseNumber is a finite number. Null is told from absent, because LM Studio
// means "no TTL" by a null ttlMs and nothing by leaving it out.
type looseNumber struct {
	wire.Number
	null bool // null was there
}

// UnmarshalJSON never fails.
func (n *looseNumber) UnmarshalJSON(b []byte) error {
	n.null = string(b) == "null"
	return n.Number.UnmarshalJSON(b)
}

// positive is the number, nil unless it is above zero.
func (n looseNumber) positive() *float64 {
	if !n.OK || n.Value <= 0 {
		return nil
	}
	v := n.Value
	return &v
}

// maxSpan bounds durations from outside: above it a time.Duration would
// overflow, and nobody means it.
const maxSpan = 100 * 365 * 24 * time.Hour

// span is the number of units as a duration; false when it is absent, negative
// or absurd.
func (n looseNumber) span(unit time.Duration) (time.Duration, bool) {
	if !n.OK || n.Value < 0 || n.Value > float64(maxSpan/unit) {
		return 0, false
	}
	return time.Duration(n.Value * float64(unit)), true
}

// unixMilli is the number as milliseconds since 1970, the zero time when it
// cannot be one.
func (n looseNumber) unixMilli() time.Time {
	if !n.OK || n.Value <= 0 || n.Value > 1<<43 {
		return time.Time{}
	}
	return time.UnixMilli(int64(n.Value))
}

// object unmarshals b into v when it is an object, and ignores fields that do
// not fit.
func object(b []byte, v any) bool {
	return len(b) > 0 && b[0] == '{' && json.Unmarshal(b, v) == nil
}

package backend

import (
	"fmt"
	"time"
)

// timeLayout is RFC 3339 in UTC with exactly three digits of a second, so that
// times sort as text and look alike everywhere.
const timeLayout = "2006-01-02T15:04:05.000Z"

// Time is a moment as the outside sees it: RFC 3339, UTC, milliseconds.
// The rules work with time.Time; At and the embedded Time convert.
type Time struct{ time.Time }

// At turns t into a Time, cut to the millisecond that JSON and the store keep.
func At(t time.Time) Time { return Time{t.UTC().Truncate(time.Millisecond)} }

// AtPtr is At for optional fields; the zero time becomes nil.
func AtPtr(t time.Time) *Time {
	if t.IsZero() {
		return nil
	}
	at := At(t)
	return &at
}

// ParseTime reads any RFC 3339 time.
func ParseTime(s string) (Time, error) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return Time{}, fmt.Errorf("read time %q: %w", s, err)
	}
	return At(t), nil
}

// String is the JSON form without its quotes.
func (t Time) String() string { return t.UTC().Format(timeLayout) }

// MarshalText writes RFC 3339 in UTC with milliseconds.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalJSON writes the text form quoted. It shadows time.Time's, which drops
// trailing zeros.
func (t Time) MarshalJSON() ([]byte, error) { return []byte(`"` + t.String() + `"`), nil }

// UnmarshalText reads any RFC 3339 time.
func (t *Time) UnmarshalText(b []byte) error {
	parsed, err := ParseTime(string(b))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// UnmarshalJSON reads a quoted RFC 3339 time; null leaves t untouched.
func (t *Time) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	if len(b) < 2 || b[0] != '"' || b[len(b)-1] != '"' {
		return fmt.Errorf("read time %s: not a string", b)
	}
	return t.UnmarshalText(b[1 : len(b)-1])
}

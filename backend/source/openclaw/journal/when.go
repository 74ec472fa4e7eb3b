package journal

import (
	"strings"
	"time"
)

// The forms of time seen or to be expected: any offset, any fraction. A form
// without an offset is this machine's time.
var forms = []string{
	time.RFC3339,
	"2006-01-02T15:04:05Z0700",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05 Z0700",
}

var localForms = []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05"}

// moment is a value as a time, zero where it is none: a text in one of the forms,
// or milliseconds since 1970. Times that no OpenClaw can have written are none.
func moment(v []byte) time.Time {
	if s, ok := quoted(v); ok {
		if at := parseTime(string(s)); !at.IsZero() {
			return at
		}
	}
	n, ok := number(v)
	if !ok || n < 0 || n > 1<<43 {
		return time.Time{}
	}
	return sane(time.UnixMilli(int64(n)).UTC())
}

func parseTime(s string) time.Time {
	if len(s) < 19 || len(s) > 40 {
		return time.Time{}
	}
	s = strings.Replace(s, ",", ".", 1)
	for _, form := range forms {
		if at, err := time.Parse(form, s); err == nil {
			return sane(at.UTC())
		}
	}
	for _, form := range localForms {
		if at, err := time.ParseInLocation(form, s, time.Local); err == nil {
			return sane(at.UTC())
		}
	}
	return time.Time{}
}

// sane refuses times outside of what RFC 3339 and our own history can hold.
func sane(at time.Time) time.Time {
	if y := at.Year(); y < 2000 || y > 2999 {
		return time.Time{}
	}
	return at
}

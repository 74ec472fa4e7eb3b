package openai

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"

	"pilotlight/backend/wire"
)

// The loose types read one field each and never fail, as those of wire, to which
// they add what these servers do.

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
	*s = looseString(wire.String(b))
	return nil
}

// label is the string for showing: without control characters, cut.
func (s looseString) label() string { return wire.Clean(string(s), stringCap) }

// id is the string for sending back. A cut id would name something else, so one
// that is too long is no id; nor is one with control characters, which no server
// gives and which would spoil a line that it is written on.
func (s looseString) id() string {
	if len(s) > stringCap || strings.ContainsFunc(string(s), unicode.IsControl) {
		return ""
	}
	return string(s)
}

// looseNumber is a finite number, or one that is written as a string, as some
// gateways do it.
type looseNumber struct{ wire.Number }

// UnmarshalJSON never fails.
func (n *looseNumber) UnmarshalJSON(b []byte) error {
	if len(b) > 2 && len(b) < 64 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	return n.Number.UnmarshalJSON(b)
}

// maxContext bounds context lengths, in tokens; above it the figure is a mistake.
const maxContext = 1 << 30

// object unmarshals b into v when it is an object, and ignores fields that do
// not fit.
func object(b []byte, v any) bool {
	b = bytes.TrimSpace(b)
	return len(b) > 0 && b[0] == '{' && json.Unmarshal(b, v) == nil
}

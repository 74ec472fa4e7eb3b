package lmstudiotest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// strictBody reads a body as REST v1 does: a key it does not know is an error.
type strictBody struct {
	object map[string]json.RawMessage
	err    *objectError // the first one
}

func (q *strictBody) fail(e objectError) {
	if q.err == nil {
		e.Type = "invalid_request"
		q.err = &e
	}
}

func (q *strictBody) allow(keys ...string) {
	var unknown []string
	for key := range q.object {
		if !slices.Contains(keys, key) {
			unknown = append(unknown, "'"+key+"'")
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		q.fail(objectError{Message: "Unrecognized key(s) in object: " + strings.Join(unknown, ", "), Code: "unrecognized_keys"})
	}
}

func (q *strictBody) text(key string) string {
	var text string
	raw, given := q.object[key]
	if !given {
		q.fail(objectError{Message: fmt.Sprintf("Missing required field '%s'", key), Code: "missing_required_parameter", Param: key})
	} else if json.Unmarshal(raw, &text) != nil {
		q.fail(objectError{Message: fmt.Sprintf("Expected string for '%s'", key), Code: "invalid_type", Param: key})
	}
	return text
}

func (q *strictBody) number(key string) *int {
	raw, given := q.object[key]
	if !given {
		return nil
	}
	var n int
	if json.Unmarshal(raw, &n) != nil || n <= 0 {
		q.fail(objectError{Message: fmt.Sprintf("Expected a positive whole number for '%s'", key), Code: "invalid_type", Param: key})
		return nil
	}
	return &n
}

func (q *strictBody) flag(key string) *bool {
	raw, given := q.object[key]
	if !given {
		return nil
	}
	var b bool
	if json.Unmarshal(raw, &b) != nil {
		q.fail(objectError{Message: fmt.Sprintf("Expected boolean for '%s'", key), Code: "invalid_type", Param: key})
	}
	return &b
}

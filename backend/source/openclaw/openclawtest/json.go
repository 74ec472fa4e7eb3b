package openclawtest

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// field and object are a JSON object whose keys keep their order, as
// JSON.stringify keeps it: the versions differ in it.
type field struct {
	key   string
	value any
}

type object []field

// with adds fields; a list may hold conditional parts that are nil.
func (o object) with(more ...field) object { return append(o[:len(o):len(o)], more...) }

// stringify writes a value as JSON.stringify does: no spaces, and <, > and & as
// they are.
func stringify(v any) string { return string(appendJSON(nil, v)) }

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case object:
		b = append(b, '{')
		for i, f := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSON(b, f.key), ':')
			b = appendJSON(b, f.value)
		}
		return append(b, '}')
	case []any:
		b = append(b, '[')
		for i, x := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, x)
		}
		return append(b, ']')
	case int64:
		return strconv.AppendInt(b, v, 10)
	case int:
		return strconv.AppendInt(b, int64(v), 10)
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return append(b, "null"...) // nothing that is written here can fail
	}
	return append(b, bytes.TrimRight(buf.Bytes(), "\n")...)
}

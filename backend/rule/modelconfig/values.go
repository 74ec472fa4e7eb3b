package modelconfig

import (
	"encoding/json"
	"strings"

	"pilotlight/backend"
	"pilotlight/backend/json5"
)

// get is the value at a path, nil where there is none.
func (d *Draft) get(p json5.Path) any {
	var v any = d.now
	for _, segment := range p {
		switch s := segment.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[s]
		case int:
			l := list(v)
			if s >= len(l) {
				return nil
			}
			v = l[s]
		}
	}
	return v
}

// set notes an edit and makes it in the copy.
func (d *Draft) set(p json5.Path, value any) {
	e := edit(p, value)
	if have := d.get(p); have != nil && same(have, value) {
		return
	}
	d.edits = append(d.edits, e)
	var fresh any
	dec := json.NewDecoder(strings.NewReader(string(e.Value)))
	dec.UseNumber()
	_ = dec.Decode(&fresh)
	d.now, _ = put(d.now, p, fresh).(map[string]any)
}

func (d *Draft) unset(p json5.Path) {
	d.edits = append(d.edits, backend.ConfigEdit{Path: p.String(), Unset: true})
	last := p[len(p)-1]
	if m, ok := d.get(p[:len(p)-1]).(map[string]any); ok {
		delete(m, last.(string))
	}
}

// put sets a value below v, with all parents that are missing.
func put(v any, p json5.Path, value any) any {
	if len(p) == 0 {
		return value
	}
	switch s := p[0].(type) {
	case int:
		l := list(v)
		if s >= len(l) {
			return append(l, put(nil, p[1:], value))
		}
		l[s] = put(l[s], p[1:], value)
		return l
	case string:
		m, ok := v.(map[string]any)
		if !ok {
			m = map[string]any{}
		}
		m[s] = put(m[s], p[1:], value)
		return m
	}
	return v
}

// ordered is an object whose keys keep their order when they are written.
type ordered []pair

type pair struct {
	key   string
	value any
}

// MarshalJSON writes an object.
func (o ordered) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, p := range o {
		k, _ := json.Marshal(p.key)
		v, err := json.Marshal(p.value)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, k...), ':'), v...)
	}
	return append(out, '}'), nil
}

// edit is one that sets a value.
func edit(p json5.Path, value any) backend.ConfigEdit {
	raw, err := json.Marshal(value)
	if err != nil {
		raw = []byte("null") // the values here are all made of what JSON has
	}
	return backend.ConfigEdit{Path: p.String(), Value: raw}
}

// clone copies plain values.
func clone(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = clone(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i := range v {
			out[i] = clone(v[i])
		}
		return out
	}
	return v
}

func same(a, b any) bool {
	x, err1 := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(x) == string(y)
}

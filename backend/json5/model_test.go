package json5_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"pilotlight/backend/json5"
)

// The model of a document's value: nil, bool, float64, string, *arr, *obj. Edits
// on it are plain enough to be believed.
type arr struct{ list []any }

type obj struct {
	keys []string
	m    map[string]any
}

func newObj() *obj { return &obj{m: map[string]any{}} }

func (o *obj) set(k string, v any) {
	if _, ok := o.m[k]; !ok {
		o.keys = append(o.keys, k)
	}
	o.m[k] = v
}

func (o *obj) unset(k string) {
	delete(o.m, k)
	o.keys = slices.DeleteFunc(o.keys, func(x string) bool { return x == k })
}

func clone(v any) any {
	switch v := v.(type) {
	case *arr:
		out := &arr{}
		for _, e := range v.list {
			out.list = append(out.list, clone(e))
		}
		return out
	case *obj:
		out := newObj()
		for _, k := range v.keys {
			out.set(k, clone(v.m[k]))
		}
		return out
	}
	return v
}

// MarshalJSON keeps the order of the keys, which a map would not.
func (o *obj) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, k := range o.keys {
		name, _ := json.Marshal(k)
		value, err := json.Marshal(o.m[k])
		if err != nil {
			return nil, err
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, name...), ':'), value...)
	}
	return append(out, '}'), nil
}

func (a *arr) MarshalJSON() ([]byte, error) {
	if a.list == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(a.list)
}

// decode reads strict JSON into a model, with the order of keys.
func decode(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	v, err := decodeNext(dec)
	if err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one value in %s", text)
	}
	return v, nil
}

func decodeNext(dec *json.Decoder) (any, error) {
	t, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Number:
		return strconv.ParseFloat(string(t), 64)
	case json.Delim:
		a, o := &arr{}, newObj()
		for dec.More() {
			k := ""
			if t == '{' {
				name, err := dec.Token()
				if err != nil {
					return nil, err
				}
				k = name.(string)
			}
			v, err := decodeNext(dec)
			if err != nil {
				return nil, err
			}
			if t == '{' {
				o.set(k, v)
			} else {
				a.list = append(a.list, v)
			}
		}
		if _, err := dec.Token(); err != nil {
			return nil, err
		}
		if t == '{' {
			return o, nil
		}
		return a, nil
	}
	return t, nil
}

// sameness is how strictly two models are compared.
type sameness struct {
	order    bool // of keys
	nullable bool // a number without a form in JSON is null
}

func (s sameness) same(a, b any) bool {
	switch a := a.(type) {
	case *arr:
		b, ok := b.(*arr)
		return ok && slices.EqualFunc(a.list, b.list, s.same)
	case *obj:
		b, ok := b.(*obj)
		return ok && maps.EqualFunc(a.m, b.m, s.same) && (!s.order || slices.Equal(a.keys, b.keys))
	case float64:
		if s.nullable && (math.IsNaN(a) || math.IsInf(a, 0)) {
			a, ok := b.(float64)
			return b == nil || ok && (math.IsNaN(a) || math.IsInf(a, 0))
		}
		f, ok := b.(float64)
		return ok && (math.Float64bits(a) == math.Float64bits(f) || math.IsNaN(a) && math.IsNaN(f))
	}
	if f, ok := b.(float64); ok && s.nullable && (math.IsNaN(f) || math.IsInf(f, 0)) {
		return a == nil
	}
	return a == b
}

// show prints a model.
func show(v any) string {
	switch v := v.(type) {
	case *arr:
		s := "["
		for _, e := range v.list {
			s += show(e) + " "
		}
		return s + "]"
	case *obj:
		s := "{"
		for _, k := range v.keys {
			s += strconv.Quote(k) + ":" + show(v.m[k]) + " "
		}
		return s + "}"
	case string:
		return strconv.Quote(v)
	}
	return fmt.Sprint(v)
}

// at finds the container and the last segment of a path that is there.
func (c change) parent(root any) any {
	v := root
	for _, segment := range c.path[:len(c.path)-1] {
		switch x := v.(type) {
		case *arr:
			v = x.list[segment.(int)]
		case *obj:
			v = x.m[segment.(string)]
		}
	}
	return v
}

// apply makes the change on a model.
func (c change) apply(root any) any {
	root = clone(root)
	if len(c.path) == 0 {
		return clone(c.value)
	}
	parent := c.parent(root)
	last := c.path[len(c.path)-1]
	switch p := parent.(type) {
	case *arr:
		i := last.(int)
		switch c.op {
		case "set":
			p.list[i] = clone(c.value)
		case "insert", "append", "add":
			p.list = slices.Insert(p.list, i, clone(c.value))
		case "unset":
			p.list = slices.Delete(p.list, i, i+1)
		case "move":
			v := p.list[i]
			p.list = slices.Insert(slices.Delete(p.list, i, i+1), c.to, v)
		}
	case *obj:
		k := last.(string)
		switch c.op {
		case "set", "add":
			p.set(k, clone(c.value))
		case "unset":
			p.unset(k)
		case "rename":
			i := slices.Index(p.keys, k)
			p.keys[i], p.m[c.key] = c.key, p.m[k]
			delete(p.m, k)
		case "move":
			i := slices.Index(p.keys, k)
			p.keys = slices.Insert(slices.Delete(p.keys, i, i+1), c.to, k)
		}
	}
	return root
}

// do makes the change on a document.
func (c change) do(d *json5.Document) error {
	switch c.op {
	case "set", "add":
		return d.Set(c.path, c.given)
	case "insert":
		return d.Insert(c.path[:len(c.path)-1], c.path[len(c.path)-1].(int), c.given)
	case "append":
		return d.Append(c.path[:len(c.path)-1], c.given)
	case "unset":
		return d.Unset(c.path)
	case "move":
		return d.Move(c.path, c.to)
	case "rename":
		return d.Rename(c.path, c.key)
	}
	panic(c.op)
}

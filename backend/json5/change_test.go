package json5_test

import (
	"fmt"
	"math"

	"github.com/tailscale/hujson"

	"pilotlight/backend/json5"
)

// change is one random edit.
type change struct {
	op    string // set (what is there), add (what is not), insert, append, unset, move, rename
	path  json5.Path
	value any // the model's
	given any // the same for the document: a Go value or a json5.Text
	to    int
	key   string
}

func (c change) String() string {
	return fmt.Sprintf("%s %s value %s (%T) to %d key %q", c.op, c.path, show(c.value), c.given, c.to, c.key)
}

// choose makes up a change that the document can take. ok is false where the dice
// fell on something that has no such change.
func choose(roll dice, root any, tree hujson.Value) (c change, ok bool) {
	c.value, c.given = newValue(roll)
	v := root
	for {
		n, k := members(v)
		if n == 0 || len(c.path) > 0 && roll.oneIn(3) {
			break
		}
		i := roll(n)
		c.path = append(c.path, k(i))
		v = child(v, i)
	}
	into := func(op string, segment any) (change, bool) {
		c.op, c.path = op, append(c.path, segment)
		return c, true
	}
	switch x := v.(type) {
	case *arr:
		if roll.oneIn(3) {
			return into("append", len(x.list))
		}
		if roll.oneIn(2) {
			return into("insert", roll(len(x.list)+1))
		}
	case *obj:
		k := oneOf(roll, keys)
		if _, there := x.m[k]; !there && roll.oneIn(2) {
			return into("add", k)
		}
	}
	c.op = oneOf(roll, []string{"set", "set", "unset", "unset", "move", "rename"})
	if len(c.path) == 0 {
		return c, c.op == "set"
	}
	siblings, _ := members(c.parent(root))
	c.to = roll(siblings)
	box := nodeAt(&tree, c.path[:len(c.path)-1])
	switch p := c.parent(root).(type) {
	case *arr:
		return c, c.op != "rename"
	case *obj:
		c.key = oneOf(roll, keys)
		_, taken := p.m[c.key]
		if c.op == "rename" && taken || c.op == "move" && len(box.Value.(*hujson.Object).Members) != len(p.keys) {
			return c, false
		}
	}
	return c, true
}

func members(v any) (n int, segment func(int) any) {
	switch v := v.(type) {
	case *arr:
		return len(v.list), func(i int) any { return i }
	case *obj:
		return len(v.keys), func(i int) any { return v.keys[i] }
	}
	return 0, nil
}

func child(v any, i int) any {
	if a, ok := v.(*arr); ok {
		return a.list[i]
	}
	o := v.(*obj)
	return o.m[o.keys[i]]
}

// newValue makes up a value, as a Go value or as text.
func newValue(roll dice) (model, given any) {
	if roll.oneIn(4) {
		g := &gen{roll: roll, neat: roll.oneIn(2), line: "\n", remarks: 10000}
		v := g.value(2)
		return v, json5.Text(g.b.String())
	}
	v := modelValue(roll, 0)
	return v, v
}

func modelValue(roll dice, level int) any {
	switch n := roll(9); {
	case n < 3 || level > 2 && n > 5:
		return oneOf(roll, texts)
	case n == 3:
		return float64(roll(5000))
	case n == 4:
		f := oneOf(roll, numbers).value
		if math.IsInf(f, 0) || math.IsNaN(f) {
			return 1e21
		}
		return f
	case n == 5:
		return oneOf(roll, []any{nil, true, false})
	case n == 6:
		a := &arr{}
		for range roll(4) {
			a.list = append(a.list, modelValue(roll, level+1))
		}
		return a
	}
	o := newObj()
	for range roll(4) {
		o.set(oneOf(roll, keys), modelValue(roll, level+1))
	}
	return o
}

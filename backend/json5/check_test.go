package json5_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tailscale/hujson"

	"pilotlight/backend/json5"
)

// checkEdit makes one edit and tells what is wrong with the result, or "". value
// is the document's before, from whoever knows it.
func checkEdit(text string, value any, c change) (after string, problem string) {
	d, err := json5.Parse([]byte(text))
	if err != nil {
		return "", fmt.Sprint("before: ", err)
	}
	tree := d.Tree()
	if err := c.do(d); err != nil {
		return "", fmt.Sprint("edit: ", err)
	}
	after = string(d.Bytes())
	again, err := json5.Parse([]byte(after))
	if err != nil {
		return after, fmt.Sprint("after: ", err)
	}
	if !bytes.Equal(again.Bytes(), []byte(after)) {
		return after, "the result does not pack to itself"
	}
	if !bytes.Equal(again.Standard(), d.Standard()) {
		return after, fmt.Sprintf("the document is %s, its text reads as %s", d.Standard(), again.Standard())
	}
	got, err := decode(d.Standard())
	if err != nil {
		return after, fmt.Sprint("its JSON: ", err)
	}
	want := c.apply(value)
	_, scalar := members(c.value)
	how := sameness{order: c.op != "set" || scalar == nil, nullable: true}
	if !how.same(got, want) {
		return after, fmt.Sprintf("value\n got %s\nwant %s", show(got), show(want))
	}
	if problem := untouched(text, after, &tree, c); problem != "" {
		return after, problem
	}
	return after, twice(text, after, d, &tree, c)
}

// twice checks what a second edit must do: the same value again changes nothing,
// and what was added can be taken away again.
func twice(text, after string, d *json5.Document, tree *hujson.Value, c change) string {
	switch c.op {
	case "set":
		if err := c.do(d); err != nil || string(d.Bytes()) != after {
			return fmt.Sprintf("set twice: %v\n%s", err, d.Bytes())
		}
	case "add", "insert", "append":
		_, first, last := around(tree, c)
		if err := d.Unset(c.path); err != nil {
			return fmt.Sprint("take away again: ", err)
		}
		if !(first && last) && string(d.Bytes()) != text {
			return fmt.Sprintf("taken away again it is\n%q", d.Bytes())
		}
	}
	return ""
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

// around is the part that an edit may change: from the end of the value before
// to the start of what stands behind. first and last tell whether there is none.
func around(tree *hujson.Value, c change) (s span, first, last bool) {
	box := nodeAt(tree, c.path[:len(c.path)-1])
	at, n := c.path[len(c.path)-1], 0
	start := func(i int) int { return 0 }
	end := start
	switch b := box.Value.(type) {
	case *hujson.Object:
		n = len(b.Members)
		start = func(i int) int { return b.Members[i].Name.StartOffset }
		end = func(i int) int { return b.Members[i].Value.EndOffset }
		at = memberAt(b, at.(string))
		if c.op == "add" {
			at = n
		}
	case *hujson.Array:
		n = len(b.Elements)
		start = func(i int) int { return b.Elements[i].StartOffset }
		end = func(i int) int { return b.Elements[i].EndOffset }
	}
	i := at.(int)
	next := i + 1
	if c.op == "add" || c.op == "insert" || c.op == "append" {
		next = i
	}
	s = span{box.StartOffset + 1, box.EndOffset - 1}
	if i > 0 {
		s.from = end(i - 1)
	}
	if next < n {
		s.to = start(next)
	}
	return s, i == 0, next >= n
}

// untouched checks that bytes and comments outside the edited member are as before.
func untouched(text, after string, tree *hujson.Value, c change) string {
	var s span
	switch {
	case c.op == "set":
		v := nodeAt(tree, c.path)
		s = span{v.StartOffset, v.EndOffset}
	case c.op == "rename" && repeated(tree, c):
		return lost(text, after, nil)
	case c.op == "rename":
		box := nodeAt(tree, c.path[:len(c.path)-1]).Value.(*hujson.Object)
		name := box.Members[memberAt(box, c.path[len(c.path)-1].(string))].Name
		s = span{name.StartOffset, name.EndOffset}
	case c.op == "move":
		box := nodeAt(tree, c.path[:len(c.path)-1])
		s = span{box.StartOffset, box.EndOffset}
		moved, _, _ := around(tree, c)
		if problem := lost(text, after, []span{moved}); problem != "" {
			return problem
		}
		was, is := comments(text), comments(after)
		slices.Sort(was)
		slices.Sort(is)
		if !slices.Equal(was, is) {
			return "the move lost a comment"
		}
	case c.op == "unset" && repeated(tree, c):
		return ""
	default:
		s, _, _ = around(tree, c)
	}
	if !strings.HasPrefix(after, text[:s.from]) || !strings.HasSuffix(after, text[s.to:]) {
		return "bytes changed outside the edited part " + fmt.Sprintf("%q", text[s.from:s.to])
	}
	switch c.op {
	case "set", "unset":
		return lost(text, after, []span{s})
	case "move":
		return ""
	}
	return lost(text, after, nil)
}

// lost tells whether a comment that begins outside the spans is not there any
// more, or not in its order.
func lost(text, after string, inside []span) string {
	is := comments(after)
	for _, c := range commentSpans(text) {
		if slices.ContainsFunc(inside, func(s span) bool { return c.from >= s.from && c.from < s.to }) {
			continue
		}
		i := slices.Index(is, text[c.from:c.to])
		if i < 0 {
			return fmt.Sprintf("comment %q is lost or not in its order", text[c.from:c.to])
		}
		is = is[i+1:]
	}
	return ""
}

func comments(text string) (list []string) {
	for _, s := range commentSpans(text) {
		list = append(list, text[s.from:s.to])
	}
	return list
}

// commentSpans finds the comments of a good text, without the parser under test.
func commentSpans(text string) (list []span) {
	for i := 0; i < len(text); {
		switch rest := text[i:]; {
		case rest[0] == '"' || rest[0] == '\'':
			j := 1
			for rest[j] != rest[0] {
				if rest[j] == '\\' {
					j++
				}
				j++
			}
			i += j + 1
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexAny(rest, "\n\r\u2028\u2029")
			if n < 0 {
				n = len(rest)
			}
			list = append(list, span{i, i + n})
			i += n
		case strings.HasPrefix(rest, "/*"):
			n := 2 + strings.Index(rest[2:], "*/") + 2
			list = append(list, span{i, i + n})
			i += n
		default:
			i++
		}
	}
	return list
}

// nodeAt walks hujson's tree.
func nodeAt(v *hujson.Value, path json5.Path) *hujson.Value {
	for _, segment := range path {
		switch b := v.Value.(type) {
		case *hujson.Object:
			v = &b.Members[memberAt(b, segment.(string))].Value
		case *hujson.Array:
			v = &b.Elements[segment.(int)]
		}
	}
	return v
}

// memberAt is the place of the last member of a name; what a name means is asked
// of the package.
func memberAt(o *hujson.Object, k string) int {
	for i := len(o.Members) - 1; i >= 0; i-- {
		if meaning(o.Members[i].Name) == k {
			return i
		}
	}
	return -1
}

func repeated(tree *hujson.Value, c change) bool {
	o, ok := nodeAt(tree, c.path[:len(c.path)-1]).Value.(*hujson.Object)
	if !ok {
		return false
	}
	n := 0
	for _, m := range o.Members {
		if meaning(m.Name) == c.path[len(c.path)-1] {
			n++
		}
	}
	return n > 1
}

// meaning is the key that a name stands for.
func meaning(name hujson.Value) string {
	d, err := json5.Parse([]byte("{" + string(name.Value.(hujson.Literal)) + ":0}"))
	if err != nil {
		panic(err)
	}
	return d.Keys(nil)[0]
}

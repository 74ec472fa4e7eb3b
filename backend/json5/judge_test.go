package json5_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/tailscale/hujson"
	"pgregory.net/rapid"

	"pilotlight/backend/json5"
)

// hujson judges what it can read: JSON with commas and comments. Its parser makes
// the tree we must make, its Find finds the node, and its Patch gives the value
// that an edit must have, in a document that its Format has laid out.
func TestEditsGiveWhatHujsonsPatchGives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		roll := drawn(t)
		text, _ := document(roll)
		strict, err := json5.Standard([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		before, err := hujson.Format(strict)
		if err != nil {
			t.Fatalf("Format(%q): %v", strict, err)
		}
		value, err := valueOf(string(before))
		if err != nil {
			t.Fatalf("value of %q: %v", before, err)
		}
		theirs, err := hujson.Parse(before)
		if err != nil {
			t.Fatal(err)
		}
		c, ok := choose(roll, value, theirs)
		patch := asPatch(t, c, value)
		if !ok || patch == "" {
			t.Skip("no such edit")
		}
		if err := theirs.Patch([]byte(patch)); err != nil {
			t.Fatalf("Patch(%s) of %s: %v", patch, before, err)
		}
		theirs.Standardize()
		want, err := decode(theirs.Pack())
		if err != nil {
			t.Fatal(err)
		}
		d, err := json5.Parse(before)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.do(d); err != nil {
			t.Fatalf("%v on %s: %v", c, before, err)
		}
		got, err := decode(d.Standard())
		if err != nil || !(sameness{}).same(got, want) {
			t.Fatalf("%v on\n%s\ngot  %s (%v)\nwant %s", c, before, show(got), err, show(want))
		}
	})
}

// asPatch is a change as a JSON Patch (RFC 6902), or "" where that has no order of
// members to change.
func asPatch(t *rapid.T, c change, root any) string {
	strict, err := json.Marshal(c.value)
	if text, ok := c.given.(json5.Text); ok {
		strict, err = json5.Standard([]byte(text))
	}
	if err != nil {
		t.Fatal(err)
	}
	pointer := func(path json5.Path) string {
		s := ""
		for _, segment := range path {
			s += "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(fmt.Sprint(segment))
		}
		quoted, _ := json.Marshal(s)
		return string(quoted)
	}
	sibling := func(segment any) string {
		return pointer(append(c.path[:len(c.path)-1:len(c.path)-1], segment))
	}
	at := pointer(c.path)
	switch {
	case c.op == "set" && len(c.path) > 0:
		return fmt.Sprintf(`[{"op": "replace", "path": %s, "value": %s}]`, at, strict)
	case c.op == "set", c.op == "add", c.op == "insert", c.op == "append":
		return fmt.Sprintf(`[{"op": "add", "path": %s, "value": %s}]`, at, strict)
	case c.op == "unset" && len(c.path) > 0:
		return fmt.Sprintf(`[{"op": "remove", "path": %s}]`, at)
	case c.op == "rename" && len(c.path) > 0:
		return fmt.Sprintf(`[{"op": "move", "from": %s, "path": %s}]`, at, sibling(c.key))
	case c.op == "move" && len(c.path) > 0:
		if _, ok := c.parent(root).(*arr); ok && c.to != c.path[len(c.path)-1] {
			return fmt.Sprintf(`[{"op": "move", "from": %s, "path": %s}]`, at, sibling(c.to))
		}
	}
	return ""
}

// judgesOtherwise tells where hujson's language is no part of JSON5: its line
// comments end at LF alone.
func judgesOtherwise(text string) bool { return strings.ContainsAny(text, "\r\u2028\u2029") }

// judge asks hujson, where a text is JSON with commas and comments: the same tree,
// the same value, and the same node where Find looks.
func judge(t *testing.T, text string, strict []byte) {
	t.Helper()
	theirs, err := hujson.Parse([]byte(text))
	if err != nil || judgesOtherwise(text) {
		return
	}
	d, err := json5.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	ours := d.Tree()
	sameTree(t, &ours, &theirs)
	for _, k := range d.Keys(nil) {
		found := theirs.Find("/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(k))
		got, ok := d.Source(json5.Path{k})
		if found == nil || !ok {
			continue // half a surrogate pair: hujson cannot look for one
		}
		if repeatedKey(&ours, k) {
			continue // hujson finds the first, we the last
		}
		if want := (hujson.Value{Value: found.Value}).String(); string(got) != want {
			t.Fatalf("Source(%q) of %q = %q, hujson finds %q", k, text, got, want)
		}
	}
	theirs.Standardize()
	want, err := decode(theirs.Pack())
	if err != nil {
		return // a number that Go refuses (1e999)
	}
	got, err := decode(strict)
	if err != nil || !(sameness{order: true}).same(got, want) {
		t.Fatalf("value of %q\n    got %s (%v)\nhujson's %s", text, show(got), err, show(want))
	}
}

func repeatedKey(tree *hujson.Value, k string) bool {
	return repeated(tree, change{path: json5.Path{k}})
}

// sameTree compares two trees piece by piece; nil and empty differ where hujson
// makes a comma of it.
func sameTree(t *testing.T, a, b *hujson.Value) {
	t.Helper()
	if string(a.BeforeExtra) != string(b.BeforeExtra) || string(a.AfterExtra) != string(b.AfterExtra) ||
		(a.AfterExtra == nil) != (b.AfterExtra == nil) || a.StartOffset != b.StartOffset || a.EndOffset != b.EndOffset {
		t.Fatalf("tree differs from hujson's:\n%#v\n%#v", a, b)
	}
	switch x := a.Value.(type) {
	case *hujson.Object:
		y := b.Value.(*hujson.Object)
		if len(x.Members) != len(y.Members) || string(x.AfterExtra) != string(y.AfterExtra) {
			t.Fatalf("object differs from hujson's: %v, %v", a, b)
		}
		for i := range x.Members {
			sameTree(t, &x.Members[i].Name, &y.Members[i].Name)
			sameTree(t, &x.Members[i].Value, &y.Members[i].Value)
		}
	case *hujson.Array:
		y := b.Value.(*hujson.Array)
		if len(x.Elements) != len(y.Elements) || string(x.AfterExtra) != string(y.AfterExtra) {
			t.Fatalf("array differs from hujson's: %v, %v", a, b)
		}
		for i := range x.Elements {
			sameTree(t, &x.Elements[i], &y.Elements[i])
		}
	case hujson.Literal:
		if string(x) != string(b.Value.(hujson.Literal)) {
			t.Fatalf("literal %q, hujson's %v", x, b.Value)
		}
	}
}

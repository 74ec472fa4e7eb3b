package json5_test

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tailscale/hujson"

	"pilotlight/backend/json5"
)

// seeds are every text of the tables, OpenClaw's own files, and random documents.
func seeds(tb testing.TB) (list []string) {
	for _, v := range values {
		list = append(list, v.text)
	}
	for _, b := range broken {
		list = append(list, b.text)
	}
	for _, e := range edits {
		list = append(list, e.before)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "openclaw", "*.json*"))
	if err != nil || len(files) == 0 {
		tb.Fatalf("no files in testdata/openclaw: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		list = append(list, string(text))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 100 {
		text, _ := document(random.IntN)
		list = append(list, text)
	}
	return list
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := string(text)
		d, err := json5.Parse(text)
		if err != nil {
			checkError(t, before, err)
			return
		}
		if string(d.Bytes()) != before {
			t.Fatalf("pack(parse(x)) differs\n got %q\nwant %q", d.Bytes(), before)
		}
		strict := d.Standard()
		if _, err := decode(strict); err != nil {
			t.Fatalf("Standard(%q) = %s: %v", before, strict, err)
		}
		if again, err := json5.Standard(strict); err != nil || string(again) != string(strict) {
			t.Fatalf("Standard of its own result %s = %s, %v", strict, again, err)
		}
		judge(t, before, strict)
		if string(text) != before {
			t.Fatal("the caller's text changed")
		}
	})
}

// checkError checks that an error points into the text.
func checkError(t *testing.T, text string, err error) {
	t.Helper()
	var e *json5.Error
	if !errors.As(err, &e) {
		t.Fatalf("Parse(%q) = %v, want an *Error", text, err)
	}
	if e.Offset < 0 || e.Offset > len(text) || e.Line < 1 || e.Column < 1 || e.Problem == "" {
		t.Fatalf("Parse(%q) = %#v, which is no place in it", text, e)
	}
	if caret := e.Caret(); strings.Count(caret, "\n") != 1 || !strings.HasSuffix(caret, "^") {
		t.Fatalf("caret of Parse(%q) = %q", text, caret)
	}
	if utf8.ValidString(text) && !strings.Contains(e.Problem, "lie in each other") {
		if _, err := hujson.Parse([]byte(text)); err == nil && !judgesOtherwise(text) {
			t.Fatalf("Parse(%q) = %v, but hujson reads it", text, e)
		}
	}
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

func FuzzEdit(f *testing.F) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, s := range seeds(f) {
		script := make([]byte, 40)
		for i := range script {
			script[i] = byte(random.IntN(256))
		}
		f.Add([]byte(s), script)
	}
	f.Fuzz(func(t *testing.T, input, script []byte) {
		text := string(input)
		d, err := json5.Parse(input)
		if err != nil || len(input) > 1<<16 {
			return
		}
		roll := diceOf(script)
		for range 3 {
			value, err := valueOf(text)
			if err != nil {
				t.Fatal(err)
			}
			if lossy(value) {
				return // half a surrogate pair in a key: Go's JSON makes it U+FFFD, and two keys may become one
			}
			c, ok := choose(roll, value, d.Tree())
			if !ok {
				return
			}
			after, problem := checkEdit(text, value, c)
			if strings.Contains(problem, json5.ErrDepth.Error()) {
				return
			}
			if problem != "" {
				t.Fatalf("%v on\n%s\n%q\n gave\n%s\n%q\n%s", c, text, text, after, after, problem)
			}
			text = after
			if d, err = json5.Parse([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func lossy(v any) bool {
	n, _ := members(v)
	for i := range n {
		if o, ok := v.(*obj); ok && strings.ContainsRune(o.keys[i], utf8.RuneError) {
			return true
		}
		if lossy(child(v, i)) {
			return true
		}
	}
	return false
}

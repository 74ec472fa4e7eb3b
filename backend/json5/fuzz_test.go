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

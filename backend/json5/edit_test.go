package json5_test

import (
	"encoding/json"
	"errors"
	"testing"

	"pilotlight/backend/json5"
)

// edits are before, an edit, and after, byte for byte.
var edits = []struct {
	name, before string
	edit         func(*json5.Document) error
	after        string
}{
	{"scalar among comments", "{\n  a: 1, // one\n  b: 2 // two\n}\n", set("b", 3), "{\n  a: 1, // one\n  b: 3 // two\n}\n"},
	{"equal number, other digits", "{a: 0x10}", set("a", 16), "{a: 0x10}"},
	{"equal text, other quotes", "{a: 'x\\x41'}", set("a", "xA"), "{a: 'x\\x41'}"},
	{"text keeps its quotes", `{a: 'x', b: "y"}`, set("a", `it's`), `{a: 'it\'s', b: "y"}`},
	{"text keeps its quotes among others", `{a: "x", b: 'y', c: 'z'}`, set("a", "w"), `{a: "w", b: 'y', c: 'z'}`},
	{"last of equal keys", "{a: 1, a: 2}", set("a", 3), "{a: 1, a: 3}"},
	{"text as it is written", "{\n  a: 1,\n}", set("a", json5.Text(" [1, /*x*/ 0x2] // y")), "{\n  a: [1, /*x*/ 0x2],\n}"},
	{"a scalar given as text is equal", "{a: 0x10}", set("a", json5.Text("16")), "{a: 0x10}"},
	{"integer beyond 2^53", "{a: 9007199254740993}", set("a", 9007199254740992), "{a: 9007199254740992}"},

	{"new member, bare keys", "{\n  a: 1,\n}", set("b", "x"), "{\n  a: 1,\n  b: \"x\",\n}"},
	{"new member, JSON", "{\n\t\"a\": 1\n}", set("b", "x"), "{\n\t\"a\": 1,\n\t\"b\": \"x\"\n}"},
	{"new member, single quotes", "{\n  'a b': 'c'\n}", set("b", "it's"), "{\n  'a b': 'c',\n  'b': 'it\\'s'\n}"},
	{"new member on one line", `{ a: 1 }`, set("b", 2), `{ a: 1, b: 2 }`},
	{"new member in compact JSON", `{"a":1}`, set("b", []int{1, 2}), `{"a":1,"b":[1,2]}`},
	{"new member behind a line comment", "{\n  a: 1 // one\n}", set("b", 2), "{\n  a: 1, // one\n  b: 2\n}"},
	{"new member behind a comma and a comment", "{\n  a: 1, // one\n  // old: 2,\n}", set("b", 2), "{\n  a: 1, // one\n  b: 2,\n  // old: 2,\n}"},
	{"new member in a line with a comment", "{ a: 1 /* one */ }", set("b", 2), "{ a: 1 /* one */, b: 2 }"},
	{"new member behind a comment on the last line", "[1, 2 // two\n]", set("[2]", 3), "[1, 2, // two\n  3\n]"},
	{"new member, CR LF", "{\r\n  a: 1\r\n}\r\n", set("b", map[string]int{"c": 1}), "{\r\n  a: 1,\r\n  b: {\r\n    c: 1\r\n  }\r\n}\r\n"},
	{"new member, commas first", "{\n    a: 1\n  , b: 2\n}", set("c", 3), "{\n    a: 1\n  , b: 2\n  , c: 3\n}"},
	{"key that needs quotes among bare ones", "{\n  a: 'x',\n}", set(`["b-c"]`, 1), "{\n  a: 'x',\n  'b-c': 1,\n}"},
	{"key that needs none among those that do", "{\n  a: {\n    'x/y': 1\n  }\n}", set(`a.z`, 1), "{\n  a: {\n    'x/y': 1,\n    z: 1\n  }\n}"},
	{"new member written like its siblings", "{\n  models: {\n    \"l/x\": { alias: 'x' },\n    \"l/y\": { alias: 'y' },\n  },\n}",
		set(`models["l/z"]`, map[string]string{"alias": "z"}),
		"{\n  models: {\n    \"l/x\": { alias: 'x' },\n    \"l/y\": { alias: 'y' },\n    \"l/z\": { alias: 'z' },\n  },\n}"},
	{"missing parents", "{\n  \"a\": 1\n}\n", set("b.c[0].d", true),
		"{\n  \"a\": 1,\n  \"b\": {\n    \"c\": [\n      {\n        \"d\": true\n      }\n    ]\n  }\n}\n"},
	{"empty document", "{}\n", set("a.b", 1), "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n"},
	{"empty object with a comment", "{\n  // nothing yet\n}", set("a", 1), "{\n  \"a\": 1\n  // nothing yet\n}"},
	{"empty array among arrays on a line", "{\n  a: ['x'],\n  f: [],\n}", add("f", "y"), "{\n  a: ['x'],\n  f: ['y'],\n}"},
	{"empty array in JSON", "{\n  \"a\": [\n    1\n  ],\n  \"f\": []\n}", add("f", 2), "{\n  \"a\": [\n    1\n  ],\n  \"f\": [\n    2\n  ]\n}"},
	{"empty object over lines", "{\n  a: {\n  },\n}", set("a.b", 1), "{\n  a: {\n    b: 1,\n  },\n}"},
	{"empty object in a line", "{ a: {}, b: 1 }", set("a.c", 1), "{ a: { c: 1 }, b: 1 }"},
	{"the whole document", "// mine\n{a: 1}\n", set("", []int{1}), "// mine\n[1]\n"},
	{"a document that is a list in a line", "[{\n  a: 1\n}, {\n  a: 2\n}]", set("[2]", map[string]int{"a": 3}), "[{\n  a: 1\n}, {\n  a: 2\n}, {\n  a: 3\n}]"},

	{"an object keeps the inside that stays", "{\n  m: {\n    // first\n    primary: 'a', // p\n    // list\n    fallbacks: ['b'],\n  },\n}",
		set("m", map[string]any{"primary": "c", "fallbacks": []string{"b"}}),
		"{\n  m: {\n    // first\n    primary: 'c', // p\n    // list\n    fallbacks: ['b'],\n  },\n}"},
	{"an object loses and gains members", "{\n  m: {\n    a: 1, // a\n    // about b\n    b: 2,\n    c: 3, // c\n  },\n}",
		set("m", map[string]any{"a": 1, "c": 4, "d": 5}),
		"{\n  m: {\n    a: 1, // a\n    c: 4, // c\n    d: 5,\n  },\n}"},
	{"an array keeps the elements that stay", "[\n  'a', // the fast one\n  'b', // the good one\n  'c' // the last\n]",
		set("", []string{"b", "c", "d"}),
		"[\n  'b', // the good one\n  'c', // the last\n  'd'\n]"},
	{"an array keeps what is scattered", "[\n  'a', // a\n  'q',\n  'b', // b\n  'w'\n]", set("", []string{"n", "a", "b", "m"}),
		"[\n  'n',\n  'a', // a\n  'b', // b\n  'm'\n]"},
	{"an array on one line", "{f: ['a', 'b']}", set("f", []string{"x", "a", "b", "y"}), "{f: ['x', 'a', 'b', 'y']}"},
	{"the order of keys given raw", "{\n  \"a\": 1\n}", set("b", json.RawMessage(`{"z":1,"y":{}}`)), "{\n  \"a\": 1,\n  \"b\": {\n    \"z\": 1,\n    \"y\": {}\n  }\n}"},
	{"numeric path on an array", "{a: [1, 2]}", set("a.1", 3), "{a: [1, 3]}"},
	{"index path on an object", "{a: {'1': 2}}", set("a[1]", 3), "{a: {'1': 3}}"},

	{"unset in the middle", "{\n  a: 1, // one\n\n  // apart\n\n  // about b\n  /* too */\n  b: 2, // two\n  c: 3,\n}", unset("b"),
		"{\n  a: 1, // one\n\n  // apart\n\n  c: 3,\n}"},
	{"unset the first", "{ // all\n  // about a\n  a: 1,\n  b: 2\n}", unset("a"), "{ // all\n  b: 2\n}"},
	{"unset the last", "{\n  a: 1, // one\n  b: 2 // two\n  // end\n}", unset("b"), "{\n  a: 1 // one\n  // end\n}"},
	{"unset the last with a comma", "{\n  a: 1, // one\n  b: 2, // two\n}", unset("b"), "{\n  a: 1, // one\n}"},
	{"unset the only one", "{\n  a: 1,\n}", unset("a"), "{}"},
	{"unset the only one beside a comment", "{ // all\n  a: 1,\n}", unset("a"), "{ // all\n}"},
	{"unset within a line", "[1, 2, 3]", unset("[1]"), "[1, 3]"},
	{"unset at the start of a line", "{ a: 1, b: 2 }", unset("a"), "{ b: 2 }"},
	{"unset at the end of a line", "{ a: 1, b: 2 }", unset("b"), "{ a: 1 }"},
	{"unset between blank lines", "{\n  a: 1,\n\n  b: 2,\n\n  c: 3\n}", unset("b"), "{\n  a: 1,\n\n  c: 3\n}"},
	{"unset all equal keys", "{a: 1, b: 2, 'a': 3}", unset("a"), "{b: 2}"},
	{"unset with the bracket on its line", "{\n  a: 1,\n  b: 2}", unset("b"), "{\n  a: 1}"},
	{"unset where commas come first", "{\n    a: 1\n  , b: 2\n  , c: 3\n}", unset("c"), "{\n    a: 1\n  , b: 2\n}"},

	{"insert first", "[\n  1, // one\n  2\n]", insert("", 0, 0), "[\n  0,\n  1, // one\n  2\n]"},
	{"insert before comments", "[\n  1,\n\n  // two\n  2,\n]", insert("", 1, 9), "[\n  1,\n\n  9,\n  // two\n  2,\n]"},
	{"insert within a line", "[1, 2]", insert("", 1, 9), "[1, 9, 2]"},
	{"insert first in a line", "[ 1 ]", insert("", 0, 9), "[ 9, 1 ]"},
	{"append", "{\n  f: [\n    'a',\n  ],\n}", add("f", "b"), "{\n  f: [\n    'a',\n    'b',\n  ],\n}"},
	{"append to what is missing", "{\n  a: 1\n}", add("f.g", "b"), "{\n  a: 1,\n  f: {\n    g: [\"b\"]\n  }\n}"},

	{"move up with its comments", "[\n  1, // one\n  // about two\n  2, // two\n\n  3 // three\n]", move("[2]", 0),
		"[\n  3, // three\n  1, // one\n\n  // about two\n  2 // two\n]"},
	{"move within a line", "[1, /* two */ 2, 3]", move("[1]", 2), "[1, 3, /* two */ 2]"},
	{"move a member", "{ a: 1, b: 2 /* two */ }", move("b", 0), "{ b: 2 /* two */, a: 1 }"},
	{"move from a line comment into a line", "[\n  1, 2, 3, // three\n]", move("[2]", 0), "[\n  3, // three\n1, 2,\n]"},

	{"rename a bare key", "{a /*k*/: 1, b: 2}", rename("a", "c"), "{c /*k*/: 1, b: 2}"},
	{"rename a bare key to one that needs quotes", "{a: 'x'}", rename("a", "c d"), "{'c d': 'x'}"},
	{"rename a quoted key", `{'a': "x"}`, rename("a", "it's"), `{'it\'s': "x"}`},
	{"rename equal keys", "{a: 1, 'a': 2}", rename("a", "b"), "{b: 1, 'b': 2}"},
	{"rename to itself", `{"\x61": 2}`, rename("a", "a"), `{"\x61": 2}`},
	{"byte order mark", "\ufeff{a: 1}", set("a", 2), "\ufeff{a: 2}"},
}

func at(path string) json5.Path {
	p, err := json5.ParsePath(path)
	if err != nil {
		panic(err)
	}
	return p
}

func set(path string, v any) func(*json5.Document) error {
	return func(d *json5.Document) error { return d.Set(at(path), v) }
}
func unset(path string) func(*json5.Document) error {
	return func(d *json5.Document) error { return d.Unset(at(path)) }
}
func insert(path string, i int, v any) func(*json5.Document) error {
	return func(d *json5.Document) error { return d.Insert(at(path), i, v) }
}
func add(path string, v any) func(*json5.Document) error {
	return func(d *json5.Document) error { return d.Append(at(path), v) }
}
func move(path string, to int) func(*json5.Document) error {
	return func(d *json5.Document) error { return d.Move(at(path), to) }
}
func rename(path, k string) func(*json5.Document) error {
	return func(d *json5.Document) error { return d.Rename(at(path), k) }
}

func TestEditsLeaveEveryOtherByte(t *testing.T) {
	t.Parallel()
	for _, tt := range edits {
		t.Run(tt.name, func(t *testing.T) {
			d := parse(t, tt.before)
			if err := tt.edit(d); err != nil {
				t.Fatalf("edit: %v", err)
			}
			if got := string(d.Bytes()); got != tt.after {
				t.Errorf("before\n%s\n got\n%s\n%q\nwant\n%s\n%q", tt.before, got, got, tt.after, tt.after)
			}
			if again := parse(t, string(d.Bytes())); string(again.Standard()) != string(d.Standard()) {
				t.Errorf("the text reads as %s, the document as %s", again.Standard(), d.Standard())
			}
		})
	}
}

func parse(t *testing.T, text string) *json5.Document {
	t.Helper()
	d, err := json5.Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse(%q): %v", text, err)
	}
	return d
}

func TestEditsThatCannotBe(t *testing.T) {
	t.Parallel()
	const text = "{a: [1, {b: 'secret'}], c: 2, c: 3, d: {e: 1}}"
	deep := "1"
	for range json5.MaxDepth {
		deep = "[" + deep + "]"
	}
	tests := []struct {
		name string
		edit func(*json5.Document) error
		want error
	}{
		{"unset what is not there", unset("x.y"), json5.ErrMissing},
		{"unset an index too far", unset("a[2]"), json5.ErrMissing},
		{"unset the document", unset(""), json5.ErrPath},
		{"set under a number", set("c.x", 1), json5.ErrShape},
		{"set a key of an array", set("a.x", 1), json5.ErrShape},
		{"set an index too far", set("a[3]", 1), json5.ErrMissing},
		{"set a new array from its middle", set("x[1]", 1), json5.ErrPath},
		{"set what is no value", set("c", make(chan int)), json5.ErrValue},
		{"set too deep", set("c", json5.Text(deep)), json5.ErrDepth},
		{"insert into an object", insert("d", 0, 1), json5.ErrShape},
		{"insert too far", insert("a", 3, 1), json5.ErrMissing},
		{"insert before the start", insert("a", -1, 1), json5.ErrMissing},
		{"insert into nothing", insert("x", 0, 1), json5.ErrMissing},
		{"append to an object", add("d", 1), json5.ErrShape},
		{"append under a text", add("a[1].b.x", 1), json5.ErrShape},
		{"move too far", move("a[0]", 2), json5.ErrMissing},
		{"move one of two equal keys", move("c", 0), json5.ErrTwice},
		{"move the document", move("", 0), json5.ErrPath},
		{"rename to a key in use", rename("a", "c"), json5.ErrExists},
		{"rename an element", rename("a[0]", "c"), json5.ErrShape},
		{"rename what is not there", rename("x", "c"), json5.ErrMissing},
		{"a path of something else", func(d *json5.Document) error { return d.Set(json5.Path{1.5}, 1) }, json5.ErrPath},
		{"a negative index", func(d *json5.Document) error { return d.Set(json5.Path{"a", -1}, 1) }, json5.ErrPath},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := parse(t, text)
			err := tt.edit(d)
			if !errors.Is(err, tt.want) {
				t.Errorf("error = %v, want %v", err, tt.want)
			}
			if string(d.Bytes()) != text {
				t.Errorf("the document changed to %s", d.Bytes())
			}
		})
	}
	var e *json5.Error
	if err := parse(t, text).Set(at("c"), json5.Text("[1")); !errors.As(err, &e) {
		t.Errorf("a broken text: %v, want an *Error", err)
	}
}

package json5_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pilotlight/backend/json5"
)

func TestPathsAreReadAndPrinted(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want json5.Path
		as   string // "" if it prints as it was read
	}{
		{"", json5.Path{}, ""},
		{"agents", json5.Path{"agents"}, ""},
		{`agents.defaults.models["lmstudio/x.y"].alias`, json5.Path{"agents", "defaults", "models", "lmstudio/x.y", "alias"}, ""},
		{"agents.list[0].model", json5.Path{"agents", "list", 0, "model"}, ""},
		{"[0][12]", json5.Path{0, 12}, ""},
		{`["a"]['b c']`, json5.Path{"a", "b c"}, `a["b c"]`},
		{"models.lmstudio/x", json5.Path{"models", "lmstudio/x"}, `models["lmstudio/x"]`},
		{"list.0.name", json5.Path{"list", "0", "name"}, `list["0"].name`},
		{"X-Title.a b", json5.Path{"X-Title", "a b"}, `X-Title["a b"]`},
		{`['it\'s']`, json5.Path{"it's"}, `["it's"]`},
		{`["\ud800"]`, json5.Path{"\xed\xa0\x80"}, ""},
		{`[""]`, json5.Path{""}, ""},
	}
	for _, tt := range tests {
		got, err := json5.ParsePath(tt.text)
		if err != nil || !slices.Equal(got, tt.want) {
			t.Errorf("ParsePath(%q) = %#v, %v, want %#v", tt.text, got, err, tt.want)
			continue
		}
		want := tt.as
		if want == "" {
			want = tt.text
		}
		if got.String() != want {
			t.Errorf("%#v prints %q, want %q", got, got, want)
		}
		if again, err := json5.ParsePath(got.String()); err != nil || !slices.Equal(again, got) {
			t.Errorf("%q reads as %#v, %v, want %#v", got, again, err, got)
		}
	}
}

func TestPathsThatAreNone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text   string
		column int
	}{
		{".a", 1}, {"a.", 3}, {"a..b", 3}, {"a[", 3}, {"a[b]", 3}, {"a[-1]", 3}, {"a[1", 4}, {`a["b`, 5}, {`a["b"`, 6}, {"a]", 2},
		{`a"b`, 2}, {"a[0]b", 5}, {"a[99999999999999999999]", 3},
	}
	for _, tt := range tests {
		p, err := json5.ParsePath(tt.text)
		e, ok := errors.AsType[*json5.Error](err)
		if !ok || e.Column != tt.column {
			t.Errorf("ParsePath(%q) = %#v, %v, want an error at column %d", tt.text, p, err, tt.column)
		}
	}
}

func TestLooksIntoADocument(t *testing.T) {
	t.Parallel()
	d := parse(t, "// x\n{\n  a: [1, { b: 'x', /* c */ b: 0x10 }],\n  \"ключ\": {}, 'z': null,\n}\n")
	gets := []struct{ path, value, source string }{
		{"", `{"a":[1,{"b":16}],"ключ":{},"z":null}`, "{\n  a: [1, { b: 'x', /* c */ b: 0x10 }],\n  \"ключ\": {}, 'z': null,\n}"},
		{"a[1].b", "16", "0x10"},
		{"a.1", `{"b":16}`, "{ b: 'x', /* c */ b: 0x10 }"},
		{"z", "null", "null"},
	}
	for _, tt := range gets {
		value, ok := d.Get(at(tt.path))
		source, ok2 := d.Source(at(tt.path))
		if !ok || !ok2 || string(value) != tt.value || string(source) != tt.source {
			t.Errorf("%q = %q (%v), %q (%v), want %q, %q", tt.path, value, ok, source, ok2, tt.value, tt.source)
		}
	}
	for _, path := range []string{"x", "a[2]", "a.b", "z.y", "a[1].b.c"} {
		value, ok := d.Get(at(path))
		_, ok2 := d.Source(at(path))
		_, _, ok3 := d.Where(at(path))
		if ok || ok2 || ok3 {
			t.Errorf("%q is there: %q", path, value)
		}
	}
	if got := d.Keys(nil); !slices.Equal(got, []string{"a", "ключ", "z"}) {
		t.Errorf("Keys() = %q", got)
	}
	if got := d.Keys(at("a")); got != nil {
		t.Errorf("Keys of an array = %q, want none", got)
	}
	places := []struct {
		path         string
		line, column int
	}{{"", 2, 1}, {"a", 3, 3}, {"a[0]", 3, 7}, {"a[1].b", 3, 28}, {"z", 4, 15}}
	for _, tt := range places {
		if line, column, ok := d.Where(at(tt.path)); !ok || line != tt.line || column != tt.column {
			t.Errorf("Where(%q) = %d, %d, %v, want %d, %d", tt.path, line, column, ok, tt.line, tt.column)
		}
	}
	if err := d.Set(at("a[0]"), []int{1, 2}); err != nil {
		t.Fatal(err)
	}
	if line, column, ok := d.Where(at("z")); !ok || line != 4 || column != 15 {
		t.Errorf("Where(z) after an edit = %d, %d, %v, want 4, 15", line, column, ok)
	}
}

// What Pilotlight does to a configuration that somebody wrote by hand, read as a
// patch: the lines that go and the lines that come, and no other.
func TestAConfigurationWrittenByHandKeepsItsHand(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/openclaw/by-hand.json5")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name       string
		edit       func(*json5.Document) error
		gone, come string
	}{
		{"another model first", set("agents.defaults.model.primary", "lmstudio/qwen3.5"),
			"        primary: 'lmstudio/minimax-m2.1', // at home", "        primary: 'lmstudio/qwen3.5', // at home"},
		{"a fallback more", add("agents.defaults.model.fallbacks", "lmstudio/qwen3.5"),
			"", "          'lmstudio/qwen3.5',"},
		{"no fallbacks", set("agents.defaults.model.fallbacks", []string{}),
			"        fallbacks: [\n          'anthropic/claude-opus-4-6', // costs money!\n          // 'openai/gpt-5',   too slow\n        ],",
			"        fallbacks: [],"},
		{"an alias more", set(`agents.defaults.models["lmstudio/qwen3.5"]`, map[string]string{"alias": "qwen"}),
			"", "        'lmstudio/qwen3.5': { alias: 'qwen' },"},
		{"an alias less", unset(`agents.defaults.models["lmstudio/minimax-m2.1"]`),
			"        'lmstudio/minimax-m2.1':     { alias: 'mm' },", ""},
		{"a smaller context", set("models.providers.lmstudio.models[0].contextWindow", 65536),
			"            contextWindow: 0x30000, // 196608", "            contextWindow: 65536, // 196608"},
		{"the same context", set("models.providers.lmstudio.models[0].contextWindow", 196608), "", ""},
		{"a model more", add("models.providers.lmstudio.models", map[string]any{"id": "qwen3.5", "input": []string{"text"}, "cost": map[string]int{"input": 0}}),
			"", "          {\n            cost: { input: 0 },\n            id: 'qwen3.5',\n            input: [\n              'text',\n            ],\n          },"},
		{"an agent's own model", set("agents.list[0].model.primary", "lmstudio/qwen3.5"),
			"    list: [{ id: 'main', default: true }, { id: 'kids', model: { primary: 'lmstudio/minimax-m2.1' } }],",
			"    list: [{ id: 'main', default: true, model: { primary: 'lmstudio/qwen3.5' } }, { id: 'kids', model: { primary: 'lmstudio/minimax-m2.1' } }],"},
		{"a longer time-out", set("models.providers.lmstudio.timeoutSeconds", 600), "", "        timeoutSeconds: 600,"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := parse(t, string(text))
			if err := tt.edit(d); err != nil {
				t.Fatal(err)
			}
			gone, come := patch(string(text), string(d.Bytes()))
			if gone != tt.gone || come != tt.come {
				t.Errorf("\ngone %q\nwant %q\ncome %q\nwant %q", gone, tt.gone, come, tt.come)
			}
		})
	}
}

// patch is what differs between two texts, in whole lines.
func patch(before, after string) (gone, come string) {
	a, b := strings.Split(before, "\n"), strings.Split(after, "\n")
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return strings.Join(a, "\n"), strings.Join(b, "\n")
}

// OpenClaw writes plain JSON; what we read of it is what it wrote.
func TestOpenClawsOwnFilesReadAsTheyAre(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/openclaw/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("files %q, %v", files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, text); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if got, err := json5.Standard(text); err != nil || string(got) != want.String() {
			t.Errorf("%s\n got %s (%v)\nwant %s", file, got, err, want.String())
		}
	}
}

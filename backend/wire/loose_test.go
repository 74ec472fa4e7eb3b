package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"pilotlight/backend/wire"
)

// row has each of the types twice, since JSON may repeat a key.
type row struct {
	N wire.Number
	B wire.Bool
}

func read(t *testing.T, text string) row {
	t.Helper()
	var r row
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return r
}

func TestOddNumbersAreAbsent(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]wire.Number{
		`1`: {Value: 1, OK: true}, `0`: {OK: true}, `-2.5`: {Value: -2.5, OK: true}, `1e3`: {Value: 1000, OK: true},
		`"1"`: {}, `null`: {}, `true`: {}, `[1]`: {}, `{}`: {}, `1e999`: {}, `""`: {}, `"NaN"`: {},
	} {
		if got := read(t, `{"N":7,"N":`+text+`}`).N; got != want {
			t.Errorf("%s = %+v, want %+v", text, got, want)
		}
	}
}

func TestNumbersAsCountsAndSizes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		count int   // 0 is none
		size  int64 // 0 is none
	}{
		{`1`, 1, 1}, {`100`, 100, 100}, {`101`, 0, 101}, {`0`, 0, 0}, {`-1`, 0, 0}, {`0.5`, 0, 0}, {`1.5`, 0, 1},
		{`9007199254740992`, 0, 1 << 53}, {`9007199254740994`, 0, 0}, {`null`, 0, 0},
	} {
		n := read(t, `{"N":`+c.text+`}`).N
		if got := n.Integer(100); (got == nil) != (c.count == 0) || got != nil && *got != c.count {
			t.Errorf("%s as a count: %v, want %d", c.text, got, c.count)
		}
		if got := n.Bytes(); (got == nil) != (c.size == 0) || got != nil && *got != c.size {
			t.Errorf("%s as a size: %v, want %d", c.text, got, c.size)
		}
	}
}

func TestOddTruthsAreNeither(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{`true`: "yes", `false`: "no", `null`: "", `"true"`: "", `1`: "", `[]`: ""} {
		b, got := read(t, `{"B":true,"B":`+text+`}`).B, ""
		if b.Value != nil {
			got = map[bool]string{true: "yes", false: "no"}[*b.Value]
		}
		if got != want || b.Yes() != (want == "yes") {
			t.Errorf("%s = %q and %v, want %q", text, got, b.Yes(), want)
		}
	}
}

func TestStrings(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"a"`: "a", `""`: "", `"a\nb"`: "a\nb", `"\u00e9"`: "é", `null`: "", `1`: "", `{"a":"b"}`: "", `"`: "", ``: "", `"\x"`: "",
		"\"\xff\"": "\ufffd",
	} {
		if got := wire.String([]byte(text)); got != want {
			t.Errorf("%s = %q, want %q", text, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x00b\n", 2)
	f.Add(strings.Repeat("é", 9), 5)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = min(max(n, 0), 1<<10)
		got := wire.Clean(s, n)
		if len(got) > n {
			t.Errorf("%d bytes of at most %d", len(got), n)
		}
		if strings.ContainsFunc(got, unicode.IsControl) || strings.TrimSpace(got) != got {
			t.Errorf("%q is not clean", got)
		}
		if !utf8.ValidString(got) {
			t.Errorf("%q is cut in a rune", got)
		}
	})
}

package json5_test

import (
	"errors"
	"strings"
	"testing"

	"pilotlight/backend/json5"
)

// The cases of the npm package's own tests (json5 2.2.3, test/errors.js), written
// anew, and those that it lacks. The columns are ours: from 1, in characters.
var broken = []struct {
	name, text   string
	line, column int
	problem      string
}{
	{"empty", ``, 1, 1, "the text ends where a value is expected"},
	{"comment alone", `//a`, 1, 4, "the text ends where a value is expected"},
	{"half a line comment", `/a`, 1, 1, "expected a comment"},
	{"block comment without end", `/*`, 1, 1, "this comment has no end"},
	{"block comment with half an end", `/**`, 1, 1, "this comment has no end"},
	{"word", `a`, 1, 1, "this word is no value"},
	{"escape other than u in a key", `{\a:1}`, 1, 3, "expected u"},
	{"escaped sign as a key", `{\u0021:1}`, 1, 2, "no character of a bare key"},
	{"escape other than u within a key", `{a\a:1}`, 1, 4, "expected u"},
	{"escaped sign within a key", `{a\u0021:1}`, 1, 3, "no character of a bare key"},
	{"escaped digit as a key", `{\u0031:1}`, 1, 2, "no character of a bare key"},
	{"sign alone", `-a`, 1, 2, "expected a digit after the sign"},
	{"two signs", `--1`, 1, 2, "expected a digit after the sign"},
	{"point alone", `.a`, 1, 2, "after the decimal point"},
	{"point and exponent", `.e1`, 1, 2, "after the decimal point"},
	{"no exponent", `1ea`, 1, 3, "in the exponent"},
	{"sign in the exponent alone", `1e-a`, 1, 4, "in the exponent"},
	{"no hexadecimal digit", `0xg`, 1, 3, "a hexadecimal digit"},
	{"octal", `010`, 1, 2, "cannot begin with a zero"},
	{"unit after a number", `[10ms]`, 1, 4, "expected a comma or ]"},
	{"line end in a string", "\"\n\"", 1, 2, "the line ends inside a string"},
	{"string without end", `"`, 1, 2, "inside the string that begins at line 1, column 1"},
	{"sign as a key", `{!:1}`, 1, 2, "expected a key or }"},
	{"number as a key", `{1:1}`, 1, 2, "expected a key or }"},
	{"no colon", `{a!1}`, 1, 3, "expected a colon"},
	{"sign after a member", `{a:1!}`, 1, 5, "expected a comma or }"},
	{"sign after an element", `[1!]`, 1, 3, "expected a comma or ]"},
	{"half a word", `tru!`, 1, 1, "this word is no value"},
	{"word too long", `nullx`, 1, 1, "this word is no value"},
	{"half an escape", `"\`, 1, 3, "after a backslash"},
	{"first digit of \\x", `"\xg"`, 1, 4, "2 hexadecimal digits"},
	{"second digit of \\x", `"\x0g"`, 1, 5, "2 hexadecimal digits"},
	{"fourth digit of \\u", `"\u000g"`, 1, 7, "4 hexadecimal digits"},
	{"braces after \\u", `"\u{41}"`, 1, 4, "4 hexadecimal digits"},
	{"escaped digit", `'\1'`, 1, 3, "a digit cannot be escaped"},
	{"escaped nine", `'\9'`, 1, 3, "a digit cannot be escaped"},
	{"octal escape", `'\01'`, 1, 4, `no digit may follow \0`},
	{"two values", `1 2`, 1, 3, "nothing more"},
	{"control character", "\x01", 1, 1, "expected a value"},
	{"open object", `{`, 1, 2, "before the } of the object that begins at line 1, column 1"},
	{"open object after a key", `{a`, 1, 3, "where a colon is expected"},
	{"open object after a colon", `{a:`, 1, 4, "where a value is expected"},
	{"open object after a value", `{a:1`, 1, 5, "before the }"},
	{"open array", `[`, 1, 2, "before the ]"},
	{"open array after a value", `[1`, 1, 3, "before the ]"},
	{"comma alone in an array", `[,]`, 1, 2, "before this comma"},
	{"comma alone in an object", `{,}`, 1, 2, "before this comma"},
	{"two commas", `[1,,2]`, 1, 4, "before this comma"},
	{"wrong bracket", `[1}`, 1, 3, "expected a comma or ]"},
	{"no comma", "{\n  a: 1\n  b: 2\n}", 3, 3, "expected a comma or }"},
	{"typographic quotes", `{a: “b”}`, 1, 5, "are quotes here"},
	{"hash comment", "{\n# x\n}", 2, 1, "a comment begins with //"},
	{"column in characters", `{"ключ": 😀}`, 1, 10, "expected a value"},
	{"lines of every kind", "{\r\n\r\n\r a: }", 4, 5, "expected a value"},
	{"byte order mark counts", "\ufeffx", 1, 2, "no value"},
	{"not UTF-8", "{\n a: '\xff'}", 2, 6, "not UTF-8"},
	{"UTF-16", "\xff\xfe{\x00}\x00", 1, 1, "not UTF-8"},
	{"unclosed, told where it opens", "{\n  a: [1,\n", 3, 1, "begins at line 2, column 6"},
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	for _, tt := range broken {
		t.Run(tt.name, func(t *testing.T) {
			_, err := json5.Parse([]byte(tt.text))
			var e *json5.Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse(%q) = %v, want an *Error", tt.text, err)
			}
			if e.Line != tt.line || e.Column != tt.column || !strings.Contains(e.Problem, tt.problem) {
				t.Errorf("Parse(%q)\n got %v\nwant line %d, column %d: …%s…", tt.text, e, tt.line, tt.column, tt.problem)
			}
			if _, err := json5.Standard([]byte(tt.text)); err == nil || err.Error() != e.Error() {
				t.Errorf("Standard(%q) = %v, want the same error %v", tt.text, err, e)
			}
		})
	}
}

func TestCaretStandsUnderThePlace(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, want string }{
		{"in the line", "{\n  a: 1\n  b: 2\n}", "  b: 2\n  ^"},
		{"after tabs", "{\n\t\ta = 1\n}", "\t\ta = 1\n\t\t  ^"},
		{"wide letters before", `{"ключ"; 1}`, "{\"ключ\"; 1}\n       ^"},
		{"at the end", "{\n", "\n^"},
		{"control characters do not act", "{\x1b[2J}", "{\ufffd[2J}\n ^"},
		{
			"long line", `{a: "` + strings.Repeat("x", 100) + `" b: "` + strings.Repeat("y", 100) + `"}`,
			"…" + strings.Repeat("x", 58) + `" b: "` + strings.Repeat("y", 56) + "…\n" + strings.Repeat(" ", 61) + "^",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := json5.Parse([]byte(tt.text))
			var e *json5.Error
			if !errors.As(err, &e) {
				t.Fatalf("Parse = %v, want an *Error", err)
			}
			if got := e.Caret(); got != tt.want {
				t.Errorf("caret (%v)\n got %q\nwant %q", e, got, tt.want)
			}
		})
	}
}

func TestDepthIsBounded(t *testing.T) {
	t.Parallel()
	for _, open := range []string{"[", "{a:", "[{a:"} {
		closing := map[string]string{"[": "]", "{a:": "}", "[{a:": "}]"}[open]
		n := json5.MaxDepth / len(closing)
		if _, err := json5.Parse([]byte(strings.Repeat(open, n) + "1" + strings.Repeat(closing, n))); err != nil {
			t.Errorf("%d levels: %v, want none", json5.MaxDepth, err)
		}
		if _, err := json5.Parse([]byte("[" + strings.Repeat(open, n) + "1" + strings.Repeat(closing, n) + "]")); err == nil ||
			!strings.Contains(err.Error(), "lie in each other") {
			t.Errorf("%d levels: %v, want a refusal", json5.MaxDepth+1, err)
		}
		if _, err := json5.Parse([]byte(strings.Repeat(open, 1_000_000))); err == nil {
			t.Error("a million levels: no error")
		}
	}
}

func TestErrorsQuoteNothing(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{apiKey: hunter2}`, `{apiKey: "hunter2}`, "{apiKey: 'hunter2\n'}", `{apiKey: 'hunter2' hunter2: 1}`} {
		if _, err := json5.Parse([]byte(text)); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("Parse(%q) = %v, want an error without the value", text, err)
		}
	}
}

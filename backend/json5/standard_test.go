package json5_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pilotlight/backend/json5"
)

// The cases of the npm package's own tests (json5 2.2.3, test/parse.js), written
// anew as text and the strict JSON of its value, and those that it lacks.
var values = []struct{ name, text, want string }{
	{"empty object", `{}`, `{}`},
	{"double quoted key", `{"a":1}`, `{"a":1}`},
	{"single quoted key", `{'a':1}`, `{"a":1}`},
	{"bare key", `{a:1}`, `{"a":1}`},
	{"key of signs", "{$_:1,_$:2,a\u200c:3}", "{\"$_\":1,\"_$\":2,\"a\u200c\":3}"},
	{"unicode key", `{ùńîċõďë:9}`, `{"ùńîċõďë":9}`},
	{"key beyond the basic plane", `{𝒳:9}`, `{"𝒳":9}`},
	{"escaped key", `{\u0061\u0062:1,\u0024\u005F:2,\u005F\u0024:3}`, `{"ab":1,"$_":2,"_$":3}`},
	{"key with a joiner escaped", `{a\u200D:1}`, "{\"a\u200d\":1}"},
	{"reserved words as keys", `{null:1,true:2,Infinity:3,NaN:4,class:5}`, `{"null":1,"true":2,"Infinity":3,"NaN":4,"class":5}`},
	{"prototype key", `{"__proto__":1,__proto__:2}`, `{"__proto__":2}`},
	{"empty key", `{"":1,'':2}`, `{"":2}`},
	{"several keys", `{abc:1,def:2}`, `{"abc":1,"def":2}`},
	{"last of equal keys at the first's place", `{a:1,b:2,"\x61":3}`, `{"a":3,"b":2}`},
	{"nested objects", `{a:{b:2}}`, `{"a":{"b":2}}`},
	{"trailing commas", `{a:[1,],}`, `{"a":[1]}`},
	{"empty array", `[]`, `[]`},
	{"one value", `[1]`, `[1]`},
	{"two values", `[1,2]`, `[1,2]`},
	{"nested arrays", `[1,[2,3]]`, `[1,[2,3]]`},
	{"null", `null`, `null`},
	{"true", `true`, `true`},
	{"false", `false`, `false`},
	{"zeros", `[0,0.,0e0]`, `[0,0,0e0]`},
	{"integers", `[1,23,456,7890]`, `[1,23,456,7890]`},
	{"signs", `[-1,+2,-.1,-0]`, `[-1,2,-0.1,-0]`},
	{"leading points", `[.1,.23]`, `[0.1,0.23]`},
	{"fractions", `[1.0,1.23]`, `[1.0,1.23]`},
	{"exponents", `[1e0,1e1,1e01,1.e0,1.1e0,1e-1,1e+1,.5E2]`, `[1e0,1e1,1e01,1e0,1.1e0,1e-1,1e+1,0.5E2]`},
	{"hexadecimal", `[0x1,0x10,0xff,0xFF,0XaB]`, `[1,16,255,255,171]`},
	{"hexadecimal of 64 bits", `0xFFFFFFFFFFFFFFFF`, `18446744073709551615`},
	{"hexadecimal beyond", `-0x0123456789abcdefABCDEF`, `-1.3754889325393114e+24`},
	{"hexadecimal beyond all", `0x` + strings.Repeat("f", 300), `null`},
	{"signed hexadecimal", `[+0x10,-0x10]`, `[16,-16]`},
	{"infinities", `[Infinity,-Infinity,+Infinity]`, `[null,null,null]`},
	{"no numbers", `[NaN,-NaN,+NaN]`, `[null,null,null]`},
	{"infinite in JavaScript", `[1e999,-1e999,1e-999]`, `[null,null,1e-999]`},
	{"integer beyond 2^53 keeps its digits", `9007199254740993`, `9007199254740993`},
	{"signed exponent", `+1.23e100`, `1.23e100`},
	{"double quoted", `"abc"`, `"abc"`},
	{"single quoted", `'abc'`, `"abc"`},
	{"quotes in quotes", `['"',"'"]`, `["\"","'"]`},
	{"escapes", "'\\b\\f\\n\\r\\t\\v\\0\\x0f\\u01fF\\\n\\\r\n\\\r\\\u2028\\\u2029\\a\\'\\\"'", `"\b\f\n\r\t\u000b\u0000\u000fǿa'\""`},
	{"escaped letter beyond ASCII", `'\é\😀'`, `"é😀"`},
	{"surrogate pair", `"\uD83D\uDE00"`, `"😀"`},
	{"surrogate pair over a line continuation", "'\\uD83D\\\n\\uDE00'", `"😀"`},
	{"half a surrogate pair", `["\uD83D","\uDE00\uD83D","\uD83D x"]`, `["\ud83d","\ude00\ud83d","\ud83d x"]`},
	{"half a pair before a pair", `"\uD83D\uD83D\uDE00"`, `"\ud83d😀"`},
	{"line separators in a string", "'\u2028\u2029'", `"\u2028\u2029"`},
	{"raw control characters in a string", "'\t\x01\x7f'", "\"\\t\\u0001\x7f\""},
	{"line comment", "{//comment\n}", `{}`},
	{"line comment at the end", `{}//comment`, `{}`},
	{"empty line comment at the end", `{}//`, `{}`},
	{"line comment ended by a separator", "[1,//a\u20282,//b\r3]", `[1,2,3]`},
	{"block comment", "{/*comment\n** */}", `{}`},
	{"comments everywhere", "/*a*/{/*b*/k/*c*/:/*d*/1/*e*/,/*f*/}/*g*/", `{"k":1}`},
	{"white space", "{\t\v\f \u00A0\uFEFF\n\r\u2028\u2029\u2003}", `{}`},
	{"byte order mark", "\ufeff{a:1}", `{"a":1}`},
	{"CR LF", "{\r\n  a: 1, // x\r\n}\r\n", `{"a":1}`},
	{"nothing is escaped for HTML", `'<&>'`, `"<&>"`},
}

func TestStandardGivesTheValues(t *testing.T) {
	t.Parallel()
	for _, tt := range values {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json5.Standard([]byte(tt.text))
			if err != nil {
				t.Fatalf("Standard(%q): %v", tt.text, err)
			}
			if string(got) != tt.want {
				t.Errorf("Standard(%q)\n got %s\nwant %s", tt.text, got, tt.want)
			}
			if !json.Valid(got) {
				t.Errorf("Standard(%q) = %s, which is not JSON", tt.text, got)
			}
			d, err := json5.Parse([]byte(tt.text))
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.text, err)
			}
			if string(d.Bytes()) != tt.text {
				t.Errorf("Bytes() = %q, want the text %q", d.Bytes(), tt.text)
			}
		})
	}
}

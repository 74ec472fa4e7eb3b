package json5_test

import (
	"testing"

	"pgregory.net/rapid"

	"pilotlight/backend/json5"
)

// drawn is dice from one draw, so that a failure shrinks and prints little.
func drawn(t *rapid.T) dice {
	return diceOf(rapid.SliceOfN(rapid.Byte(), 200, 800).Draw(t, "dice"))
}

// diceOf rolls what the bytes say, and 0 behind their end.
func diceOf(script []byte) dice {
	return func(n int) int {
		if len(script) == 0 {
			return 0
		}
		i := int(script[0])
		script = script[1:]
		if n > 256 && len(script) > 0 {
			i = i<<8 | int(script[0])
			script = script[1:]
		}
		return i % n
	}
}

func TestDocumentsKeepTheirBytesAndGiveTheirValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text, want := document(drawn(t))
		d, err := json5.Parse([]byte(text))
		if err != nil {
			t.Fatalf("Parse(%q): %v", text, err)
		}
		if string(d.Bytes()) != text {
			t.Fatalf("pack(parse(x)) differs\n got %q\nwant %q", d.Bytes(), text)
		}
		got, err := decode(d.Standard())
		if err != nil {
			t.Fatalf("Standard() of %q = %s: %v", text, d.Standard(), err)
		}
		if !(sameness{order: true, nullable: true}).same(got, want) {
			t.Fatalf("value of %q\n got %s\nwant %s", text, show(got), show(want))
		}
	})
}

func TestEditsMatchTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		roll := drawn(t)
		text, value := document(roll)
		for range 1 + roll(3) {
			d, err := json5.Parse([]byte(text))
			if err != nil {
				t.Fatalf("Parse(%q): %v", text, err)
			}
			c, ok := choose(roll, value, d.Tree())
			if !ok {
				t.Skip("no such edit")
			}
			after, problem := checkEdit(text, value, c)
			if problem != "" {
				t.Fatalf("%v on\n%s\n%q\n gave\n%s\n%q\n%s", c, text, text, after, after, problem)
			}
			text = after
			if value, err = valueOf(after); err != nil { // the order of keys is the document's own now
				t.Fatal(err)
			}
		}
	})
}

func valueOf(text string) (any, error) {
	strict, err := json5.Standard([]byte(text))
	if err != nil {
		return nil, err
	}
	return decode(strict)
}

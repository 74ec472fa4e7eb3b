package late

import "testing"

func TestRegexp(t *testing.T) {
	words := Regexp(`^[a-z]+$`)
	first := words()
	if !first.MatchString("word") || first.MatchString("2 words") || words() != first {
		t.Error("it is not the expression, or not always the same")
	}
	wrong := Regexp(`(`)
	defer func() {
		if recover() == nil {
			t.Error("what cannot be compiled is taken")
		}
	}()
	wrong()
}

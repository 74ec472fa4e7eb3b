package config_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pilotlight/backend"
)

const ordered = `{
  agents: { defaults: { model: { primary: 'a/1', fallbacks: [
    'b/2', // costs money
    // slow
    'c/3',
    'd/4', /* the last resort */
  ] } } },
}
`

func TestReorderingKeepsEveryComment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, value, want string
		kept              int
	}{
		{"the first one last", `["c/3", "d/4", "b/2"]`, `
    // slow
    'c/3',
    'd/4', /* the last resort */
    'b/2', // costs money
  ]`, 3},
		{"turned round", `["d/4", "c/3", "b/2"]`, `
    'd/4', /* the last resort */
    // slow
    'c/3',
    'b/2', // costs money
  ]`, 3},
		{"one more in front", `["e/5", "d/4", "b/2", "c/3"]`, `
    'e/5',
    'd/4', /* the last resort */
    'b/2', // costs money
    // slow
    'c/3',
  ]`, 3},
		{"one gone, the others exchanged", `["d/4", "b/2"]`, `
    'd/4', /* the last resort */
    'b/2', // costs money
  ]`, 2},
	} {
		got := apply(t, lay(t, ordered).open(), set("agents.defaults.model.fallbacks", c.value))
		if !strings.Contains(got.Text(), "fallbacks: ["+c.want) {
			t.Errorf("%s:\n%s", c.name, got.Text())
		}
		if p := got.Plan(nil, nil); p.CommentsKept != c.kept {
			t.Errorf("%s: %d of %d comments stay", c.name, p.CommentsKept, p.Comments)
		}
	}
}

func TestAnyReorderingKeepsEveryComment(t *testing.T) {
	t.Parallel()
	b := lay(t, "{}")
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.SliceOfN(rapid.SampledFrom([]string{"a/1", "b/2", "c/3", "d/4"}), 1, 6).Draw(t, "names")
		var text strings.Builder
		text.WriteString("{ x: [\n")
		for i, n := range names {
			fmt.Fprintf(&text, "  '%s', // %d\n", n, i)
		}
		text.WriteString("] }\n")
		b.put(b.path, text.String())
		next := rapid.Permutation(names).Draw(t, "order")
		d := b.open()
		got, err := d.Apply([]backend.ConfigEdit{set("x", fmt.Sprintf(`["%s"]`, strings.Join(next, `", "`)))})
		if err != nil {
			t.Fatal(err)
		}
		if p := got.Plan(nil, nil); p.CommentsKept != len(names) || p.Comments != len(names) {
			t.Fatalf("%d of %d comments stay:\n%s", p.CommentsKept, p.Comments, got.Text())
		}
		var list []string
		for _, v := range got.Values()["x"].([]any) {
			list = append(list, v.(string))
		}
		if !slices.Equal(list, next) {
			t.Fatalf("%v, not %v", list, next)
		}
	})
}

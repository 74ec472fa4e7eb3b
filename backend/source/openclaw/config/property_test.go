package config_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pilotlight/backend/json5"
	"pilotlight/backend/rule/modelconfig"
	"pilotlight/backend/source/openclaw/config"
)

// writer writes random configs in random layouts, with a comment wherever one may
// stand. Every comment has a number of its own.
type writer struct {
	t        *rapid.T
	b        strings.Builder
	comments int
	depth    int
	style    int // 0 one line, 1 many lines, 2 many with trailing commas
	quote    string
	bare     bool
}

func (w *writer) comment() {
	if rapid.IntRange(0, 3).Draw(w.t, "comment") == 0 {
		w.comments++
		fmt.Fprintf(&w.b, "/* c%d */", w.comments)
	}
}

func (w *writer) line() {
	if w.style == 0 {
		w.b.WriteByte(' ')
		return
	}
	if rapid.IntRange(0, 5).Draw(w.t, "line comment") == 0 {
		w.comments++
		fmt.Fprintf(&w.b, " // c%d", w.comments)
	}
	w.b.WriteString("\n" + strings.Repeat("  ", w.depth))
}

func (w *writer) key(k string) {
	if w.bare && !strings.ContainsAny(k, "/.-$") {
		w.b.WriteString(k)
		return
	}
	w.b.WriteString(w.quote + k + w.quote)
}

type member struct {
	key   string
	write func()
}

func (w *writer) object(members ...member) {
	w.list("{}", len(members), func(i int) {
		w.key(members[i].key)
		w.comment()
		w.b.WriteString(": ")
		members[i].write()
	})
}

func (w *writer) list(brackets string, n int, write func(int)) {
	w.b.WriteByte(brackets[0])
	w.depth++
	for i := range n {
		w.line()
		w.comment()
		write(i)
		w.comment()
		if i+1 < n || w.style == 2 {
			w.b.WriteByte(',')
		}
	}
	w.depth--
	w.line()
	w.b.WriteByte(brackets[1])
}

func (w *writer) text(s string) func() { return func() { w.b.WriteString(w.quote + s + w.quote) } }
func (w *writer) plain(v any) func()   { return func() { fmt.Fprint(&w.b, v) } }

var refs = []string{"lmstudio/minimax-m2.1-gs32", "anthropic/claude-opus-4-6", "openai/gpt-5.2", "desk/qwen3-coder-30b", "lmstudio/qwen/qwen3.5-9b"}

func (w *writer) refs(label string) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(refs), 0, 4, rapid.ID[string]).Draw(w.t, label)
}

// config writes one.
func (w *writer) config() string {
	t := w.t
	w.style, w.bare = rapid.IntRange(0, 2).Draw(t, "style"), rapid.Bool().Draw(t, "bare")
	w.quote = rapid.SampledFrom([]string{`"`, `'`}).Draw(t, "quote")
	model := []member{{"primary", w.text(rapid.SampledFrom(refs).Draw(t, "primary"))}}
	if rapid.Bool().Draw(t, "with fallbacks") {
		list := w.refs("fallbacks")
		model = append(model, member{"fallbacks", func() { w.list("[]", len(list), func(i int) { w.text(list[i])() }) }})
	}
	defaults := []member{{"model", func() { w.object(model...) }}}
	if rapid.Bool().Draw(t, "with models") {
		listed := w.refs("models")
		defaults = append(defaults, member{"models", func() {
			var entries []member
			for i, r := range listed {
				entries = append(entries, member{r, func() { w.object(member{"alias", w.text(fmt.Sprintf("A%d", i))}) }})
			}
			w.object(entries...)
		}})
	}
	if rapid.Bool().Draw(t, "with policy") {
		list := w.refs("policy")
		defaults = append(defaults, member{"modelPolicy", func() {
			w.object(member{"allow", func() { w.list("[]", len(list), func(i int) { w.text(list[i])() }) }})
		}})
	}
	root := []member{
		{"gateway", func() { w.object(member{"mode", w.text("local")}, member{"port", w.plain(18789)}) }},
		{"agents", func() { w.object(member{"defaults", func() { w.object(defaults...) }}) }},
		{"meta", func() { w.object(member{"lastTouchedVersion", w.text("2026.9.6")}) }},
	}
	if rapid.Bool().Draw(t, "with provider") {
		root = append(root, member{"models", func() { w.object(member{"providers", w.provider}) }})
	}
	root = rapid.Permutation(root).Draw(t, "order")
	w.comment()
	w.object(root...)
	return w.b.String()
}

func (w *writer) provider() {
	w.object(member{"lmstudio", func() {
		w.object(member{"baseUrl", w.text("http://127.0.0.1:1234/v1")}, member{"apiKey", w.text("a-secret-key")}, member{"models", func() {
			w.list("[]", 1, func(int) {
				w.object(member{"id", w.text("minimax-m2.1-gs32")}, member{"name", w.text("M")}, member{"contextWindow", w.plain(65536)})
			})
		}})
	}})
}

// wish does one thing that adds or changes, so that no comment may go.
func wish(t *rapid.T, d *modelconfig.Draft) {
	ref := rapid.SampledFrom(refs).Draw(t, "ref")
	switch rapid.IntRange(0, 6).Draw(t, "wish") {
	case 0:
		d.SetPrimary(ref)
	case 1:
		d.SetAlias(ref, rapid.SampledFrom([]string{"One", "Two"}).Draw(t, "alias"))
	case 2:
		d.List(ref, "")
	case 3:
		d.SetProvider(modelconfig.Provider{ID: "lmstudio", BaseURL: "http://127.0.0.1:1234/v1", API: "openai-responses"})
		d.AddModel("lmstudio", modelconfig.Model{ID: ref, ContextWindow: 65536})
	case 4:
		d.SetContext("lmstudio", "minimax-m2.1-gs32", rapid.IntRange(1, 1<<20).Draw(t, "window"), 0)
	case 5:
		d.SetMode("merge")
	case 6:
		d.SetRouting("openrouter/x/y", []string{"fireworks"})
	}
}

// For random documents and random wishes: every comment stays, the values are those
// that the draft has, meta is the same byte for byte, the same wishes again change
// nothing, and the secret is in no text that leaves.
func TestRandomWishesOnRandomDocuments(t *testing.T) {
	t.Parallel()
	src := lay(t, "")
	rapid.Check(t, func(r *rapid.T) {
		w := &writer{t: r}
		text := w.config()
		src.put(src.path, text)
		d := src.open()
		if d.Err() != nil {
			r.Fatalf("%v in\n%s", d.Err(), text)
		}
		draft := modelconfig.NewDraft(d.Values(), d.Version())
		seed := rapid.IntRange(1, 4).Draw(r, "wishes")
		for range seed {
			wish(r, draft)
		}
		c, err := d.Apply(draft.Edits())
		if err != nil {
			r.Fatalf("%v: %+v in\n%s", err, draft.Edits(), text)
		}
		if p := c.Plan(nil, nil); p.Comments != w.comments || p.CommentsKept != p.Comments {
			r.Fatalf("%d of %d comments kept (%d written)\n%s", p.CommentsKept, p.Comments, w.comments, c.Diff())
		}
		if got := changed(draft.Values(), c.Values()); got != "" {
			r.Fatalf("values differ at %s\n%s", got, c.Diff())
		}
		was, _ := json5.Parse([]byte(d.Text()))
		is, _ := json5.Parse([]byte(c.Text()))
		a, _ := was.Source(json5.Path{"meta"})
		b, _ := is.Source(json5.Path{"meta"})
		if string(a) != string(b) {
			r.Fatalf("meta was %s and is %s", a, b)
		}
		again, err := d.Replace(c.Text())
		if err != nil || again.Hash() != c.Hash() {
			r.Fatalf("the text comes back as another: %v", err)
		}
		if strings.Contains(c.Text()+c.Diff(), "a-secret-key") {
			r.Fatal("a secret is out")
		}
	})
}

func changed(a, b map[string]any) string {
	edits := []string{}
	for _, e := range config.Changes(a, b) {
		edits = append(edits, e.Path)
	}
	return strings.Join(edits, " ")
}

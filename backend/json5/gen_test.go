package json5_test

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf16"
)

// dice gives a number from 0 to below n. A property test, a fuzzer's bytes and a
// seeded generator are all dice.
type dice func(n int) int

func (d dice) oneIn(n int) bool { return d(n) == 0 }

func oneOf[T any](d dice, list []T) T { return list[d(len(list))] }

// gen writes a random document, and knows the value of what it writes without
// asking any parser.
type gen struct {
	roll    dice
	b       strings.Builder
	neat    bool // one member a line, as people write; else anything anywhere
	line    string
	remarks int
}

// document is a random JSON5 text with the value that it must have.
func document(roll dice) (text string, value any) {
	g := &gen{roll: roll, neat: !roll.oneIn(3), line: oneOf(roll, []string{"\n", "\n", "\r\n"})}
	if roll.oneIn(12) {
		g.b.WriteString("\ufeff")
	}
	if g.neat && roll.oneIn(3) {
		g.b.WriteString("// head" + g.line)
	}
	g.wild()
	value = g.value(0)
	g.wild()
	if g.neat {
		g.b.WriteString(g.line)
	}
	if roll.oneIn(8) {
		g.b.WriteString("// the end, without a line end")
	}
	return g.b.String(), value
}

var spaces = []string{" ", "  ", "\t", "\n", "\r\n", "\r", "\u00a0", "\u2003", "\ufeff", "\v", "\f", "\u2028", "\u2029"}

// wild writes what may stand between any two tokens, in a document that is not neat.
func (g *gen) wild() {
	if g.neat {
		return
	}
	for range g.roll(3) {
		switch g.roll(6) {
		case 0:
			g.remark()
		case 1:
			g.b.WriteString("//" + g.words() + oneOf(g.roll, []string{"\n", "\r\n", "\r", "\u2028"}))
		default:
			g.b.WriteString(oneOf(g.roll, spaces))
		}
	}
}

// words is the inside of a comment: numbered, and full of what might be taken for
// something else.
func (g *gen) words() string {
	g.remarks++
	return fmt.Sprintf(" %d%s", g.remarks, oneOf(g.roll, []string{"", " ,", " }", " \"", " it's // so", " [1, 2", " ключ", " \\"}))
}

func (g *gen) remark() {
	g.b.WriteString("/*" + g.words() + oneOf(g.roll, []string{"", "", "\n *", " **"}) + "*/")
}

// gap writes what stands before a member of a neat document, up to its indent.
func (g *gen) gap(in string, wide, first bool) {
	switch {
	case !g.neat:
		g.wild()
	case !wide && !first:
		g.b.WriteByte(' ')
		fallthrough
	case !wide:
		if g.roll.oneIn(12) {
			g.remark()
			g.b.WriteByte(' ')
		}
	default:
		g.behind()
		g.b.WriteString(g.line)
		for range g.roll(7) / 4 {
			if g.roll.oneIn(3) {
				g.b.WriteString(g.line)
			} else if g.roll.oneIn(2) {
				g.b.WriteString(in)
				g.remark()
				g.b.WriteString(g.line)
			} else {
				g.b.WriteString(in + "//" + g.words() + g.line)
			}
		}
		g.b.WriteString(in)
	}
}

// behind writes a comment behind something on its line.
func (g *gen) behind() {
	switch g.roll(8) {
	case 0:
		g.b.WriteString(" //" + g.words())
	case 1:
		g.b.WriteByte(' ')
		g.remark()
	}
}

func (g *gen) value(level int) any {
	n := 10
	if level > 3 {
		n = 6
	}
	if level == 0 && !g.roll.oneIn(8) {
		return g.object(level)
	}
	switch g.roll(n) {
	case 0, 1, 2:
		return g.text()
	case 3, 4:
		return g.number()
	case 5:
		c := oneOf(g.roll, []any{nil, true, false})
		g.b.WriteString(map[any]string{nil: "null", true: "true", false: "false"}[c])
		return c
	case 6, 7:
		return g.array(level)
	}
	return g.object(level)
}

// inside writes the members of a container.
func (g *gen) inside(level int, open, closing string, member func()) {
	wide := !g.roll.oneIn(3)
	in := strings.Repeat("  ", level)
	g.b.WriteString(open)
	n := g.roll(5)
	pad := !wide && g.neat && open == "{" && n > 0 && g.roll.oneIn(2)
	for i := range n {
		if pad && i == 0 {
			g.b.WriteByte(' ')
		}
		g.gap(in+"  ", wide, i == 0)
		member()
		g.wild()
		if i < n-1 || g.roll.oneIn(3) {
			g.b.WriteByte(',')
		}
	}
	switch {
	case !g.neat:
		g.wild()
	case wide && (n > 0 || g.roll.oneIn(3)):
		g.gap(in, wide, false)
	case pad:
		g.b.WriteByte(' ')
	}
	g.b.WriteString(closing)
}

func (g *gen) array(level int) any {
	a := &arr{}
	g.inside(level, "[", "]", func() { a.list = append(a.list, g.value(level+1)) })
	return a
}

func (g *gen) object(level int) any {
	o := newObj()
	g.inside(level, "{", "}", func() {
		k := oneOf(g.roll, keys)
		if _, ok := o.m[k]; ok && !g.roll.oneIn(8) {
			k += fmt.Sprint("_", len(o.m)) // a key may stand twice, but not all the time
		}
		g.key(k)
		g.wild()
		g.b.WriteByte(':')
		if g.neat {
			g.b.WriteByte(' ')
		}
		g.wild()
		o.set(k, g.value(level+1))
	})
	return o
}

var keys = []string{
	"a", "b", "c", "agents", "model", "primary", "$_", "ключ", "a\u200cb", "lmstudio/x.y", "x y", "it's", `say "so"`,
	"__proto__", "constructor", "", "0", "12", "01", "a.b", "null", "a\u2028b", "tab\t", "😀",
}

func (g *gen) key(k string) {
	first, rest := []rune(k + "!")[0], k
	bare := k != "" && !strings.ContainsRune("01", first)
	for _, r := range rest {
		if strings.ContainsRune("/. '\"\u2028\t😀", r) {
			bare = false
		}
	}
	if !bare || g.roll.oneIn(3) {
		g.quoted(k)
		return
	}
	for _, r := range k {
		if g.roll.oneIn(20) {
			fmt.Fprintf(&g.b, `\u%04x`, r)
		} else {
			g.b.WriteRune(r)
		}
	}
}

var texts = append([]string{
	"lmstudio/qwen/qwen3.5-9b", "http://127.0.0.1:1234/v1", "${KEY}", "// no comment", "/* none */", "\x00\x01\x7f", "a\nb\r\n", "\ufeff", "é", "\ufffd",
}, keys...)

func (g *gen) text() any {
	s := oneOf(g.roll, texts)
	g.quoted(s)
	return s
}

// quoted writes a text with random quotes and escapes.
func (g *gen) quoted(s string) {
	quote := rune(oneOf(g.roll, []string{`"`, `"`, `'`})[0])
	escape := g.roll.oneIn(4)
	g.b.WriteRune(quote)
	for _, r := range s {
		must := r == quote || r == '\\' || r == '\n' || r == '\r'
		if !must && !(escape && g.roll.oneIn(2)) {
			g.b.WriteRune(r)
			continue
		}
		named := map[rune]string{'\n': "n", '\r': "r", '\t': "t", quote: string(quote), '\\': `\`, 'e': "\n" + "e", ' ': "\r\n ", '/': "/", '😀': "😀"}[r]
		switch {
		case named != "" && (must || g.roll.oneIn(2)):
			g.b.WriteString(`\` + named)
		case r < 256 && g.roll.oneIn(2):
			fmt.Fprintf(&g.b, `\x%02X`, r)
		default:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&g.b, `\u%04x`, unit)
			}
		}
	}
	g.b.WriteRune(quote)
}

var numbers = []struct {
	text  string
	value float64
}{
	{"0", 0}, {"-0", math.Copysign(0, -1)}, {"+0.", 0}, {"1", 1}, {"+1", 1}, {".5", .5}, {"-.5", -.5}, {"5.", 5}, {"5.e2", 500}, {"0x1F", 31},
	{"-0Xff", -255}, {"+0x10", 16}, {"0xFFFFFFFFFFFFFFFFFF", 0xFFFFFFFFFFFFFFFFFF}, {"1e3", 1000}, {"1E-2", .01}, {"1.25e+2", 125}, {"196608", 196608},
	{"Infinity", math.Inf(1)}, {"-Infinity", math.Inf(-1)}, {"+Infinity", math.Inf(1)}, {"NaN", math.NaN()}, {"-NaN", math.NaN()},
	{"1e400", math.Inf(1)}, {"123456789012345678901234567890", 123456789012345678901234567890}, {"9007199254740993", 9007199254740992}, {"1e-400", 0},
}

func (g *gen) number() any {
	if g.roll.oneIn(2) {
		n := g.roll(5000)
		fmt.Fprint(&g.b, n)
		return float64(n)
	}
	n := oneOf(g.roll, numbers)
	g.b.WriteString(n.text)
	return n.value
}

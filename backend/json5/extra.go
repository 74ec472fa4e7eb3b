package json5

import (
	"github.com/tailscale/hujson"
)

// An extra is what stands between two tokens: white space, line ends, comments.
// The functions here see it as lines, because a comment belongs to a member by
// the line it stands on. A line end inside a comment ends no line here.

// token is one piece of an extra.
type token struct {
	from, to int
	is       byte // ' ' white space within a line, '\n' one line end, '/' line comment, '*' block comment
}

// tokens cuts an extra into its pieces, in order and without a gap.
func tokens(e hujson.Extra) func(yield func(token) bool) {
	return func(yield func(token) bool) {
		for i := 0; i < len(e); {
			t := token{from: i, is: ' '}
			switch n, c := lineEnd(e[i:]), comment(e[i:]); {
			case n > 0:
				t.is, t.to = '\n', i+n
			case c > 0:
				t.is, t.to = e[i+1], i+c
			default:
				t.to = i + max(1, space(e[i:]))
			}
			if !yield(t) {
				return
			}
			i = t.to
		}
	}
}

// firstBreak is where the first line of an extra ends; ok is false if there is
// only one line.
func firstBreak(e hujson.Extra) (at int, ok bool) {
	for t := range tokens(e) {
		if t.is == '\n' {
			return t.from, true
		}
	}
	return len(e), false
}

// broad tells whether an extra has a line end outside its comments.
func broad(e hujson.Extra) bool {
	_, ok := firstBreak(e)
	return ok
}

func hasComment(e hujson.Extra) bool {
	for t := range tokens(e) {
		if t.is == '/' || t.is == '*' {
			return true
		}
	}
	return false
}

// breaks counts the line ends outside comments.
func breaks(e hujson.Extra) (n int) {
	for t := range tokens(e) {
		if t.is == '\n' {
			n++
		}
	}
	return n
}

// openComment tells whether an extra ends within a line comment, so that
// whatever is put behind it is swallowed.
func openComment(e hujson.Extra) bool {
	last := token{}
	for t := range tokens(e) {
		last = t
	}
	return last.is == '/'
}

// belonging is where the part of an extra begins that belongs to what stands
// behind it: the comments before it on its own line and the lines right above
// that hold a comment, up to a blank line. The first line of the extra ends
// something else and is never part of it, unless it is the only one.
func belonging(e hujson.Extra) int {
	line, run := 0, -1 // where the current line begins, and the run of comment lines before it
	first, commented := true, false
	for t := range tokens(e) {
		switch t.is {
		case '/', '*':
			commented = true
		case '\n':
			switch {
			case first || !commented:
				run = -1
			case run < 0:
				run = line
			}
			line, first, commented = t.to, false, false
		}
	}
	if run >= 0 {
		return run
	}
	return line
}

// indent is the length of the white space at the start of e, within its line.
func indent(e hujson.Extra) int {
	for t := range tokens(e) {
		if t.is != ' ' {
			return t.from
		}
	}
	return len(e)
}

// unindented is e without the white space behind its last line end or comment.
func unindented(e hujson.Extra) hujson.Extra {
	end := 0
	for t := range tokens(e) {
		if t.is != ' ' {
			end = t.to
		}
	}
	return e[:end:end]
}

// lastBreak is where the last line end outside comments begins.
func lastBreak(e hujson.Extra) (at int) {
	at = len(e)
	for t := range tokens(e) {
		if t.is == '\n' {
			at = t.from
		}
	}
	return at
}

// line is the last line end of e and what follows it: a gap that puts something
// below e's own line, written alike.
func line(e hujson.Extra) hujson.Extra { return concat(e[lastBreak(e):]) }

// lastIndent is the white space behind the last line end or comment of e.
func lastIndent(e hujson.Extra) string { return string(e[len(unindented(e)):]) }

// uncommented is where the last comment of e ends.
func uncommented(e hujson.Extra) (end int) {
	for t := range tokens(e) {
		if t.is == '/' || t.is == '*' {
			end = t.to
		}
	}
	return end
}

// concat joins extras; nil if all are empty, as hujson has it.
func concat(parts ...hujson.Extra) (out hujson.Extra) {
	for _, p := range parts {
		out = append(out, p...)
	}
	return out
}

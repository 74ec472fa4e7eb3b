package json5

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is a place where text breaks JSON5's grammar.
type Error struct {
	Offset  int    // in bytes from the start
	Line    int    // from 1; a line ends at LF, CR LF or CR, as editors count
	Column  int    // from 1, in characters (code points)
	Problem string // what is wrong, in words; nothing of the document is in it

	line string // the whole line, for Caret
}

// Error names the place and the problem, and quotes nothing of the document.
func (e *Error) Error() string {
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// caretWidth is how much of a long line Caret shows on either side, in characters.
const caretWidth = 60

// Caret is the broken line and, below it, a caret under the place. It is for
// the eyes of the person whose document it is: the line may hold a secret, so it
// must not be logged.
func (e *Error) Caret() string {
	line := []rune(e.line)
	at := min(e.Column-1, len(line))
	from, to := max(0, at-caretWidth), min(len(line), at+caretWidth)
	var b strings.Builder
	left, right := "", ""
	if from > 0 {
		left = "…"
	}
	if to < len(line) {
		right = "…"
	}
	show := func(r rune) rune {
		if r != '\t' && (r < ' ' || r == 0x7f || r == '\ufeff') {
			return '\ufffd' // no terminal acts upon it, and it takes one column
		}
		return r
	}
	b.WriteString(left + strings.Map(show, string(line[from:to])) + right + "\n")
	b.WriteString(strings.Repeat(" ", utf8.RuneCountInString(left)))
	for _, r := range line[from:at] {
		if r == '\t' {
			b.WriteByte('\t') // as wide as the one above, whatever that is
		} else {
			b.WriteByte(' ')
		}
	}
	b.WriteByte('^')
	return b.String()
}

// errorAt makes the error for a place. text may be broken UTF-8 after it.
func errorAt(text []byte, offset int, problem string) *Error {
	start, line := lineStart(text, offset)
	end := start
	for end < len(text) && text[end] != '\n' && text[end] != '\r' {
		end++
	}
	return &Error{
		Offset: offset, Line: line, Column: 1 + utf8.RuneCount(text[start:offset]), Problem: problem,
		line: strings.ToValidUTF8(string(text[start:end]), "\ufffd"),
	}
}

// lineStart finds where the line of an offset begins, and its number from 1.
func lineStart(text []byte, offset int) (start, line int) {
	line = 1
	for i := 0; i < offset; i++ {
		switch {
		case text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n':
			if i+1 < offset {
				i++
				start, line = i+1, line+1
			}
		case text[i] == '\n' || text[i] == '\r':
			start, line = i+1, line+1
		}
	}
	return start, line
}

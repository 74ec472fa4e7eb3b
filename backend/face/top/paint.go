package top

import (
	"strings"
	"unicode"

	"github.com/mattn/go-runewidth"
)

// The colours, as SGR parameters (ECMA-48 8.3.117). They are the terminal's own,
// so that its theme holds; ember is its yellow, because every theme has one.
const (
	ember  = "33"
	yellow = "93"
	red    = "31"
)

// painter writes text with or without colour, never wider than the screen.
type painter struct {
	color bool
	width int
}

func (p painter) in(sgr, text string) string {
	if !p.color || sgr == "" || text == "" {
		return text
	}
	return "\x1b[" + sgr + "m" + text + "\x1b[0m"
}

func (p painter) strong(text string) string { return p.in("1", text) }
func (p painter) dim(text string) string    { return p.in("2", text) }
func (p painter) head2(text string) string  { return p.in("1;2", text) }

// apart puts one text to the left and one to the right edge.
func (p painter) apart(left, right string) string {
	gap := p.width - width(left) - width(right)
	if gap < 1 {
		return left
	}
	return left + strings.Repeat(" ", gap) + right
}

// columns is a name and what is said of it.
func (p painter) columns(name, text string) string {
	const wide = 32
	gap := max(wide-runewidth.StringWidth(name), 0)
	return name + strings.Repeat(" ", gap) + "  " + p.dim(text)
}

// within cuts to the screen's size; the last line says what keys there are.
func (p painter) within(lines []string, s Screen) []string {
	room := len(lines)
	if s.Height > 0 {
		room = s.Height
		if s.Keys {
			room -= 2
		}
		room = max(room, 1)
	}
	if len(lines) > room {
		lines = append(lines[:room-1:room-1], p.dim("… the terminal is too low for the rest"))
	}
	if s.Keys {
		for len(lines) < room {
			lines = append(lines, "")
		}
		lines = append(lines, "", p.dim("q quits"))
	}
	for i, line := range lines {
		lines[i] = cut(line, s.Width)
	}
	return lines
}

// plain takes out what a terminal would obey: names and errors come from other
// programs.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// width is how many cells a text takes, without its colours.
func width(text string) int {
	n := 0
	eachPart(text, func(part string, escape bool) bool {
		if !escape {
			n += runewidth.StringWidth(part)
		}
		return true
	})
	return n
}

// cut ends a text at so many cells; colours that were on go off.
func cut(text string, cells int) string {
	if cells <= 0 || width(text) <= cells {
		return text
	}
	var b strings.Builder
	left, colored := cells-1, false
	eachPart(text, func(part string, escape bool) bool {
		if escape {
			colored = true
			b.WriteString(part)
			return true
		}
		fits := runewidth.Truncate(part, left, "")
		b.WriteString(fits)
		left -= runewidth.StringWidth(fits)
		return fits == part
	})
	b.WriteString("…")
	if colored {
		b.WriteString("\x1b[0m")
	}
	return b.String()
}

// eachPart goes through a text by escapes of our own and what is between them,
// until f says no.
func eachPart(text string, f func(part string, escape bool) bool) {
	for text != "" {
		start := strings.Index(text, "\x1b[")
		if start < 0 {
			f(text, false)
			return
		}
		if start > 0 && !f(text[:start], false) {
			return
		}
		end := start + strings.IndexByte(text[start:], 'm') + 1
		if end <= start {
			return
		}
		if !f(text[start:end], true) {
			return
		}
		text = text[end:]
	}
}

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// print writes JSON for scripts.
func (e *env) print(v any) error {
	enc := json.NewEncoder(e.out)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// show prints v as JSON where that was asked for, else what text writes.
func (e *env) show(v any, text func()) error {
	if e.json {
		return e.print(v)
	}
	text()
	return nil
}

// text writes for people. What could not be written is told at the end: a report in
// a file on a full disk must not look whole.
func (e *env) text(s string) {
	_, err := io.WriteString(e.out, s)
	e.unwritten = cmp.Or(e.unwritten, err)
}

// line writes one line for people; empty parts are left out.
func (e *env) line(format string, args ...any) {
	e.text(strings.TrimRight(fmt.Sprintf(format, args...), " ") + "\n")
}

// table writes rows in columns; the first row is the head. An empty cell is a
// dash: not known, or nothing.
func (e *env) table(rows [][]string) {
	var b strings.Builder
	tw := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				row[i] = "–"
			}
		}
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	_ = tw.Flush() // a Builder takes all
	e.text(b.String())
}

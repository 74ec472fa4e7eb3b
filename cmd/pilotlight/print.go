package main

import (
	"encoding/json"
	"fmt"
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

// line writes one line for people; empty parts are left out.
func (e *env) line(format string, args ...any) {
	fmt.Fprintln(e.out, strings.TrimRight(fmt.Sprintf(format, args...), " "))
}

// table writes rows in columns; the first row is the head. An empty cell is a
// dash: not known, or nothing.
func (e *env) table(rows [][]string) {
	tw := tabwriter.NewWriter(e.out, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		for i, cell := range row {
			if cell == "" {
				row[i] = "–"
			}
		}
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	tw.Flush()
}

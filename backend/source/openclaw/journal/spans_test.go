package journal_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

// TestManyWorkersReadWhatOneReads cuts a log into spans of any size, with lines
// that are longer than a span, longer than may be held, and half.
func TestManyWorkersReadWhatOneReads(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		file := fmt.Sprintf("%s/%d/openclaw-2026-11-22.log", dir, n)
		var b strings.Builder
		for i := range rapid.IntRange(1, 60).Draw(rt, "lines") {
			switch rapid.IntRange(0, 9).Draw(rt, "kind") {
			case 0:
				b.WriteString(strings.Repeat("x", rapid.IntRange(0, 3000).Draw(rt, "length")) + "\n")
			case 1:
				b.WriteString(strings.Repeat("\n", rapid.IntRange(0, 3000).Draw(rt, "empty")))
			case 2:
				if rapid.IntRange(0, 5).Draw(rt, "long") == 0 {
					b.WriteString(strings.Repeat("x", journal.MaxLine+rapid.IntRange(-2, 2).Draw(rt, "length")) + "\n")
				}
			default:
				b.WriteString(logLine(fmt.Sprint(i)))
			}
		}
		text := b.String()
		write(t, file, text[:rapid.IntRange(0, len(text)).Draw(rt, "cut")])
		var got [2]*owner
		for i, span := range []int64{1 << 40, rapid.Int64Range(1, 5000).Draw(rt, "span")} {
			if span < int64(len(text))/2000 {
				span = int64(len(text)) / 2000
			}
			got[i] = newOwner()
			r := reader(dayFiles(fmt.Sprintf("%s/%d", dir, n)), nil)
			r.Spans(span)
			if err := r.Look(t.Context(), got[i].deliver); err != nil {
				rt.Fatal(err)
			}
		}
		same := func(a, b backend.Trace) bool { return a.RunID == b.RunID && a.Ref == b.Ref && a.At.Equal(b.At) }
		if !slices.EqualFunc(got[0].traces, got[1].traces, same) {
			rt.Fatalf("one reads %q, many read %q", got[0].runs(), got[1].runs())
		}
		one, many := fmt.Sprintf("%+v", got[0].cursors), fmt.Sprintf("%+v", got[1].cursors)
		if one != many {
			rt.Fatalf("one stands at %s, many stand at %s", one, many)
		}
		_ = os.RemoveAll(fmt.Sprintf("%s/%d", dir, n))
	})
}

package journal_test

import (
	"bytes"
	"testing"

	"pilotlight/backend/source/openclaw/journal"
)

func BenchmarkScanParse(b *testing.B) {
	data := logOf(b, 64<<20)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		if err := journal.Scan(bytes.NewReader(data), func(line []byte, _ int64) {
			if _, ok := journal.ParseLine(line); ok {
				n++
			}
		}); err != nil {
			b.Fatal(err)
		}
		if n == 0 {
			b.Fatal("no line was read")
		}
	}
}

package journal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend/source/openclaw/journal"
)

// busyLog is a log of n bytes as a busy gateway writes it: of some hundred lines
// three are about one fallback.
func busyLog(t testing.TB, n int) []byte {
	t.Helper()
	var quiet, fallback []byte
	for _, line := range lines(read(t, "testdata/gateway-hot-reload/2026.9.6/openclaw.log.jsonl")) {
		if _, ok := journal.ParseLine(line); ok {
			if bytes.Contains(line, []byte("model_fallback_decision")) {
				fallback = append(append(fallback, line...), '\n')
			}
		} else {
			quiet = append(append(quiet, line...), '\n')
		}
	}
	one := append(bytes.Repeat(quiet, 3), fallback...)
	return bytes.Repeat(one, max(1, n/len(one)))
}

// BenchmarkScanParse reads from memory: a log of runs that all fell back, and a
// usual one.
func BenchmarkScanParse(b *testing.B) {
	for name, data := range map[string][]byte{"all fallbacks": logOf(b, 32<<20), "busy gateway": busyLog(b, 32<<20)} {
		b.Run(name, func(b *testing.B) {
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
		})
	}
}

// BenchmarkBackfill reads a file of 256 MB as at the first start, beside grep on
// the same file. On a machine with other work only the processor's time compares:
// cpu-MB/s is of ours, and greps is how often grep could have run in it.
func BenchmarkBackfill(b *testing.B) {
	dir := b.TempDir()
	data := busyLog(b, 256<<20)
	if err := os.WriteFile(dir+"/openclaw-2026-11-22.log", data, 0o600); err != nil {
		b.Fatal(err)
	}
	size := len(data)
	data = nil //nolint:ineffassign,wastedassign // lets go of 256 MB
	var ours, greps time.Duration
	b.SetBytes(int64(size))
	for b.Loop() {
		started := processor(b)
		traces := 0
		r := journal.New(journal.Config{Places: func() journal.Places { return dayFiles(dir) }}, nil)
		if err := r.Look(b.Context(), func(_ context.Context, batch journal.Batch) error {
			traces += len(batch.Traces)
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		ours += processor(b) - started
		// Output: without one grep stops at the first line it finds.
		grep := exec.Command("grep", "-c", "model_fallback", dir+"/openclaw-2026-11-22.log")
		if _, err := grep.Output(); err != nil {
			b.Fatal(err)
		}
		greps += grep.ProcessState.UserTime() + grep.ProcessState.SystemTime()
		if traces == 0 {
			b.Fatal(errors.New("nothing was read"))
		}
	}
	b.ReportMetric(float64(ours)/float64(greps), "greps")
	b.ReportMetric(float64(size)*float64(b.N)/1e6/ours.Seconds(), "cpu-MB/s")
}

// processor is the processor's time that this program has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkANewLine is the time from a line's writing to its delivery.
func BenchmarkANewLine(b *testing.B) {
	dir, o := b.TempDir(), newOwner()
	file := dir + "/openclaw-2026-11-22.log"
	write(b, file, logLine("first"))
	run(b, reader(dayFiles(dir), nil), o)
	o.until(b, "what was there", has("first"))
	b.ResetTimer()
	b.StopTimer()
	for i := range b.N {
		time.Sleep(100 * time.Millisecond) // at rest
		b.StartTimer()
		write(b, file, logLine(fmt.Sprint(i)))
		o.until(b, "the line", has(fmt.Sprint(i)))
		b.StopTimer()
	}
}

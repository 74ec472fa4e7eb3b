package fallback_test

import (
	"fmt"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

// BenchmarkTake measures one trace of a busy day: runs that fall back, in the
// log and in the transcript, among ten times as many that do not.
func BenchmarkTake(b *testing.B) {
	var traces []backend.Trace
	for i := range 1000 {
		s := newScript(fmt.Sprintf("run-%d", i), fmt.Sprintf("session-%d", i%20))
		s.start = noon.Add(time.Duration(i) * time.Minute)
		s.user(0)
		if i%10 > 0 {
			s.answers(3, local, "toolUse").answers(5, local, "stop")
		} else {
			s.model(0.1, local).errs(1, local, refused).runEnd(1.01, local, "timeout", refused).decides(1.1, 1, local, hosted, "timeout", 408)
			s.model(1.2, hosted).injected(1.3).answers(3, hosted, "stop").succeeds(3.1, 2, hosted)
		}
		traces = append(traces, s.traces...)
	}
	a := fallback.New()
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		a.Take(traces[i%len(traces)])
	}
}

// BenchmarkSave measures what it takes to write a full assembler down.
func BenchmarkSave(b *testing.B) {
	a := fallback.New()
	for i := range 300 {
		s := newScript(fmt.Sprintf("run-%d", i), fmt.Sprintf("session-%d", i))
		s.start = noon.Add(time.Duration(i) * time.Minute)
		s.user(0).model(0.1, local).errs(1, local, refused).decides(1.1, 1, local, hosted, "timeout", 408).succeeds(3, 2, hosted)
		for _, t := range s.traces {
			a.Take(t)
		}
	}
	b.ResetTimer()
	n := 0
	for range b.N {
		n = len(a.Save())
	}
	b.ReportMetric(float64(n), "bytes")
}

func BenchmarkExplain(b *testing.B) {
	s := failing("Connection error.").claims("timeout", 408).was(backend.ServerOff, "10:31:07", "10:44:02")
	for range b.N {
		fallback.Explain(s.f, s.c)
	}
}

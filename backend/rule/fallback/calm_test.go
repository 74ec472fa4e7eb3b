package fallback_test

import (
	"fmt"
	"testing"
	"time"

	"pilotlight/backend/rule/fallback"
)

// fellBackOften is an assembler that knows of n runs that fell back.
func fellBackOften(n int) *fallback.Assembler {
	a := fallback.New()
	for i := range n {
		s := newScript(fmt.Sprintf("run-%d", i), fmt.Sprintf("session-%d", i))
		s.start = noon.Add(time.Duration(i) * time.Minute)
		s.user(0).model(0.1, local).errs(1, local, refused).decides(1.1, 1, local, hosted, "timeout", 408).succeeds(3, 2, hosted)
		for _, t := range s.traces {
			a.Take(t)
		}
	}
	return a
}

// TestASilenceThatDecidesNothingCostsNothing: the hub ticks every few seconds, for
// twenty minutes after the last line.
func TestASilenceThatDecidesNothingCostsNothing(t *testing.T) {
	a := fellBackOften(20)
	at := noon.Add(time.Hour)
	a.Tick(at)
	a.Tick(at.Add(10 * time.Second))
	quiet := at.Add(15 * time.Second)
	if n := testing.AllocsPerRun(5, func() { a.Tick(quiet) }); n > 0 {
		t.Errorf("a Tick without news allocates %.0f times", n)
	}
	// A clock that was set back begins the silence anew, and nothing is told twice.
	if got := a.Tick(at.Add(-time.Hour)); len(got) > 0 {
		t.Errorf("told again: %+v", got)
	}
}

// BenchmarkTick measures the Tick of a quiet time after many fallbacks.
func BenchmarkTick(b *testing.B) {
	a := fellBackOften(40)
	at := noon.Add(2 * time.Hour)
	a.Tick(at)
	a.Tick(at.Add(10 * time.Second))
	b.ReportAllocs()
	for b.Loop() {
		a.Tick(at.Add(15 * time.Second))
	}
}

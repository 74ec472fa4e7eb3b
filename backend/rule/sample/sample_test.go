package sample_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/sample"
)

var start = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// letters are what was due: m, g, p, and s for a search.
func letters(w backend.Want) string {
	var b strings.Builder
	for _, l := range []struct {
		on     bool
		letter string
	}{{w.Memory, "m"}, {w.GPUs, "g"}, {w.Processes, "p"}, {w.Search, "s"}} {
		if l.on {
			b.WriteString(l.letter)
		}
	}
	return b.String()
}

// play asks at each moment and tells what was due, "-" for nothing.
func play(s *sample.State, f sample.Facts, from time.Time, every time.Duration, times int) string {
	var all []string
	for i := range times {
		var w backend.Want
		w, *s = sample.Due(*s, f, from.Add(time.Duration(i)*every))
		if l := letters(w); l == "" {
			all = append(all, "-")
		} else {
			all = append(all, l)
		}
	}
	return strings.Join(all, " ")
}

const five = 5 * time.Second

func TestPaces(t *testing.T) {
	for name, tc := range map[string]struct {
		facts sample.Facts
		every time.Duration
		want  string
	}{
		"nobody looks":              {sample.Facts{Every: five}, five, "mgp m mg m mg m mgp"},
		"looks that are early":      {sample.Facts{Every: five}, 4900 * time.Millisecond, "mgp m mg m mg m mgp"},
		"looks every second":        {sample.Facts{Every: time.Second}, time.Second, "mgp - - - m - - - m g - - m"},
		"looks every minute":        {sample.Facts{Every: time.Minute}, time.Minute, "mgp mgp mgp"},
		"somebody looks":            {sample.Facts{Watched: true, Every: five}, time.Second, "mgp - mg - mgp - mg - mgp"},
		"on battery, nobody looks":  {sample.Facts{Saving: true, Every: five}, five, "mgp - m - mg - m - mg - m - mgp"},
		"on battery, somebody does": {sample.Facts{Watched: true, Saving: true, Every: five}, time.Second, "mgp - - - mg - - - mg p - - mg"},
		"a load":                    {sample.Facts{Loading: true, Every: five}, time.Second, "mgps mg mg mg mgp mg mg mg mgp"},
	} {
		var s sample.State
		if got := play(&s, tc.facts, start, tc.every, len(strings.Fields(tc.want))); got != tc.want {
			t.Errorf("%s: %s\nwant %s", name, got, tc.want)
		}
	}
}

// TestALoadIsFollowedForAWhile: its start and its end search for the worker.
func TestALoadIsFollowedForAWhile(t *testing.T) {
	var s sample.State
	idle, busy := sample.Facts{Every: five}, sample.Facts{Loading: true, Every: five}
	play(&s, idle, start, five, 3)
	at := start.Add(11 * time.Second)
	if got := play(&s, busy, at, time.Second, 3); got != "mgps mg mg" {
		t.Errorf("its start: %s", got)
	}
	play(&s, busy, at.Add(3*time.Second), time.Second, 116)
	if n := sample.Tick(s, busy, at.Add(119*time.Second)); n != time.Second {
		t.Errorf("in its second minute the tick is %v", n)
	}
	at = at.Add(2 * time.Minute)
	if n := sample.Tick(s, busy, at); n != 0 {
		t.Errorf("after two minutes the tick is %v", n)
	}
	if got := play(&s, busy, at, five, 3); strings.Contains(got, "s") || strings.Count(got, "g") != 1 {
		t.Errorf("after two minutes: %s", got)
	}
	if got := play(&s, idle, at.Add(11*time.Second), five, 1); !strings.HasSuffix(got, "ps") {
		t.Errorf("its end: %s", got)
	}
	if got := play(&s, idle, at.Add(16*time.Second), five, 1); strings.Contains(got, "s") {
		t.Errorf("after its end: %s", got)
	}
}

func TestTick(t *testing.T) {
	for name, tc := range map[string]struct {
		facts sample.Facts
		want  time.Duration
	}{
		"nobody looks":           {sample.Facts{Every: five}, 0},
		"somebody looks":         {sample.Facts{Watched: true, Every: five}, 2 * time.Second},
		"a load":                 {sample.Facts{Loading: true, Every: five}, time.Second},
		"both, on battery":       {sample.Facts{Watched: true, Loading: true, Saving: true, Every: five}, 2 * time.Second},
		"looks are quick enough": {sample.Facts{Watched: true, Every: 250 * time.Millisecond}, 0},
	} {
		if got := sample.Tick(sample.State{}, tc.facts, start); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
	}
}

// TestGaps: after sleep, or when the clock was set, the first time reads
// nothing and the second everything.
func TestGaps(t *testing.T) {
	for name, jump := range map[string]time.Duration{"slept for 8 hours": 8 * time.Hour, "16 seconds": 16 * time.Second, "set back a year": -365 * 24 * time.Hour} {
		var s sample.State
		f := sample.Facts{Every: five}
		play(&s, f, start, five, 10)
		after := start.Add(9*five + jump)
		if got := play(&s, f, after, five, 4); got != "- mgp m mg" {
			t.Errorf("%s: %s", name, got)
		}
	}
	// Sleep in the middle of a load: it is followed for two minutes anew.
	var s sample.State
	f := sample.Facts{Loading: true, Every: five}
	play(&s, f, start, time.Second, 30)
	if got := play(&s, f, start.Add(8*time.Hour), time.Second, 3); got != "- mgp mg" {
		t.Errorf("in a load: %s", got)
	}
}

// TestADay counts what an idle day costs.
func TestADay(t *testing.T) {
	var s sample.State
	got := play(&s, sample.Facts{Every: five}, start, five, int(24*time.Hour/five))
	if m, g, p := strings.Count(got, "m"), strings.Count(got, "g"), strings.Count(got, "p"); m != 17280 || g != 8640 || p != 2880 {
		t.Error(fmt.Sprint(m, g, p))
	}
}

package machine

import "time"

// A rate over a gap says nothing about now: after sleep, after a clock was set,
// or when nobody asked for long, the first reading starts anew.

// maxPeriods is how many periods may lie between two readings that make a rate.
const maxPeriods = 3

// between gives the time between two readings that a rate may be reckoned over.
// The wall clock shows sleep and clock changes, Go's monotonic one shows how
// long the machine really ran (neither Linux's nor macOS's counts sleep); where
// they disagree, or run backwards, or too much time went by, there is no rate.
func between(before, now time.Time, period time.Duration) (time.Duration, bool) {
	if before.IsZero() {
		return 0, false
	}
	ran := now.Sub(before)
	return ran, steady(ran, now.Round(0).Sub(before.Round(0)), period)
}

// steady says that both clocks went on alike and not for too long.
func steady(ran, wall, period time.Duration) bool {
	return ran > 0 && wall > 0 && wall <= maxPeriods*period && (wall-ran).Abs() <= ran
}

// share clamps to 0..1: counters are read one after the other, so a share may
// come out a little beyond.
func share(v float64) float64 { return min(max(v, 0), 1) }

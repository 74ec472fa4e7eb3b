package timeline

import (
	"slices"
	"time"

	"pilotlight/backend"
)

// AddUses puts into the lanes when their models were in use, and when idle. sums
// are ordered by instance and time. Those of models without a lane are left out,
// and of a lane's too many spans the oldest.
func AddUses(lanes []backend.Lane, sums []backend.UseSum) {
	at := make(map[laneKey]*backend.Lane, len(lanes))
	for i := range lanes {
		l := &lanes[i]
		l.Uses = []backend.UseSpan{}
		at[laneKey{l.Server, l.Model}] = l
	}
	for i, s := range sums {
		l := at[laneKey{s.Server, s.Model}]
		if l == nil {
			continue
		}
		until := s.Until
		if i+1 < len(sums) && sameInstance(s, sums[i+1]) && sums[i+1].From.Before(until.Time) {
			until = sums[i+1].From
		}
		l.Uses = append(l.Uses, useSpans(s, until)...)
	}
	for _, l := range at {
		slices.SortStableFunc(l.Uses, func(x, y backend.UseSpan) int { return x.From.Compare(y.From.Time) })
		l.Uses = slices.Delete(l.Uses, 0, max(0, len(l.Uses)-maxSpans))
	}
}

func sameInstance(x, y backend.UseSum) bool {
	return x.Server == y.Server && x.Model == y.Model && x.InstanceID == y.InstanceID
}

// useSpans are the spans of one sum: idle, in use, and idle again until until.
func useSpans(s backend.UseSum, until backend.Time) []backend.UseSpan {
	var spans []backend.UseSpan
	idle := func(from, to backend.Time) {
		if from.Before(to.Time) {
			spans = append(spans, backend.UseSpan{From: from, To: to, State: backend.Idle, InstanceID: s.InstanceID, Count: 1})
		}
	}
	if s.FirstUse == nil || s.UsedUntil == nil {
		idle(s.From, until)
		return spans
	}
	idle(s.From, *s.FirstUse)
	use := backend.UseSpan{From: *s.FirstUse, To: *s.UsedUntil, State: backend.InUse, InstanceID: s.InstanceID, Count: s.Count}
	if s.Count > 1 {
		took := min(s.Used, s.UsedUntil.Sub(s.FirstUse.Time)).Round(time.Millisecond).Seconds()
		use.UsedSeconds = &took
	}
	spans = append(spans, use)
	idle(*s.UsedUntil, until)
	return spans
}

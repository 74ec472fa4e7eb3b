package fallback_test

import (
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

// TestATurnSoonAfterAnother is a person who asks again two seconds after an answer, and
// whose second turn the log tells of before the transcript does: that turn alone was late.
func TestATurnSoonAfterAnother(t *testing.T) {
	t.Parallel()
	first := time.Date(2026, 11, 24, 16, 27, 40, 0, time.UTC)
	log := sample(t, real+"healthy/2026.3.13", everything[0])
	var before, after []backend.Trace
	for _, tr := range sample(t, real+"healthy/2026.3.13", everything[1]) {
		if tr.At.Before(first) {
			tr.At = tr.At.Add(7 * time.Second)
			before = append(before, tr)
		} else {
			after = append(after, tr)
		}
	}
	for name, order := range map[string][][]backend.Trace{
		"as they were":      {byTime(slices.Concat(before, log, after))},
		"the log first":     {before, log, after},
		"the log half way":  {before, log[:5], after, log[5:]},
		"the log last":      {before, after, log},
		"the log at first":  {log, before, after},
		"all turned around": {after, log, before},
	} {
		a, b := fallback.New(), newBook(t)
		for _, traces := range order {
			for _, tr := range traces {
				b.add(a.Take(tr)...)
			}
			b.add(a.Tick(after[len(after)-1].At.Add(time.Second))...)
		}
		b.settle(a)
		list := b.list()
		if len(list) != 1 {
			t.Errorf("%s: %d fallbacks", name, len(list))
			continue
		}
		if f := list[0]; f.At.Before(after[0].At.Add(-time.Second)) || f.LostSeconds == nil || *f.LostSeconds > 1 {
			t.Errorf("%s: it began %s (%s); the message came %s", name, f.At, brief(f), after[0].At)
		}
	}
}

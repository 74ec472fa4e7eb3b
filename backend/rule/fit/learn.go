package fit

import (
	"fmt"
	"math"
	"slices"

	"pilotlight/backend"
)

const (
	// leastLoads is how many measured loads a correction rests on at least: one
	// may be chance. mostLoads is how many count, so that it follows a new
	// engine or a new file.
	leastLoads, mostLoads = 2, 5
	// A measurement outside sane was taken wrongly or belongs to something else,
	// and a correction is never larger than from leastRatio to mostRatio.
	leastSane, mostSane   = 0.5, 2.0
	leastRatio, mostRatio = 0.8, 1.5
)

// Learn is how far the loads of one model, newest first, were from what was
// reckoned: the median of the newest measured ones, bounded. nil when too few
// were measured. Each load's estimate is as it was before any correction.
func Learn(history []backend.Load) *backend.Learned {
	var ratios []float64
	for _, l := range history {
		if r, ok := ratio(l); ok && len(ratios) < mostLoads {
			ratios = append(ratios, r)
		}
	}
	n := len(ratios)
	if n < leastLoads {
		return nil
	}
	slices.Sort(ratios)
	median := (ratios[(n-1)/2] + ratios[n/2]) / 2
	return &backend.Learned{Ratio: min(max(median, leastRatio), mostRatio), Loads: n}
}

func ratio(l backend.Load) (float64, bool) {
	if l.Event != backend.Loaded || l.EstimatedBytes == nil || l.MeasuredBytes == nil || *l.EstimatedBytes <= 0 {
		return 0, false
	}
	r := float64(*l.MeasuredBytes) / float64(*l.EstimatedBytes)
	return r, r >= leastSane && r <= mostSane
}

// learnedWords states a correction.
func learnedWords(l backend.Learned) string {
	percent := int(math.Round(math.Abs(l.Ratio-1) * 100))
	switch {
	case percent == 0:
		return fmt.Sprintf("the last %d loads took just that", l.Loads)
	case l.Ratio > 1:
		return fmt.Sprintf("the last %d loads took %d %% more than reckoned", l.Loads, percent)
	}
	return fmt.Sprintf("the last %d loads took %d %% less than reckoned", l.Loads, percent)
}

// AtLoad is what a load is expected to take as soon as it is done, before any
// correction: what a measurement can be held against. nil when the fit rests on
// the size of files alone.
func AtLoad(a Ask) *int64 {
	a.Learned = nil
	r, ok := a.reckon()
	if !ok || !r.certain {
		return nil
	}
	if !a.lazy() {
		return &r.total
	}
	if r.weights == nil {
		return nil
	}
	now := *r.weights
	if r.overhead != nil {
		now = sum(now, *r.overhead)
	}
	return &now
}

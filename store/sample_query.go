package store

import (
	"context"
	"slices"
	"strings"

	"pilotlight/backend"
)

const (
	defaultPoints = 1000
	mostPoints    = 10_000
	// holdFor is for how many seconds a figure that is read more seldom than
	// others is said to last until its next reading.
	holdFor = 60
)

const readingSamples = "read the machine's figures"

// Samples returns the figures from q.From until q.To in at most q.Points rows,
// which is a promise for any span: rows are merged into ones of even length that
// begin at multiples of it, so that they stay the same while the span moves. What
// was taken in and is not written yet is in it.
func (s *Store) Samples(ctx context.Context, q backend.SampleQuery) (backend.Samples, error) {
	if q.Points == 0 {
		q.Points = defaultPoints
	}
	from, to := millis(q.From), millis(q.To)
	if q.Points < 2 || from >= to {
		return backend.Samples{}, invalid("Samples need a from before their to, and at least two points.")
	}
	q.Points = min(q.Points, mostPoints)
	s.pending.flush.RLock()
	defer s.pending.flush.RUnlock()
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return backend.Samples{}, s.explain(readingSamples, err)
	}
	defer tx.Rollback()
	first, last := floor(from, 1000)/1000, floor(to-1, 1000)/1000 // seconds, both in it
	l, step := s.chooseLevel(first, last, int64(q.Points))
	known, err := readSeries(ctx, tx)
	if err != nil {
		return backend.Samples{}, s.explain(readingSamples, err)
	}
	g := newGrid(l, first, last, step)
	known = g.addSeries(known, q.Names)
	if err := g.read(ctx, tx); err != nil {
		return backend.Samples{}, s.explain(readingSamples, err)
	}
	g.readPending(s.pending.copied())
	end := min(last+1, floor(s.now().UnixMilli(), 1000)/1000)
	out := g.answer(known, end)
	out.From, out.To = fromMillis(from), fromMillis(to)
	return out, nil
}

// steps are what rows may cover, in seconds; beyond a day, doublings of it.
var steps = []int64{10, 20, 30, 60, 120, 180, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400}

// stepFor is the smallest step of a level that needs at most points rows from
// first to last.
func stepFor(l level, first, last, points int64) int64 {
	fits := func(step int64) bool {
		return step%l.step == 0 && (floor(last, step)-floor(first, step))/step+1 <= points
	}
	for _, step := range steps {
		if fits(step) {
			return step
		}
	}
	step := steps[len(steps)-1]
	for !fits(step) { // two rows hold any span: one before 1970, one after
		step *= 2
	}
	return step
}

// chooseLevel takes the coarsest level that is fine enough for so many points,
// or a coarser one where that one does not reach back so far.
func (s *Store) chooseLevel(first, last, points int64) (level, int64) {
	at := 0
	need := stepFor(levels[0], first, last, points)
	for at+1 < len(levels) && (levels[at+1].step <= need || first < s.reaches(levels[at])) {
		at++
	}
	return levels[at], stepFor(levels[at], first, last, points)
}

// reaches is since when a level has everything: before, rows may be gone. It is
// the beginning of an hour, so that no cell of a coarser level lies across it.
func (s *Store) reaches(l level) int64 {
	return floor(floor(s.now().Add(-l.keep).UnixMilli(), 1000)/1000, 3600)
}

// wanted says whether a series is one of names, or under one of them.
func wanted(series string, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
		rest, ok := strings.CutPrefix(series, name)
		return ok && (rest == "" || rest[0] == '.')
	})
}

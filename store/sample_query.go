package store

import (
	"context"
	"database/sql"
	"math"
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
	if q.Points < 1 || from >= to {
		return backend.Samples{}, invalid("Samples need a from before their to, and at least one point.")
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
	l, step, err := chooseLevel(ctx, tx, first, last, int64(q.Points))
	if err != nil {
		return backend.Samples{}, s.explain(readingSamples, err)
	}
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
	for !fits(step) && step < math.MaxInt64/4 {
		step *= 2
	}
	return step
}

// chooseLevel takes the coarsest level that is fine enough for so many points,
// or a coarser one where that one begins too late.
func chooseLevel(ctx context.Context, tx *sql.Tx, first, last, points int64) (level, int64, error) {
	at := 0
	need := stepFor(levels[0], first, last, points)
	for at+1 < len(levels) && levels[at+1].step <= need {
		at++
	}
	for ; at+1 < len(levels); at++ {
		begins, err := oldestRow(ctx, tx, levels[at])
		if err != nil {
			return level{}, 0, err
		}
		if begins <= first {
			break
		}
		further, err := oldestRow(ctx, tx, levels[at+1])
		if err != nil {
			return level{}, 0, err
		}
		// Both may have begun with the same reading; a row of the coarser one
		// begins earlier only because it is longer.
		if further+levels[at+1].width() > begins {
			break
		}
	}
	l := levels[at]
	return l, stepFor(l, first, last, points), nil
}

// oldestRow is where the first row begins; the end of time where there is none.
func oldestRow(ctx context.Context, tx *sql.Tx, l level) (int64, error) {
	at := sql.NullInt64{}
	err := tx.QueryRowContext(ctx, `SELECT min(at) FROM `+l.table).Scan(&at)
	if !at.Valid {
		return lastTime, err
	}
	return at.Int64, err
}

// wanted says whether a series is one of names, or under one of them.
func wanted(series string, names []string) bool {
	return len(names) == 0 || slices.ContainsFunc(names, func(name string) bool {
		rest, ok := strings.CutPrefix(series, name)
		return ok && (rest == "" || rest[0] == '.')
	})
}

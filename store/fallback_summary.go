package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"time"

	"pilotlight/backend"
)

const countingFallbacks = "count the fallbacks"

// FallbackTotals says how many fallbacks there were since a moment, and how many
// seconds those of them lost whose loss is known.
func (s *Store) FallbackTotals(ctx context.Context, since backend.Time) (count int, lostSeconds float64, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT count(*), total(lost_seconds) FROM fallbacks WHERE at >= ?`,
		millis(since)).Scan(&count, &lostSeconds)
	if err != nil {
		return 0, 0, s.explain(countingFallbacks, err)
	}
	return count, lostSeconds, nil
}

// FallbackSummary counts the fallbacks from since until, which is not in it any
// more. Days are those of loc's calendar, 23 or 25 hours long where its clocks
// change. Patterns are left nil: what counts mean is not for the store.
func (s *Store) FallbackSummary(ctx context.Context, since, until backend.Time, loc *time.Location) (backend.FallbackSummary, error) {
	sum := backend.FallbackSummary{Since: inRange(since), Until: inRange(until), Days: []backend.FallbackDay{}}
	// One transaction: the days add up to the count.
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return sum, s.explain(countingFallbacks, err)
	}
	defer tx.Rollback()
	if err := countKinds(ctx, tx, &sum); err != nil {
		return sum, s.explain(countingFallbacks, err)
	}
	if err := countDays(ctx, tx, &sum, loc); err != nil {
		return sum, s.explain(countingFallbacks, err)
	}
	return sum, nil
}

// countKinds counts every kind by its own stretch of an index and adds those up
// that share something.
func countKinds(ctx context.Context, tx *sql.Tx, sum *backend.FallbackSummary) error {
	rows, err := tx.QueryContext(ctx, kindCounts, sum.Since.UnixMilli(), sum.Until.UnixMilli())
	if err != nil {
		return err
	}
	defer rows.Close()
	causes, requested, answered := tally{}, tally{}, tally{}
	for rows.Next() {
		var k kind
		var c backend.FallbackCount
		var timed int
		var last int64
		if err := rows.Scan(&k.requested, &k.answered, &k.cause, &c.Count, &timed, &c.LostSeconds, &last); err != nil {
			return err
		}
		c.LastAt = fromMillis(last)
		sum.Count += c.Count
		sum.Timed += timed
		sum.LostSeconds += c.LostSeconds
		causes.add(k.cause, c)
		requested.add(k.requested, c)
		if k.answered.Valid {
			answered.add(k.answered.String, c)
		}
	}
	sum.Causes, sum.Requested, sum.Answered = causes.sorted(), requested.sorted(), answered.sorted()
	return rows.Err()
}

const kindCounts = `SELECT k.requested, k.answered, k.cause, count(*), count(f.lost_seconds), total(f.lost_seconds), max(f.at)
	FROM fallback_kinds k CROSS JOIN fallbacks f ON f.kind = k.id AND f.at >= ? AND f.at < ? GROUP BY k.id`

// tally adds up counts under a key.
type tally map[string]backend.FallbackCount

func (t tally) add(key string, c backend.FallbackCount) {
	sum := t[key]
	sum.Key = key
	sum.Count += c.Count
	sum.LostSeconds += c.LostSeconds
	if c.LastAt.After(sum.LastAt.Time) {
		sum.LastAt = c.LastAt
	}
	t[key] = sum
}

// sorted is most first, and by name where they are as many.
func (t tally) sorted() []backend.FallbackCount {
	list := make([]backend.FallbackCount, 0, len(t))
	for _, c := range t {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b backend.FallbackCount) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key, b.Key))
	})
	return list
}

// countDays goes from one day with a fallback to the next, so that a summary of
// all time costs no more than its rows.
func countDays(ctx context.Context, tx *sql.Tx, sum *backend.FallbackSummary, loc *time.Location) error {
	find, err := tx.PrepareContext(ctx, firstAfter)
	if err != nil {
		return err
	}
	defer find.Close()
	count, err := tx.PrepareContext(ctx, dayCounts)
	if err != nil {
		return err
	}
	defer count.Close()
	days := map[string]backend.FallbackDay{}
	from, until := sum.Since.UnixMilli(), sum.Until.UnixMilli()
	for {
		var first int64
		err := find.QueryRowContext(ctx, from, until).Scan(&first)
		if errors.Is(err, sql.ErrNoRows) {
			break
		}
		if err != nil {
			return err
		}
		name, end := dayOf(first, loc)
		var part backend.FallbackDay
		if err := count.QueryRowContext(ctx, first, min(end, until)).Scan(&part.Count, &part.LostSeconds); err != nil {
			return err
		}
		day := days[name]
		days[name] = backend.FallbackDay{Day: name, Count: day.Count + part.Count, LostSeconds: day.LostSeconds + part.LostSeconds}
		from = end
	}
	for _, name := range slices.Sorted(maps.Keys(days)) {
		sum.Days = append(sum.Days, days[name])
	}
	return nil
}

const (
	firstAfter = `SELECT at FROM fallbacks WHERE at >= ? AND at < ? ORDER BY at LIMIT 1`
	dayCounts  = `SELECT count(*), total(lost_seconds) FROM fallbacks WHERE at >= ? AND at < ?`
)

const dayMillis = 24 * 60 * 60 * 1000

// dayOf is the calendar day of a moment, and where that day ends or the clocks
// change, whichever comes first. It does not ask for the midnight of a date:
// there are zones where that hour does not come, or comes twice, or where the
// clocks go back from one day into the day before.
func dayOf(ms int64, loc *time.Location) (name string, end int64) {
	t := time.UnixMilli(ms).In(loc)
	_, offset := t.Zone()
	sinceMidnight := (ms + int64(offset)*1000) % dayMillis
	if sinceMidnight < 0 {
		sinceMidnight += dayMillis
	}
	end = ms + dayMillis - sinceMidnight
	if _, change := t.ZoneBounds(); !change.IsZero() {
		end = min(end, change.UnixMilli())
	}
	return t.Format(time.DateOnly), end
}

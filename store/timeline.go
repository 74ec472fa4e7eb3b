package store

import (
	"context"
	"database/sql"
	"time"

	"pilotlight/backend"
)

// WalkLoads calls f for the rows from since until until, which is not in it any
// more, oldest first. The rows are read while f runs, so f must be quick.
func (s *Store) WalkLoads(ctx context.Context, since, until backend.Time, f func(backend.Load)) error {
	const doing = "read the history of loads"
	rows, err := s.reader.QueryContext(ctx, walkLoads, millis(since), millis(until))
	if err != nil {
		return s.explain(doing, err)
	}
	defer rows.Close()
	for rows.Next() {
		row, err := scanLoad(rows.Scan)
		if err != nil {
			return s.explain(doing, err)
		}
		f(row)
	}
	return s.explain(doing, rows.Err())
}

const walkLoads = `SELECT ` + loadColumns + ` FROM loads l WHERE l.at >= ? AND l.at < ? ORDER BY l.at, l.id`

// FallbackMarks returns the fallbacks from since until until, which is not in it
// any more, oldest first: each for itself, or where there are more than most,
// those of each bin together. Bins are counted from 1970, so that they stay where
// they are when the span moves.
func (s *Store) FallbackMarks(ctx context.Context, since, until backend.Time, bin time.Duration, most int) ([]backend.FallbackMark, error) {
	const doing = "read the history of fallbacks"
	width := bin.Milliseconds()
	if width < 1 || most < 1 {
		return nil, invalid("%s is no width of a bin, or %d no number of marks.", bin, most)
	}
	list, err := s.marks(ctx, eachMark, scanMark, millis(since), millis(until), most+1)
	if err == nil && len(list) > most {
		list, err = s.marks(ctx, binnedMarks, func(rows *sql.Rows) (backend.FallbackMark, error) {
			return scanBin(rows, width)
		}, millis(since), millis(until), width)
	}
	if err != nil {
		return nil, s.explain(doing, err)
	}
	return list, nil
}

const (
	eachMark = `SELECT f.id, f.at, f.lost_seconds, k.requested, k.answered, k.outcome, k.cause
		FROM fallbacks f JOIN fallback_kinds k ON k.id = f.kind
		WHERE f.at >= ? AND f.at < ? ORDER BY f.at, f.id LIMIT ?`
	binnedMarks = `SELECT at / ?3 AS bin, min(at), count(*), sum(lost_seconds), max(id)
		FROM fallbacks WHERE at >= ?1 AND at < ?2 GROUP BY bin ORDER BY bin`
)

func (s *Store) marks(ctx context.Context, query string, scan func(*sql.Rows) (backend.FallbackMark, error), args ...any) ([]backend.FallbackMark, error) {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []backend.FallbackMark{}
	for rows.Next() {
		mark, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, mark)
	}
	return list, rows.Err()
}

func scanMark(rows *sql.Rows) (backend.FallbackMark, error) {
	m := backend.FallbackMark{Count: 1}
	var id, at int64
	err := rows.Scan(&id, &at, &m.LostSeconds, &m.Requested, &m.Answered, &m.Outcome, &m.Cause)
	m.ID, m.At = &id, fromMillis(at)
	return m, err
}

// scanBin gives a bin that has one fallback that fallback's own time and id.
func scanBin(rows *sql.Rows, width int64) (backend.FallbackMark, error) {
	var m backend.FallbackMark
	var bin, first, id int64
	err := rows.Scan(&bin, &first, &m.Count, &m.LostSeconds, &id)
	if m.Count == 1 {
		m.ID, m.At = &id, fromMillis(first)
		return m, err
	}
	end := fromMillis((bin + 1) * width)
	m.At, m.To = fromMillis(bin*width), &end
	return m, err
}

package store

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// sampleMargin is how much longer rows stay than they are read, for a clock that
// is set back a little.
const sampleMargin = 2 * time.Hour

// oldSamples deletes the rows of a level that are past its time, but never those
// of the newest full time of it: after a month in a drawer, or with a clock that
// is years ahead for a minute, what there was is still there.
func (s *Store) oldSamples(l level) func(context.Context, int64) (sweep, error) {
	return func(ctx context.Context, _ int64) (sweep, error) {
		end := s.reaches(l) - int64(sampleMargin/time.Second)
		var nth int64
		err := s.reader.QueryRowContext(ctx, `SELECT at FROM `+l.table+` ORDER BY at DESC LIMIT 1 OFFSET ?`, l.rows()-1).Scan(&nth)
		if errors.Is(err, sql.ErrNoRows) {
			nth = firstTime
		} else if err != nil {
			return nil, err
		}
		before := min(end, nth)
		return func(tx *sql.Tx, limit int64) (int64, error) {
			return deleteSome(ctx, tx, `DELETE FROM `+l.table+` WHERE at IN (SELECT at FROM `+l.table+`
				WHERE at < ? ORDER BY at LIMIT ?)`, before, limit)
		}, nil
	}
}

// dropSeries forgets series that nothing was read of for longer than the
// coarsest level is kept, so that GPUs that come and go leave room for others.
// Rows that still name one are then without a name and not shown.
func (s *Store) dropSeries(ctx context.Context, tx *sql.Tx) error {
	before := s.now().Add(-levels[len(levels)-1].keep - 24*time.Hour).UnixMilli()
	_, err := tx.ExecContext(ctx, `DELETE FROM sample_series WHERE last_at < ? AND last_at < (SELECT max(last_at) FROM sample_series) - ?`,
		before, levels[len(levels)-1].keep.Milliseconds())
	return err
}

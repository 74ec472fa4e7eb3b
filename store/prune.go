package store

import (
	"context"
	"database/sql"
	"errors"
)

// giveBack returns at most 1000 free pages (4 MB) to the disk.
const giveBack = "PRAGMA incremental_vacuum(1000)"

// Prune deletes what is past its time: rows older than two years, and all but
// the newest 200,000. The load of an instance that is still present stays, however
// old. One call deletes at most 20,000 rows, in transactions of 1000 so that a
// new row never waits long; the rest goes with the next call. It returns how many
// rows went.
func (s *Store) Prune(ctx context.Context) (rows int64, err error) {
	const doing = "clear out old history"
	oldest, err := s.oldestKept(ctx)
	if err != nil {
		return 0, s.explain(doing, err)
	}
	before := s.now().Add(-s.cfg.keepAge).UnixMilli()
	for range s.cfg.pruneRounds {
		deleted, err := s.pruneOnce(ctx, oldest, before)
		rows += deleted
		if err != nil {
			return rows, err
		}
		if deleted < int64(s.cfg.pruneBatch) {
			break
		}
	}
	if err := s.shrink(ctx); err != nil {
		return rows, s.explain(doing, err)
	}
	return rows, nil
}

// oldestKept is the id of the oldest of the newest rows that stay, 0 when there
// are not more than that.
func (s *Store) oldestKept(ctx context.Context) (id int64, err error) {
	err = s.reader.QueryRowContext(ctx, `SELECT id FROM loads ORDER BY id DESC LIMIT 1 OFFSET ?`,
		s.cfg.keepRows-1).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return id, err
}

// pruneOnce deletes one batch in one transaction.
func (s *Store) pruneOnce(ctx context.Context, oldest, before int64) (deleted int64, err error) {
	err = s.write(ctx, "clear out old history", func(tx *sql.Tx) error {
		deleted = 0
		for _, step := range []struct {
			query string
			bound int64
		}{
			{`DELETE FROM loads WHERE id IN (SELECT id FROM loads
				WHERE id < ? AND id NOT IN (SELECT load_id FROM present) ORDER BY id LIMIT ?)`, oldest},
			{`DELETE FROM loads WHERE id IN (SELECT id FROM loads
				WHERE at < ? AND id NOT IN (SELECT load_id FROM present) ORDER BY at LIMIT ?)`, before},
		} {
			res, err := tx.ExecContext(ctx, step.query, step.bound, int64(s.cfg.pruneBatch)-deleted)
			if err != nil {
				return err
			}
			n, err := res.RowsAffected()
			if err != nil {
				return err
			}
			deleted += n
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return deleted, nil
}

// shrink gives free pages back to the disk, and folds the log in.
func (s *Store) shrink(ctx context.Context) error {
	// A row of the answer is a page given back, so the rows have to be read.
	rows, err := s.writer.QueryContext(ctx, giveBack)
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	// PASSIVE waits for nobody; what a reader still needs is folded in later.
	_, err = s.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}

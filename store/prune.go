package store

import (
	"context"
	"database/sql"
	"errors"
)

// giveBack returns at most 1000 free pages (4 MB) to the disk.
const giveBack = "PRAGMA incremental_vacuum(1000)"

// Prune deletes what is past its time: loads and fallbacks older than two years,
// and all but the newest 200,000 of each; changes of a server's state older
// than that, and all but the newest 50,000; revisions of the config older than
// that, all but the newest 500 of each path, and the oldest of those that take
// more than 200 MB together; samples by 10 seconds older than a day, by minutes
// than 30 days and by hours than two years; the cursors of files that were not
// read for 90 days.
// The load of an instance that is still present stays, however old, and so do the
// last change of each server and the newest revision of each path. One call
// deletes at most 20,000 rows, in transactions of 1000 (10 revisions) so that a
// new row never waits long; the rest goes with the next call. It returns how many
// rows of history went.
func (s *Store) Prune(ctx context.Context) (rows int64, err error) {
	before := s.now().Add(-s.cfg.keepAge).UnixMilli()
	left := int64(s.cfg.pruneBatch) * int64(s.cfg.pruneRounds)
	for _, table := range []struct {
		begin func(context.Context, int64) (sweep, error)
		batch int
	}{
		{s.oldLoads, s.cfg.pruneBatch},
		{s.oldFallbacks, s.cfg.pruneBatch},
		{s.oldChanges, s.cfg.pruneBatch},
		{s.oldRevisions, min(s.cfg.pruneBatch, revisionBatch)},
		{s.oldSamples(levels[0]), s.cfg.pruneBatch},
		{s.oldSamples(levels[1]), s.cfg.pruneBatch},
		{s.oldSamples(levels[2]), s.cfg.pruneBatch},
	} {
		once, err := table.begin(ctx, before)
		if err != nil {
			return rows, s.explain(pruning, err)
		}
		deleted, err := s.pruneSome(ctx, once, left, int64(table.batch))
		rows += deleted
		left -= deleted
		if err != nil {
			return rows, err
		}
	}
	if err := s.write(ctx, pruning, s.dropUnused(ctx)); err != nil {
		return rows, err
	}
	if err := s.shrink(ctx); err != nil {
		return rows, s.explain(pruning, err)
	}
	return rows, nil
}

const pruning = "clear out old history"

// sweep deletes at most limit old rows of one table.
type sweep func(tx *sql.Tx, limit int64) (deleted int64, err error)

// pruneSome deletes at most most rows, one batch a transaction.
func (s *Store) pruneSome(ctx context.Context, once sweep, most, batch int64) (rows int64, err error) {
	for rows < most {
		batch = min(batch, most-rows)
		var deleted int64
		err := s.write(ctx, pruning, func(tx *sql.Tx) (err error) {
			deleted, err = once(tx, batch)
			return err
		})
		if err != nil {
			return rows, err
		}
		rows += deleted
		if deleted < batch {
			break
		}
	}
	return rows, nil
}

// oldLoads deletes loads by id, because rows that were added late are as new as
// those beside them.
func (s *Store) oldLoads(ctx context.Context, before int64) (sweep, error) {
	var oldest int64
	err := s.reader.QueryRowContext(ctx, `SELECT id FROM loads ORDER BY id DESC LIMIT 1 OFFSET ?`,
		s.cfg.keepRows-1).Scan(&oldest)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, err
	}
	return func(tx *sql.Tx, limit int64) (int64, error) {
		tooMany, err := deleteSome(ctx, tx, `DELETE FROM loads WHERE id IN (SELECT id FROM loads
			WHERE id < ? AND id NOT IN (SELECT load_id FROM present) ORDER BY id LIMIT ?)`, oldest, limit)
		if err != nil {
			return 0, err
		}
		tooOld, err := deleteSome(ctx, tx, `DELETE FROM loads WHERE id IN (SELECT id FROM loads
			WHERE at < ? AND id NOT IN (SELECT load_id FROM present) ORDER BY at LIMIT ?)`, before, limit-tooMany)
		return tooMany + tooOld, err
	}, nil
}

// oldFallbacks deletes fallbacks by time: a log that is read late brings old
// ones with new ids.
func (s *Store) oldFallbacks(ctx context.Context, before int64) (sweep, error) {
	end, err := s.keptFrom(ctx, `SELECT at, id FROM fallbacks ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?`, s.cfg.keepRows, before)
	if err != nil {
		return nil, err
	}
	return func(tx *sql.Tx, limit int64) (int64, error) {
		return deleteSome(ctx, tx, `DELETE FROM fallbacks WHERE id IN (SELECT id FROM fallbacks
			WHERE at <= ?1 AND (at < ?1 OR id < ?2) ORDER BY at, id LIMIT ?3)`, end.at, end.id, limit)
	}, nil
}

// oldChanges leaves the last change of each server: it is how that server stands.
func (s *Store) oldChanges(ctx context.Context, before int64) (sweep, error) {
	end, err := s.keptFrom(ctx, `SELECT at, id FROM server_changes ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?`, s.cfg.keepChanges, before)
	if err != nil {
		return nil, err
	}
	return func(tx *sql.Tx, limit int64) (int64, error) {
		return deleteSome(ctx, tx, `DELETE FROM server_changes WHERE id IN (SELECT c.id FROM server_changes c
			WHERE c.at <= ?1 AND (c.at < ?1 OR c.id < ?2) AND c.id <> (SELECT n.id FROM server_changes n
				WHERE n.server = c.server ORDER BY n.at DESC, n.id DESC LIMIT 1)
			ORDER BY c.at, c.id LIMIT ?3)`, end.at, end.id, limit)
	}, nil
}

// keptFrom is the place of the oldest row that stays, by number and by age.
func (s *Store) keptFrom(ctx context.Context, query string, keep int, before int64) (place, error) {
	end := place{at: before}
	var nth place
	err := s.reader.QueryRowContext(ctx, query, keep-1).Scan(&nth.at, &nth.id)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return place{}, err
	}
	if err == nil && nth.at >= before {
		end = nth
	}
	return end, nil
}

func deleteSome(ctx context.Context, tx *sql.Tx, query string, args ...any) (int64, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// dropUnused deletes what no history needs any more.
func (s *Store) dropUnused(ctx context.Context) func(*sql.Tx) error {
	return func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM cursors WHERE read_at < ?`,
			s.now().Add(-s.cfg.keepCursors).UnixMilli()); err != nil {
			return err
		}
		if err := s.dropSeries(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM fallback_kinds
			WHERE NOT EXISTS (SELECT 1 FROM fallbacks f WHERE f.kind = fallback_kinds.id)`)
		return err
	}
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
	if err := errors.Join(rows.Err(), rows.Close()); err != nil { //nolint:sqlclosecheck // the one connection is needed below
		return err
	}
	// PASSIVE waits for nobody; what a reader still needs is folded in later.
	_, err = s.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)")
	return err
}

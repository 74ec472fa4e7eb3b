package store

import (
	"context"
	"database/sql"
	"errors"

	"pilotlight/backend"
)

// EachUse gives every stretch that begins from since until until, nil for no bound,
// to f: instance by instance, newest first. What is not written yet is written
// first, and left out where that fails. An error of f ends it and comes back.
func (s *Store) EachUse(ctx context.Context, since, until *backend.Time, f func(backend.Use) error) error {
	// Whoever records is told of a disk that cannot be written; this can be read.
	_ = s.Flush(ctx)
	from, before := firstTime, lastTime
	if since != nil {
		from = millis(*since)
	}
	if until != nil {
		before = millis(*until)
	}
	ids, err := s.useInstances(ctx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		for at := before; ; {
			page, err := s.readUses(ctx, `SELECT i.server, i.instance_id, i.model, u.at, u.used_ms, u.known_ms
				FROM use_instances i JOIN uses u ON u.instance = i.id WHERE i.id = ? AND u.at >= ? AND u.at < ?
				ORDER BY u.at DESC LIMIT ?`, id, from, at, eachPage)
			if err != nil {
				return err
			}
			for _, u := range page {
				if err := f(u); err != nil {
					return err
				}
			}
			if len(page) < eachPage {
				break
			}
			at = millis(page[len(page)-1].From)
		}
	}
	return nil
}

func (s *Store) useInstances(ctx context.Context) ([]int64, error) {
	rows, err := s.reader.QueryContext(ctx, `SELECT id FROM use_instances ORDER BY server, model, instance_id`)
	if err != nil {
		return nil, s.explain(readingUses, err)
	}
	defer rows.Close()
	var ids []int64
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, s.explain(readingUses, err)
		}
		ids = append(ids, id)
	}
	return ids, s.explain(readingUses, rows.Err())
}

// oldUses deletes stretches that ended before the age, and of too many the oldest.
func (s *Store) oldUses(ctx context.Context, before int64) (sweep, error) {
	var rows int
	if err := s.reader.QueryRowContext(ctx, `SELECT count(*) FROM uses`).Scan(&rows); err != nil {
		return nil, err
	}
	oldest := firstTime
	if rows > s.cfg.keepRows {
		// Without an index on time this sorts all of them, once a day at most.
		err := s.reader.QueryRowContext(ctx, `SELECT at FROM uses ORDER BY at DESC LIMIT 1 OFFSET ?`, s.cfg.keepRows-1).Scan(&oldest)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
	}
	return func(tx *sql.Tx, limit int64) (int64, error) {
		return deleteSome(ctx, tx, `DELETE FROM uses WHERE (instance, at) IN (SELECT instance, at FROM uses
			WHERE at + known_ms < ? OR at < ? ORDER BY at LIMIT ?)`, before, oldest, limit)
	}, nil
}

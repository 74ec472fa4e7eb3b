package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"

	"pilotlight/backend"
)

// LoadsBetween returns the rows from since to until, both inclusive, oldest
// first. Limit 0 means 50; more than 1000 means 1000.
func (s *Store) LoadsBetween(ctx context.Context, since, until backend.Time, limit int) ([]backend.Load, error) {
	if limit < 0 {
		return nil, invalid("limit cannot be negative.")
	}
	if limit == 0 {
		limit = defaultLimit
	}
	return s.readLoads(ctx, loadsBetween, since.UnixMilli(), until.UnixMilli(), min(limit, maxLimit))
}

const loadsBetween = `SELECT ` + loadColumns + ` FROM loads l WHERE l.at >= ? AND l.at <= ? ORDER BY l.at, l.id LIMIT ?`

const (
	// lookBack is how far LoadedAt reads back from the moment that it is asked for.
	lookBack = 30 * 24 * time.Hour
	// mostBack is how many rows it reads at most.
	mostBack = 20_000
)

// LoadedAt returns the loads of the instances that were in memory at a moment,
// newest first: those whose last event up to then is a load. It looks at 30
// days before the moment, at most at the newest 20,000 rows of them, and at
// what is loaded now; so it misses an instance that had been in memory for longer
// and was unloaded since.
func (s *Store) LoadedAt(ctx context.Context, at backend.Time) ([]backend.Load, error) {
	ids, err := s.loadedIDs(ctx, at)
	if err != nil {
		return nil, err
	}
	list, err := json.Marshal(ids)
	if err != nil {
		return nil, err
	}
	return s.readLoads(ctx, `SELECT `+loadColumns+` FROM loads l WHERE l.id IN (SELECT value FROM json_each(?))
		ORDER BY l.at DESC, l.id DESC`, string(list))
}

const (
	eventsBefore = `SELECT l.id, l.server, l.instance_id, l.event = 'loaded' FROM loads l
		WHERE l.at > ? AND l.at <= ? AND l.event IN ('loaded', 'unloaded') ORDER BY l.at DESC, l.id DESC LIMIT ?`
	presentBefore = `SELECT p.load_id, p.server, p.instance_id, 1 FROM present p
		JOIN loads l ON l.id = p.load_id WHERE l.at <= ?`
)

// loadedIDs are the rows behind LoadedAt. Only the first event of an instance
// that is met counts, which is the last that happened.
func (s *Store) loadedIDs(ctx context.Context, at backend.Time) ([]int64, error) {
	const doing = "read what was loaded"
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return nil, s.explain(doing, err)
	}
	defer tx.Rollback()
	met := map[[2]string]bool{}
	ids := []int64{}
	for _, q := range []struct {
		query string
		args  []any
	}{
		{eventsBefore, []any{at.Add(-lookBack).UnixMilli(), at.UnixMilli(), mostBack}},
		{presentBefore, []any{at.UnixMilli()}},
	} {
		rows, err := tx.QueryContext(ctx, q.query, q.args...)
		if err != nil {
			return nil, s.explain(doing, err)
		}
		if ids, err = collect(rows, met, ids); err != nil {
			return nil, s.explain(doing, err)
		}
	}
	return ids, nil
}

// collect adds the ids of instances that were loaded, and closes rows.
func collect(rows *sql.Rows, met map[[2]string]bool, ids []int64) ([]int64, error) {
	defer rows.Close()
	for rows.Next() {
		var id int64
		var instance [2]string
		var loaded bool
		if err := rows.Scan(&id, &instance[0], &instance[1], &loaded); err != nil {
			return nil, err
		}
		if met[instance] {
			continue
		}
		met[instance] = true
		if loaded {
			ids = append(ids, id)
		}
	}
	return ids, rows.Err()
}

package store

import (
	"context"
	"database/sql"
	"encoding/json"
)

// revisionBatch is how many revisions one transaction deletes at most: a text may
// have as many bytes as thousands of other rows.
const revisionBatch = 10

// doomedRevisions are the ids that retention does not keep, oldest first. The
// newest of each path stays, and takes its share of the bytes before all others.
// All of it is read from one index.
const doomedRevisions = `WITH
	ranked AS (SELECT id, at, size, row_number() OVER (PARTITION BY path ORDER BY id DESC) AS n FROM revisions),
	summed AS (SELECT id, sum(size) OVER (ORDER BY n > 1, id DESC) AS total, n FROM ranked
		WHERE n = 1 OR (n <= ?1 AND at >= ?2))
	SELECT id FROM ranked WHERE id NOT IN (SELECT id FROM summed WHERE n = 1 OR total <= ?3)
	ORDER BY id LIMIT ?4`

// oldRevisions works the ids out once: what is doomed stays so, because new
// revisions only make more of them old.
func (s *Store) oldRevisions(ctx context.Context, before int64) (sweep, error) {
	doomed, err := s.doomedRevisions(ctx, before)
	if err != nil {
		return nil, err
	}
	return func(tx *sql.Tx, limit int64) (int64, error) {
		batch := doomed[:min(limit, int64(len(doomed)))]
		list, err := json.Marshal(batch)
		if err != nil {
			return 0, err
		}
		deleted, err := deleteSome(ctx, tx, `DELETE FROM revisions WHERE id IN (SELECT value FROM json_each(?))`, string(list))
		if err != nil {
			return 0, err
		}
		doomed = doomed[len(batch):]
		return deleted, nil
	}, nil
}

func (s *Store) doomedRevisions(ctx context.Context, before int64) ([]int64, error) {
	rows, err := s.reader.QueryContext(ctx, doomedRevisions, s.cfg.keepRevisions, before, s.cfg.keepTexts,
		s.cfg.pruneBatch*s.cfg.pruneRounds)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	ids := []int64{}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

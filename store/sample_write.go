package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"pilotlight/backend"
)

// mostSeries bounds the dictionary. A machine has about ten series, and five for
// each GPU; new ones beyond the bound are not kept.
const mostSeries = 256

// FlushSamples writes what AddSample took in, in one transaction: all of it or
// none. What could not be written is kept for the next call, an hour of it at
// most.
func (s *Store) FlushSamples(ctx context.Context) error {
	s.pending.flush.Lock()
	defer s.pending.flush.Unlock()
	cells, info := s.pending.take()
	if len(cells) == 0 {
		return nil
	}
	err := s.write(ctx, "record the machine's figures", func(tx *sql.Tx) error {
		ids, err := s.dictionary(ctx, tx, info, newestOf(cells))
		if err != nil {
			return err
		}
		for _, l := range levels {
			if err := mergeLevel(ctx, tx, l, l.chunks(cells, ids)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		s.pending.putBack(cells, info)
	}
	return err
}

func newestOf(cells map[int64]map[string]cell) int64 {
	newest := firstTime / 1000
	for at := range cells {
		newest = max(newest, at)
	}
	return newest
}

// chunks sorts cells of the finest level into rows of this one. Series without
// an id are left out.
func (l level) chunks(cells map[int64]map[string]cell, ids map[string]int64) map[int64]chunk {
	rows := map[int64]chunk{}
	for at, series := range cells {
		row, slot := l.place(at)
		for name, v := range series {
			id, ok := ids[name]
			if !ok {
				continue
			}
			if rows[row] == nil {
				rows[row] = chunk{}
			}
			rows[row].slot(id, slot, l.slots).add(v)
		}
	}
	return rows
}

// mergeLevel adds chunks to the rows that are there.
func mergeLevel(ctx context.Context, tx *sql.Tx, l level, rows map[int64]chunk) error {
	var buf []byte
	for at, c := range rows {
		var old []byte
		err := tx.QueryRowContext(ctx, `SELECT data FROM `+l.table+` WHERE at = ?`, at).Scan(&old)
		switch {
		case err == nil:
			// A damaged row is given up: what is readable of it is kept.
			_ = eachCell(old, l.slots, func(id int64, i int, v cell) { c.slot(id, i, l.slots).add(v) })
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		buf = appendChunk(buf[:0], c)
		//nolint:gosec // the table is a name of ours
		_, err = tx.ExecContext(ctx, `INSERT INTO `+l.table+` (at, data) VALUES (?, ?)
			ON CONFLICT DO UPDATE SET data = excluded.data`, at, buf)
		if err != nil {
			return err
		}
	}
	return nil
}

// seriesRow is a row of the dictionary.
type seriesRow struct {
	id   int64
	name string
	seriesInfo
	day int64 // when it was last written, to the day
}

type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func readSeries(ctx context.Context, q queryer) ([]seriesRow, error) {
	rows, err := q.QueryContext(ctx, `SELECT id, name, unit, gpu, label, last_at FROM sample_series ORDER BY name`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []seriesRow
	for rows.Next() {
		var r seriesRow
		if err := rows.Scan(&r.id, &r.name, &r.unit, &r.gpu, &r.label, &r.day); err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// dictionary gives every name its id, new ones a new one. What a GPU is called,
// and when a series was last seen, is brought up to date. A series whose unit is
// another than before is another series, and there is none for it: it is left out.
func (s *Store) dictionary(ctx context.Context, tx *sql.Tx, info map[string]seriesInfo, newest int64) (map[string]int64, error) {
	known, err := readSeries(ctx, tx)
	if err != nil {
		return nil, err
	}
	day := floor(newest, int64(24*time.Hour/time.Second)) * 1000
	ids := make(map[string]int64, len(info))
	met := make(map[string]bool, len(info))
	for _, r := range known {
		now, ok := info[r.name]
		met[r.name] = ok
		if !ok || now.unit != r.unit {
			continue
		}
		ids[r.name] = r.id
		if now == r.seriesInfo && day <= r.day {
			continue
		}
		_, err := tx.ExecContext(ctx, `UPDATE sample_series SET gpu = ?, label = ?, last_at = ? WHERE id = ?`,
			now.gpu, now.label, max(day, r.day), r.id)
		if err != nil {
			return nil, err
		}
	}
	var added []string
	for name := range info {
		if !met[name] {
			added = append(added, name)
		}
	}
	slices.Sort(added)
	for _, name := range added[:min(len(added), max(0, mostSeries-len(known)))] {
		if ids[name], err = addSeries(ctx, tx, name, info[name], day); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

func addSeries(ctx context.Context, tx *sql.Tx, name string, i seriesInfo, day int64) (int64, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO sample_series (name, unit, gpu, label, last_at) VALUES (?, ?, ?, ?, ?)`,
		name, string(i.unit), i.gpu, i.label, day)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// unitValue turns quanta back into a figure.
func unitValue(unit backend.Unit, n float64) float64 { return n * quanta[unit] }

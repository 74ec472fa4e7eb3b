package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"pilotlight/backend"
)

const readingUses = "read when models were in use"

// use is the stretch of a row.
func (k useKey) use(r useRow) backend.Use {
	u := backend.Use{
		Server: k.server, Model: k.model, InstanceID: k.instance, From: fromMillis(k.at), Until: fromMillis(k.at + r.known),
	}
	if r.used.Valid {
		end := fromMillis(k.at + r.used.Int64)
		u.UsedUntil = &end
	}
	return u
}

// LatestUses returns the newest stretch of every instance that is loaded.
func (s *Store) LatestUses(ctx context.Context) ([]backend.Use, error) {
	s.pending.flush.RLock()
	defer s.pending.flush.RUnlock()
	list, err := s.readUses(ctx, `SELECT i.server, i.instance_id, i.model, u.at, u.used_ms, u.known_ms
		FROM present p JOIN loads l ON l.id = p.load_id
		JOIN use_instances i ON i.server = p.server AND i.instance_id = p.instance_id AND i.model = l.model
		JOIN uses u ON u.instance = i.id AND u.at = (SELECT max(n.at) FROM uses n WHERE n.instance = i.id)`)
	if err != nil {
		return nil, err
	}
	keys, pending := s.uses.copied()
	for _, key := range keys {
		for i, u := range list {
			if u.Server == key.server && u.InstanceID == key.instance && u.Model == key.model && key.at >= millis(u.From) {
				list[i] = key.use(pending[key])
			}
		}
	}
	return list, nil
}

func (s *Store) readUses(ctx context.Context, query string, args ...any) ([]backend.Use, error) {
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.explain(readingUses, err)
	}
	defer rows.Close()
	list := []backend.Use{}
	for rows.Next() {
		var key useKey
		var row useRow
		if err := rows.Scan(&key.server, &key.instance, &key.model, &key.at, &row.used, &row.known); err != nil {
			return nil, s.explain(readingUses, err)
		}
		list = append(list, key.use(row))
	}
	return list, s.explain(readingUses, rows.Err())
}

// Uses returns what is known of the use of instances from since until until, which
// is not in it any more, ordered by instance and time: the stretches that begin in
// one bin together, so that their number does not grow with the span. What was
// taken in and is not written yet is in it.
func (s *Store) Uses(ctx context.Context, since, until backend.Time, bin time.Duration) ([]backend.UseSum, error) {
	width := bin.Milliseconds()
	if width < 1 {
		return nil, invalid("%s is no width of a bin.", bin)
	}
	// A stretch is either pending or written for who reads both.
	s.pending.flush.RLock()
	defer s.pending.flush.RUnlock()
	tx, err := s.reader.BeginTx(ctx, nil)
	if err != nil {
		return nil, s.explain(readingUses, err)
	}
	defer tx.Rollback()
	b := useBins{from: millis(since), to: millis(until), width: width, at: map[useKey]*backend.UseSum{}}
	if err := b.read(ctx, tx); err != nil {
		return nil, s.explain(readingUses, err)
	}
	keys, pending := s.uses.copied()
	for _, key := range keys {
		if err := b.add(ctx, tx, key, pending[key]); err != nil {
			return nil, s.explain(readingUses, err)
		}
	}
	return b.sorted(), nil
}

// useBins are the sums of a Uses; at of their keys is the number of the bin, which
// is counted from 1970.
type useBins struct {
	from, to, width int64
	at              map[useKey]*backend.UseSum
}

// sumUses finds the stretches through the primary key: those of an instance follow
// each other, so only the last one before the span can reach into it.
const sumUses = `SELECT i.server, i.instance_id, i.model, u.at / :width AS bin, min(u.at), max(u.at + u.known_ms),
		min(CASE WHEN u.used_ms IS NOT NULL THEN u.at END), max(u.at + u.used_ms), coalesce(sum(u.used_ms), 0), count(u.used_ms)
	FROM use_instances i JOIN uses u ON u.instance = i.id
		AND u.at >= coalesce((SELECT max(b.at) FROM uses b WHERE b.instance = i.id AND b.at <= :from), :from) AND u.at < :to
	GROUP BY i.id, bin HAVING max(u.at + u.known_ms) >= :from`

func (b *useBins) read(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, sumUses, sql.Named("width", b.width), sql.Named("from", b.from), sql.Named("to", b.to))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key useKey
		var from, until, used int64
		var first, last sql.NullInt64
		sum := &backend.UseSum{}
		err := rows.Scan(&key.server, &key.instance, &key.model, &key.at, &from, &until, &first, &last, &used, &sum.Count)
		if err != nil {
			return err
		}
		sum.Use = key.use(useRow{})
		sum.From, sum.Until, sum.Used = fromMillis(from), fromMillis(until), time.Duration(used)*time.Millisecond
		sum.FirstUse, sum.UsedUntil = fromNull(first), fromNull(last)
		b.at[key] = sum
	}
	return rows.Err()
}

func fromNull(ms sql.NullInt64) *backend.Time {
	if !ms.Valid {
		return nil
	}
	at := fromMillis(ms.Int64)
	return &at
}

// add adds a stretch that is not written, or that has grown since it was.
func (b *useBins) add(ctx context.Context, tx *sql.Tx, key useKey, row useRow) error {
	if key.at >= b.to || key.at+row.known < b.from {
		return nil
	}
	var was useRow
	err := tx.QueryRowContext(ctx, `SELECT u.used_ms FROM use_instances i JOIN uses u ON u.instance = i.id
		WHERE i.server = ? AND i.instance_id = ? AND i.model = ? AND u.at = ?`,
		key.server, key.instance, key.model, key.at).Scan(&was.used)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	u := key.use(row)
	key.at /= b.width
	sum := b.at[key]
	if sum == nil {
		sum = &backend.UseSum{Use: u}
		sum.UsedUntil = nil
		b.at[key] = sum
	}
	sum.From, sum.Until = earliest(sum.From, u.From), latest(sum.Until, u.Until)
	sum.Used += time.Duration(row.used.Int64-was.used.Int64) * time.Millisecond
	if u.UsedUntil == nil {
		return nil
	}
	if !was.used.Valid {
		sum.Count++
	}
	if sum.FirstUse == nil {
		sum.FirstUse, sum.UsedUntil = &u.From, u.UsedUntil
		return nil
	}
	first, last := earliest(*sum.FirstUse, u.From), latest(*sum.UsedUntil, *u.UsedUntil)
	sum.FirstUse, sum.UsedUntil = &first, &last
	return nil
}

func earliest(x, y backend.Time) backend.Time {
	if y.Before(x.Time) {
		return y
	}
	return x
}

func latest(x, y backend.Time) backend.Time {
	if y.After(x.Time) {
		return y
	}
	return x
}

func (b *useBins) sorted() []backend.UseSum {
	list := make([]backend.UseSum, 0, len(b.at))
	for _, sum := range b.at {
		list = append(list, *sum)
	}
	slices.SortFunc(list, func(x, y backend.UseSum) int {
		return cmp.Or(cmp.Compare(x.Server, y.Server), cmp.Compare(x.Model, y.Model), cmp.Compare(x.InstanceID, y.InstanceID),
			x.From.Compare(y.From.Time))
	})
	return list
}

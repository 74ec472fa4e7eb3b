package store

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"sync"
	"time"

	"pilotlight/backend"
)

const (
	// mostUses is how many stretches wait for a disk that cannot be written. The
	// oldest go first.
	mostUses = 10_000
	// flushUses is how long a stretch may wait before it should be written.
	flushUses = time.Minute
)

// useKey tells one stretch from every other.
type useKey struct {
	server, instance, model string
	at                      int64
}

// useRow is a stretch as it is stored.
type useRow struct {
	used  sql.NullInt64
	known int64
}

// pendingUses is what was taken in and is not in the database yet.
type pendingUses struct {
	mu    sync.Mutex
	rows  map[useKey]useRow
	since time.Time // of the oldest of them
}

// AddUses takes stretches in. They are kept in memory until Flush; reading them
// back gives them already. One with the From of an earlier one of the same instance
// takes its place. It never blocks on the disk. What has no name, or names that
// are too long, or ends before it begins, is left out. It says whether Flush
// should be called: once the oldest has waited for a minute.
func (s *Store) AddUses(list []backend.Use) (due bool) {
	p := &s.uses
	p.mu.Lock()
	defer p.mu.Unlock()
	now := s.now()
	for _, u := range list {
		key, row, ok := useRowOf(u)
		if !ok {
			continue
		}
		if len(p.rows) == 0 {
			p.rows, p.since = map[useKey]useRow{}, now
		}
		p.rows[key] = row
	}
	p.bound()
	age := now.Sub(p.since)
	return len(p.rows) > 0 && (age >= flushUses || age < 0)
}

func useRowOf(u backend.Use) (useKey, useRow, bool) {
	key := useKey{u.Server, u.InstanceID, u.Model, millis(u.From)}
	row := useRow{known: millis(u.Until) - key.at}
	if u.UsedUntil != nil {
		row.used = sql.NullInt64{Int64: millis(*u.UsedUntil) - key.at, Valid: true}
	}
	named := u.Server != "" && u.InstanceID != "" && u.Model != "" &&
		len(u.Server) <= maxServer && len(u.InstanceID) <= maxName && len(u.Model) <= maxName
	return key, row, named && row.used.Int64 >= 0 && row.known >= row.used.Int64
}

func (p *pendingUses) bound() {
	over := len(p.rows) - mostUses
	if over <= 0 {
		return
	}
	for _, key := range p.sorted()[:over] {
		delete(p.rows, key)
	}
}

// sorted are the keys, the oldest first.
func (p *pendingUses) sorted() []useKey {
	keys := make([]useKey, 0, len(p.rows))
	for key := range p.rows {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(x, y useKey) int {
		return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.server, y.server), cmp.Compare(x.instance, y.instance), cmp.Compare(x.model, y.model))
	})
	return keys
}

// take empties what is pending and gives it out.
func (p *pendingUses) take() map[useKey]useRow {
	p.mu.Lock()
	defer p.mu.Unlock()
	rows := p.rows
	p.rows = nil
	return rows
}

// putBack returns what could not be written; what came meanwhile is newer.
func (p *pendingUses) putBack(rows map[useKey]useRow) {
	if len(rows) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, row := range p.rows {
		rows[key] = row
	}
	p.rows = rows
	p.bound()
}

// copied are what is pending now, the oldest first.
func (p *pendingUses) copied() (keys []useKey, rows map[useKey]useRow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	rows = make(map[useKey]useRow, len(p.rows))
	for key, row := range p.rows {
		rows[key] = row
	}
	return p.sorted(), rows
}

const (
	findInstance = `SELECT id FROM use_instances WHERE server = ? AND instance_id = ? AND model = ?`
	addInstance  = `INSERT INTO use_instances (server, instance_id, model) VALUES (?, ?, ?) RETURNING id`
	putUse       = `INSERT INTO uses (instance, at, used_ms, known_ms) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET used_ms = excluded.used_ms, known_ms = excluded.known_ms`
)

// putUses writes stretches.
func putUses(ctx context.Context, tx *sql.Tx, rows map[useKey]useRow) error {
	ids := map[useKey]int64{} // by instance: at is zero
	for key, row := range rows {
		of := key
		of.at = 0
		id, known := ids[of]
		if !known {
			err := tx.QueryRowContext(ctx, findInstance, key.server, key.instance, key.model).Scan(&id)
			if err == sql.ErrNoRows {
				err = tx.QueryRowContext(ctx, addInstance, key.server, key.instance, key.model).Scan(&id)
			}
			if err != nil {
				return err
			}
			ids[of] = id
		}
		if _, err := tx.ExecContext(ctx, putUse, id, key.at, row.used, row.known); err != nil {
			return err
		}
	}
	return nil
}

package store

import (
	"context"
	"database/sql"

	"pilotlight/backend"
)

// SetMeasured adds to a load what it really took, in bytes, which is known only
// some time after the load. It returns the whole row, or backend.CodeNotFound
// where retention removed it meanwhile.
func (s *Store) SetMeasured(ctx context.Context, id, bytes int64) (backend.Load, error) {
	if bytes <= 0 {
		return backend.Load{}, invalid("%d bytes are nothing that a load can take.", bytes)
	}
	err := s.write(ctx, "record what a load took", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE loads SET measured_bytes = ? WHERE id = ? AND event = ?`, bytes, id, string(backend.Loaded))
		return err
	})
	if err != nil {
		return backend.Load{}, err
	}
	row, err := s.Load(ctx, id)
	if err == nil && row.MeasuredBytes == nil {
		return row, invalid("The row %d is about no load.", id)
	}
	return row, err
}

// measuredLoads bounds what Measured reads: enough for the last loads of every
// model that anybody uses.
const measuredLoads = 500

const measured = `SELECT ` + loadColumns + ` FROM loads l
	WHERE l.server = ? AND l.measured_bytes IS NOT NULL ORDER BY l.id DESC LIMIT ?`

// Measured returns the newest loads of a server that were measured, newest
// first, at most 500 of all its models.
func (s *Store) Measured(ctx context.Context, server string) ([]backend.Load, error) {
	return s.readLoads(ctx, measured, server, measuredLoads)
}

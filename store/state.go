package store

import (
	"context"
	"database/sql"
	"errors"
)

// What one blob of state may be, in bytes.
const (
	maxStateName  = 64
	maxStateValue = 64 << 10
)

const putState = `INSERT INTO state (name, value, at) VALUES (?, ?, ?)
	ON CONFLICT DO UPDATE SET value = excluded.value, at = excluded.at`

// SetState keeps a small blob under a name and replaces what was there. A nil
// value removes it.
func (s *Store) SetState(ctx context.Context, name string, value []byte) error {
	if name == "" || len(name) > maxStateName {
		return invalid("%q cannot name a state.", name)
	}
	if len(value) > maxStateValue {
		return invalid("The state %q is too large: %d bytes, and the limit is %d.", name, len(value), maxStateValue)
	}
	return s.write(ctx, "keep its state", func(tx *sql.Tx) error {
		if value == nil {
			_, err := tx.ExecContext(ctx, `DELETE FROM state WHERE name = ?`, name)
			return err
		}
		_, err := tx.ExecContext(ctx, putState, name, value, s.now().UnixMilli())
		return err
	})
}

// State returns what SetState kept, nil when there is nothing.
func (s *Store) State(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := s.reader.QueryRowContext(ctx, `SELECT value FROM state WHERE name = ?`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.explain("read its state", err)
	}
	if value == nil {
		value = []byte{} // kept, and empty
	}
	return value, nil
}

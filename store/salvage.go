package store

import (
	"context"
	"database/sql"
	"net/url"
)

// salvage reads the small states that a damaged database still has, before or after it
// is moved aside: what a person chose is in one page, and is mostly whole where some page of the
// rows is not. Each is read by itself, so that one that is damaged costs no other. The
// connection may not write: the file is kept as it was found.
func (s *Store) salvage(ctx context.Context, path string) map[string][]byte {
	ctx, cancel := context.WithTimeout(ctx, s.cfg.checkLimit)
	defer cancel()
	params := url.Values{"mode": {"ro"}, "_query_only": {"1"}, "_cache_size": {"-256"}} // KiB
	if !uncleanStop(path) {
		params.Set("immutable", "1") // else SQLite would make an empty log beside it
	}
	db := sql.OpenDB(connector{dsn(path, s.cfg.busy, params), pragmas})
	db.SetMaxOpenConns(1)
	defer db.Close()
	found := map[string][]byte{}
	for _, name := range stateNames(ctx, db) {
		var value []byte
		if db.QueryRowContext(ctx, `SELECT value FROM state WHERE name = ?`, name).Scan(&value) == nil {
			found[name] = value
		}
	}
	return found
}

// stateNames are those that can be read.
func stateNames(ctx context.Context, db *sql.DB) (names []string) {
	rows, err := db.QueryContext(ctx, `SELECT name FROM state WHERE length(name) BETWEEN 1 AND ?`, maxStateName)
	if err != nil {
		return nil
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if rows.Scan(&name) != nil {
			break
		}
		names = append(names, name)
	}
	_ = rows.Err() // what was read until then is what there is
	return names
}

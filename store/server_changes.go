package store

import (
	"context"
	"database/sql"

	"pilotlight/backend"
)

// maxChanges bounds one answer of ServerChanges.
const maxChanges = 10_000

// AddServerChange appends a change of a server's state and returns it as reading
// gives it. Until is not stored; it follows from the change after it. Over-long
// names are refused, and an over-long detail is cut, as for loads.
func (s *Store) AddServerChange(ctx context.Context, c backend.ServerChange) (backend.ServerChange, error) {
	if c.Server == "" || c.State == "" {
		return backend.ServerChange{}, invalid("A change of a server's state needs a server and a state.")
	}
	if len(c.Server) > maxServer || len(c.State) > maxWord || len(c.Code) > maxWord {
		return backend.ServerChange{}, invalid("A name in a change of a server's state is too long.")
	}
	if c.At.IsZero() {
		c.At = backend.At(s.now())
	}
	var stored backend.ServerChange
	err := s.write(ctx, "record a server's state", func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO server_changes (at, server, state, code, detail) VALUES (?, ?, ?, ?, ?)`,
			millis(c.At), c.Server, string(c.State), string(c.Code), text(c.Detail, maxDetail))
		if err != nil {
			return err
		}
		id, err := res.LastInsertId()
		if err != nil {
			return err
		}
		stored, err = scanChange(tx.QueryRowContext(ctx, `SELECT `+changeColumns+` FROM server_changes c WHERE c.id = ?`, id).Scan)
		return err
	})
	if err != nil {
		return backend.ServerChange{}, err
	}
	return stored, nil
}

// ServerChanges returns the changes of a server, or of all where server is "",
// oldest first: those from since to until, both inclusive, and before them the
// one of each server that was in force at since. At most 10,000, the oldest.
func (s *Store) ServerChanges(ctx context.Context, server string, since, until backend.Time) ([]backend.ServerChange, error) {
	const doing = "read the history of a server's state"
	rows, err := s.reader.QueryContext(ctx, changesOf(server), sql.Named("server", server),
		sql.Named("since", millis(since)), sql.Named("until", millis(until)), sql.Named("limit", maxChanges))
	if err != nil {
		return nil, s.explain(doing, err)
	}
	defer rows.Close()
	list := []backend.ServerChange{}
	for rows.Next() {
		c, err := scanChange(rows.Scan)
		if err != nil {
			return nil, s.explain(doing, err)
		}
		list = append(list, c)
	}
	if err := rows.Err(); err != nil {
		return nil, s.explain(doing, err)
	}
	return list, nil
}

// WatchedSince is when the first change of a server was recorded: what came
// before it, nobody saw. It is nil where there is none.
func (s *Store) WatchedSince(ctx context.Context, server string) (*backend.Time, error) {
	var at sql.NullInt64
	err := s.reader.QueryRowContext(ctx, `SELECT min(at) FROM server_changes WHERE server = ?`, server).Scan(&at)
	if err != nil {
		return nil, s.explain("read the history of a server's state", err)
	}
	if !at.Valid {
		return nil, nil
	}
	since := fromMillis(at.Int64)
	return &since, nil
}

// changesOf is the query of ServerChanges. The servers of all time are found by
// stepping from name to name in the index.
func changesOf(server string) string {
	names, where := `names (server) AS (SELECT :server)`, `c.server = :server AND`
	if server == "" {
		names = `names (server) AS (
			SELECT min(server) FROM server_changes UNION ALL
			SELECT (SELECT min(c.server) FROM server_changes c WHERE c.server > n.server) FROM names n WHERE n.server IS NOT NULL)`
		where = `'' = :server AND`
	}
	return `WITH RECURSIVE ` + names + `
		SELECT ` + changeColumns + ` FROM (
			SELECT c.id FROM server_changes c WHERE ` + where + ` c.at >= :since AND c.at <= :until
			UNION
			SELECT (SELECT c.id FROM server_changes c WHERE c.server = n.server AND c.at <= :since
				ORDER BY c.at DESC, c.id DESC LIMIT 1) FROM names n WHERE :since <= :until
		) p CROSS JOIN server_changes c ON c.id = p.id ORDER BY c.at, c.id LIMIT :limit`
}

// changeColumns are in the order that scanChange reads; the last is the time of
// the next change of the same server.
const changeColumns = `c.id, c.at, c.server, c.state, c.code, c.detail, coalesce(
	(SELECT n.at FROM server_changes n WHERE n.server = c.server AND n.at = c.at AND n.id > c.id LIMIT 1),
	(SELECT min(n.at) FROM server_changes n WHERE n.server = c.server AND n.at > c.at))`

func scanChange(scan func(...any) error) (backend.ServerChange, error) {
	var c backend.ServerChange
	var at int64
	var until sql.NullInt64
	err := scan(&c.ID, &at, &c.Server, &c.State, &c.Code, &c.Detail, &until)
	c.At = fromMillis(at)
	if until.Valid {
		end := fromMillis(until.Int64)
		c.Until = &end
	}
	return c, err
}

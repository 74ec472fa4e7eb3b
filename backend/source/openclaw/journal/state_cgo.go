//go:build cgo

package journal

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"github.com/mattn/go-sqlite3"

	"pilotlight/backend"
)

// queryTime bounds one look into a database, in which OpenClaw cannot start its
// log over.
const queryTime = 2 * time.Second

// queryState looks once into OpenClaw's database. It cannot change it, nor make a
// file beside it: with a log beside the database it joins in the reading, through
// the shared memory that OpenClaw keeps, and has none it can write to; without
// one nobody writes, and the file is read as if it were on a disc.
func queryState(ctx context.Context, s *state, live, events bool) (rows, error) {
	ctx, cancel := context.WithTimeout(ctx, queryTime)
	defer cancel()
	how := url.Values{"mode": {"ro"}, "_busy_timeout": {"50"}, "_query_only": {"1"}}
	if live {
		how.Set("readonly_shm", "1")
	} else {
		how.Set("immutable", "1")
	}
	db := sql.OpenDB(opener{(&url.URL{Scheme: "file", Path: s.path, RawQuery: how.Encode()}).String()})
	defer db.Close()
	db.SetMaxOpenConns(1)
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true}) // one state of it throughout
	if err != nil {
		return rows{}, plainly(err)
	}
	defer tx.Rollback() // nothing to undo
	found, err := query(ctx, tx, s, events)
	return found, plainly(err)
}

// opener opens connections; a driver registered by name would be a global.
type opener struct{ dsn string }

func (o opener) Connect(context.Context) (driver.Conn, error) { return o.Driver().Open(o.dsn) }
func (opener) Driver() driver.Driver                          { return &sqlite3.SQLiteDriver{} }

// plainly tells a database that is in use from one that cannot be read.
func plainly(err error) error {
	var e sqlite3.Error
	if errors.As(err, &e) && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked || e.Code == sqlite3.ErrReadonly || e.Code == sqlite3.ErrSchema) ||
		errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", errBusy, err)
	}
	return err
}

// query reads what this version of the schema has.
func query(ctx context.Context, tx *sql.Tx, s *state, events bool) (rows, error) {
	found := rows{seqs: map[string]int64{}}
	has, err := columns(ctx, tx, "session_nodes")
	if err != nil {
		return found, err
	}
	if has["session_key"] && has["entry_json"] {
		if found.sessions, err = querySessions(ctx, tx); err != nil {
			return found, err
		}
	}
	if has, err = columns(ctx, tx, "transcript_events"); err != nil {
		return found, err
	}
	if !has["session_id"] || !has["seq"] || !has["event_json"] {
		return found, nil
	}
	for _, id := range newest(found.sessions) {
		if !events {
			var last sql.NullInt64
			if err := tx.QueryRowContext(ctx, `SELECT max(seq) FROM transcript_events WHERE session_id = ? AND typeof(seq) = 'integer'`, id).Scan(&last); err != nil {
				return found, err
			}
			if last.Valid {
				found.seqs[id] = last.Int64
			}
			continue
		}
		if err := queryEvents(ctx, tx, s, id, &found); err != nil || found.more {
			return found, err
		}
	}
	return found, nil
}

// columns are the columns of a table; none if there is no such table.
func columns(ctx context.Context, tx *sql.Tx, table string) (map[string]bool, error) {
	list, err := tx.QueryContext(ctx, `SELECT name FROM pragma_table_info(?)`, table)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	has := map[string]bool{}
	for list.Next() {
		var name string
		if err := list.Scan(&name); err != nil {
			return nil, err
		}
		has[name] = true
	}
	return has, list.Err()
}

func querySessions(ctx context.Context, tx *sql.Tx) ([]backend.Trace, error) {
	list, err := tx.QueryContext(ctx, `SELECT session_key, entry_json FROM session_nodes
		WHERE typeof(session_key) = 'text' AND typeof(entry_json) = 'text' LIMIT ?`, maxEntries)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	var found []backend.Trace
	for list.Next() {
		var key string
		var entry sql.RawBytes
		if err := list.Scan(&key, &entry); err != nil {
			return nil, err
		}
		if t, ok := parseSession(key, entry); ok {
			t.Source = backend.SourceState
			found = append(found, t)
		}
	}
	return found, list.Err()
}

// newest are the ids of the sessions that were used last.
func newest(sessions []backend.Trace) []string {
	list := slices.Clone(sessions)
	slices.SortStableFunc(list, func(a, b backend.Trace) int { return cmp.Compare(b.At.UnixNano(), a.At.UnixNano()) })
	var ids []string
	for _, t := range list {
		if len(ids) < maxStateSessions && !slices.Contains(ids, t.SessionID) {
			ids = append(ids, t.SessionID)
		}
	}
	return ids
}

// queryEvents reads the events of a session that were not read yet. Those that
// OpenClaw compressed are old.
func queryEvents(ctx context.Context, tx *sql.Tx, s *state, id string, found *rows) error {
	from, known := s.seqs[id]
	if !known {
		from = -1
	}
	list, err := tx.QueryContext(ctx, `SELECT seq, CASE WHEN typeof(event_json) = 'text' AND length(event_json) <= ? THEN event_json END
		FROM transcript_events WHERE session_id = ? AND seq > ? AND typeof(seq) = 'integer' ORDER BY seq LIMIT ?`,
		maxLine, id, from, maxStateEvents-len(found.events)+1)
	if err != nil {
		return err
	}
	defer list.Close()
	for list.Next() {
		if len(found.events) >= maxStateEvents {
			found.more = true
			return nil
		}
		var seq int64
		var event sql.RawBytes
		if err := list.Scan(&seq, &event); err != nil {
			return err
		}
		found.seqs[id] = seq
		if t, ok := ParseTranscript(event); ok {
			t.Source, t.SessionID, t.Ref = backend.SourceState, id, eventRef(id, seq)
			found.events = append(found.events, t)
		}
	}
	return list.Err()
}

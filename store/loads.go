package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"pilotlight/backend"
)

// What one row may hold, in bytes. Names over their limit are refused, because
// cut names could be mistaken for each other; the detail is for reading only and
// is cut.
const (
	maxServer = 128
	maxName   = 512 // a model's key, an instance's id
	maxDetail = 300
	maxRows   = 10_000 // in one AddLoads
)

const insertLoad = `INSERT INTO loads (at, server, model, instance_id, event, cause,
	context_requested, context_actual, duration_seconds, size_bytes, detail, estimated_bytes, measured_bytes)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

// AddLoads appends rows in one transaction: all of them or none. It returns them
// as they were stored: with their ids, their times cut to milliseconds (now for
// a zero time) and over-long details cut. Ids grow and are never used again.
func (s *Store) AddLoads(ctx context.Context, rows []backend.Load) ([]backend.Load, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	if len(rows) > maxRows {
		return nil, invalid("%d rows of history are too many at once; the limit is %d.", len(rows), maxRows)
	}
	stored := make([]backend.Load, len(rows))
	for i, row := range rows {
		if err := checkLoad(row); err != nil {
			return nil, err
		}
		stored[i] = s.normal(row)
	}
	err := s.write(ctx, "record what was loaded", func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, insertLoad)
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := range stored {
			if err := addLoad(ctx, tx, insert, &stored[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

func addLoad(ctx context.Context, tx *sql.Tx, insert *sql.Stmt, row *backend.Load) error {
	res, err := insert.ExecContext(ctx, row.At.UnixMilli(), row.Server, row.Model, row.InstanceID,
		string(row.Event), string(row.Cause), row.ContextRequested, row.ContextActual,
		row.DurationSeconds, row.SizeBytes, row.Detail, row.EstimatedBytes, row.MeasuredBytes)
	if err != nil {
		return err
	}
	if row.ID, err = res.LastInsertId(); err != nil {
		return err
	}
	switch row.Event {
	case backend.Loaded:
		_, err = tx.ExecContext(ctx, `INSERT INTO present (server, instance_id, load_id) VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET load_id = excluded.load_id`, row.Server, row.InstanceID, row.ID)
	case backend.Unloaded:
		_, err = tx.ExecContext(ctx, `DELETE FROM present WHERE server = ? AND instance_id = ?`,
			row.Server, row.InstanceID)
	}
	return err
}

// checkLoad refuses what could not be told apart or added up later.
func checkLoad(row backend.Load) error {
	switch row.Event {
	case backend.Loaded, backend.Unloaded:
		if row.InstanceID == "" {
			return invalid("A row of history about %q names no instance.", row.Model)
		}
	case backend.LoadFailed:
	default:
		return invalid("%q is no event of the load history.", row.Event)
	}
	if row.Server == "" || row.Model == "" || row.Cause == "" {
		return invalid("A row of history needs a server, a model and a cause.")
	}
	if len(row.Server) > maxServer || len(row.Model) > maxName || len(row.InstanceID) > maxName || len(row.Cause) > maxServer {
		return invalid("A name in a row of history is too long.")
	}
	if d := row.DurationSeconds; d != nil && (math.IsNaN(*d) || math.IsInf(*d, 0) || *d < 0) {
		return invalid("%v is no duration of a load.", *d)
	}
	return nil
}

// normal is the row as reading it back will give it.
func (s *Store) normal(row backend.Load) backend.Load {
	if row.At.IsZero() {
		row.At = backend.At(s.now())
	}
	row.At = backend.At(row.At.Time)
	row.Detail = cut(strings.ToValidUTF8(row.Detail, "\uFFFD"), maxDetail)
	return row
}

// cut shortens text to at most limit bytes without splitting a character.
func cut(text string, limit int) string {
	const more = "…"
	if len(text) <= limit {
		return text
	}
	end := limit - len(more)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}

// loadColumns are in the order that scanLoad reads.
const loadColumns = `l.id, l.at, l.server, l.model, l.instance_id, l.event, l.cause,
	l.context_requested, l.context_actual, l.duration_seconds, l.size_bytes, l.detail, l.estimated_bytes, l.measured_bytes`

func scanLoad(scan func(...any) error) (backend.Load, error) {
	var row backend.Load
	var at int64
	err := scan(&row.ID, &at, &row.Server, &row.Model, &row.InstanceID, &row.Event, &row.Cause,
		&row.ContextRequested, &row.ContextActual, &row.DurationSeconds, &row.SizeBytes, &row.Detail,
		&row.EstimatedBytes, &row.MeasuredBytes)
	row.At = backend.At(time.UnixMilli(at))
	return row, err
}

// readLoads runs a query over loadColumns.
func (s *Store) readLoads(ctx context.Context, query string, args ...any) ([]backend.Load, error) {
	const doing = "read the history of loads"
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.explain(doing, err)
	}
	defer rows.Close()
	list := []backend.Load{}
	for rows.Next() {
		row, err := scanLoad(rows.Scan)
		if err != nil {
			return nil, s.explain(doing, err)
		}
		list = append(list, row)
	}
	if err := rows.Err(); err != nil {
		return nil, s.explain(doing, err)
	}
	return list, nil
}

// Load returns one row, or backend.CodeNotFound.
func (s *Store) Load(ctx context.Context, id int64) (backend.Load, error) {
	row, err := scanLoad(s.reader.QueryRowContext(ctx,
		`SELECT `+loadColumns+` FROM loads l WHERE l.id = ?`, id).Scan)
	if err != nil {
		return backend.Load{}, s.explain("read the history of loads",
			notFound(fmt.Sprintf("load with the number %d", id), err))
	}
	return row, nil
}

// Present returns the load of every instance that was loaded and not unloaded
// since, newest first: one row for each server and instance.
func (s *Store) Present(ctx context.Context) ([]backend.Load, error) {
	return s.readLoads(ctx, `SELECT `+loadColumns+` FROM present p JOIN loads l ON l.id = p.load_id ORDER BY l.id DESC`)
}

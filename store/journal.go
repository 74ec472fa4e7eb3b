package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"pilotlight/backend"
)

// Journal is what reading on in OpenClaw's files brought.
type Journal struct {
	Cursors   []backend.Cursor   // how far the files are read now
	Gone      []string           // paths of files that are no more
	Fallbacks []backend.Fallback // new ones, and what is newly known of old ones
	State     []byte             // the assembler's; nil leaves what is there
}

// journalState is the name under which State gives Journal.State back.
const journalState = "journal"

// maxJournalState is what the assembler may keep, in bytes.
const maxJournalState = 1 << 20

// RecordJournal stores a batch in one transaction: all of it or nothing, so that
// the cursors never stand behind or before the rows. What is stored already is
// not written again; a batch that changes nothing writes nothing.
//
// A fallback whose Key is known keeps its id and is replaced; of two with one Key
// in a batch the later counts. They come back as reading gives them, in the
// order of the batch, with their ids, also those that were there already.
//
// Whatever a batch says can be stored, because a refusal would hold the reader at
// one place for ever. Texts are cut (names too, unlike those of loads) and made
// valid UTF-8 without NULs; of more than 64 attempts the first and last 32 stay,
// of more than 32 pieces of evidence the first; a span of time that cannot be
// one is left out; a zero time is now. A cursor that no file can have (a path
// over 4096 bytes, a head over 128, a mark over 1024) is left out: that file is
// read again, which adds nothing. A State over 1 MiB is dropped together with
// the one before it, and the assembler begins anew.
//
// Only the size is limited: more than 10,000 fallbacks, cursors or gone paths are
// backend.CodeInvalid.
func (s *Store) RecordJournal(ctx context.Context, j Journal) ([]backend.Fallback, error) {
	if max(len(j.Fallbacks), len(j.Cursors), len(j.Gone)) > maxRows {
		return nil, invalid("%d fallbacks, %d cursors and %d paths are too many at once; the limit is %d of each.",
			len(j.Fallbacks), len(j.Cursors), len(j.Gone), maxRows)
	}
	stored, rows, err := s.trimAll(j.Fallbacks)
	if err != nil {
		return nil, err
	}
	err = s.write(ctx, "record what OpenClaw did", func(tx *sql.Tx) error {
		if err := putFallbacks(ctx, tx, rows, stored); err != nil {
			return err
		}
		if err := dropCursors(ctx, tx, j.Gone); err != nil {
			return err
		}
		if err := s.putCursors(ctx, tx, j.Cursors); err != nil {
			return err
		}
		return s.putJournalState(ctx, tx, j.State)
	})
	if err != nil {
		return nil, err
	}
	return stored, nil
}

// trimAll makes the rows of a batch. Where two have one key, both become the
// later.
func (s *Store) trimAll(list []backend.Fallback) ([]backend.Fallback, []fallbackRow, error) {
	stored := make([]backend.Fallback, len(list))
	rows := make([]fallbackRow, len(list))
	last := make(map[string]int, len(list))
	for i, f := range list {
		stored[i] = s.trim(f)
		row, err := rowOf(stored[i])
		if err != nil {
			return nil, nil, err
		}
		rows[i], stored[i].Key = row, row.key
		last[row.key] = i
	}
	for i := range rows {
		j := last[rows[i].key]
		stored[i], rows[i] = stored[j], rows[j]
	}
	return stored, rows, nil
}

// putFallbacks writes what differs from what is there, and fills the ids in.
func putFallbacks(ctx context.Context, tx *sql.Tx, rows []fallbackRow, stored []backend.Fallback) error {
	if len(rows) == 0 {
		return nil
	}
	find, err := tx.PrepareContext(ctx, `SELECT `+fallbackColumns+`
		FROM fallbacks f JOIN fallback_kinds k ON k.id = f.kind WHERE f.key = ?`)
	if err != nil {
		return err
	}
	defer find.Close()
	kinds := map[kind]int64{}
	for i, row := range rows {
		id, old, err := scanFallback(find.QueryRowContext(ctx, row.key).Scan)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			id, err = insertFallback(ctx, tx, row, kinds)
		case err == nil && old != row:
			err = updateFallback(ctx, tx, id, row, kinds)
		}
		if err != nil {
			return err
		}
		stored[i].ID = id
	}
	return nil
}

// written are the columns in the order of fallbackRow.values.
const written = `(key, at, ended_at, kind, lost_seconds, source, openclaw_version,
	run_id, session_id, session_key, agent_id, attempts, cause)`

func (r fallbackRow) values(kind int64) []any {
	return []any{r.key, r.at, r.endedAt, kind, r.lost, r.source, r.version,
		r.runID, r.sessionID, r.sessionKey, r.agentID, r.attempts, r.cause}
}

func insertFallback(ctx context.Context, tx *sql.Tx, row fallbackRow, kinds map[kind]int64) (int64, error) {
	of, err := kindOf(ctx, tx, row.kind, kinds)
	if err != nil {
		return 0, err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO fallbacks `+written+`
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, row.values(of)...)
	if err != nil {
		return 0, err
	}
	return res.LastInsertId()
}

// An upsert in one statement would use up an id each time: AUTOINCREMENT counts
// before the conflict is met.
func updateFallback(ctx context.Context, tx *sql.Tx, id int64, row fallbackRow, kinds map[kind]int64) error {
	of, err := kindOf(ctx, tx, row.kind, kinds)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE fallbacks SET `+written+`
		= (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) WHERE id = ?`, append(row.values(of), id)...)
	return err
}

// kindOf finds a kind's id or adds it. known is what this batch met already.
func kindOf(ctx context.Context, tx *sql.Tx, k kind, known map[kind]int64) (id int64, err error) {
	if id, ok := known[k]; ok {
		return id, nil
	}
	err = tx.QueryRowContext(ctx, `SELECT id FROM fallback_kinds
		WHERE requested = ? AND ifnull(answered, '') = ? AND outcome = ? AND reason = ? AND cause = ?`,
		k.requested, k.answered.String, k.outcome, k.reason, k.cause).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = tx.QueryRowContext(ctx, `INSERT INTO fallback_kinds (requested, answered, outcome, reason, cause)
			VALUES (?, ?, ?, ?, ?) RETURNING id`, k.requested, k.answered, k.outcome, k.reason, k.cause).Scan(&id)
	}
	if err != nil {
		return 0, err
	}
	known[k] = id
	return id, nil
}

// putJournalState keeps the assembler's state where SetState would, but larger.
func (s *Store) putJournalState(ctx context.Context, tx *sql.Tx, value []byte) error {
	if value == nil {
		return nil
	}
	if len(value) > maxJournalState {
		_, err := tx.ExecContext(ctx, `DELETE FROM state WHERE name = ?`, journalState)
		return err
	}
	var old []byte
	err := tx.QueryRowContext(ctx, `SELECT value FROM state WHERE name = ?`, journalState).Scan(&old)
	if err == nil && bytes.Equal(old, value) {
		return nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	_, err = tx.ExecContext(ctx, putState, journalState, value, s.now().UnixMilli())
	return err
}

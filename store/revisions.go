package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"pilotlight/backend"
)

// What a revision of OpenClaw's config may hold, in bytes. A text over its limit
// is refused, because half a config is none; the diff and the note are for reading
// only and are cut.
const (
	maxText = 8 << 20
	maxDiff = 256 << 10
	maxNote = 1200 // 300 characters, which is what the API takes
)

// revisionRow is a revision as it will be stored.
type revisionRow struct {
	backend.Revision
	sum     [sha256.Size]byte // of the text
	verdict sql.NullString
	text    []byte // packed, as the diff is
	diff    []byte
}

// AddRevision keeps a state of the config and returns it as Revision gives it:
// with its id, its time cut to milliseconds (now for a zero time), a diff of more
// than 256 KiB and an over-long note cut. The text and the diff are kept byte for
// byte. A text of more than 8 MiB is backend.CodeTooLarge.
//
// What the newest revision of the path says already is not added again; then that
// one comes back, and the verdict of r is of no account. It says so already when
// it has the same hash and text, and
//   - r was found in the file (backend.AuthorOutside): whoever watches the file
//     also finds what Pilotlight itself wrote there; or
//   - author, note, parent and RestoredFrom are the same too: the caller tries
//     again what it does not know to be stored.
//
// Any other revision is added, also when only its author or its note is new.
// So whoever saves the file has to add the revision before a watcher does, or it
// stands in the list twice.
func (s *Store) AddRevision(ctx context.Context, r backend.Revision) (backend.Revision, error) {
	if err := checkRevision(r); err != nil {
		return backend.Revision{}, err
	}
	row, err := s.rowOfRevision(r)
	if err != nil {
		return backend.Revision{}, err
	}
	// Looked for before there is anything to pack: a watcher tells the same state
	// time and again.
	known, err := toldAlready(ctx, s.reader, row)
	if err != nil {
		return backend.Revision{}, s.explain(keepingRevision, err)
	}
	if known != nil {
		return *known, nil
	}
	if err := row.pack(); err != nil {
		return backend.Revision{}, s.explain(keepingRevision, err)
	}
	err = s.write(ctx, keepingRevision, func(tx *sql.Tx) error {
		known, err := toldAlready(ctx, tx, row)
		if err != nil {
			return err
		}
		if known != nil {
			row.Revision = *known
			return nil
		}
		row.ID, err = insertRevision(ctx, tx, row)
		return err
	})
	if err != nil {
		return backend.Revision{}, err
	}
	return row.Revision, nil
}

const keepingRevision = "keep a revision of OpenClaw's config"

// checkRevision refuses what could not be found or put back later.
func checkRevision(r backend.Revision) error {
	switch {
	case r.Path == "" || r.Hash == "" || r.Author == "":
		return invalid("A revision of the config needs a path, a hash and an author.")
	case len(r.Path) > maxPath || len(r.Hash) > maxWord || len(r.ParentHash) > maxWord || len(r.Author) > maxWord:
		return invalid("A name in a revision of the config is too long.")
	case r.Bytes < 0:
		return invalid("%d bytes are no size of a config.", r.Bytes)
	case r.RestoredFrom != nil && *r.RestoredFrom < 1:
		return invalid("%d is no number of a revision.", *r.RestoredFrom)
	case r.Verdict != nil && r.Verdict.Code == "":
		return invalid("A verdict on a revision needs a code.")
	case len(r.Text) > maxText:
		return &backend.Error{Code: backend.CodeTooLarge,
			Message: fmt.Sprintf("This state of OpenClaw's config was not kept: it has %d bytes, and the limit is %d MiB.", len(r.Text), maxText>>20),
			Hint:    "A config has a few kilobytes: look for what fills it. Until then it cannot be restored from Pilotlight's revisions."}
	}
	return nil
}

// rowOfRevision is the revision as reading it back will give it, not packed yet.
func (s *Store) rowOfRevision(r backend.Revision) (revisionRow, error) {
	r.ID = 0
	if r.At.IsZero() {
		r.At = backend.At(s.now())
	}
	r.At = inRange(r.At)
	r.Note = text(r.Note, maxNote)
	r.Diff = cutDiff(r.Diff)
	row := revisionRow{Revision: r, sum: sha256.Sum256([]byte(r.Text))}
	if r.Verdict != nil {
		v := s.trimVerdict(*r.Verdict)
		data, err := json.Marshal(v)
		if err != nil {
			return revisionRow{}, fmt.Errorf("write the verdict on a revision: %w", err)
		}
		row.Verdict, row.verdict = &v, sql.NullString{String: string(data), Valid: true}
	}
	return row, nil
}

func (r *revisionRow) pack() error {
	packed, err := pack(r.Text, r.Diff)
	if err != nil {
		return err
	}
	r.text, r.diff = packed[0], packed[1]
	return nil
}

// querier is a pool or a transaction.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// toldAlready is the newest revision of the path where that says all that row
// does, else nil.
func toldAlready(ctx context.Context, from querier, row revisionRow) (*backend.Revision, error) {
	var sum []byte
	newest, err := scanRevision(from.QueryRowContext(ctx, newestRevision, []byte(row.Path)).Scan, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if newest.Hash != row.Hash || string(sum) != string(row.sum[:]) {
		return nil, nil
	}
	found := row.Author == backend.AuthorOutside
	again := newest.Author == row.Author && newest.Note == row.Note &&
		newest.ParentHash == row.ParentHash && sameID(newest.RestoredFrom, row.RestoredFrom)
	if !found && !again {
		return nil, nil
	}
	newest.Text = row.Text
	return &newest, nil
}

func sameID(a, b *int64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

func insertRevision(ctx context.Context, tx *sql.Tx, r revisionRow) (int64, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO revisions (at, path, hash, parent_hash, author, bytes,
		restored_from, size, sum, note, verdict, diff) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.At.UnixMilli(), []byte(r.Path), r.Hash, r.ParentHash, string(r.Author), r.Bytes,
		r.RestoredFrom, len(r.text)+len(r.diff), r.sum[:], r.Note, r.verdict, r.diff)
	if err != nil {
		return 0, err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO revision_texts (id, text) VALUES (?, ?)`, id, r.text)
	return id, err
}

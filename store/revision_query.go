package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"pilotlight/backend"
)

const readingRevisions = "read the revisions of OpenClaw's config"

// maxPageDiffs is what the diffs of one page have together, in bytes.
const maxPageDiffs = 4 << 20

// revisionColumns are in the order that scanRevision reads; what is wanted beside
// them comes after.
const revisionColumns = `r.id, r.at, r.path, r.hash, r.parent_hash, r.author, r.bytes,
	r.restored_from, r.note, r.verdict, r.diff`

const (
	newestRevision = `SELECT ` + revisionColumns + `, r.sum FROM revisions r
		WHERE r.path = ? ORDER BY r.id DESC LIMIT 1`
	revisionPage     = `SELECT ` + revisionColumns + ` FROM revisions r WHERE r.id < ? ORDER BY r.id DESC LIMIT ?`
	revisionPageOf   = `SELECT ` + revisionColumns + ` FROM revisions r WHERE r.path = ? AND r.id < ? ORDER BY r.id DESC LIMIT ?`
	revisionByID     = `SELECT ` + revisionColumns + ` FROM revisions r WHERE r.id = ?`
	revisionWithText = `SELECT ` + revisionColumns + `, r.sum, t.text FROM revisions r
		LEFT JOIN revision_texts t ON t.id = r.id WHERE r.id = ?`
)

// scanRevision reads a revision without its text, and into more what the query
// has after revisionColumns.
func scanRevision(scan func(...any) error, more ...any) (backend.Revision, error) {
	var r backend.Revision
	var at int64
	var path, diff []byte
	var verdict sql.NullString
	err := scan(append([]any{&r.ID, &at, &path, &r.Hash, &r.ParentHash, &r.Author, &r.Bytes,
		&r.RestoredFrom, &r.Note, &verdict, &diff}, more...)...)
	if err != nil {
		return backend.Revision{}, err
	}
	r.At, r.Path = fromMillis(at), string(path)
	if r.Diff, err = unpack(diff, maxDiff); err != nil {
		return backend.Revision{}, fmt.Errorf("read the diff of revision %d: %w", r.ID, err)
	}
	if verdict.Valid {
		r.Verdict = &backend.ConfigVerdict{}
		if err := json.Unmarshal([]byte(verdict.String), r.Verdict); err != nil {
			return backend.Revision{}, fmt.Errorf("read the verdict on revision %d: %w", r.ID, err)
		}
	}
	return r, nil
}

// Revisions returns one page of the revisions of a path, or of all paths where
// path is "", newest first (the highest id) and without their texts. before 0
// begins with the newest; Next is the id to pass as before. Limit 0 means 50;
// more than 1000 means 1000. A page also ends where its diffs come to 4 MiB, so
// it may hold fewer than limit while there are more: Next tells.
func (s *Store) Revisions(ctx context.Context, path string, before int64, limit int) (backend.Page[backend.Revision], error) {
	page := backend.Page[backend.Revision]{Items: []backend.Revision{}}
	if limit < 0 || before < 0 {
		return page, invalid("limit and before cannot be negative.")
	}
	limit = min(limit, maxLimit)
	if limit == 0 {
		limit = defaultLimit
	}
	query, args := revisionPageQuery(path, before, limit)
	rows, err := s.reader.QueryContext(ctx, query, args...)
	if err != nil {
		return page, s.explain(readingRevisions, err)
	}
	defer rows.Close()
	diffs := 0
	for rows.Next() {
		r, err := scanRevision(rows.Scan)
		if err != nil {
			return page, s.explain(readingRevisions, err)
		}
		n := len(page.Items)
		if n == limit || (n > 0 && diffs+len(r.Diff) > maxPageDiffs) {
			page.Next = strconv.FormatInt(page.Items[n-1].ID, 10)
			return page, nil
		}
		diffs += len(r.Diff)
		page.Items = append(page.Items, r)
	}
	if err := rows.Err(); err != nil {
		return page, s.explain(readingRevisions, err)
	}
	return page, nil
}

// revisionPageQuery asks for one row more than a page has, which tells whether
// there is another.
func revisionPageQuery(path string, before int64, limit int) (string, []any) {
	if before == 0 {
		before = 1<<63 - 1 // AUTOINCREMENT never gets there
	}
	if path == "" {
		return revisionPage, []any{before, limit + 1}
	}
	return revisionPageOf, []any{[]byte(path), before, limit + 1}
}

// LatestRevision is the newest revision of a path without its text, nil where
// there is none.
func (s *Store) LatestRevision(ctx context.Context, path string) (*backend.Revision, error) {
	var sum []byte
	r, err := scanRevision(s.reader.QueryRowContext(ctx, newestRevision, []byte(path)).Scan, &sum)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, s.explain(readingRevisions, err)
	}
	return &r, nil
}

// Revision returns one revision with its text, or backend.CodeNotFound. A text
// that is not the one that was kept, because the disk changed it, is never given:
// that is backend.CodeInternal.
func (s *Store) Revision(ctx context.Context, id int64) (backend.Revision, error) {
	var sum, packed []byte
	r, err := scanRevision(s.reader.QueryRowContext(ctx, revisionWithText, id).Scan, &sum, &packed)
	if err != nil {
		return backend.Revision{}, s.explain(readingRevisions, noRevision(id, err))
	}
	r.Text, err = unpack(packed, maxText)
	if got := sha256.Sum256([]byte(r.Text)); err == nil && string(got[:]) != string(sum) {
		err = errors.New("its sha256 is another")
	}
	if err != nil {
		return backend.Revision{}, &backend.Error{Code: backend.CodeInternal, Err: err,
			Message: fmt.Sprintf("The text of revision %d is damaged and was not given.", id),
			Hint:    "Take another revision, or one of OpenClaw's own copies beside the config (.bak), and check the disk."}
	}
	return r, nil
}

// noRevision says that a revision is not there, or not any more.
func noRevision(id int64, err error) error {
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return &backend.Error{Code: backend.CodeNotFound,
		Message: fmt.Sprintf("There is no revision with the number %d.", id),
		Hint:    "It may be too old: Pilotlight keeps the newest 500 of a file for two years, and 200 MB of all together."}
}

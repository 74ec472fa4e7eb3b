package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"pilotlight/backend"
)

// SetVerdict puts a verdict on a revision in the place of the one before, and
// returns the revision without its text. The verdict's texts are cut like those
// of causes; a zero time is now. The same verdict again writes nothing. No such
// revision is backend.CodeNotFound; a verdict without a code is
// backend.CodeInvalid.
func (s *Store) SetVerdict(ctx context.Context, id int64, v backend.ConfigVerdict) (backend.Revision, error) {
	if v.Code == "" {
		return backend.Revision{}, invalid("A verdict on a revision needs a code.")
	}
	v = s.trimVerdict(v)
	data, err := json.Marshal(v)
	if err != nil {
		return backend.Revision{}, fmt.Errorf("write the verdict on a revision: %w", err)
	}
	var r backend.Revision
	err = s.write(ctx, "record what became of an edit", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE revisions SET verdict = ?1 WHERE id = ?2 AND verdict IS NOT ?1`, string(data), id)
		if err != nil {
			return err
		}
		r, err = scanRevision(tx.QueryRowContext(ctx, revisionByID, id).Scan)
		return noRevision(id, err)
	})
	if err != nil {
		return backend.Revision{}, err
	}
	return r, nil
}

// trimVerdict is the verdict as reading it back will give it. Found is a path that
// a person reads, so it is made text like the rest.
func (s *Store) trimVerdict(v backend.ConfigVerdict) backend.ConfigVerdict {
	if v.At.IsZero() {
		v.At = backend.At(s.now())
	}
	v.At = inRange(v.At)
	v.Code = text(v.Code, maxWord)
	v.Text = text(v.Text, maxSentence)
	v.Hint = text(v.Hint, maxSentence)
	v.Hash = text(v.Hash, maxWord)
	v.Found = text(v.Found, maxPath)
	return v
}

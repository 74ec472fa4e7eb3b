package store

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"time"

	"pilotlight/backend"
)

// What a cursor may hold, in bytes. A path longer than Linux's PATH_MAX cannot
// be opened; the others are of our own making.
const (
	maxPath = 4096
	maxHead = 128
	maxMark = 1024
)

// Cursors returns how far each file was read, by path, as RecordJournal was
// given it: ReadAt is cut to milliseconds, and now where it was zero.
func (s *Store) Cursors(ctx context.Context) ([]backend.Cursor, error) {
	const doing = "read how far OpenClaw's files were read"
	rows, err := s.reader.QueryContext(ctx, `SELECT `+cursorColumns+` FROM cursors ORDER BY path`)
	if err != nil {
		return nil, s.explain(doing, err)
	}
	defer rows.Close()
	list := []backend.Cursor{}
	for rows.Next() {
		c, err := scanCursor(rows.Scan)
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

// cursorColumns are in the order that scanCursor reads.
const cursorColumns = `path, device, inode, offset, head, mark, read_at`

func scanCursor(scan func(...any) error) (backend.Cursor, error) {
	var c backend.Cursor
	var path []byte
	var device, inode, readAt int64
	err := scan(&path, &device, &inode, &c.Offset, &c.Head, &c.Mark, &readAt)
	c.Path, c.Device, c.Inode = string(path), uint64(device), uint64(inode)
	c.ReadAt = fromMillis(readAt).Time
	return c, err
}

// putCursors writes the cursors that differ from what is there.
func (s *Store) putCursors(ctx context.Context, tx *sql.Tx, list []backend.Cursor) error {
	if len(list) == 0 {
		return nil
	}
	find, err := tx.PrepareContext(ctx, `SELECT `+cursorColumns+` FROM cursors WHERE path = ?`)
	if err != nil {
		return err
	}
	defer find.Close()
	put, err := tx.PrepareContext(ctx, `INSERT OR REPLACE INTO cursors (`+cursorColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)`)
	if err != nil {
		return err
	}
	defer put.Close()
	for _, c := range list {
		if len(c.Path) > maxPath || len(c.Head) > maxHead || len(c.Mark) > maxMark {
			continue
		}
		c.ReadAt = s.cursorTime(c.ReadAt)
		old, err := scanCursor(find.QueryRowContext(ctx, []byte(c.Path)).Scan)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err == nil && sameCursor(old, c) {
			continue
		}
		// SQLite's integers are signed; the bits are the same.
		if _, err := put.ExecContext(ctx, []byte(c.Path), int64(c.Device), int64(c.Inode), c.Offset,
			c.Head, c.Mark, c.ReadAt.UnixMilli()); err != nil {
			return err
		}
	}
	return nil
}

func sameCursor(a, b backend.Cursor) bool {
	return a.Device == b.Device && a.Inode == b.Inode && a.Offset == b.Offset &&
		bytes.Equal(a.Head, b.Head) && a.Mark == b.Mark && a.ReadAt.Equal(b.ReadAt)
}

func (s *Store) cursorTime(t time.Time) time.Time {
	if t.IsZero() {
		t = s.now()
	}
	return inRange(backend.Time{Time: t}).Time
}

// dropCursors forgets files that are no more.
func dropCursors(ctx context.Context, tx *sql.Tx, paths []string) error {
	for _, path := range paths {
		if _, err := tx.ExecContext(ctx, `DELETE FROM cursors WHERE path = ?`, []byte(path)); err != nil {
			return err
		}
	}
	return nil
}

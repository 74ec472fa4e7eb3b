package store

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// probe opens the first connection and looks at what every start can afford:
// the log is on, the file can be written, it is ours, its tables are there and
// their first and last rows can be read. It returns the schema's version.
// Damage comes back as *damaged.
func (s *Store) probe(ctx context.Context, known int64) (version int64, err error) {
	const doing = "open its database"
	defer func() {
		if err = asDamage(err); err == nil {
			return
		}
		if _, ok := errors.AsType[*damaged](err); !ok {
			err = s.explain(doing, err)
		}
	}()
	// What is in the log counts too, and inspect could not see it; so the mark
	// and the version are read again before anything is written.
	var id int64
	if err := s.writer.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id); err != nil {
		return 0, err
	}
	if err := s.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return 0, err
	}
	if err := acceptable(s.path, id, version, known); err != nil {
		return 0, err
	}
	if err := useWAL(ctx, s.writer); err != nil {
		return 0, err
	}
	// Writes nothing, but meets another program's lock now rather than at the
	// first load.
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	if err := tx.Rollback(); err != nil {
		return 0, err
	}
	return version, s.touchTables(ctx, version)
}

// tables are the tables of each schema version beside those of the one before,
// each with queries that read its ends.
var tables = []map[string][]string{
	{
		"loads": {"SELECT max(id) FROM loads", "SELECT min(id) FROM loads",
			"SELECT max(at) FROM loads", "SELECT max(model) FROM loads"},
		"present": {"SELECT count(*) FROM present"},
		"state":   {"SELECT count(*) FROM state"},
	},
	{
		"fallbacks": {"SELECT max(id) FROM fallbacks", "SELECT min(id) FROM fallbacks",
			"SELECT max(at) FROM fallbacks", "SELECT max(key) FROM fallbacks"},
		"fallback_kinds": {"SELECT max(id) FROM fallback_kinds"},
		"cursors":        {"SELECT max(path) FROM cursors"},
		"server_changes": {"SELECT max(id) FROM server_changes", "SELECT max(at) FROM server_changes"},
	},
	{
		"revisions": {"SELECT max(id) FROM revisions", "SELECT min(id) FROM revisions",
			"SELECT max(path) FROM revisions"},
		"revision_texts": {"SELECT max(id) FROM revision_texts"},
	},
}

// touchTables reads the schema and the ends of the tables.
func (s *Store) touchTables(ctx context.Context, version int64) error {
	there, err := s.tableNames(ctx)
	if err != nil {
		return err
	}
	for _, added := range tables[:min(max(version, 1), int64(len(tables)))] {
		for name, queries := range added {
			if !there[name] {
				return &damaged{why: fmt.Sprintf("its table %s is gone", name)}
			}
			for _, query := range queries {
				var any any
				if err := s.writer.QueryRowContext(ctx, query).Scan(&any); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *Store) tableNames(ctx context.Context) (map[string]bool, error) {
	rows, err := s.writer.QueryContext(ctx, `SELECT name FROM sqlite_schema WHERE type = 'table'`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names := map[string]bool{}
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names[name] = true
	}
	return names, rows.Err()
}

// check reads the whole database where there is a reason to doubt it.
//
// After an unclean stop it runs SQLite's quick_check, for at most checkLimit: a
// killed process does not damage a database, a lost power supply together with
// a disk that lies about having written can, and a start must not hang on a
// large file for so rare a case. Without a finding in that time the database
// is used; what the check did not reach shows up as an error of the query that
// does, which leaves a mark (markSuspect). With that mark the next start runs
// the thorough integrity_check to its end.
func (s *Store) check(ctx context.Context, unclean bool) error {
	_, statErr := os.Lstat(suspectMark(s.path))
	suspect := statErr == nil
	switch {
	case suspect:
		if err := s.integrity(ctx, "PRAGMA integrity_check(1)"); err != nil {
			return err
		}
		if err := remove(suspectMark(s.path)); err != nil {
			return fileError("open its database", s.path, err)
		}
		return nil
	case unclean:
		bounded, cancel := context.WithTimeout(ctx, s.cfg.checkLimit)
		defer cancel()
		err := s.integrity(bounded, "PRAGMA quick_check(1)")
		if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
			return nil
		}
		return err
	}
	return nil
}

func (s *Store) integrity(ctx context.Context, pragma string) error {
	var verdict string
	err := s.writer.QueryRowContext(ctx, pragma).Scan(&verdict)
	switch {
	case ctx.Err() != nil:
		// SQLite calls it "interrupted".
		return ctx.Err()
	case isDamage(err):
		return asDamage(err)
	case err != nil:
		return s.explain("check its database", err)
	case verdict != "ok":
		return &damaged{why: verdict}
	}
	return nil
}

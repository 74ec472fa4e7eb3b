package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"pilotlight/backend"
	"pilotlight/backend/home"
)

//go:embed migrations/*.sql
var files embed.FS

// embedded is the migrations of this program. Each file is one transaction and
// sets user_version to its own number.
func embedded() fs.FS {
	sub, err := fs.Sub(files, "migrations")
	if err != nil {
		panic(err) // "migrations" is a valid name
	}
	return sub
}

// newestVersion is the schema this program knows: the highest migration.
func newestVersion(migrations fs.FS) (int64, error) {
	names, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("list migrations: %w", err)
	}
	var newest int64
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("list migrations: %w", err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}

// migrate runs the migrations that db lacks. Callers skip it when user_version
// is up to date: goose takes several queries and a table of its own to say so,
// the number is in the head of the file.
func migrate(ctx context.Context, db *sql.DB, migrations fs.FS) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, migrations,
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// upgrade copies the database and migrates it. It returns the copy's path, also
// when the migration failed: each migration is one transaction, so the database
// then stands at the last one that worked.
func (s *Store) upgrade(ctx context.Context, from, to int64) (string, error) {
	doing := fmt.Sprintf("bring its history from version %d to version %d", from, to)
	saved := s.path + ".before-v" + strconv.FormatInt(to, 10)
	if err := s.saveBefore(ctx, saved, from); err != nil {
		if isDamage(err) {
			return "", asDamage(err)
		}
		return "", s.explain(doing, err)
	}
	if err := migrate(ctx, s.writer, s.cfg.migrations); err != nil {
		if isDamage(err) {
			return saved, asDamage(err)
		}
		explained := s.explain(doing, err)
		if _, ok := errors.AsType[*backend.Error](explained); ok {
			return saved, explained
		}
		return saved, &backend.Error{Code: backend.CodeInternal, Err: err,
			Message: fmt.Sprintf("Pilotlight could not %s. Nothing is lost.", doing),
			Hint:    fmt.Sprintf("Go back to the Pilotlight you had before and report this. A copy from before the change is in %s.", saved)}
	}
	var version int64
	if err := s.writer.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
		return saved, s.explain(doing, err)
	}
	if version != to {
		return saved, fmt.Errorf("migrate: user_version is %d after migration %d", version, to)
	}
	// Now, not at the next close: inspect reads the version from the file itself.
	if _, err := s.writer.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		return saved, s.explain(doing, err)
	}
	return saved, dropOldCopies(s.path)
}

// saveBefore makes the copy, unless an upgrade to the same version began before
// from an older schema and did not end: then that copy is the one that the
// older program can still read, and it stays.
func (s *Store) saveBefore(ctx context.Context, saved string, from int64) error {
	home.Sweep(filepath.Dir(saved), "."+filepath.Base(saved)+".", s.now())
	if earlier, ok := schemaVersion(saved); ok && earlier < from {
		return nil
	}
	tmp, err := s.copyBeside(ctx, saved)
	if err != nil {
		return err
	}
	if err := os.Rename(tmp, saved); err != nil {
		return errors.Join(err, os.Remove(tmp))
	}
	return syncDir(filepath.Dir(saved))
}

// keptCopies is how many copies from before a migration stay.
const keptCopies = 2

// dropOldCopies removes all but the copies from before the latest migrations.
func dropOldCopies(path string) error {
	prefix := filepath.Base(path) + ".before-v"
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return fileError("remove old copies of its history", path, err)
	}
	var versions []int64
	for _, entry := range entries {
		digits, ok := strings.CutPrefix(entry.Name(), prefix)
		if version, err := strconv.ParseInt(digits, 10, 64); ok && err == nil {
			versions = append(versions, version)
		}
	}
	slices.Sort(versions)
	for len(versions) > keptCopies {
		if err := os.Remove(path + ".before-v" + strconv.FormatInt(versions[0], 10)); err != nil {
			return fileError("remove old copies of its history", path, err)
		}
		versions = versions[1:]
	}
	return nil
}

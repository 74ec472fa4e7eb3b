package store

import (
	"context"
	"database/sql"
	"io/fs"
	"time"

	"pilotlight/backend"
)

// Embedded is the program's own migrations.
func Embedded() fs.FS { return embedded() }

// Migrate runs migrations on any database.
var Migrate = migrate

// UseWAL is the switch with its read-back.
var UseWAL = useWAL

// Settings are the parts of config that tests set; zero keeps the default.
type Settings struct {
	Migrations  fs.FS
	Busy        time.Duration
	CheckLimit  time.Duration
	KeepRows    int
	KeepChanges int
	KeepAge     time.Duration
	KeepCursors time.Duration
	PruneBatch  int
	PruneRounds int

	KeepRevisions int
	KeepTexts     int64
}

// OpenWith is Open with other settings.
func OpenWith(ctx context.Context, path string, now func() time.Time, set Settings) (*Store, Report, error) {
	cfg := defaults()
	if set.Migrations != nil {
		cfg.migrations = set.Migrations
	}
	cfg.busy = or(set.Busy, cfg.busy)
	cfg.checkLimit = or(set.CheckLimit, cfg.checkLimit)
	cfg.keepRows = or(set.KeepRows, cfg.keepRows)
	cfg.keepChanges = or(set.KeepChanges, cfg.keepChanges)
	cfg.keepCursors = or(set.KeepCursors, cfg.keepCursors)
	cfg.keepAge = or(set.KeepAge, cfg.keepAge)
	cfg.pruneBatch = or(set.PruneBatch, cfg.pruneBatch)
	cfg.pruneRounds = or(set.PruneRounds, cfg.pruneRounds)
	cfg.keepRevisions = or(set.KeepRevisions, cfg.keepRevisions)
	cfg.keepTexts = or(set.KeepTexts, cfg.keepTexts)
	return open(ctx, path, now, cfg)
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// Writer and Reader are the store's own connections.
func (s *Store) Writer() *sql.DB { return s.writer }

// Reader is the read pool.
func (s *Store) Reader() *sql.DB { return s.reader }

// Plan explains how SQLite would run the query behind Loads.
func Plan(ctx context.Context, s *Store, where string, args ...any) (string, error) {
	return Explain(ctx, s, "SELECT "+loadColumns+" FROM loads l"+where+" ORDER BY l.id DESC LIMIT 51", args...)
}

// FallbackPlan explains how SQLite would run the query behind Fallbacks.
func FallbackPlan(ctx context.Context, s *Store, q backend.FallbackQuery) (string, error) {
	from, before, err := placesOf(q)
	if err != nil {
		return "", err
	}
	query, args := fallbackPage(q, from, before, 51)
	return Explain(ctx, s, query, args...)
}

// CountingQueries are what summaries are made of.
var CountingQueries = map[string]string{"kinds": kindCounts, "day": dayCounts, "first": firstAfter}

// RevisionPlan explains how SQLite would run the query behind Revisions.
func RevisionPlan(ctx context.Context, s *Store, path string, before int64) (string, error) {
	query, args := revisionPageQuery(path, before, 51)
	return Explain(ctx, s, query, args...)
}

// Queries over revisions that take no page.
const (
	NewestRevision  = newestRevision
	DoomedRevisions = doomedRevisions
)

// Explain is SQLite's plan of a query, a step a line.
func Explain(ctx context.Context, s *Store, query string, args ...any) (string, error) {
	rows, err := s.reader.QueryContext(ctx, "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var plan string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			return "", err
		}
		plan += detail + "\n"
	}
	return plan, rows.Err()
}

// LoadConditions is the WHERE clause of Loads.
var LoadConditions = loadConditions

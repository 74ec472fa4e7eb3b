package agent

import (
	"context"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

// Storage is where the hub keeps its history: a *store.Store, but in the
// simulation, which breaks it on purpose.
type Storage interface {
	loadStorage
	serverStorage
	runStorage
	sumStorage
	stateStorage
	sampleStorage
}

var _ Storage = (*store.Store)(nil)

// loadStorage keeps loads and unloads, and tells what is in memory by them.
type loadStorage interface {
	AddLoads(ctx context.Context, rows []backend.Load) ([]backend.Load, error)
	Present(ctx context.Context) ([]backend.Load, error)
	Loads(ctx context.Context, q backend.LoadQuery) (backend.Page[backend.Load], error)
	LoadsBetween(ctx context.Context, since, until backend.Time, limit int) ([]backend.Load, error)
	LoadedAt(ctx context.Context, at backend.Time) ([]backend.Load, error)
	LoadSeconds(ctx context.Context, server, model string) (median, p95 *float64, n int, err error)
	SetMeasured(ctx context.Context, id, bytes int64) (backend.Load, error)
	Measured(ctx context.Context, server string) ([]backend.Load, error)
}

// serverStorage keeps how servers were.
type serverStorage interface {
	AddServerChange(ctx context.Context, c backend.ServerChange) (backend.ServerChange, error)
	ServerChanges(ctx context.Context, server string, since, until backend.Time) ([]backend.ServerChange, error)
	WatchedSince(ctx context.Context, server string) (*backend.Time, error)
}

// runStorage keeps OpenClaw's fallbacks and how far its files were read.
type runStorage interface {
	RecordJournal(ctx context.Context, j store.Journal) ([]backend.Fallback, error)
	Cursors(ctx context.Context) ([]backend.Cursor, error)
	Fallback(ctx context.Context, id int64) (backend.Fallback, error)
	Fallbacks(ctx context.Context, q backend.FallbackQuery) (backend.Page[backend.Fallback], error)
}

// sumStorage adds fallbacks up.
type sumStorage interface {
	FallbackTotals(ctx context.Context, since backend.Time) (count int, lostSeconds float64, err error)
	FallbackSummary(ctx context.Context, since, until backend.Time, loc *time.Location) (backend.FallbackSummary, error)
}

// stateStorage keeps small values by name, and drops what is old of everything.
type stateStorage interface {
	SetState(ctx context.Context, name string, value []byte) error
	State(ctx context.Context, name string) ([]byte, error)
	Prune(ctx context.Context) (rows int64, err error)
	Settle() error
}

// sampleStorage gathers the machine's figures and when models were in use, and writes
// both when they are due.
type sampleStorage interface {
	AddSample(at backend.Time, list []backend.Reading) (due bool)
	AddUses(list []backend.Use) (due bool)
	LatestUses(ctx context.Context) ([]backend.Use, error)
	Flush(ctx context.Context) error
}

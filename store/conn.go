package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/mattn/go-sqlite3"
)

// connector opens connections with their settings. It stands in for a driver
// registered by name, which would be a global.
type connector struct {
	dsn     string
	pragmas []string
}

// pragmas hold for every connection. Temporary tables stay in memory, because
// a file elsewhere could fail elsewhere; no memory map, because a file cut
// short under a map ends the program with SIGBUS; cell_size_check finds damaged
// pages before they are used; a log left large by a burst is cut back to 1 MB.
var pragmas = []string{
	"PRAGMA temp_store = MEMORY",
	"PRAGMA mmap_size = 0",
	"PRAGMA cell_size_check = ON",
	"PRAGMA trusted_schema = OFF",
	"PRAGMA wal_autocheckpoint = 250",
	"PRAGMA journal_size_limit = 1048576",
}

// Connect opens one connection.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	run, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(errors.New("the SQLite driver runs no statements"), conn.Close())
	}
	for _, pragma := range c.pragmas {
		if _, err := run.ExecContext(ctx, pragma, nil); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// Driver is go-sqlite3's.
func (c connector) Driver() driver.Driver { return &sqlite3.SQLiteDriver{} }

// writerPool is the one connection that writes, kept open for the life of the
// Store: whenever the last connection of a WAL database closes, SQLite folds
// and deletes the log.
//
// synchronous=FULL: every commit is on the disk before it is answered. NORMAL
// would be enough for a killed process (the log is in the kernel's hands by
// then) but loses the last commits when the power goes; at a few rows an hour
// the difference costs nothing.
func writerPool(path string, busy time.Duration) *sql.DB {
	pool := sql.OpenDB(connector{dsn(path, busy, url.Values{
		"_txlock":          {"immediate"}, // a lock that is not free is met at BEGIN, not halfway
		"_synchronous":     {"FULL"},
		"_cache_size":      {"-512"}, // KiB
		"_stmt_cache_size": {"8"},
	}), pragmas})
	pool.SetMaxOpenConns(1)
	pool.SetMaxIdleConns(1)
	return pool
}

// readerPool holds at most two connections, and none when nobody has asked for
// a minute: the agent idles most of its life.
func readerPool(path string, busy time.Duration) *sql.DB {
	pool := sql.OpenDB(connector{dsn(path, busy, url.Values{
		"_query_only": {"1"},
		"_cache_size": {"-256"}, // KiB
	}), pragmas})
	pool.SetMaxOpenConns(2)
	pool.SetMaxIdleConns(1)
	pool.SetConnMaxIdleTime(time.Minute)
	return pool
}

// oncePool is one connection for one long statement, so that neither readers
// nor the writer wait for it.
func oncePool(path string, busy time.Duration) *sql.DB {
	pool := sql.OpenDB(connector{dsn(path, busy, url.Values{"_cache_size": {"-256"}}), pragmas})
	pool.SetMaxOpenConns(1)
	return pool
}

// dsn is a URI, because a plain path would end at its first question mark.
// mode=rw where params say nothing else: only create makes files.
func dsn(path string, busy time.Duration, params url.Values) string {
	if !params.Has("mode") {
		params.Set("mode", "rw")
	}
	params.Set("_busy_timeout", strconv.FormatInt(busy.Milliseconds(), 10))
	params.Set("_foreign_keys", "1")
	uri := url.URL{Scheme: "file", Path: path, RawQuery: params.Encode()}
	return uri.String()
}

// write runs fn in one transaction and commits it.
//
// With a write-ahead log SQLite does not notice that its file was moved or
// deleted, and goes on to fill a file without a name, which is lost at the next
// stop. So the name is looked at before each write.
func (s *Store) write(ctx context.Context, doing string, fn func(*sql.Tx) error) error {
	if info, err := os.Stat(s.path); err != nil || !os.SameFile(info, s.file) {
		return movedAway(doing, s.path)
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(doing, err)
	}
	defer tx.Rollback() // does nothing after a commit
	if err := fn(tx); err != nil {
		return s.explain(doing, err)
	}
	if err := tx.Commit(); err != nil {
		return s.explain(doing, err)
	}
	return nil
}

// useWAL switches the write-ahead log on and reads the answer: SQLite keeps the
// old mode without an error where the file system cannot do it
// (sqlite.org/wal.html, "Activating And Configuring WAL Mode").
func useWAL(ctx context.Context, db *sql.DB) error {
	var mode string
	if err := db.QueryRowContext(ctx, "PRAGMA journal_mode = WAL").Scan(&mode); err != nil {
		return err
	}
	if mode != "wal" {
		return noWAL(fmt.Errorf("journal mode stayed %q", mode))
	}
	return nil
}

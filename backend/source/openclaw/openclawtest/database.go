package openclawtest

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	_ "github.com/mattn/go-sqlite3" // 2026.9 keeps its sessions in SQLite
)

// database is one agent's file of 2026.9, agents/<id>/agent/openclaw-agent.sqlite.
// It stays open, in WAL mode, as in a gateway that runs.
type database struct{ db *sql.DB }

// schemaVersion is the one of 2026.9.6 (PRAGMA user_version).
const schemaVersion = 23

// ddl has the tables that a reader may look at, with the columns that matter
// here and some that do not. The real file has more of both.
const ddl = `
CREATE TABLE IF NOT EXISTS schema_meta (
  meta_key TEXT NOT NULL PRIMARY KEY, role TEXT NOT NULL, schema_version INTEGER NOT NULL, agent_id TEXT,
  app_version TEXT, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS session_nodes (
  session_key TEXT NOT NULL PRIMARY KEY, current_session_id TEXT NOT NULL, entry_json TEXT NOT NULL,
  entry_valid INTEGER NOT NULL DEFAULT 0, updated_at INTEGER NOT NULL, status TEXT, created_at INTEGER,
  created_via TEXT, label TEXT, last_interaction_at INTEGER, last_activity_at INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS session_windows (
  session_id TEXT NOT NULL PRIMARY KEY, session_key TEXT NOT NULL, previous_session_id TEXT, reason TEXT,
  session_scope TEXT NOT NULL DEFAULT 'conversation', created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  status TEXT, chat_type TEXT, model_provider TEXT, model TEXT) STRICT;
CREATE TABLE IF NOT EXISTS transcript_events (
  session_id TEXT NOT NULL, seq INTEGER NOT NULL, event_json TEXT, created_at INTEGER NOT NULL, event_zstd BLOB,
  event_utf8_bytes INTEGER, navigation_json TEXT, PRIMARY KEY (session_id, seq)) STRICT;
CREATE TABLE IF NOT EXISTS trajectory_runtime_events (
  session_id TEXT NOT NULL, seq INTEGER NOT NULL, run_id TEXT, event_json TEXT NOT NULL, created_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, seq)) STRICT;`

// DatabasePath is the database of an agent, which 2026.9 alone has.
func (c *OpenClaw) DatabasePath(agent string) string {
	return filepath.Join(c.opts.StateDir, "agents", agent, "agent", "openclaw-agent.sqlite")
}

// database opens an agent's file, and makes it where there is none.
func (c *OpenClaw) database(agent string, at time.Time) (*database, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if d := c.agents[agent]; d != nil {
		return d, nil
	}
	if c.closed {
		return nil, fmt.Errorf("open database: this OpenClaw is closed")
	}
	path := c.DatabasePath(agent)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("make agent folder: %w", err)
	}
	uri := url.URL{Scheme: "file", Path: path, RawQuery: "_journal_mode=WAL&_busy_timeout=5000&_synchronous=NORMAL"}
	db, err := sql.Open("sqlite3", uri.String())
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	db.SetMaxOpenConns(1)
	d := &database{db: db}
	err = d.exec(ddl)
	if err == nil {
		err = d.exec(fmt.Sprintf("PRAGMA user_version=%d", schemaVersion))
	}
	if err == nil {
		err = d.exec("INSERT OR REPLACE INTO schema_meta VALUES ('primary','agent',?,?,?,?,?)",
			schemaVersion, agent, c.opts.Version, at.UnixMilli(), at.UnixMilli())
	}
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	c.agents[agent] = d
	return d, nil
}

func (d *database) exec(query string, args ...any) error {
	if _, err := d.db.ExecContext(context.Background(), query, args...); err != nil {
		return fmt.Errorf("write database: %w", err)
	}
	return nil
}

func (d *database) close() error { return d.db.Close() }

// event adds a line of a transcript.
func (d *database) event(s *session, at time.Time, text string) error {
	s.seq++
	return d.exec("INSERT INTO transcript_events (session_id, seq, event_json, created_at, event_utf8_bytes) VALUES (?,?,?,?,?)",
		s.id, s.seq, text, at.UnixMilli(), len(text))
}

// trajectory adds a row of what the runtime did, with whole prompts in it.
func (d *database) trajectory(s *session, at time.Time, runID, text string) error {
	s.traj++
	return d.exec("INSERT INTO trajectory_runtime_events VALUES (?,?,?,?,?)", s.id, s.traj, runID, text, at.UnixMilli())
}

// node writes a session's entry.
func (d *database) node(s *session, at time.Time, entry string) error {
	ms := at.UnixMilli()
	err := d.exec(`INSERT INTO session_nodes (session_key, current_session_id, entry_json, entry_valid, updated_at, created_at, created_via)
		VALUES (?,?,?,1,?,?,'run') ON CONFLICT(session_key) DO UPDATE SET
		current_session_id=excluded.current_session_id, entry_json=excluded.entry_json, updated_at=excluded.updated_at`,
		s.key, s.id, entry, ms, s.started.UnixMilli())
	if err != nil {
		return err
	}
	return d.exec(`INSERT INTO session_windows (session_id, session_key, reason, created_at, updated_at) VALUES (?,?,'initial',?,?)
		ON CONFLICT(session_id) DO UPDATE SET updated_at=excluded.updated_at`, s.id, s.key, s.started.UnixMilli(), ms)
}

//go:build cgo

package journal_test

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"pilotlight/backend/source/openclaw/journal"
)

// schema is what is known of 2026.9's; other columns and tables are there too.
const schema = `
CREATE TABLE session_nodes (session_key TEXT PRIMARY KEY, entry_json TEXT NOT NULL, updated_at INTEGER) STRICT;
CREATE TABLE transcript_events (session_id TEXT NOT NULL, seq INTEGER NOT NULL, event_json TEXT, event_zstd BLOB, created_at INTEGER, PRIMARY KEY (session_id, seq)) STRICT, WITHOUT ROWID;
CREATE TABLE trajectory_runtime_events (session_id TEXT, seq INTEGER, run_id TEXT, event_json TEXT);`

// claw is OpenClaw's database of one agent, and OpenClaw's connection to it. That
// is a process of its own: within one process SQLite shares what it otherwise
// must read from the disk.
type claw struct {
	t     testing.TB
	dir   string // state folder
	path  string
	child *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
}

func newClaw(t testing.TB, schema string) *claw {
	t.Helper()
	c := &claw{t: t, dir: t.TempDir()}
	c.path = filepath.Join(c.dir, "agents", "main", "agent", "openclaw-agent.sqlite")
	c.must(os.MkdirAll(filepath.Dir(c.path), 0o700))
	c.open()
	t.Cleanup(func() { c.kill() })
	c.exec(schema)
	return c
}

// statement is what the child is asked to run.
type statement struct {
	Query string
	Args  []any
	Times int // with ?1 counting from 0; 0 is once
}

// playOpenClaw runs statements until its input ends, as one who never waits for
// a lock.
func playOpenClaw(path string) {
	db, err := sql.Open("sqlite3", "file:"+path+"?_journal_mode=WAL&_busy_timeout=0")
	if err != nil {
		log.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 8<<20)
	for in.Scan() {
		var s statement
		if err := json.Unmarshal(in.Bytes(), &s); err != nil {
			log.Fatal(err)
		}
		var err error
		for i := range max(1, s.Times) {
			args := s.Args
			if s.Times > 0 {
				args = append([]any{i}, args...)
			}
			if _, err = db.Exec(s.Query, args...); err != nil {
				break
			}
		}
		if err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
			continue
		}
		fmt.Println("ok")
	}
	db.Close()
}

func (c *claw) open() {
	c.child = exec.Command(os.Args[0])
	c.child.Env = append(os.Environ(), childEnv+"="+c.path)
	c.child.Stderr = os.Stderr
	var err error
	c.in, err = c.child.StdinPipe()
	c.must(err)
	out, err := c.child.StdoutPipe()
	c.must(err)
	c.out = bufio.NewScanner(out)
	c.must(c.child.Start())
}

// close stops OpenClaw as it should be, kill as it should not.
func (c *claw) close() {
	c.must(c.in.Close())
	c.must(c.child.Wait())
	c.child = nil
}

func (c *claw) kill() {
	if c.child != nil {
		_ = c.child.Process.Kill()
		_ = c.child.Wait()
		c.child = nil
	}
}

func (c *claw) begin(s statement) {
	c.t.Helper()
	line, err := json.Marshal(s)
	c.must(err)
	_, err = c.in.Write(append(line, '\n'))
	c.must(err)
}

func (c *claw) end() {
	c.t.Helper()
	if !c.out.Scan() || c.out.Text() != "ok" {
		c.t.Fatalf("OpenClaw's database says %q", c.out.Text())
	}
}

func (c *claw) exec(query string, args ...any) {
	c.t.Helper()
	c.begin(statement{Query: query, Args: args})
	c.end()
}

func (c *claw) session(key, entry string) {
	c.exec(`INSERT INTO session_nodes (session_key, entry_json) VALUES (?, ?) ON CONFLICT DO UPDATE SET entry_json = excluded.entry_json`, key, entry)
}

func (c *claw) event(session string, seq int, event any) {
	c.exec(`INSERT INTO transcript_events (session_id, seq, event_json) VALUES (?, ?, ?)`, session, seq, event)
}

// recorded fills it with what a real run left.
func (c *claw) recorded(where string) {
	var nodes []struct {
		Key   string          `json:"session_key"`
		Entry json.RawMessage `json:"entry"`
	}
	if err := json.Unmarshal(read(c.t, "testdata/"+where+"/sqlite.session_nodes.json"), &nodes); err != nil {
		c.t.Fatal(err)
	}
	var id struct {
		SessionID string `json:"sessionId"`
	}
	for _, n := range nodes {
		c.session(n.Key, string(n.Entry))
		if err := json.Unmarshal(n.Entry, &id); err != nil {
			c.t.Fatal(err)
		}
	}
	for i, line := range lines(read(c.t, "testdata/"+where+"/sqlite.transcript_events.jsonl")) {
		c.event(id.SessionID, i+1, string(line))
	}
}

func (c *claw) places() journal.Places {
	return journal.Places{StateDir: c.dir, LogFile: c.dir + "/none.log"}
}

func (c *claw) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

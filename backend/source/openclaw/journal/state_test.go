//go:build cgo

package journal_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

func TestTheDatabaseTellsWhereTheLogDoesNot(t *testing.T) {
	t.Parallel()
	c := newClaw(t, schema)
	c.recorded("gateway-hot-reload/2026.9.6")
	o := newOwner()
	o.look(t, c.places())
	want := []string{
		"session model not found", "chosen lmstudio", "candidate lmstudio", "user", "candidate anthropic", "answer anthropic stop",
		"user", "candidate lmstudio", "candidate anthropic", "answer anthropic stop",
	}
	if got := o.briefs(); !slices.Equal(got, want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
	for _, tr := range o.traces {
		if tr.Source != backend.SourceState || tr.SessionID == "" || tr.SessionKey != "agent:main:main" || tr.AgentID != "main" || tr.Ref == "" {
			t.Errorf("got %+v", tr)
		}
	}
	if s := o.traces[0]; s.Requested != local || s.Notice != hosted.String() {
		t.Errorf("the session is %+v", s)
	}
	o.look(t, c.places())
	c.event(o.traces[0].SessionID, 100, strings.TrimSpace(say("user", "more", 5, "")))
	c.exec(`INSERT INTO transcript_events (session_id, seq, event_zstd) VALUES (?, 101, x'28b52ffd')`, o.traces[0].SessionID)
	o.look(t, c.places())
	if got := o.briefs(); len(got) != len(want)+1 || got[len(want)] != "user" {
		t.Errorf("then it got %q", got[min(len(want), len(got)):])
	}
}

func TestTheDatabaseIsLeftAloneWhereTheLogTells(t *testing.T) {
	t.Parallel()
	c := newClaw(t, schema)
	c.recorded("gateway-hot-reload/2026.9.6")
	places, o := c.places(), newOwner()
	write(t, places.LogFile, logLine("a"))
	o.look(t, places)
	if got, want := o.briefs(), []string{"decision", "session model not found"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// What the log told of meanwhile is not told again by the database.
	places.Quiet = true
	c.event(o.traces[1].SessionID, 100, strings.TrimSpace(say("user", "more", 5, "")))
	o.look(t, places)
	if got, want := o.briefs(), []string{"decision", "session model not found", "user"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOtherSchemasAreNoTrouble(t *testing.T) {
	t.Parallel()
	entry := `{"sessionId":"s","updatedAt":1795331263635,"modelProvider":"p","model":"m"}`
	for name, c := range map[string]struct {
		schema, fill string
		want         []string
	}{
		"no tables":       {`CREATE TABLE x (y)`, ``, nil},
		"other columns":   {`CREATE TABLE session_nodes (key TEXT, entry TEXT); CREATE TABLE transcript_events (id, body)`, ``, nil},
		"no events":       {`CREATE TABLE session_nodes (session_key, entry_json)`, `INSERT INTO session_nodes VALUES ('agent:main:main', '` + entry + `')`, []string{"session p"}},
		"a view":          {`CREATE TABLE n (k, e); CREATE VIEW session_nodes AS SELECT k AS session_key, e AS entry_json FROM n`, `INSERT INTO n VALUES ('agent:main:main', '` + entry + `')`, []string{"session p"}},
		"odd values":      {`CREATE TABLE session_nodes (session_key, entry_json); CREATE TABLE transcript_events (session_id, seq, event_json)`, `INSERT INTO session_nodes VALUES (7, x'00'), (NULL, NULL), ('k', '{'), ('k2', '` + entry + `'); INSERT INTO transcript_events VALUES ('s', 1, x'00'), ('s', 'two', 'x'), (NULL, NULL, NULL), ('s', 3, '{')`, []string{"session p"}},
		"a newer version": {schema + `PRAGMA user_version = 999; ALTER TABLE session_nodes ADD COLUMN more ANY`, `INSERT INTO session_nodes VALUES ('agent:main:main', '` + entry + `', 1, 2)`, []string{"session p"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			claw := newClaw(t, c.schema)
			if c.fill != "" {
				claw.exec(c.fill)
			}
			o := newOwner()
			o.look(t, claw.places())
			if got := o.briefs(); !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatIsNoDatabaseIsTold(t *testing.T) {
	t.Parallel()
	dir, o := t.TempDir(), newOwner()
	write(t, dir+"/agents/main/agent/openclaw-agent.sqlite", strings.Repeat("no database ", 1000))
	r := o.look(t, journal.Places{StateDir: dir, LogFile: dir + "/none.log"})
	if h := r.Health(); h.State == nil || h.State.Hint == "" {
		t.Errorf("health is %+v", h)
	}
}

// picture is everything about the files of a folder that reading must not change.
func picture(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		st := info.Sys().(*syscall.Stat_t)
		sum := ""
		if info.Mode().IsRegular() {
			sum = fmt.Sprintf("%x", sha256.Sum256(read(t, path)))
		}
		all[path] = fmt.Sprint(info.Mode(), info.Size(), info.ModTime().UnixNano(), st.Ino, sum)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestReadingTheDatabaseChangesNothing takes a picture of the folder before and
// after, with OpenClaw running, stopped, and killed.
func TestReadingTheDatabaseChangesNothing(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*claw) (want int){
		"running": func(c *claw) int { return 10 },
		"just started": func(c *claw) int {
			c.close()
			c.open()
			c.exec(`SELECT count(*) FROM session_nodes`)
			return 10
		},
		"stopped": func(c *claw) int { c.close(); return 10 },
		"killed":  func(c *claw) int { c.kill(); return 10 },
		"killed, and the memory that it shared is gone": func(c *claw) int {
			c.kill()
			c.must(os.Remove(c.path + "-shm"))
			return 0
		},
		"checkpointed": func(c *claw) int { c.exec(`PRAGMA wal_checkpoint(TRUNCATE)`); return 10 },
		"in a folder that is not writable": func(c *claw) int {
			c.must(os.Chmod(filepath.Dir(c.path), 0o500))
			c.t.Cleanup(func() { _ = os.Chmod(filepath.Dir(c.path), 0o700) })
			return 10
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newClaw(t, schema)
			c.recorded("gateway-hot-reload/2026.9.6")
			want := prepare(c)
			before := picture(t, c.dir)
			o := newOwner()
			o.look(t, c.places())
			if got := len(o.briefs()); got != want {
				t.Errorf("got %d traces, want %d", got, want)
			}
			after := picture(t, c.dir)
			for path := range after {
				if after[path] != before[path] {
					t.Errorf("%s was\n%s\nand is\n%s", path, before[path], after[path])
				}
			}
			if len(after) != len(before) {
				t.Errorf("there were %d files, there are %d", len(before), len(after))
			}
		})
	}
}

// TestOpenClawWritesOnWhileItIsRead reads again and again while OpenClaw writes,
// starts its log over and holds locks: it must never be refused, and every event
// is told once.
func TestOpenClawWritesOnWhileItIsRead(t *testing.T) {
	t.Parallel()
	c := newClaw(t, schema)
	c.exec(`PRAGMA wal_autocheckpoint = 20`)
	c.session("agent:main:main", `{"sessionId":"s","updatedAt":`+fmt.Sprint(fixed.UnixMilli())+`}`)
	const events = 3000
	c.begin(statement{
		Query: `INSERT INTO transcript_events (session_id, seq, event_json) VALUES ('s', ?, ?)`, Times: events,
		Args: []any{strings.TrimSpace(say("user", "x", 1, ""))},
	})
	done := make(chan struct{})
	go func() { defer close(done); c.end() }()
	o, looks := newOwner(), 0
	for ended := false; !ended; looks++ {
		select {
		case <-done:
			ended = true // what it wrote is there for this last look
		default:
		}
		o.look(t, c.places())
	}
	t.Logf("%d looks", looks)
	users := 0
	for _, b := range o.briefs() {
		if b == "user" {
			users++
		}
	}
	if users != events {
		t.Errorf("%d events were told of, %d were written", users, events)
	}
}

func TestAChangeOfTheDatabaseIsToldOf(t *testing.T) {
	t.Parallel()
	c := newClaw(t, schema)
	c.session("agent:main:main", `{"sessionId":"s","updatedAt":`+fmt.Sprint(fixed.UnixMilli())+`}`)
	o := newOwner()
	run(t, reader(c.places(), nil), o)
	count := func(n int) func([]string) bool { return func(l []string) bool { return len(l) == n } }
	o.until(t, "what was there", count(1))
	started := time.Now()
	c.event("s", 1, strings.TrimSpace(say("user", "x", 1, "")))
	o.until(t, "a new event", count(2))
	t.Logf("told after %v", time.Since(started))
}

package openclawtest_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/mattn/go-sqlite3"

	"pilotlight/backend/source/openclaw/openclawtest"
)

// compareSessions holds the transcript and the index of 2026.2 and 2026.3 to the
// real ones.
func compareSessions(t *testing.T, dir string, fake *openclawtest.OpenClaw) {
	t.Helper()
	index := map[string]map[string]any{}
	b, err := os.ReadFile(fake.SessionsPath("main"))
	if err == nil {
		err = json.Unmarshal(b, &index)
	}
	if err != nil {
		t.Fatal(err)
	}
	entry := index["agent:main:main"]
	id, _ := entry["sessionId"].(string)
	compareTranscripts(t, jsonLines(t, filepath.Join(dir, "session-transcript.jsonl")), jsonLines(t, fake.TranscriptPath("main", id)))
	want := entries(t, filepath.Join(dir, "sessions.json"))["agent:main:main"]
	if g, w := keysOf(entry), keysOf(want); !slices.Equal(g, w) {
		t.Errorf("index: got %v, want %v", g, w)
	}
}

// compareDatabase holds the transcript and the entry in 2026.9's database to the
// real ones.
func compareDatabase(t *testing.T, dir string, fake *openclawtest.OpenClaw) {
	t.Helper()
	compareTranscripts(t, jsonLines(t, filepath.Join(dir, "sqlite.transcript_events.jsonl")),
		query(t, fake, "SELECT event_json FROM transcript_events ORDER BY session_id, seq"))
	compareTrajectories(t, jsonLines(t, filepath.Join(dir, "sqlite.trajectory_runtime_events.subset.jsonl")),
		query(t, fake, "SELECT event_json FROM trajectory_runtime_events ORDER BY session_id, seq"))
	want := keysOf(entries(t, filepath.Join(dir, "sqlite.session_nodes.json"))["agent:main:main"])
	got := keysOf(nodeEntry(t, fake))
	for _, k := range []string{"model", "modelProvider", "sessionId", "activeWriterRunId", "totalTokens", "fallbackNotice", "lastInteractionAt"} {
		if k == "totalTokens" && strings.Contains(dir, "v-hang") {
			continue
		}
		if slices.Contains(got, k) != slices.Contains(want, k) {
			t.Errorf("entry: %s: got %v, want %v", k, got, want)
		}
	}
}

func compareTranscripts(t *testing.T, want, got []map[string]any) {
	t.Helper()
	kinds := func(list []map[string]any) (out []string) {
		for _, v := range list {
			m, _ := v["message"].(map[string]any)
			out = append(out, fmt.Sprint(v["type"], v["customType"], m["role"], m["provider"], m["stopReason"], m["errorMessage"]))
		}
		return out
	}
	if g, w := kinds(got), kinds(want); !slices.Equal(g, w) {
		t.Errorf("transcripts differ: %s", difference(g, w))
		return
	}
	for i := range want {
		w, g := trim(shape("", want[i])), trim(shape("", got[i]))
		if !slices.Equal(g, w) {
			t.Errorf("entry %d: %s", i, difference(g, w))
		}
	}
}

// trim leaves out what only some answers carry.
func trim(paths []string) []string {
	return slices.DeleteFunc(paths, func(p string) bool {
		return strings.Contains(p, ".diagnostics") || strings.Contains(p, "reasoningTokens") || strings.Contains(p, "textSignature")
	})
}

func compareTrajectories(t *testing.T, want, got []map[string]any) {
	t.Helper()
	kinds := func(list []map[string]any) map[string][]string {
		out := map[string][]string{}
		for _, v := range list {
			d, _ := v["data"].(map[string]any)
			kind := fmt.Sprint(v["type"], d["stopReason"], d["timedOut"], v["provider"])
			out[kind] = trimUsage(shape("", v))
		}
		return out
	}
	g := kinds(got)
	for kind, want := range kinds(want) {
		if got := g[kind]; !slices.Equal(got, want) {
			t.Errorf("trajectory %s: %s", kind, difference(got, want))
		}
	}
}

func trimUsage(paths []string) []string {
	return slices.DeleteFunc(paths, func(p string) bool { return strings.HasPrefix(p, ".data.usage") })
}

func jsonLines(t *testing.T, file string) []map[string]any {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]any
	for line := range bytes.Lines(b) {
		var v map[string]any
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, v)
	}
	return out
}

// entries reads either form of the sessions' dump.
func entries(t *testing.T, file string) map[string]any {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	var list []struct {
		Key   string `json:"session_key"`
		Entry any    `json:"entry"`
	}
	if json.Unmarshal(b, &list) == nil {
		for _, e := range list {
			out[e.Key] = e.Entry
		}
	} else if err := json.Unmarshal(b, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func query(t *testing.T, fake *openclawtest.OpenClaw, q string) []map[string]any {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+fake.DatabasePath("main")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []map[string]any
	for rows.Next() {
		var text string
		var v map[string]any
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func nodeEntry(t *testing.T, fake *openclawtest.OpenClaw) map[string]any {
	t.Helper()
	list := query(t, fake, "SELECT entry_json FROM session_nodes")
	if len(list) != 1 {
		t.Fatalf("got %d sessions, want 1", len(list))
	}
	return list[0]
}

package fallback_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

// recorded are the runs of OpenClaw that the journal's own tests read.
const recorded = "../../source/openclaw/journal/testdata"

// The files of one recorded run: the log, and what a session leaves behind.
var everything = []string{"openclaw.log.jsonl", "session-transcript.jsonl", "sqlite.transcript_events.jsonl", "sessions.json", "sqlite.session_nodes.json"}

// sample reads files of a recorded run with the journal's parsers.
func sample(t *testing.T, run string, files ...string) []backend.Trace {
	t.Helper()
	var list []backend.Trace
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(recorded, run, name))
		if os.IsNotExist(err) {
			continue // a version without it
		} else if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(name, "openclaw.log"):
			eachLine(data, func(line []byte) {
				if tr, ok := journal.ParseLine(line); ok {
					list = append(list, tr)
				}
			})
		case strings.Contains(name, "transcript"):
			list = append(list, transcript(t, data, strings.HasPrefix(name, "sqlite"))...)
		default:
			list = append(list, sessionIndex(t, data)...)
		}
	}
	return list
}

func eachLine(data []byte, do func(line []byte)) {
	sc := bufio.NewScanner(bytes.NewReader(data))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		do(sc.Bytes())
	}
}

// transcript reads a session's lines, and its id from the first of them.
func transcript(t *testing.T, data []byte, state bool) []backend.Trace {
	t.Helper()
	var list []backend.Trace
	session := ""
	eachLine(data, func(line []byte) {
		var head struct{ Type, ID string }
		if json.Unmarshal(line, &head) == nil && head.Type == "session" {
			session = head.ID
		}
		if tr, ok := journal.ParseTranscript(line); ok {
			tr.SessionID = session
			if state {
				tr.Source = backend.SourceState
			}
			list = append(list, tr)
		}
	})
	return list
}

// sessionIndex reads an index, or rows of the table that took its place in 2026.9.
func sessionIndex(t *testing.T, data []byte) []backend.Trace {
	t.Helper()
	var rows []struct {
		Key   string          `json:"session_key"`
		Entry json.RawMessage `json:"entry"`
	}
	state := json.Unmarshal(data, &rows) == nil
	if state {
		entries := map[string]json.RawMessage{}
		for _, r := range rows {
			entries[r.Key] = r.Entry
		}
		data, _ = json.Marshal(entries) // of raw messages that were just read
	}
	list, err := journal.ParseSessions(data)
	if err != nil {
		t.Fatal(err)
	}
	for i := range list {
		if state {
			list[i].Source = backend.SourceState
		}
	}
	return list
}

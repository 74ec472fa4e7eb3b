//go:build cgo

package journal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/openclaw/journal"
)

// said are the texts of all messages in a transcript.
func said(text []byte) []string {
	var list []string
	for _, line := range lines(text) {
		var e struct {
			Message struct {
				Content json.RawMessage `json:"content"`
			} `json:"message"`
		}
		if json.Unmarshal(line, &e) != nil {
			continue
		}
		var plain string
		var parts []struct {
			Text string `json:"text"`
		}
		if json.Unmarshal(e.Message.Content, &plain) == nil {
			list = append(list, plain)
		} else if json.Unmarshal(e.Message.Content, &parts) == nil {
			for _, p := range parts {
				list = append(list, p.Text)
			}
		}
	}
	return slices.DeleteFunc(list, func(s string) bool { return len(s) < 4 })
}

// TestNothingThatWasSaidComesOut runs every recorded file through the reader and
// looks for what was said in all that comes out.
func TestNothingThatWasSaidComesOut(t *testing.T) {
	t.Parallel()
	secrets := []string{
		"Say hello", "Hello from the fake", "hi via chat", "hello via gateway", "t0ken-not-secret", "sk-ant-fake", "sk-ant-not-a-key", "lm-not-a-key",
		"Continue where you left off", "a secret answer", "a secret question",
	}
	places, err := filepath.Glob("testdata/*/*")
	if err != nil || len(places) < 20 {
		t.Fatal(places, err)
	}
	var out bytes.Buffer
	traces := 0
	for _, where := range places {
		c := newClaw(t, schema)
		files, err := filepath.Glob(where + "/*")
		c.must(err)
		for _, file := range files {
			switch filepath.Base(file) {
			case "openclaw.log.jsonl":
				write(t, c.dir+"/openclaw-2026-11-22.log", string(read(t, file)))
			case "gateway-console.txt":
				write(t, c.dir+"/openclaw-2026-11-23.log", string(read(t, file)))
			case "session-transcript.jsonl":
				secrets = append(secrets, said(read(t, file))...)
				write(t, c.dir+"/agents/main/sessions/s.jsonl", string(read(t, file)))
			case "sessions.json":
				write(t, c.dir+"/agents/main/sessions/sessions.json", string(read(t, file)))
			case "sqlite.transcript_events.jsonl":
				secrets = append(secrets, said(read(t, file))...)
				c.recorded(strings.TrimPrefix(where, "testdata/"))
			}
		}
		write(t, c.dir+"/openclaw-2026-11-23.log", decision(`{"event":"model_fallback_decision","decision":"candidate_failed","prompt":"a secret question",`+
			`"messages":[{"content":"a secret answer"}],"errorPreview":"Incorrect API key provided: sk-ant-not-a-key at http://u:t0ken-not-secret@h/?key=lm-not-a-key"}`)+"\n")
		o := newOwner()
		r := journal.New(journal.Config{
			Places: func() journal.Places {
				return journal.Places{LogDir: c.dir, LogPrefix: "openclaw-", StateDir: c.dir, Quiet: true} // Quiet: the database too
			},
			Now: func() time.Time { return fixed },
			Log: slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})),
		}, nil)
		c.must(r.Look(t.Context(), o.deliver))
		traces += len(o.traces)
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		c.must(enc.Encode(o.batches))
		c.must(enc.Encode(r.Health()))
		fmt.Fprintf(&out, "%+v\n", o.batches)
		c.kill()
	}
	if traces < 300 || len(secrets) < 60 {
		t.Fatalf("only %d traces and %d texts: the test looks at too little", traces, len(secrets))
	}
	for _, s := range secrets {
		if i := strings.Index(out.String(), s); i >= 0 {
			t.Errorf("%q came out: …%s…", s, out.String()[max(0, i-200):min(out.Len(), i+200)])
		}
	}
}

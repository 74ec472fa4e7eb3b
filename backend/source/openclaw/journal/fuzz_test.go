package journal_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

// wantSound checks what must hold of any trace.
func wantSound(t *testing.T, tr backend.Trace) {
	t.Helper()
	if tr.Kind == "" || tr.Source == "" {
		t.Errorf("a trace of nothing: %+v", tr)
	}
	for _, s := range []string{
		tr.RunID, tr.SessionID, tr.SessionKey, tr.AgentID, tr.Lane, tr.TraceID, tr.Requested.String(), tr.Candidate.String(), tr.Next.String(),
		tr.Decision, tr.Final, tr.Reason, tr.Code, tr.Detail, tr.Stop, tr.Override, tr.Notice,
	} {
		if len(s) > 600 || !utf8.ValidString(s) || strings.ContainsAny(s, "\x00\n\r\x1b") {
			t.Errorf("%q of %+v", s, tr)
		}
	}
	if len(tr.Detail) > backend.MaxDetail || len(tr.Previous) > 64 || tr.Status != 0 && (tr.Status < 100 || tr.Status > 599) ||
		tr.Duration < 0 || tr.Attempt < 0 || tr.Total < 0 || tr.Tries < 0 {
		t.Errorf("out of bounds: %+v", tr)
	}
	if _, err := json.Marshal(tr); err != nil {
		t.Errorf("%v: %+v", err, tr)
	}
}

func FuzzParseLine(f *testing.F) {
	for _, text := range samples(f, "openclaw.log.jsonl") {
		for i, line := range lines(text) {
			if _, ok := journal.ParseLine(line); ok && i%7 == 0 {
				f.Add(line)
			}
		}
	}
	for i, line := range lines(read(f, "testdata/gateway-hot-reload/2026.9.6/gateway-console.txt")) {
		if i%5 == 0 {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		before := bytes.Clone(line)
		if tr, ok := journal.ParseLine(line); ok {
			wantSound(t, tr)
		}
		if !bytes.Equal(line, before) {
			t.Error("the line was changed")
		}
	})
}

func FuzzParseTranscript(f *testing.F) {
	for _, text := range samples(f, "*transcript*.jsonl") {
		for i, line := range lines(text) {
			if i%3 == 0 {
				f.Add(line)
			}
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if tr, ok := journal.ParseTranscript(line); ok {
			wantSound(t, tr)
		}
	})
}

func FuzzParseSessions(f *testing.F) {
	for _, text := range samples(f, "sessions.json") {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := journal.ParseSessions(text)
		if valid := json.Valid(text) && bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("{")); valid != (err == nil) {
			t.Errorf("valid %t, error %v", valid, err)
		}
		for _, tr := range list {
			wantSound(t, tr)
		}
	})
}

// FuzzScan reads a text in chunks of any size: the lines are the same, and they
// are those that splitting the text gives.
func FuzzScan(f *testing.F) {
	f.Add([]byte("a\nb\r\n\n\x00c"), uint16(1), uint16(3), uint32(0))
	f.Add([]byte("a\nb\n"), uint16(2), uint16(0), uint32(journal.MaxLine))
	f.Add([]byte("x\ny"), uint16(7), uint16(0), uint32(journal.MaxLine-1))
	f.Fuzz(func(t *testing.T, text []byte, chunk, every uint16, pad uint32) {
		if n := int(pad) % (2*journal.MaxLine + 10); n > 0 && len(text) > 0 { // a long line in the midst
			i := len(text) / 2
			text = append(append(bytes.Clone(text[:i]), bytes.Repeat([]byte{'p'}, n)...), text[i:]...)
		}
		var want []string
		offset := int64(0)
		for line := range bytes.Lines(text) {
			if s, ok := bytes.CutSuffix(line, []byte("\n")); ok {
				if len(s) >= journal.MaxLine {
					want = append(want, fmt.Sprintf("%d long", offset))
				} else {
					want = append(want, fmt.Sprintf("%d %q", offset, bytes.TrimSuffix(s, []byte("\r"))))
				}
			}
			offset += int64(len(line))
		}
		rest, calls := text, 0
		read := func(b []byte) (int, error) {
			n := min(len(b), int(chunk)+1, len(rest))
			if calls++; every > 0 && calls%int(every+1) == 0 {
				n = min(len(b), len(rest))
			} else if len(text) > 10_000 {
				n = min(len(b), len(rest), 50_000+int(chunk))
			}
			copy(b, rest[:n])
			rest = rest[n:]
			if len(rest) == 0 {
				return n, io.EOF
			}
			return n, nil
		}
		var got []string
		end, skipping, err := journal.ScanAll(read, func(line []byte, offset int64, long bool) {
			if long {
				got = append(got, fmt.Sprintf("%d long", offset))
			} else {
				got = append(got, fmt.Sprintf("%d %q", offset, line))
			}
		})
		last := int64(bytes.LastIndexByte(text, '\n') + 1)
		if tail := int64(len(text)) - last; tail >= journal.MaxLine { // a long line that has not ended
			want = append(want, fmt.Sprintf("%d long", last))
			if !skipping || end != int64(len(text)) {
				t.Errorf("inside a long line it stands at %d of %d, skipping %t", end, len(text), skipping)
			}
		} else if end != last || skipping {
			t.Errorf("it stands at %d, the last line ends at %d, skipping %t", end, last, skipping)
		}
		if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("%v\n got %.300q\nwant %.300q", err, got, want)
		}
	})
}

// FuzzWalk compares the tolerant walk with Go's own decoder, by what a session's
// entry says.
func FuzzWalk(f *testing.F) {
	f.Add([]byte(`{"sessionId":"a","model":"m\u00e4\n","modelProvider":"\ud83d\ude00","x":[{"model":"{\"}"}]}`))
	f.Fuzz(func(t *testing.T, entry []byte) {
		var want map[string]any
		if json.Unmarshal(entry, &want) != nil || want == nil {
			return
		}
		list, err := journal.ParseSessions(append(append([]byte(`{"key":`), entry...), '}'))
		if err != nil {
			t.Fatalf("valid, but %v", err)
		}
		id, _ := want["sessionId"].(string)
		if id == "" || strings.TrimSpace(id) != id || len(id) > 200 || strings.ContainsFunc(id, func(r rune) bool { return r < ' ' || r > '~' }) ||
			bytes.Count(entry, []byte(`"sessionId"`)) != 1 || bytes.Contains(entry, []byte(`\u`)) || strings.Contains(id, "  ") ||
			id == "undefined" || id == "null" || id == "-" || id == "none" {
			return
		}
		if len(list) != 1 || list[0].SessionID != id {
			t.Errorf("got %+v, want %q", list, id)
		}
	})
}

package openclawtest_test

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"pilotlight/backend/source/openclaw/openclawtest"
)

// recorded are the runs of the real OpenClaw that the fake is held to, each with
// the turn that plays the same.
var recorded = map[string]struct {
	options openclawtest.Options
	turn    openclawtest.Turn
	tries   map[string]int // of that run, where its waits were chance
}{
	"i429":            {turn: openclawtest.Turn{Failures: fails(openclawtest.RateLimited)}, options: hostedFirst},
	"i500":            {turn: openclawtest.Turn{Failures: fails(openclawtest.Err500)}, options: hostedFirst, tries: map[string]int{"2026.9.6": 7}},
	"ii-local-down":   {turn: openclawtest.Turn{Failures: fails(openclawtest.ServerOff)}, tries: map[string]int{"2026.9.6": 7}},
	"iii-loadfail":    {turn: openclawtest.Turn{Failures: fails(openclawtest.LoadFailed)}},
	"iii-notfound404": {turn: openclawtest.Turn{Failures: fails(openclawtest.NotFound)}},
	"iii-notloaded":   {turn: openclawtest.Turn{Failures: fails(openclawtest.NotLoaded)}},
	"v-hang":          {turn: openclawtest.Turn{Failures: fails(openclawtest.Hang), Timeout: 40 * time.Second}},
	"vi-all-fail": {turn: openclawtest.Turn{Failures: fails(openclawtest.ServerOff, openclawtest.Auth), Via: openclawtest.ViaCLI},
		tries: map[string]int{"2026.9.6": 8}},
	"vii-ok":      {},
	"vii-ok-chat": {options: openclawtest.Options{API: "openai-completions"}},
}

var hostedFirst = openclawtest.Options{Primary: openclawtest.DefaultFallback, Fallbacks: []string{openclawtest.DefaultPrimary}}

func fails(f ...openclawtest.Failure) []openclawtest.Failure { return f }

// noon is when the tests' turns begin, in a zone that is not UTC.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("CET", 3600))

func TestTheFakeWritesWhatTheRealOneWrote(t *testing.T) {
	t.Parallel()
	cases := 0
	for name, c := range recorded {
		dirs, err := filepath.Glob(filepath.Join("testdata", "recorded", name, "*"))
		if err != nil || len(dirs) == 0 {
			t.Fatalf("no record of %s: %v", name, err)
		}
		for _, dir := range dirs {
			version := filepath.Base(dir)
			cases++
			t.Run(name+"/"+version, func(t *testing.T) {
				t.Parallel()
				o, turn := c.options, c.turn
				o.Version, o.StateDir, o.Seed = version, t.TempDir(), 7
				o.Now = func() time.Time { return noon }
				turn.Tries = c.tries[version]
				fake := openclawtest.Start(t, o)
				if _, err := fake.Play(turn); err != nil {
					t.Fatal(err)
				}
				compareLogs(t, filepath.Join(dir, "openclaw.log.jsonl"), fake.LogPath())
				if version != openclawtest.V9 {
					compareSessions(t, dir, fake)
					return
				}
				compareDatabase(t, dir, fake)
			})
		}
	}
	if cases < 20 {
		t.Errorf("only %d records were compared", cases)
	}
}

func TestAChatIsWrittenAsTheRealOneWasWritten(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("testdata", "recorded", "chat", "2026.9.6")
	fake := openclawtest.Start(t, openclawtest.Options{StateDir: t.TempDir(), Now: func() time.Time { return noon }})
	if _, err := fake.Play(openclawtest.Turn{Via: openclawtest.ViaChat, Failures: fails(openclawtest.NotFound)}); err != nil {
		t.Fatal(err)
	}
	compareLogs(t, filepath.Join(dir, "openclaw.log.jsonl"), fake.LogPath())
	want := entries(t, filepath.Join(dir, "sqlite.session_nodes.json"))["agent:main:main"].(map[string]any)
	got := nodeEntry(t, fake)
	if fmt.Sprint(keysOf(got["fallbackNotice"])) != fmt.Sprint(keysOf(want["fallbackNotice"])) {
		t.Errorf("got the notice %v, want one like %v", got["fallbackNotice"], want["fallbackNotice"])
	}
}

// compareLogs holds the fake's log to a real one: the same kinds of line in the
// same order, each with the same keys and types.
func compareLogs(t *testing.T, real, fake string) {
	t.Helper()
	want, got := logLines(t, real), logLines(t, fake)
	wantOrder, gotOrder := order(want), order(got)
	if !slices.Equal(gotOrder, wantOrder) {
		t.Errorf("lines differ: %s", difference(gotOrder, wantOrder))
	}
	compareKeys(t, want, got)
	wantShapes, gotShapes := shapes(want), shapes(got)
	for kind, want := range wantShapes {
		if got, ok := gotShapes[kind]; ok && !slices.Equal(got, want) {
			t.Errorf("%s: %s", kind, difference(got, want))
		}
	}
}

// compareKeys holds the order of a line's keys to that of the real ones, which
// the versions do not share.
func compareKeys(t *testing.T, want, got []logLine) {
	t.Helper()
	real := map[string][][]string{}
	for _, l := range want {
		real[l.kind] = append(real[l.kind], l.keys)
	}
	for _, l := range got {
		orders := real[l.kind]
		if len(orders) > 0 && !slices.ContainsFunc(orders, func(o []string) bool { return slices.Equal(o, l.keys) }) {
			t.Errorf("%s: the keys' order: %s", l.kind, difference(l.keys, orders[0]))
		}
	}
}

// keyOrder lists a line's keys as they stand.
func keyOrder(text []byte) []string {
	var out []string
	var walk func(raw json.RawMessage, deep bool)
	walk = func(raw json.RawMessage, deep bool) {
		dec := json.NewDecoder(bytes.NewReader(raw))
		if open, err := dec.Token(); err != nil || open != json.Delim('{') {
			return
		}
		for dec.More() {
			key, _ := dec.Token()
			var value json.RawMessage
			if dec.Decode(&value) != nil {
				return
			}
			out = append(out, fmt.Sprint(key))
			if deep && (key == "1" || key == "_meta") {
				walk(value, false)
			}
		}
	}
	walk(text, true)
	return out
}

// difference tells where two lists part, with what is around it.
func difference(got, want []string) string {
	at := 0
	for at < len(got) && at < len(want) && got[at] == want[at] {
		at++
	}
	part := func(l []string) string { return strings.Join(l[min(at, len(l)):min(at+4, len(l))], "\n  ") }
	return fmt.Sprintf("at %d of %d and %d\ngot\n  %s\nwant\n  %s", at, len(got), len(want), part(got), part(want))
}

type logLine struct {
	kind string
	data map[string]any
	keys []string // in the line's own order, those of "1" and "_meta" among them
}

func logLines(t *testing.T, file string) []logLine {
	t.Helper()
	b, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	var out []logLine
	s := bufio.NewScanner(bytes.NewReader(b))
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		var v map[string]any
		if len(bytes.TrimSpace(s.Bytes())) == 0 {
			continue
		}
		if err := json.Unmarshal(s.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, logLine{kindOf(v), v, keyOrder(s.Bytes())})
	}
	return out
}

var (
	quotedText = regexp.MustCompile(`"[^"]*"`)
	anID       = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)
	aNumber    = regexp.MustCompile(`\d+`)
)

// kindOf names a line by its level, its logger and its event, or by its text
// without what differs from run to run.
func kindOf(v map[string]any) string {
	level := v["_meta"].(map[string]any)["logLevelName"]
	for _, key := range []string{"1", "0"} {
		if o, ok := v[key].(map[string]any); ok && o["event"] != nil {
			return fmt.Sprintf("%v %v %v", level, v["0"], o["event"])
		}
	}
	var text string
	for _, key := range []string{"1", "2"} {
		if s, ok := v[key].(string); ok {
			text += " " + s
		}
	}
	name := fmt.Sprint(v["0"])
	if !strings.HasPrefix(name, "{") { // a line of the console
		name, text = "console", name
	}
	text = anID.ReplaceAllString(text, "ID")
	text = quotedText.ReplaceAllStringFunc(text, func(q string) string {
		if strings.Contains(q, "/") && !strings.Contains(q, " ") {
			return q // a ref
		}
		return `"…"`
	})
	return fmt.Sprintf("%v %s %s", level, name, aNumber.ReplaceAllString(text, "#"))
}

// order leaves out what depends on the machine's speed: SQLite's complaints and
// the pauses between attempts to load a model.
func order(lines []logLine) []string {
	var out []string
	for _, l := range lines {
		if !aboutSQLite(l) && !strings.Contains(l.kind, "preload failed") {
			out = append(out, l.kind)
		}
	}
	return out
}

func aboutSQLite(l logLine) bool { return strings.Contains(fmt.Sprint(l.data["0"]), "sqlite") }

// shapes are the paths and types of the values of each kind of line.
func shapes(lines []logLine) map[string][]string {
	out := map[string][]string{}
	for _, l := range lines {
		kind := l.kind
		if aboutSQLite(l) {
			continue // one of several kinds
		}
		out[kind] = append(out[kind], shape("", l.data)...)
	}
	for kind := range out {
		sort.Strings(out[kind])
		out[kind] = slices.Compact(out[kind])
	}
	return out
}

func shape(at string, v any) []string {
	switch v := v.(type) {
	case map[string]any:
		var out []string
		for _, k := range keysOf(v) {
			out = append(out, shape(at+"."+k, v[k])...)
		}
		return append(out, at+" object")
	case []any:
		out := []string{at + " list"}
		for _, x := range v {
			out = append(out, shape(at+"[]", x)...)
		}
		return out
	}
	return []string{fmt.Sprintf("%s %T", at, v)}
}

func keysOf(v any) []string {
	m, _ := v.(map[string]any)
	out := make([]string, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	sort.Strings(out)
	return out
}

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

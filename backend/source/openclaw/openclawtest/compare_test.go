package openclawtest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sort"
	"strings"
	"testing"
)

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
	compareEvents(t, want, got) // last: it takes fields out
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

// perRun are the fields of events whose values belong to one run alone, and the
// fingerprints, whose making is not known.
var perRun = []string{"runId", "sessionId", "cooldownUntil", "profileId", "rawErrorFingerprint", "errorFingerprint"}

// compareEvents holds what the fake's events say, word for word, to the real
// ones: decisions, reasons, statuses, quoted errors and their hashes.
func compareEvents(t *testing.T, want, got []logLine) {
	t.Helper()
	g, w := events(got), events(want)
	if !slices.Equal(g, w) {
		t.Errorf("events: %s", difference(g, w))
	}
}

func events(lines []logLine) (out []string) {
	for _, l := range lines {
		e, _ := l.data["1"].(map[string]any)
		if e["event"] == nil {
			continue
		}
		for _, key := range perRun {
			delete(e, key)
		}
		for _, before := range list(e["previousAttempts"]) {
			delete(before.(map[string]any), "errorFingerprint")
		}
		text, _ := json.Marshal(e)
		out = append(out, string(text))
	}
	return out
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
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

package journal_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

// stateDir is a state folder with one agent's recorded sessions.
func stateDir(t testing.TB, where string) (dir, sessions string) {
	t.Helper()
	dir = t.TempDir()
	sessions = filepath.Join(dir, "agents", "main", "sessions")
	if where != "" {
		write(t, sessions+"/236b8d55-3aef-4d91-980c-c70932ae850f.jsonl", string(read(t, "testdata/"+where+"/session-transcript.jsonl")))
		write(t, sessions+"/sessions.json", string(read(t, "testdata/"+where+"/sessions.json")))
	}
	return dir, sessions
}

func (o *owner) briefs() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var list []string
	for _, t := range o.traces {
		list = append(list, brief(t))
	}
	return list
}

func say(role, text string, at int, more string) string {
	return fmt.Sprintf(`{"type":"message","timestamp":"2026-11-22T07:%02d:%02dZ","message":{"role":%q,"content":[{"type":"text","text":%q}]%s}}`,
		at/60, at%60, role, text, more) + "\n"
}

func snapshot(provider string, at int) string {
	return fmt.Sprintf(`{"type":"custom","customType":"model-snapshot","data":{"provider":%q,"modelId":"m"},"timestamp":"2026-11-22T07:%02d:%02dZ"}`,
		provider, at/60, at%60) + "\n"
}

const from = `,"provider":"lmstudio","model":"m","stopReason":`

func TestATranscriptIsToldWithItsSession(t *testing.T) {
	t.Parallel()
	dir, _ := stateDir(t, "i429/2026.2.9")
	o := newOwner()
	o.look(t, journal.Places{StateDir: dir})
	want := []string{
		"session lmstudio", "chosen anthropic", "candidate anthropic", "user", "answer anthropic error", "answer anthropic error", "answer anthropic error",
		"answer anthropic error", "candidate lmstudio", "user injected", "answer lmstudio stop",
	}
	if got := o.briefs(); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, tr := range o.traces {
		if tr.SessionID != "236b8d55-3aef-4d91-980c-c70932ae850f" || tr.SessionKey != "agent:main:main" || tr.AgentID != "main" || tr.Ref == "" || tr.At.IsZero() {
			t.Errorf("got %+v", tr)
		}
	}
	o.look(t, journal.Places{StateDir: dir})
	if got := o.briefs(); !slices.Equal(got, want) {
		t.Errorf("again it got %q", got)
	}
}

func TestWordsSaidAgainToAnotherModelAreNotAPersons(t *testing.T) {
	t.Parallel()
	const ask, other = "a secret question", "another question"
	failed := say("assistant", "", 2, from+`"error","errorMessage":"no"`)
	answered := say("assistant", "words", 2, from+`"stop"`)
	for name, c := range map[string]struct {
		lines []string
		want  []bool // injected, by person's message
	}{
		"said again to another model":           {[]string{snapshot("a", 0), say("user", ask, 1, ""), failed, snapshot("b", 3), say("user", ask, 4, "")}, []bool{false, true}},
		"without an error between":              {[]string{snapshot("a", 0), say("user", ask, 1, ""), snapshot("b", 3), say("user", ask, 4, "")}, []bool{false, true}},
		"twice":                                 {[]string{snapshot("a", 0), say("user", ask, 1, ""), failed, snapshot("b", 3), say("user", ask, 4, ""), failed, snapshot("c", 5), say("user", ask, 6, "")}, []bool{false, true, true}},
		"after an answer":                       {[]string{snapshot("a", 0), say("user", ask, 1, ""), answered, snapshot("b", 3), say("user", ask, 4, "")}, []bool{false, false}},
		"other words":                           {[]string{snapshot("a", 0), say("user", ask, 1, ""), failed, snapshot("b", 3), say("user", other, 4, "")}, []bool{false, false}},
		"the same model: a person tries again":  {[]string{snapshot("a", 0), say("user", ask, 1, ""), failed, snapshot("a", 3), say("user", ask, 4, "")}, []bool{false, false}},
		"no model between: a person asks twice": {[]string{snapshot("a", 0), say("user", ask, 1, ""), failed, say("user", ask, 4, "")}, []bool{false, false}},
	} {
		for cut := range len(c.lines) { // restarted after each line
			dir, sessions := stateDir(t, "")
			o := newOwner()
			write(t, sessions+"/s.jsonl", strings.Join(c.lines[:cut], ""))
			o.look(t, journal.Places{StateDir: dir})
			write(t, sessions+"/s.jsonl", strings.Join(c.lines[cut:], ""))
			o.look(t, journal.Places{StateDir: dir})
			var got []bool
			for _, tr := range o.traces {
				if tr.Kind == backend.TraceUser {
					got = append(got, tr.Injected)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, restarted after line %d: got %v, want %v", name, cut, got, c.want)
			}
		}
	}
}

func TestATranscriptWrittenAnewTellsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	dir, sessions := stateDir(t, "")
	o := newOwner()
	file := sessions + "/s.jsonl"
	write(t, file, say("user", "one", 1, "")+say("assistant", "two", 2, from+`"stop"`)+say("user", "three", 3, ""))
	o.look(t, journal.Places{StateDir: dir})
	write(t, file+".new", `{"type":"session"}`+"\n"+say("user", "three", 3, "")+say("assistant", "four", 4, from+`"length"`))
	if err := os.Rename(file+".new", file); err != nil {
		t.Fatal(err)
	}
	o.look(t, journal.Places{StateDir: dir})
	if got, want := o.briefs(), []string{"user", "answer lmstudio stop", "user", "answer lmstudio length"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlyTranscriptsThatMatterAreRead(t *testing.T) {
	t.Parallel()
	dir, sessions := stateDir(t, "")
	for i := range 80 {
		file := fmt.Sprintf("%s/s%02d.jsonl", sessions, i)
		write(t, file, say("user", "x", i, ""))
		at := fixed.Add(time.Duration(i) * time.Minute)
		if i >= 70 {
			at = fixed.AddDate(0, 0, -8)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"x.jsonl.deleted.2026", "x.jsonl.lock", "x.jsonl.bak", "x.json"} {
		write(t, sessions+"/"+name, say("user", "x", 1, ""))
	}
	write(t, sessions+"/deep/y.jsonl", say("user", "x", 1, ""))
	if err := os.Mkdir(sessions+"/z.jsonl", 0o700); err != nil {
		t.Fatal(err)
	}
	o := newOwner()
	o.look(t, journal.Places{StateDir: dir})
	if got := len(o.briefs()); got != 64 {
		t.Errorf("%d transcripts were read", got)
	}
	if got := o.traces[0].SessionID; got != "s06" {
		t.Errorf("the first is %q", got)
	}
}

func TestAPictureIsSaidTooByAPerson(t *testing.T) {
	t.Parallel()
	dir, sessions := stateDir(t, "")
	o := newOwner()
	picture := strings.Repeat("A", 3<<20)
	write(t, sessions+"/s.jsonl", `{"type":"message","timestamp":"2026-11-22T07:01:00Z","message":{"role":"user","content":[{"type":"image","data":"`+picture+`"}]}}`+"\n"+
		`{"type":"message","timestamp":"2026-11-22T07:02:00Z","message":{"role":"toolResult","content":"`+picture+`"}}`+"\n"+say("assistant", "x", 130, from+`"stop"`))
	o.look(t, journal.Places{StateDir: dir})
	if got, want := o.briefs(), []string{"user", "answer lmstudio stop"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnlySessionsThatChangedAreTold(t *testing.T) {
	t.Parallel()
	dir, sessions := stateDir(t, "")
	o := newOwner()
	file := sessions + "/sessions.json"
	write(t, file, "")
	entry := func(model string, tokens int) string {
		return fmt.Sprintf(`{"agent:main:main":{"sessionId":"a","updatedAt":%d,"totalTokens":%d,"modelProvider":"p","model":%q},"agent:main:x":{"sessionId":"b","updatedAt":%d}}`,
			fixed.UnixMilli(), tokens, model, fixed.AddDate(0, 0, -9).UnixMilli())
	}
	for i, model := range []string{"m", "m", "n", "half", "m"} {
		text := entry(model, i)
		if model == "half" {
			text = text[:40]
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		o.look(t, journal.Places{StateDir: dir})
	}
	var got []string
	for _, tr := range o.traces {
		got = append(got, tr.SessionID+" "+tr.Candidate.String())
	}
	if want := []string{"a p/m", "a p/n", "a p/m"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := os.WriteFile(file, []byte(`{"x":"`+strings.Repeat("x", 9<<20)+`"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	o.look(t, journal.Places{StateDir: dir})
	if err := os.RemoveAll(sessions); err != nil {
		t.Fatal(err)
	}
	o.look(t, journal.Places{StateDir: dir})
	if len(o.cursors) != 0 {
		t.Errorf("cursors of files that are gone: %+v", o.cursors)
	}
}

func TestANewTranscriptLineIsToldOf(t *testing.T) {
	t.Parallel()
	dir, sessions := stateDir(t, "")
	o := newOwner()
	write(t, sessions+"/s.jsonl", say("user", "x", 1, ""))
	run(t, reader(journal.Places{StateDir: dir, LogDir: t.TempDir()}, nil), o)
	count := func(n int) func([]string) bool { return func(l []string) bool { return len(l) == n } }
	o.until(t, "what was there", count(1))
	write(t, sessions+"/s.jsonl", say("user", "y", 2, ""))
	o.until(t, "a new line", count(2))
	write(t, filepath.Join(dir, "agents", "ops", "sessions", "new.jsonl"), say("user", "z", 3, ""))
	o.until(t, "another agent's line", count(3))
}

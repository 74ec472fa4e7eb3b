package config_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/config"
)

// The lines of a real gateway of 2026.9.6.
func line(level, text string) string {
	return `{"0":"{\"subsystem\":\"gateway/reload\"}","1":"` + text + `","_meta":{"runtime":"node","logLevelName":"` + level + `","name":"{\"subsystem\":\"gateway/reload\"}"},"time":"2026-11-22T07:07:45.839+00:00","message":"` + text + `"}` + "\n"
}

func (b *bench) logs(text string) {
	b.Helper()
	f, err := os.OpenFile(b.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		b.Fatal(err)
	}
}

func TestTheVerdictOfAGateway(t *testing.T) {
	t.Parallel()
	seen := line("INFO", "config change detected; evaluating reload (agents.defaults.model.primary)")
	for name, c := range map[string]struct {
		log, words string
		want       backend.VerdictCode
	}{
		"taken over":     {seen + line("INFO", "config hot reload applied (agents.defaults.model.primary)"), "without a restart", backend.VerdictAccepted},
		"with a restart": {seen + line("WARN", "config change requires gateway restart (gateway.port) — preparing"), "restarts", backend.VerdictRestart},
		"not taken":      {line("WARN", `config reload skipped (invalid config): agents.defaults.model: Unrecognized key: \"quant\"`), `agents.defaults.model: Unrecognized key: "quant"`, backend.VerdictRejected},
		"not read":       {line("WARN", "config reload skipped (invalid config): : JSON5 parse failed: SyntaxError: JSON5: invalid end of input at 2:1"), "JSON5 parse failed", backend.VerdictRejected},
	} {
		b := lay(t, small)
		b.logs(line("WARN", "config reload skipped (invalid config): an old story") + strings.Repeat("x", 100<<10))
		w := b.save(toC)
		b.logs("\n" + c.log)
		v := w.Watch(t.Context())
		if v.Code != c.want || !strings.Contains(v.Text, c.words) || v.Hash != w.Hash {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// lineAt is a line of a gateway at a moment.
func lineAt(at time.Time, text string) string {
	return strings.Replace(line("WARN", text), "2026-11-22T07:07:45.839+00:00", at.Format("2006-01-02T15:04:05.000-07:00"), 1)
}

// What a gateway says of a text that somebody else wrote counts also when it said so
// before the text was found, but not what it said of the text before.
func TestWhatIsHeardOfATextOfSomebodyElse(t *testing.T) {
	t.Parallel()
	const skipped = `config reload skipped (invalid config): logging: Unrecognized key: \"quant\"`
	b := lay(t, small)
	wrote := time.Now()
	b.put(b.path, strings.Replace(small, "{", "{ logging: { quant: 4 },", 1))
	b.logs(strings.Repeat("x", 2<<20) + "\n" + lineAt(wrote.Add(-time.Minute), "config hot reload applied (models)") + lineAt(wrote.Add(time.Second), skipped))
	v, heard := b.open().Heard(t.Context())
	if !heard || v.Code != backend.VerdictRejected || !strings.Contains(v.Text, `Unrecognized key: "quant"`) {
		t.Errorf("%v %+v", heard, v)
	}
	quiet := lay(t, small)
	quiet.logs(lineAt(time.Now().Add(-time.Minute), "config hot reload applied (models)"))
	d := quiet.open()
	time.AfterFunc(200*time.Millisecond, func() { quiet.put(quiet.path, small+"\n") })
	if v, heard := d.Heard(t.Context()); heard {
		t.Errorf("of an older text: %+v", v)
	}
}

// A copy that OpenClaw made of a text is the sign that it undid it, unless the copy is
// older than the text.
func TestATextOfSomebodyElseThatOpenClawUndid(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	edited := b.open()
	b.put(b.path+".clobbered.2026-11-24T10-00-00-000Z", small)
	if v, undone := b.open().Undone(edited.Hash(), time.Now().Add(-time.Minute)); undone {
		t.Errorf("a file that stands: %+v", v)
	}
	b.put(b.path, small+"// an older one\n")
	if v, undone := b.open().Undone(edited.Hash(), time.Now().Add(-time.Minute)); !undone || v.Code != backend.VerdictUndone || v.Found == "" {
		t.Errorf("%v %+v", undone, v)
	}
	if v, undone := b.open().Undone(edited.Hash(), time.Now().Add(time.Minute)); undone {
		t.Errorf("by a copy from before: %+v", v)
	}
}

func TestSomebodyWhoQuotesTheWordsIsNoGateway(t *testing.T) {
	t.Parallel()
	for _, l := range []string{
		line("INFO", "a message said: the config hot reload applied just now, didn't it"),
		`{"0":"{\"subsystem\":\"x\"}","1":{"text":"config hot reload applied"},"2":"other"}`, "config hot reload applied", "{", "",
	} {
		if said, _ := config.GatewaySays([]byte(strings.TrimSpace(l))); said != 0 {
			t.Errorf("%s is %d", l, said)
		}
	}
}

// A whole log of a real gateway: what it says in order.
func TestARealLog(t *testing.T) {
	t.Parallel()
	f, err := os.Open("testdata/reload-2026.9.6.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var got []string
	for s := bufio.NewScanner(f); s.Scan(); {
		if said, _ := config.GatewaySays(s.Bytes()); said > 0 {
			got = append(got, []string{"", "noticed", "applied", "restarts", "skipped", "restored"}[said])
		}
	}
	want := "noticed applied noticed applied noticed applied skipped skipped noticed restarts noticed applied noticed applied noticed applied noticed applied"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
}

// A gateway says nothing to a text that it has already: then its own copy tells.
func TestATextThatTheGatewayHasAlready(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	b.put(b.path+".last-good", small)
	if v := b.save(toC).Watch(t.Context()); v.Code != backend.VerdictUnknown {
		t.Errorf("of another text: %+v", v)
	}
	for name, said := range map[string]string{
		"nothing": "",
		// A busy gateway refuses the edit before it late.
		"the refusal of the text before": line("WARN", `config reload skipped (invalid config): logging: Unrecognized key: \"quant\"`),
	} {
		b.put(b.path, strings.Replace(small, "{", "{ logging: { quant: 4 },", 1))
		d := b.open()
		c, err := d.Restore(small)
		if err != nil {
			t.Fatal(err)
		}
		w, err := b.src.Write(t.Context(), c, d.Hash())
		if err != nil {
			t.Fatal(err)
		}
		b.logs(said)
		if v := w.Watch(t.Context()); v.Code != backend.VerdictAccepted || !strings.Contains(v.Text, "took over last") {
			t.Errorf("of the same text, to which it says %s: %+v", name, v)
		}
	}
}

func TestASilentGatewayIsUnknown(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	ctx, cancel := context.WithTimeout(t.Context(), 250*time.Millisecond)
	defer cancel()
	if v := b.save(toC).Watch(ctx); v.Code != backend.VerdictUnknown || v.Text == "" {
		t.Errorf("%+v", v)
	}
}

func TestAnUndoneEditIsSeen(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	b.put(b.path+".clobbered.2026-01-01T00-00-00-000Z", strings.Replace(small, "a/b", "a/c", 1)) // of another day
	w := b.save(toC)
	// What 2026.9.6 does: it keeps the edit under another name and puts its backup back.
	kept := b.path + ".clobbered.2026-11-22T07-09-28-025Z"
	b.put(kept, b.text())
	b.put(b.path, small)
	v := w.Watch(t.Context())
	if v.Code != backend.VerdictUndone || v.Found != kept || v.Hint == "" {
		t.Errorf("%+v", v)
	}
	again := b.src.Recheck(b.path, w.Hash, nil)
	if again.Code != backend.VerdictUndone || !strings.HasPrefix(filepath.Base(again.Found), "openclaw.json.clobbered.") {
		t.Errorf("at the next start: %+v", again)
	}
}

func TestAnotherWriterIsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		text string
		want backend.VerdictCode
	}{
		"it kept the edit": {`{"gateway":{"mode":"local"},"agents":{"defaults":{"model":{"primary":"a/c"}}},"meta":{}}`, backend.VerdictAccepted},
		"it lost the edit": {`{"gateway":{"mode":"local"},"agents":{"defaults":{"model":{"primary":"x/y"}}},"meta":{}}`, backend.VerdictReplaced},
		"it put all back":  {small, backend.VerdictUndone},
		"it broke it":      {"{", backend.VerdictReplaced},
	} {
		b := lay(t, small)
		w := b.save(toC)
		b.put(b.path, c.text)
		if v := w.Watch(t.Context()); v.Code != c.want || v.Hash == w.Hash {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

func TestRecheck(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	w := b.save(toC)
	if v := b.src.Recheck(b.path, w.Hash, nil); v.Code != backend.VerdictUnknown || v.Hash != w.Hash {
		t.Errorf("it stands: %+v", v)
	}
	b.put(b.path, strings.Replace(b.text(), "mine", "yours", 1))
	if v := b.src.Recheck(b.path, w.Hash, []backend.ConfigEdit{toC}); v.Code != backend.VerdictAccepted {
		t.Errorf("it holds: %+v", v)
	}
	b.put(b.path, small)
	if v := b.src.Recheck(b.path, w.Hash, []backend.ConfigEdit{toC}); v.Code != backend.VerdictReplaced {
		t.Errorf("it is gone: %+v", v)
	}
}

func TestAnUndoneEditCanBePutOnTopOfWhatIsThere(t *testing.T) {
	t.Parallel()
	b := lay(t, small)
	c := apply(t, b.open(), toC)
	b.put(b.path, strings.Replace(small, "gateway:", "theirs: 1, gateway:", 1))
	b.save(c.Edits()...)
	if want := strings.Replace(strings.Replace(small, "gateway:", "theirs: 1, gateway:", 1), "a/b", "a/c", 1); b.text() != want {
		t.Errorf("text %s", b.text())
	}
}

func TestAConflictIsResolvedWithoutLosingEitherSide(t *testing.T) {
	t.Parallel()
	b := lay(t, withKeys)
	d := b.open()
	c, err := d.Replace(strings.Replace(strings.Replace(d.Text(), "${LM_KEY}", "a-new-key", 1), "c: {", "e: { models: [] }, c: {", 1))
	if err != nil {
		t.Fatal(err)
	}
	b.put(b.path, strings.Replace(withKeys, "gateway:", "theirs: 1, gateway:", 1))
	_, err = b.src.Write(t.Context(), c, d.Hash())
	now := b.open()
	wantConflict(t, err, now.Hash())
	again, err := now.Rebase(c)
	if err != nil {
		t.Fatal(err)
	}
	w, err := b.src.Write(t.Context(), again, now.Hash())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"theirs: 1", `apiKey: "a-new-key"`, "e: {", `'it"s mine'`} {
		if !strings.Contains(b.text(), want) {
			t.Errorf("%s is not in %s", want, b.text())
		}
	}
	// OpenClaw undoes it; the revision in the store has no secret, but the copy has.
	revision := b.open().Text()
	b.put(b.path+".clobbered.2026-11-22T07-09-28-025Z", b.text())
	b.put(b.path, withKeys)
	if v := w.Watch(t.Context()); v.Code != backend.VerdictUndone {
		t.Errorf("%+v", v)
	}
	back, err := b.open().Restore(revision)
	if err != nil || back.Hash() != w.Hash {
		t.Errorf("put back: %v", err)
	}
}

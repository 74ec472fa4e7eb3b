package fallback_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

// dice turns fuzzed bytes into choices.
type dice struct{ b []byte }

func (d *dice) roll(n int) int {
	if len(d.b) == 0 {
		return 0
	}
	v := int(d.b[0]) % n
	d.b = d.b[1:]
	return v
}

func pick[T any](d *dice, list ...T) T { return list[d.roll(len(list))] }

var kinds = []backend.TraceKind{
	backend.TraceDecision, backend.TraceStopped, backend.TraceFailover, backend.TraceRunEnd, backend.TraceRunTimeout, backend.TraceTransport,
	backend.TracePreload, backend.TraceRetry, backend.TraceLane, backend.TraceSwitched, backend.TraceUser, backend.TraceCandidate,
	backend.TraceChosen, backend.TraceAnswer, backend.TraceSession, "unheard_of",
}

func (d *dice) trace(text string) backend.Trace {
	return backend.Trace{
		Kind: pick(d, kinds...), Source: pick(d, backend.SourceLog, backend.SourceTranscript, backend.SourceState, "rumour"),
		At:    noon.Add(time.Duration(d.roll(256)-20) * pick(d, time.Millisecond, time.Second, time.Minute)),
		RunID: pick(d, "", "r1", "r2", "s1"), SessionID: pick(d, "", "s1", "s2"), SessionKey: pick(d, "", "agent:main:main"),
		Lane: pick(d, "", "main", "session:agent:main:main"), Requested: pick(d, nobody, local, hosted), Candidate: pick(d, local, hosted, third, nobody),
		Next: pick(d, nobody, hosted, third), Decision: pick(d, "candidate_failed", "candidate_succeeded", "skip_candidate", "fallback_model", "surface_error", "?"),
		Attempt: d.roll(5) - 1, Final: pick(d, "", "next_fallback", "chain_exhausted", "succeeded"), Reason: pick(d, "", "timeout", "auth", text),
		Status: pick(d, 0, 408, 500, -3), Code: pick(d, "", "ECONNREFUSED"), Detail: pick(d, "", text), Tries: d.roll(9) - 1,
		Previous: pick(d, nil, []backend.Attempt{{Model: text}, {Model: local.String()}}), Duration: time.Duration(d.roll(200)-9) * time.Second,
		TimedOut: d.roll(2) == 1, Stop: pick(d, "stop", "toolUse", "error", "aborted", "length", text), Words: d.roll(2) == 1, Injected: d.roll(2) == 1,
		Override: pick(d, "", "user", "auto"), Notice: pick(d, "", hosted.String()),
	}
}

// FuzzAssembler feeds any traces in any order, with ticks and restarts between.
func FuzzAssembler(f *testing.F) {
	f.Add([]byte("a run"), "Connection error.")
	f.Add(bytes.Repeat([]byte{0, 7, 13, 200, 31, 5}, 60), "404 No models loaded")
	f.Add(bytes.Repeat([]byte{13, 1, 90, 2, 0, 1, 250}, 90), "\xff\x00\n")
	f.Fuzz(func(t *testing.T, data []byte, text string) {
		if len(data) > 4000 {
			return
		}
		d := &dice{data}
		a := fallback.New()
		seen := map[string]backend.Fallback{}
		now := today
		check := func(list []backend.Fallback) {
			for _, r := range list {
				checkRecord(t, r)
				seen[r.Key] = r
			}
		}
		for n := 0; len(d.b) > 0 && n < 300; n++ {
			switch d.roll(12) {
			case 0:
				now = now.Add(time.Duration(d.roll(40)-5) * time.Minute)
				check(a.Tick(now))
			case 1:
				b := a.Save()
				if len(b) > 64<<10 {
					t.Fatalf("Save is %d bytes", len(b))
				}
				restored, err := fallback.Restore(b)
				if err != nil {
					t.Fatalf("what was saved cannot be restored: %v", err)
				}
				a = restored
			default:
				check(a.Take(d.trace(text)))
			}
		}
		check(a.Tick(now))
		check(a.Tick(now.Add(3 * time.Hour)))
		checkRuns(t, seen)
		if a.Sessions() == nil {
			t.Error("no list of sessions")
		}
	})
}

// checkRuns wants each run that its lines name told under one key. Several may bear
// one id, one after the other (see runOf), so no two of them begin at one moment. Left
// out are the turns that were told before any line named their run: that they are of
// one that was told too may show later, and what was told stays.
func checkRuns(t *testing.T, seen map[string]backend.Fallback) {
	t.Helper()
	runs := map[string]string{}
	for key, r := range seen {
		if !strings.HasPrefix(key, "run:") {
			continue
		}
		run := r.RunID + " at " + r.At.String()
		if other, twice := runs[run]; twice {
			t.Errorf("run %s was told as %s and as %s", r.RunID, key, other)
		}
		runs[run] = key
	}
}

func checkRecord(t *testing.T, r backend.Fallback) {
	t.Helper()
	if r.Key == "" || r.EndedAt == nil || r.EndedAt.Before(r.At.Time) || len(r.Attempts) == 0 || len(r.Attempts) > 16 {
		t.Errorf("a record that cannot be: %+v", r)
	}
	if r.LostSeconds != nil && *r.LostSeconds < 0 {
		t.Errorf("lost %v seconds", *r.LostSeconds)
	}
	failed := false
	for _, a := range r.Attempts {
		failed = failed || a.Decision != backend.AttemptSucceeded
		if a.StartedAt != nil && a.StartedAt.After(a.At.Time) {
			t.Errorf("an attempt runs backwards: %+v", a)
		}
	}
	if !failed || (r.Outcome == backend.FellBack) != (r.Answered != nil) || r.Answered != nil && *r.Answered == r.Requested {
		t.Errorf("no fallback: %+v", r)
	}
	if text, err := json.Marshal(r); err != nil || !utf8.Valid(text) {
		t.Errorf("cannot be written: %v", err)
	}
}

// FuzzRestore reads any bytes as a saved assembler.
func FuzzRestore(f *testing.F) {
	f.Add(fallback.New().Save())
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := fallback.Restore(b)
		if err != nil {
			return
		}
		a.Tick(today)
		a.Take(newScript("r1", "s1").succeeds(1, 2, hosted, failedAttempt(local, "timeout", 408)).traces[0])
		if len(a.Save()) > 64<<10 {
			t.Error("Save is too long")
		}
	})
}

var causeCodes = map[backend.CauseCode]bool{
	backend.FellServerOff: true, backend.FellAppOff: true, backend.FellNotLoaded: true, backend.FellLoading: true, backend.FellCrashed: true,
	backend.FellMissing: true, backend.FellContext: true, backend.FellMemory: true, backend.FellTimeoutCold: true, backend.FellTimeoutBusy: true,
	backend.FellAuth: true, backend.FellRateLimited: true, backend.FellProviderError: true, backend.FellNetwork: true, backend.FellDuplicate: true,
	backend.FellUnknown: true,
}

// FuzzExplain explains failures with any texts and any history.
func FuzzExplain(f *testing.F) {
	for _, text := range []string{
		"400 Failed to load model \"x\". Error: Model loading was stopped due to insufficient system resources. requires approximately 130.00 GB of memory.",
		"(n_keep: 13055>= n_ctx: 4096)", "Connection error.", "ECONNREFUSED", "429 Too Many Requests", "terminated", "",
	} {
		f.Add(text, "timeout", "name", []byte("some history"))
		f.Add(text, "", "x/y", []byte{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3, 2, 3, 8, 4, 6, 2, 6, 4, 3, 3, 8, 3, 2, 7, 9, 5})
	}
	f.Fuzz(func(t *testing.T, text, reason, name string, history []byte) {
		d := &dice{history}
		when := func() backend.Time { return backend.At(noon.Add(time.Duration(d.roll(240)-120) * time.Second)) }
		start, end := when(), when()
		r := backend.Fallback{
			At: when(), EndedAt: &end, Requested: pick(d, "lmstudio/"+name, name), Source: "log", RunID: name,
			Outcome: pick(d, backend.FellBack, backend.Exhausted, backend.Stopped, backend.ErrorAsReply, "?"),
			Attempts: []backend.Attempt{{
				Model: pick(d, "lmstudio/"+name, name, ""), StartedAt: pick(d, nil, &start), At: end, Decision: pick(d, backend.AttemptFailed, backend.AttemptSkipped, "?"),
				Reason: reason, Code: pick(d, "", text, "ECONNRESET"), Detail: text,
			}},
		}
		c := fuzzedContext(d, when, name, text)
		cause := fallback.Explain(r, c)
		if !causeCodes[cause.Code] || cause.Summary == "" || len(cause.Summary) > 200 || strings.ContainsAny(cause.Summary, "\n\r\x00") || !utf8.ValidString(cause.Summary) {
			t.Errorf("cause %q: %q", cause.Code, cause.Summary)
		}
		if (cause.Confidence == backend.NotKnown) != (cause.Code == backend.FellUnknown) {
			t.Errorf("%s is %s", cause.Code, cause.Confidence)
		}
		if cause.Evidence == nil || len(cause.Evidence) > 12 {
			t.Errorf("%d rows of evidence", len(cause.Evidence))
		}
		if m := cause.Remedy; m != nil && (m.Text == "" || (m.Action == "") != (m.Label == "")) {
			t.Errorf("remedy %+v", m)
		}
		steps := fallback.Story(r, c)
		for i, s := range steps {
			if s.Text == "" || len(steps) > 20 || i > 0 && s.At.Before(steps[i-1].At.Time) {
				t.Errorf("step %d of %d: %+v", i, len(steps), s)
			}
		}
		if h := fallback.Headline(r, nil); h == "" || strings.Contains(h, "\n") {
			t.Errorf("headline %q", h)
		}
		r.Cause = cause
		for _, p := range fallback.Patterns(fallback.History{
			Now: c.Now, Fallbacks: []backend.Fallback{r, r, r, r}, Loads: c.Loads, Chain: c.Chain, Servers: c.Servers, Cold: c.Cold, Version: c.Version,
			Sessions: []fallback.Session{{Key: name, Answers: "a/b", Override: "auto", Notice: name, At: c.Now}},
		}) {
			if p.Text == "" || strings.Contains(p.Text, "\n") {
				t.Errorf("pattern %+v", p)
			}
		}
	})
}

func fuzzedContext(d *dice, when func() backend.Time, name, text string) fallback.Context {
	seconds, tokens := float64(d.roll(256)), d.roll(256)*256
	since := when()
	c := fallback.Context{
		Now: noon.Add(time.Duration(d.roll(200)) * time.Minute), Version: pick(d, "", "2026.9.6", "2026.3.13", text), Since: when().Time,
		Chain: []backend.Hop{{
			Ref: "lmstudio/" + name, Provider: "lmstudio", Model: name, Local: d.roll(2) == 1, Server: pick(d, "", "mac"), Key: pick(d, "", "m"), BaseURL: pick(d, "", text),
		}},
		Cold: map[string]fallback.ColdLoad{"m": {Median: &seconds, P95: &seconds, N: d.roll(9)}},
		Servers: []backend.Server{{
			ID: "mac", Name: pick(d, "", "LM Studio"), State: pick(d, backend.ServerUp, backend.ServerOff, backend.ServerDown, backend.ServerNeedsToken),
			StateSince: pick(d, nil, &since), Models: []backend.Model{{Key: "m", MaxContextLength: &tokens, Loading: d.roll(2) == 1}},
		}},
	}
	for range d.roll(6) {
		until := when()
		c.Changes = append(c.Changes, backend.ServerChange{
			ID: int64(d.roll(9)), At: when(), Until: pick(d, nil, &until), Server: pick(d, "mac", "other"),
			State: pick(d, backend.ServerUp, backend.ServerOff, backend.ServerDown, backend.ServerNeedsToken, backend.ServerUnknown, "?"),
		})
	}
	for range d.roll(8) {
		c.Loads = append(c.Loads, backend.Load{
			At: when(), Server: "mac", Model: pick(d, "m", "o"), InstanceID: pick(d, "m", "m:2"), Event: pick(d, backend.Loaded, backend.Unloaded, backend.LoadFailed, "?"),
			Cause: pick(d, backend.CauseTTL, backend.CauseCrashed, backend.CauseOpenClaw, "?"), ContextActual: pick(d, nil, &tokens), DurationSeconds: pick(d, nil, &seconds), Detail: text,
		})
	}
	return c
}

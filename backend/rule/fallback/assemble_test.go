package fallback_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

const refused = "Connection error."

func TestRuns(t *testing.T) {
	t.Parallel()
	chain := func() *script {
		return newScript("r1", "s1").decides(10, 1, local, hosted, "timeout", 408)
	}
	turn := func() *script { return newScript("", "s1").chosen(-1, local).model(-0.5, local).user(0) }
	for _, c := range []struct {
		name string
		in   *script
		want string // records in order, one a line
	}{
		// What is a fallback.
		{"the log of 2026.3", chain().succeeds(12, 2, hosted), "fell_back local>hosted ?s [failed local timeout 408; succeeded hosted]"},
		{
			"with its tries and its lane",
			newScript("r1", "s1").runEnd(4, local, "timeout", refused).runEnd(9, local, "timeout", refused).
				lane(9.9, 9.9, "session:agent:main:main").decides(10, 1, local, hosted, "timeout", 408).succeeds(12, 2, hosted),
			"fell_back local>hosted 10s [failed local x2 timeout 408; succeeded hosted]",
		},
		{
			"two fail, the third answers",
			chain().decides(20, 2, hosted, third, "rate_limit", 429).succeeds(25, 3, third),
			"fell_back local>openai/gpt-5 ?s [failed local timeout 408; failed hosted rate_limit 429; succeeded openai/gpt-5]",
		},
		{
			"skipped while its provider cools down",
			newScript("r1", "").decision(10, "skip_candidate", 1, local, hosted, "rate_limit", 0).succeeds(12, 2, hosted),
			"fell_back local>hosted ?s [skipped local rate_limit; succeeded hosted]",
		},
		{
			"only the success is told, with what went before",
			newScript("r1", "").succeeds(12, 3, hosted, failedAttempt(local, "timeout", 408), failedAttempt(third, "auth", 401)),
			"fell_back local>hosted ?s [failed local timeout 408; failed openai/gpt-5 auth 401; succeeded hosted]",
		},
		{
			"a transcript of 2026.3 with its injected message",
			turn().errs(1, local, refused).errs(4, local, refused).model(9, hosted).injected(9.1).answers(10, hosted, "stop"),
			"fell_back local>hosted 9s [failed local x2; succeeded hosted]",
		},
		{
			"a transcript of 2026.2 that repeats the message without saying so",
			turn().errs(1, local, refused).model(1.2, hosted).user(1.3).answers(3, hosted, "stop"),
			"fell_back local>hosted 1s [failed local x1; succeeded hosted]",
		},
		{
			"a transcript of 2026.9, which keeps no failed tries",
			turn().model(64, hosted).answers(66, hosted, "stop"),
			"fell_back local>hosted 64s [failed local; succeeded hosted]",
		},
		{
			"in the middle of its work",
			turn().answers(2, local, "toolUse").errs(5, local, refused).model(6, hosted).answers(7, hosted, "toolUse").answers(9, hosted, "stop"),
			"fell_back local>hosted 6s [failed local x1; succeeded hosted]",
		},
		{
			"a run that hung and was cut off",
			turn().aborts(40, local, "Request was aborted.").model(40.1, hosted).injected(40.2).answers(41, hosted, "stop"),
			"fell_back local>hosted 40s [failed local; succeeded hosted]",
		},
		{
			"the answer's steps suffice, before the run has ended",
			turn().errs(1, local, refused).model(2, hosted).answers(4, hosted, "toolUse"),
			"fell_back local>hosted 2s [failed local x1; succeeded hosted]",
		},

		// What nobody answered.
		{
			"the chain is exhausted", chain().decides(20, 2, hosted, nobody, "auth", 401),
			"exhausted local>nobody ?s [failed local timeout 408; failed hosted auth 401]",
		},
		{
			"a single model fails", newScript("r1", "").decides(10, 1, local, nobody, "timeout", 408),
			"exhausted local>nobody ?s [failed local timeout 408]",
		},
		{
			"all fail in the transcript", turn().errs(1, local, refused).model(2, hosted).injected(2.1).errs(3, hosted, "401 invalid x-api-key"),
			"exhausted local>nobody 3s [failed local x1; failed hosted x1]",
		},
		{"the chain breaks off", chain(), "stopped local>nobody ?s [failed local timeout 408]"},
		{
			"the chain is stopped",
			newScript("r1", "s1").log(0, backend.Trace{Kind: backend.TraceStopped, SessionID: "s1", Candidate: local, Reason: "idle_timeout_circuit_breaker"}),
			"stopped local>nobody ?s [failed local idle_timeout_circuit_breaker]",
		},
		{
			"the next model began and was never heard of", turn().errs(1, local, refused).model(2, hosted),
			"stopped local>nobody 2s [failed local x1]",
		},

		// The error as the answer.
		{"2026.2 answers with the error", turn().errs(1, local, refused), "error_as_reply local>nobody 1s [failed local x1]"},
		{
			"an error without a reason to fail over", newScript("r1", "").runEnd(1, local, "", "400 Failed to load model"),
			"error_as_reply local>nobody ?s [failed local x1]",
		},
		{
			"an error that is shown", newScript("r1", "").runEnd(1, local, "format", "400 no").failover(1.1, local, "surface_error", "format", 1),
			"error_as_reply local>nobody 0s [failed local x1 format]",
		},
		{
			"one after the other", turn().errs(1, local, refused).user(60).errs(61, local, refused),
			"error_as_reply local>nobody 1s [failed local x1]\nerror_as_reply local>nobody 1s [failed local x1]",
		},

		// What is none.
		{"a good answer", turn().answers(2, local, "stop"), ""},
		{"an empty answer", turn().event(2, backend.Trace{Kind: backend.TraceAnswer, Candidate: local, Stop: "stop"}), ""},
		{"another model than the last turn's", turn().answers(2, local, "stop").model(60, hosted).user(60.1).answers(62, hosted, "stop"), ""},
		{"another model noted after the message", turn().answers(2, local, "stop").user(60).model(61, hosted).answers(62, hosted, "stop"), ""},
		{"a person's /model in the middle", turn().chosen(5, hosted).model(5.1, hosted).answers(7, hosted, "stop"), ""},
		{
			"a person chooses another model after an error",
			turn().errs(1, local, refused).chosen(30, hosted).model(31, hosted).user(31.1).answers(33, hosted, "stop"),
			"error_as_reply local>nobody 1s [failed local x1]",
		},
		{"it recovered by itself", turn().errs(1, local, refused).errs(4, local, refused).answers(9, local, "stop"), ""},
		{"it recovered, says the log", newScript("r1", "").runEnd(1, local, "timeout", refused).succeeds(9, 1, local), ""},
		{"retries in the log, and nothing more", newScript("r1", "").runEnd(1, local, "timeout", refused).runEnd(4, local, "timeout", refused), ""},
		{"a person stopped it", turn().aborts(9, local, "Request was aborted."), ""},
		{"a person stopped its retries", turn().errs(1, local, refused).aborts(3, local, ""), ""},
		{"requested and answered differ, nothing failed", newScript("r1", "").succeeds(9, 1, hosted), ""},
		{"words that nobody knows", newScript("r1", "").decision(1, "candidate_rejected", 1, local, hosted, "mood", 0), ""},
		{"a probe of a model that cools down", newScript("r1", "").decision(1, "probe_cooldown_candidate", 1, local, nobody, "", 0), ""},
		{"a lane's error alone", newScript("", "").lane(3, 3, "main"), ""},
		{"the session index alone", newScript("", "s1").index(3, hosted), ""},
		{"no time", &script{traces: []backend.Trace{{Kind: backend.TraceUser, SessionID: "s1"}}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			lines := []string{}
			for _, f := range told(t, fallback.New(), c.in.traces) {
				lines = append(lines, brief(f))
			}
			if got := strings.Join(lines, "\n"); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

func failedAttempt(m backend.ModelRef, reason string, status int) backend.Attempt {
	return backend.Attempt{Model: m.String(), Decision: backend.AttemptFailed, Reason: reason, Status: &status}
}

// TestLogAndTranscriptAreOneRecord tells one run twice, in either order: the
// second telling adds to the record and keeps its key.
func TestLogAndTranscriptAreOneRecord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		run, logs, turns string // the run's id, the session as the log and the transcript name it
	}{
		{"the log names the session", "r1", "s1", "s1"},
		{"the run is named like its session", "s1", "", "s1"},
		{"only time and models join them", "r1", "", "s1"},
	} {
		log := newScript(c.run, "").runEnd(1.01, local, "timeout", refused).runEnd(9.01, local, "timeout", refused)
		log.decides(9.1, 1, local, hosted, "timeout", 408).succeeds(11.1, 2, hosted)
		for i := range log.traces {
			if log.traces[i].Kind == backend.TraceDecision {
				log.traces[i].SessionID = c.logs
			}
		}
		turn := newScript("", c.turns).model(-0.1, local).user(0).errs(1, local, refused).errs(9, local, refused).
			model(9.2, hosted).injected(9.3).answers(11, hosted, "stop")
		want := "fell_back local>hosted 9s [failed local x2 timeout 408; succeeded hosted]"
		for order, traces := range map[string][]backend.Trace{
			"log first":        append(log.traces[:len(log.traces):len(log.traces)], turn.traces...),
			"transcript first": append(turn.traces[:len(turn.traces):len(turn.traces)], log.traces...),
		} {
			list := told(t, fallback.New(), traces)
			if len(list) != 1 || brief(list[0]) != want || list[0].SessionID != "s1" || list[0].RunID != c.run {
				t.Errorf("%s, %s: got %d records, %+v", c.name, order, len(list), list)
			}
			half := len(log.traces)
			if order == "transcript first" {
				half = len(turn.traces)
			}
			first := told(t, fallback.New(), traces[:half])
			then := told(t, fallback.Recall(kept(first)), traces[half:])
			if len(first) != 1 || len(then) > 1 || len(then) == 1 && then[0].Key != first[0].Key {
				t.Errorf("%s, %s, what was under way lost between: told %+v, then %+v", c.name, order, first, then)
			}
		}
	}
}

// A turn that could be of a run which was told before, and is of another, does not make
// one record of the two, however little is remembered of the first.
func TestARecalledRunIsNoOthers(t *testing.T) {
	t.Parallel()
	log := func(run string) *script {
		s := newScript(run, "").decides(9.1, 1, local, hosted, "timeout", 408).succeeds(11.1, 2, hosted)
		for i := range s.traces {
			s.traces[i].SessionID = "s1"
		}
		return s
	}
	turn := newScript("", "s1").model(-0.1, local).user(0).errs(9, local, refused).model(9.2, hosted).injected(9.3).answers(11, hosted, "stop")
	first := told(t, fallback.New(), log("r1").traces)
	list := told(t, fallback.Recall(kept(first)), append(turn.traces, log("r2").traces...))
	for _, f := range list {
		if (f.Key == first[0].Key) != (f.RunID == "r1") {
			t.Errorf("%s is of the run %s, and %s was of r1", f.Key, f.RunID, first[0].Key)
		}
	}
	if len(list) != 2 {
		t.Errorf("got %d records, want that of r1 with its turn, and r2", len(list))
	}
}

// kept is records as they come back from the history.
func kept(list []backend.Fallback) []backend.Fallback {
	list = slices.Clone(list)
	for i := range list {
		list[i].ID, list[i].OpenClawVersion, list[i].Cause.Code = int64(i+1), "2026.9.6", backend.FellUnknown
		list[i].At = backend.At(list[i].At.Truncate(time.Millisecond))
		list[i].EndedAt = backend.AtPtr(list[i].EndedAt.Truncate(time.Millisecond))
	}
	return list
}

// TestTwoSessionsAtOnce are two runs of the same models that fail within one
// second, told by both records: the log names no session.
func TestTwoSessionsAtOnce(t *testing.T) {
	t.Parallel()
	var traces []backend.Trace
	for i, session := range []string{"s1", "s2"} {
		late := float64(i) * 20
		log := newScript("r"+session, "").decides(9.1+late, 1, local, hosted, "timeout", 408).succeeds(11.1+late, 2, hosted)
		turn := newScript("", session).model(0.3*late-0.1, local).user(0.3*late).errs(9+late, local, refused).
			model(9.2+late, hosted).injected(9.3+late).answers(11+late, hosted, "stop")
		traces = append(append(traces, log.traces...), turn.traces...)
	}
	list := told(t, fallback.New(), traces)
	if len(list) != 2 {
		t.Fatalf("got %d records, want 2", len(list))
	}
	for i, session := range []string{"s1", "s2"} {
		if f := list[i]; f.SessionID != session || f.RunID != "r"+session {
			t.Errorf("got run %s with session %s", f.RunID, f.SessionID)
		}
	}
}

// TestErrorWaitsForItsRetries holds an error back as long as another try may
// follow it.
func TestErrorWaitsForItsRetries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		in    *script
		after time.Duration
	}{
		{"may be tried again", newScript("", "s").user(0).errs(1, local, refused), 90 * time.Second},
		{"the fourth is the last", newScript("", "s").user(0).errs(1, local, refused).errs(2, local, refused).errs(4, local, refused).errs(8, local, refused), 5 * time.Second},
		{"a 404 is not tried again", newScript("", "s").user(0).errs(1, local, "404 No models loaded."), 5 * time.Second},
		{"OpenClaw wrote its index", newScript("", "s").user(0).errs(1, local, refused).index(1.02, local), 5 * time.Second},
	} {
		a := fallback.New()
		for _, tr := range c.in.traces {
			if got := a.Take(tr); len(got) > 0 {
				t.Errorf("%s: told at once", c.name)
			}
		}
		if got := a.Tick(today); len(got) > 0 {
			t.Errorf("%s: the first tick told it, though silence only begins there", c.name)
		}
		if got := a.Tick(today.Add(c.after - time.Second)); len(got) > 0 {
			t.Errorf("%s: told too early", c.name)
		}
		if got := a.Tick(today.Add(c.after)); len(got) != 1 {
			t.Errorf("%s: got %d records after %v, want 1", c.name, len(got), c.after)
		}
	}
}

// TestClockGoesBack is a run whose second half was written by a clock that was
// set back: it must not run backwards, nor fall apart.
func TestClockGoesBack(t *testing.T) {
	t.Parallel()
	s := newScript("r1", "").runEnd(100, local, "timeout", refused).decides(101, 1, local, hosted, "timeout", 408).succeeds(-3500, 2, hosted)
	list := told(t, fallback.New(), s.traces)
	if len(list) != 1 || list[0].Outcome != backend.FellBack && list[0].Outcome != backend.Stopped {
		t.Fatalf("got %+v", list)
	}
	if l := list[0].LostSeconds; l != nil && *l < 0 {
		t.Errorf("lost %v s", *l)
	}
}

// TestManySessions reads an index of a thousand sessions in the middle of a run:
// the run is not forgotten for it.
func TestManySessions(t *testing.T) {
	t.Parallel()
	a := fallback.New()
	s := newScript("", "busy").user(0).errs(1, local, refused)
	for i := range 1000 {
		s.session = fmt.Sprintf("s%d", i)
		s.event(2, backend.Trace{Kind: backend.TraceSession, Candidate: hosted, SessionKey: "agent:main:" + s.session})
	}
	s.session = "busy"
	s.answers(3, local, "stop")
	if list := told(t, a, s.traces); len(list) != 0 {
		t.Errorf("a run that recovered was told: %s", brief(list[0]))
	}
	if got := len(a.Sessions()); got != 256 {
		t.Errorf("got %d sessions", got)
	}
}

// TestBounds feeds a hundred thousand runs, some of the first with their
// transcripts: what is kept stays small, and every run is told once.
func TestBounds(t *testing.T) {
	t.Parallel()
	a := fallback.New()
	records := map[string]bool{}
	n := 100_000
	if testing.Short() {
		n = 10_000
	}
	note := func(list []backend.Fallback) {
		for _, f := range list {
			records[f.Key] = true
		}
	}
	for i := range n {
		s := newScript(fmt.Sprintf("run-%d", i), fmt.Sprintf("session-%d", i))
		s.start = noon.Add(time.Duration(i) * time.Second)
		if i%4 == 0 && i < 4000 {
			s.user(0).model(0.1, local).errs(0.2, local, refused)
		}
		s.decides(0.3, 1, local, hosted, "timeout", 408)
		if i%10 > 0 {
			s.succeeds(0.5, 2, hosted)
		}
		for _, tr := range s.traces {
			note(a.Take(tr))
		}
		if i%20_000 == 0 {
			if b := a.Save(); len(b) > 64<<10 {
				t.Fatalf("Save is %d bytes", len(b))
			}
		}
	}
	note(a.Tick(today))
	note(a.Tick(today.Add(time.Hour)))
	if len(records) != n {
		t.Errorf("got %d records, want %d", len(records), n)
	}
	if got := len(a.Sessions()); got > 256 {
		t.Errorf("%d sessions are kept", got)
	}
}

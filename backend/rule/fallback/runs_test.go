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

// TestOneKeyARun tells runs whose lines are dated or read out of their order: each
// is told under one key, whatever else bears its id.
func TestOneKeyARun(t *testing.T) {
	t.Parallel()
	run := func() *script { return newScript("r1", "s1") }
	inSession := func(tr backend.Trace) backend.Trace {
		tr.SessionID = "s1"
		return tr
	}
	fellBack := "fell_back local>hosted ?s [failed local timeout 408; succeeded hosted]"
	exhausted := "exhausted local>nobody ?s [failed local timeout 408]"
	for _, c := range []struct {
		name string
		in   *script
		want []string // key and record, in the order of time
	}{
		{
			"the clock was set back before the second candidate answered",
			run().decides(100, 1, local, hosted, "timeout", 408).succeeds(-3500, 2, hosted, failedAttempt(local, "timeout", 408)),
			[]string{"run:r1 " + fellBack},
		},
		{
			"the clock was set back before the second candidate failed",
			run().decides(100, 1, local, hosted, "timeout", 408).decides(-3500, 2, hosted, nobody, "auth", 401),
			[]string{"run:r1 exhausted local>nobody ?s [failed local timeout 408; failed hosted auth 401]"},
		},
		{
			"the clock was set back amid a chain of three",
			run().decides(100, 1, local, third, "timeout", 408).decides(-3500, 2, third, hosted, "auth", 401).succeeds(-3497, 3, hosted, failedAttempt(local, "timeout", 408)),
			[]string{"run:r1 fell_back local>hosted ?s [failed local timeout 408; failed openai/gpt-5 auth 401; succeeded hosted]"},
		},
		{
			"the clock was set back, and the next run bears the id too",
			run().decides(100, 1, local, hosted, "timeout", 408).decides(-3500, 2, hosted, nobody, "auth", 401).
				decides(-3440, 1, local, nobody, "timeout", 408),
			[]string{
				"run:r1 exhausted local>nobody ?s [failed local timeout 408; failed hosted auth 401]",
				fmt.Sprintf("run:r1#%d %s", noon.Unix()*1000-3440_000, exhausted),
			},
		},
		{
			"the end of a run that went well was read after the next one's",
			run().decides(60, 1, local, nobody, "timeout", 408).succeeds(0, 1, local),
			[]string{"run:r1 " + exhausted},
		},
		{
			"the end of a run that went well was read after what broke the next one off",
			run().put(60, backend.Trace{Kind: backend.TraceStopped, Source: backend.SourceLog, RunID: "r1", Candidate: local}).succeeds(0, 1, local),
			[]string{"run:r1 stopped local>nobody ?s [failed local]"},
		},
		{
			"two runs were told as one, and only the first one failed",
			run().failover(-20, third, "", "", 1).failover(-19, hosted, "", "timeout", 1).succeeds(230, 1, third).
				log(0, backend.Trace{Kind: backend.TraceDecision, RunID: "r1", Decision: "candidate_succeeded", Candidate: third}).
				failover(-18, hosted, "", "timeout", 1).decides(-17, 1, local, third, "timeout", 408),
			[]string{"run:r1 fell_back local>openai/gpt-5 0s [succeeded openai/gpt-5; failed hosted x1 timeout; failed local timeout 408]"},
		},
		{
			"the end of a run that a line without its id told was read after the next one's",
			run().decides(60, 1, local, nobody, "timeout", 408).
				log(0, backend.Trace{Kind: backend.TraceDecision, Decision: "candidate_failed", Requested: local, Candidate: local, Reason: "timeout", Status: 408}).
				decides(0, 1, local, nobody, "timeout", 408),
			[]string{fmt.Sprintf("at:%d:%s %s", noon.UnixMilli(), local, exhausted), "run:r1 " + exhausted},
		},
		{
			"the session was stopped at the end of the first of two runs",
			run().decides(0, 1, local, nobody, "timeout", 408).
				log(60, inSession(backend.Trace{Kind: backend.TraceRunEnd, RunID: "r1", Candidate: local, Reason: "timeout"})).
				log(0, inSession(backend.Trace{Kind: backend.TraceStopped, Candidate: local})),
			[]string{"run:r1 stopped local>nobody ?s [failed local timeout 408]"},
		},
		{
			"a decision names its run, though no log tells it",
			run().put(0, backend.Trace{
				Kind: backend.TraceDecision, Source: backend.SourceState, RunID: "r1", Decision: "candidate_failed", Requested: local, Candidate: local, Next: hosted,
			}).succeeds(3, 2, hosted),
			[]string{"run:r1 fell_back local>hosted ?s [failed local; succeeded hosted]"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			a, b := fallback.New(), newBook(t)
			for _, tr := range c.in.traces {
				b.add(a.Take(tr)...)
			}
			b.settle(a)
			got := []string{}
			for _, f := range b.list() {
				got = append(got, f.Key+" "+brief(f))
			}
			if g, w := strings.Join(got, "\n"), strings.Join(c.want, "\n"); g != w {
				t.Errorf("got\n%s\nwant\n%s", g, w)
			}
		})
	}
}

// TestTurnOfAForgottenRun lets a run be forgotten and its turn be told once more, after
// another run of its session was told: the turn stays with its own.
func TestTurnOfAForgottenRun(t *testing.T) {
	t.Parallel()
	first := newScript("r1", "s1").decides(1, 1, local, nobody, "timeout", 408).errs(1, local, refused).answers(9.5, hosted, "stop")
	second := newScript("r2", "s1").decides(9, 1, hosted, nobody, "auth", 401)
	for _, s := range []*script{first, second} {
		s.traces[0].SessionID = "s1"
	}
	a, b := fallback.New(), newBook(t)
	for _, tr := range append(first.traces, second.traces...) {
		b.add(a.Take(tr)...)
	}
	b.add(a.Tick(today)...)
	b.add(a.Tick(today.Add(2 * time.Hour))...)
	got := []string{}
	for _, f := range b.list() {
		got = append(got, fmt.Sprintf("%s %s %s", f.Key, f.RunID, f.At.Sub(noon)))
	}
	if want := []string{"run:r1 r1 1s", "run:r2 r2 9s"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

package fallback_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

// real is where lines stand that OpenClaw wrote in runs made for this package.
const real = "../../../../rule/fallback/testdata/real/"

// TestRunsOfOneID reads sessions of 2026.3 whose runs all bear the session's id:
// each is a record of its own, under a key that stays, told by everything or by
// the log alone, over restarts and when all is read once more.
func TestRunsOfOneID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		run  string
		want []string
	}{
		{"cooldown/2026.3.13", []string{
			"run:51d7d4fb-7566-41ec-b59d-85bdcd6144e1 fell_back hosted>lmstudio/ibm/granite-4-h-1b 0s [failed hosted x1 auth 401 authentication_error; succeeded lmstudio/ibm/granite-4-h-1b]",
			"run:51d7d4fb-7566-41ec-b59d-85bdcd6144e1#1795537642736 fell_back hosted>lmstudio/ibm/granite-4-h-1b 0s [failed hosted x1 auth 401 authentication_error; succeeded lmstudio/ibm/granite-4-h-1b]",
		}},
		{"probed/2026.3.13", []string{
			"run:9cfbc999-7fe5-4dc7-81d6-0fe5ea5c3f39 fell_back hosted>lmstudio/ibm/granite-4-h-1b 23s [failed hosted x4 rate_limit 429 rate_limit_error; succeeded lmstudio/ibm/granite-4-h-1b]",
			"run:9cfbc999-7fe5-4dc7-81d6-0fe5ea5c3f39#1795537660733 fell_back hosted>lmstudio/ibm/granite-4-h-1b 23s [failed hosted x4 rate_limit 429 rate_limit_error; succeeded lmstudio/ibm/granite-4-h-1b]",
		}},
		{"skipped/2026.3.13", []string{
			"run:89b23a1c-2d23-4267-861c-8e7032b797d6 exhausted lmstudio/ibm/granite-4-h-1b>nobody 1s [failed lmstudio/ibm/granite-4-h-1b x1 model_not_found 404; failed hosted x1 auth 401 authentication_error]",
			"run:89b23a1c-2d23-4267-861c-8e7032b797d6#1795537626032 exhausted lmstudio/ibm/granite-4-h-1b>nobody 1s [failed lmstudio/ibm/granite-4-h-1b x1 model_not_found 404; skipped hosted auth]",
		}},
		{"healthy/2026.3.13", []string{
			"run:87974fad-6c75-41cc-8758-1cfde811479d fell_back lmstudio/ibm/granite-4-h-1b>hosted 1s [failed lmstudio/ibm/granite-4-h-1b x1 model_not_found 404; succeeded hosted]",
		}},
	} {
		t.Run(c.run, func(t *testing.T) {
			t.Parallel()
			for name, files := range map[string][]string{"all": everything, "log": everything[:1]} {
				traces := byTime(sample(t, real+c.run, files...))
				a, b := fallback.New(), newBook(t)
				for range 2 {
					for _, tr := range traces {
						b.add(a.Take(tr)...)
						restored, err := fallback.Restore(a.Save())
						if err != nil {
							t.Fatal(err)
						}
						a = restored
					}
					b.settle(a)
				}
				b.add(told(t, fallback.New(), traces)...)
				got := []string{}
				for _, f := range b.list() {
					got = append(got, f.Key+" "+brief(f))
				}
				if g, w := strings.Join(got, "\n"), strings.Join(c.want, "\n"); g != w {
					t.Errorf("told by %s\n got %s\nwant %s", name, g, w)
				}
			}
		})
	}
}

// TestRunsOfOneIDInAnyOrder reads the second run's lines before the first one's,
// and line by line backwards: both are told apart in the end.
func TestRunsOfOneIDInAnyOrder(t *testing.T) {
	t.Parallel()
	keys := func(list []backend.Fallback) string {
		got := ""
		for _, f := range list {
			got += f.Key + " " + brief(f) + "\n"
		}
		return got
	}
	for _, run := range []string{"cooldown/2026.3.13", "skipped/2026.3.13"} {
		traces := byTime(sample(t, real+run, everything[0]))
		want := keys(told(t, fallback.New(), traces))
		half := len(traces) / 2
		if got := keys(told(t, fallback.New(), slices.Concat(traces[half:], traces[:half]))); apartFromTimes(got) != apartFromTimes(want) {
			t.Errorf("%s, halves\n got %s\nwant %s", run, got, want)
		}
		slices.Reverse(traces)
		if got := keys(told(t, fallback.New(), traces)); apartFromTimes(got) != apartFromTimes(want) {
			t.Errorf("%s, backwards\n got %s\nwant %s", run, got, want)
		}
	}
}

// apartFromTimes leaves out when the later runs began, which the lines that were
// read first tell.
func apartFromTimes(s string) string { return regexp.MustCompile(`#\d+`).ReplaceAllString(s, "#") }

// TestRunAfterAnHour begins a run under an id whose first run was forgotten.
func TestRunAfterAnHour(t *testing.T) {
	t.Parallel()
	first := newScript("s1", "").decides(9, 1, local, hosted, "timeout", 408).succeeds(12, 2, hosted)
	second := newScript("s1", "")
	second.start = today.Add(3 * time.Hour)
	second.runEnd(8, local, "timeout", refused).decides(9, 1, local, hosted, "timeout", 408).succeeds(12, 2, hosted)
	a, b := fallback.New(), newBook(t)
	for _, tr := range first.traces {
		b.add(a.Take(tr)...)
	}
	b.settle(a)
	for _, tr := range second.traces {
		b.add(a.Take(tr)...)
	}
	got := []string{}
	for _, f := range b.list() {
		got = append(got, f.Key)
	}
	want := []string{"run:s1", fmt.Sprintf("run:s1#%d", second.at(8).UnixMilli())}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestWhatTheWireSaid reads runs of 2026.9 that OpenClaw describes in words of its own.
func TestWhatTheWireSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		run     string
		outcome backend.Outcome
		cause   backend.CauseCode
		sure    backend.Confidence
		summary string
	}{
		{"cut/2026.9.6", backend.FellBack, backend.FellNetwork, backend.Likely, "the connection to LM Studio broke off"},
		{"context-too-small/2026.9.6", backend.ErrorAsReply, backend.FellContext, backend.Certain, "granite-4-h-1b was loaded with 8k context and the prompt needed 9,379 tokens"},
	} {
		t.Run(c.run, func(t *testing.T) {
			t.Parallel()
			for name, files := range map[string][]string{"all": everything, "log": everything[:1]} {
				list := told(t, fallback.New(), sample(t, real+c.run, files...))
				if len(list) != 1 {
					t.Errorf("told by %s: got %d records, want 1", name, len(list))
					continue
				}
				why := fallback.Explain(list[0], fallback.Context{})
				if list[0].Outcome != c.outcome || why.Code != c.cause || why.Confidence != c.sure || why.Summary != c.summary {
					t.Errorf("told by %s\n got %s %s %s %q\nwant %s %s %s %q", name, list[0].Outcome, why.Code, why.Confidence, why.Summary, c.outcome, c.cause, c.sure, c.summary)
				}
			}
		})
	}
}

// TestHostedBehindAProxy is a hosted provider whose address is on this machine.
func TestHostedBehindAProxy(t *testing.T) {
	t.Parallel()
	hop := backend.Hop{Ref: hosted.String(), Provider: hosted.Provider, Model: hosted.Model, BaseURL: "http://127.0.0.1:4000", Local: true}
	for _, c := range []struct{ detail, want string }{
		{`401 {"error":{"message":"invalid x-api-key","type":"authentication_error"}}`, "Anthropic refused OpenClaw's key or token"},
		{`429 {"error":{"type":"rate_limit_error"}}`, "Anthropic's rate limit was reached"},
		{"connect ECONNREFUSED 127.0.0.1:4000", "Anthropic refused the connection"},
	} {
		f := backend.Fallback{
			At: backend.At(noon), Requested: hosted.String(),
			Attempts: []backend.Attempt{{Model: hosted.String(), At: backend.At(noon), Decision: backend.AttemptFailed, Detail: c.detail}},
		}
		why := fallback.Explain(f, fallback.Context{Chain: []backend.Hop{hop}})
		if why.Summary != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.detail, why.Summary, c.want)
		}
		if why.Remedy == nil || strings.Contains(why.Remedy.Text, "LM Studio") || strings.Contains(why.Remedy.Text, "API token") {
			t.Errorf("%s: got the remedy %+v", c.detail, why.Remedy)
		}
	}
}

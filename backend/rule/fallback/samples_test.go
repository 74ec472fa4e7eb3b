package fallback_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

var today = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// told feeds traces and lets silence pass, and gives the last state of each
// record by key. It fails the test if two records are of one run.
func told(t *testing.T, a *fallback.Assembler, traces []backend.Trace) []backend.Fallback {
	t.Helper()
	b := newBook(t)
	for _, tr := range traces {
		b.add(a.Take(tr)...)
	}
	b.settle(a)
	return b.list()
}

// book keeps records as the store does: by key, the later one replaces.
type book struct {
	t    *testing.T
	rows map[string]backend.Fallback
}

func newBook(t *testing.T) *book { return &book{t: t, rows: map[string]backend.Fallback{}} }

func (b *book) add(list ...backend.Fallback) {
	b.t.Helper()
	for _, f := range list {
		if f.Key == "" || f.EndedAt == nil || f.EndedAt.Before(f.At.Time) {
			b.t.Errorf("a record without key or with times that run backwards: %+v", f)
		}
		b.rows[f.Key] = f
	}
}

// settle lets time pass with nothing said.
func (b *book) settle(a *fallback.Assembler) {
	b.t.Helper()
	for _, after := range []time.Duration{0, 10 * time.Second, 2 * time.Minute, 20 * time.Minute, 2 * time.Hour} {
		b.add(a.Tick(today.Add(after))...)
	}
}

func (b *book) list() []backend.Fallback {
	list := []backend.Fallback{}
	for _, f := range b.rows {
		list = append(list, f)
	}
	slices.SortFunc(list, func(x, y backend.Fallback) int { return x.At.Compare(y.At.Time) })
	return list
}

// brief is a record in one line: what a table can say of it.
func brief(f backend.Fallback) string {
	who, lost := "nobody", "?"
	if f.Answered != nil {
		who = *f.Answered
	}
	if f.LostSeconds != nil {
		lost = fmt.Sprintf("%.0f", *f.LostSeconds)
	}
	parts := []string{}
	for _, a := range f.Attempts {
		s := string(a.Decision) + " " + short(a.Model)
		if a.Tries != nil {
			s += fmt.Sprintf(" x%d", *a.Tries)
		}
		if a.Reason != "" {
			s += " " + a.Reason
		}
		if a.Status != nil {
			s += fmt.Sprintf(" %d", *a.Status)
		}
		if a.Code != "" {
			s += " " + a.Code
		}
		parts = append(parts, s)
	}
	return fmt.Sprintf("%s %s>%s %ss [%s]", f.Outcome, short(f.Requested), short(who), lost, strings.Join(parts, "; "))
}

func short(ref string) string {
	switch ref {
	case "lmstudio/minimax-m2.1-gs32":
		return "local"
	case "anthropic/claude-opus-4-6":
		return "hosted"
	}
	return ref
}

// TestRecordedRuns checks what becomes of every recorded run, told by all of its
// records, by its log alone and by its transcript alone.
func TestRecordedRuns(t *testing.T) {
	t.Parallel()
	const none = ""
	for _, c := range []struct{ run, all, log, transcript, cause string }{
		{"vii-ok/2026.2.9", none, none, none, none},
		{"vii-ok/2026.3.13", none, none, none, none},
		{"vii-ok/2026.9.6", none, none, none, none},
		{"vii-ok-chat/2026.2.9", none, none, none, none},
		{"vii-ok-chat/2026.3.13", none, none, none, none},
		{"vii-ok-chat/2026.9.6", none, none, none, none},
		{
			"i429/2026.2.9",
			"fell_back hosted>local 22s [failed hosted x4; succeeded local]",
			none,
			"fell_back hosted>local 22s [failed hosted x4; succeeded local]",
			"rate_limited certain",
		},
		{
			"i429/2026.3.13",
			"fell_back hosted>local 22s [failed hosted x4 rate_limit 429 rate_limit_error; succeeded local]",
			"fell_back hosted>local 22s [failed hosted x4 rate_limit 429 rate_limit_error; succeeded local]",
			"fell_back hosted>local 22s [failed hosted x4; succeeded local]",
			"rate_limited certain",
		},
		{
			"i500/2026.2.9",
			"error_as_reply hosted>nobody 19s [failed hosted x4]",
			none,
			"error_as_reply hosted>nobody 19s [failed hosted x4]",
			"provider_error certain",
		},
		{
			"i500/2026.3.13",
			"fell_back hosted>local 20s [failed hosted x4 timeout 408 api_error; succeeded local]",
			"fell_back hosted>local 20s [failed hosted x4 timeout 408 api_error; succeeded local]",
			"fell_back hosted>local 20s [failed hosted x4; succeeded local]",
			"provider_error certain",
		},
		{
			"i500/2026.9.6",
			"fell_back hosted>local 65s [failed hosted x7 server_error 500 api_error; succeeded local]",
			"fell_back hosted>local 65s [failed hosted x7 server_error 500 api_error; succeeded local]",
			"fell_back hosted>local 65s [failed hosted; succeeded local]",
			"provider_error certain",
		},
		{
			"ii-local-down/2026.2.9",
			"error_as_reply local>nobody 19s [failed local x4]",
			none,
			"error_as_reply local>nobody 19s [failed local x4]",
			"server_off likely",
		},
		{
			"ii-local-down/2026.9.6",
			"fell_back local>hosted 75s [failed local x7 timeout 408 ECONNREFUSED; succeeded hosted]",
			"fell_back local>hosted 74s [failed local x7 timeout 408 ECONNREFUSED; succeeded hosted]",
			"fell_back local>hosted 75s [failed local; succeeded hosted]",
			"server_off likely",
		},
		{
			"iii-loadfail/2026.2.9",
			"error_as_reply local>nobody 0s [failed local x1]",
			none,
			"error_as_reply local>nobody 0s [failed local x1]",
			"out_of_memory certain",
		},
		{
			"iii-loadfail/2026.3.13",
			"error_as_reply local>nobody 0s [failed local x1]",
			"error_as_reply local>nobody ?s [failed local x1]",
			"error_as_reply local>nobody 0s [failed local x1]",
			"out_of_memory certain",
		},
		{
			"iii-loadfail/2026.9.6",
			"fell_back local>hosted 7s [failed local x1 format 400 invalid_request_error; succeeded hosted]",
			"fell_back local>hosted 6s [failed local x1 format 400 invalid_request_error; succeeded hosted]",
			"fell_back local>hosted 7s [failed local; succeeded hosted]",
			"out_of_memory certain",
		},
		{
			"iii-notfound404/2026.2.9",
			"error_as_reply local>nobody 0s [failed local x1]",
			none,
			"error_as_reply local>nobody 0s [failed local x1]",
			"model_missing certain",
		},
		{
			"iii-notfound404/2026.3.13",
			"fell_back local>hosted 0s [failed local x1 model_not_found 404; succeeded hosted]",
			"fell_back local>hosted 0s [failed local x1 model_not_found 404; succeeded hosted]",
			"fell_back local>hosted 0s [failed local x1; succeeded hosted]",
			"model_missing certain",
		},
		{
			"iii-notfound404/2026.9.6",
			"fell_back local>hosted 7s [failed local x1 model_not_found 404 model_not_found; succeeded hosted]",
			"fell_back local>hosted 6s [failed local x1 model_not_found 404 model_not_found; succeeded hosted]",
			"fell_back local>hosted 7s [failed local; succeeded hosted]",
			"model_missing certain",
		},
		{
			"iii-notloaded/2026.2.9",
			"error_as_reply local>nobody 0s [failed local x1]",
			none,
			"error_as_reply local>nobody 0s [failed local x1]",
			"model_not_loaded certain",
		},
		{
			"iii-notloaded/2026.3.13",
			"error_as_reply local>nobody 0s [failed local x1]",
			"error_as_reply local>nobody ?s [failed local x1]",
			"error_as_reply local>nobody 0s [failed local x1]",
			"model_not_loaded certain",
		},
		{
			"iii-notloaded/2026.9.6",
			"fell_back local>hosted 9s [failed local x1 model_not_found 404 model_not_found; succeeded hosted]",
			"fell_back local>hosted 9s [failed local x1 model_not_found 404 model_not_found; succeeded hosted]",
			"fell_back local>hosted 9s [failed local; succeeded hosted]",
			"model_not_loaded certain",
		},
		{
			"v-hang/2026.2.9",
			"fell_back >hosted 40s [failed  timeout; succeeded hosted]",
			"stopped >nobody 40s [failed  timeout]",
			none, // the first try is not in it
			"timeout_busy likely",
		},
		{
			"v-hang/2026.3.13",
			"fell_back local>hosted 40s [failed local unknown 408; succeeded hosted]",
			"fell_back local>hosted 40s [failed local unknown 408; succeeded hosted]",
			"fell_back local>hosted 40s [failed local; succeeded hosted]",
			"timeout_busy likely",
		},
		{
			"v-hang/2026.9.6",
			"stopped local>nobody 164s [failed local agent_run_terminal_timeout TimeoutError]",
			"stopped local>nobody 151s [failed local agent_run_terminal_timeout TimeoutError]",
			"stopped local>nobody 164s [failed local]",
			"timeout_busy likely",
		},
		{
			"vi-all-fail/2026.2.9",
			"error_as_reply local>nobody 20s [failed local x4]",
			none,
			"error_as_reply local>nobody 20s [failed local x4]",
			"server_off likely",
		},
		{
			"vi-all-fail/2026.9.6",
			"exhausted local>nobody 98s [failed local x8 timeout 408 ECONNREFUSED; failed hosted x1 auth 401 authentication_error]",
			"exhausted local>nobody 97s [failed local x8 timeout 408 ECONNREFUSED; failed hosted x1 auth 401 authentication_error]",
			"exhausted local>nobody 98s [failed local; failed hosted x1 401]",
			"server_off likely",
		},
	} {
		t.Run(c.run, func(t *testing.T) {
			t.Parallel()
			for _, src := range []struct {
				name  string
				files []string
				want  string
			}{{"all", everything, c.all}, {"log", everything[:1], c.log}, {"transcript", everything[1:], c.transcript}} {
				got := ""
				for _, f := range told(t, fallback.New(), sample(t, c.run, src.files...)) {
					got += brief(f)
					cause := fallback.Explain(f, fallback.Context{})
					if code := string(cause.Code) + " " + string(cause.Confidence); src.name == "all" && code != c.cause {
						t.Errorf("cause\n got %s (%s)\nwant %s", code, cause.Summary, c.cause)
					}
				}
				if got != src.want {
					t.Errorf("told by %s\n got %s\nwant %s", src.name, got, src.want)
				}
			}
		})
	}
}

// TestGateway is a gateway's log of two runs in one session, the second of them
// by chat.send, whose run id the client chose.
func TestGateway(t *testing.T) {
	t.Parallel()
	a := fallback.New()
	list := told(t, a, sample(t, "gateway-hot-reload/2026.9.6", everything...))
	want := []struct{ key, record string }{
		{"run:591c6a91-f32a-45ac-b592-e00e973c464f", "fell_back local>hosted 5s [failed local x1 model_not_found 404 model_not_found; succeeded hosted]"},
		{"run:x1", "fell_back local>hosted 1s [failed local x1 model_not_found 404 model_not_found; succeeded hosted]"},
	}
	for i, f := range list {
		if i >= len(want) || f.Key != want[i].key || brief(f) != want[i].record {
			t.Errorf("got %s %s", f.Key, brief(f))
		}
	}
	if len(list) != 2 {
		t.Errorf("got %d records, want 2", len(list))
	}
	s := a.Sessions()
	if len(s) != 1 || s[0].Key != "agent:main:main" || s[0].Notice != "anthropic/claude-opus-4-6" ||
		s[0].Selected != "lmstudio/minimax-m2.1-gs32" || s[0].Answers != "anthropic/claude-opus-4-6" {
		t.Errorf("sessions: got %+v", s)
	}
}

func TestMain(m *testing.M) {
	// Summaries tell local times: the tests' are those of one place.
	time.Local = time.UTC
	os.Exit(m.Run())
}

package fallback_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
)

func tell(steps []backend.Step) string {
	lines := []string{}
	for _, s := range steps {
		line := s.At.Local().Format("15:04:05") + " " + s.Text
		if s.Note != "" {
			line += " | " + s.Note
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestStories(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		in   *scene
		want string
	}{
		{
			"the server was off, and came back",
			failing("Connection error.").claims("timeout", 408).code("ECONNREFUSED").was(backend.ServerUp, "08:00:00", "").
				was(backend.ServerOff, "10:31:07", "10:44:02").was(backend.ServerUp, "10:44:02", "").
				load("10:44:43", backend.Loaded, backend.CauseKeepWarm, 41, ""),
			`10:31:07 LM Studio's server stopped answering; the app stayed open | seen by Pilotlight
10:42:18 Your agent asked MiniMax M2.1 · connection refused, 6 tries | OpenClaw logged it as a time-out (408); the error itself says: connection refused
10:43:33 claude-opus-4-6 answered
10:44:02 LM Studio's server was back
10:44:43 Pilotlight loaded MiniMax M2.1, 41 s`,
		},
		{
			"the model went before, nobody answered",
			failing(noModels).load("10:12:00", backend.Unloaded, backend.CauseTTL, 0, "").edit(func(s *scene) {
				s.f.Outcome, s.f.Answered, s.f.Attempts = backend.ErrorAsReply, nil, s.f.Attempts[:1]
			}),
			`10:12:00 MiniMax M2.1 went out of memory: its idle time (TTL) ran out
10:42:18 Your agent asked MiniMax M2.1 · not loaded, 6 tries | ` + noModels + `
10:43:32 The error text was sent as the answer`,
		},
		{
			"passed over",
			failing("").claims("rate_limit", 0).skipped(),
			`10:43:32 OpenClaw passed MiniMax M2.1 over | OpenClaw passed it over after a rate limit
10:43:33 claude-opus-4-6 answered`,
		},
	} {
		if got := tell(fallback.Story(c.in.f, c.in.c)); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
}

// TestStoryIsBounded keeps the attempts of a run among a hundred changes.
func TestStoryIsBounded(t *testing.T) {
	t.Parallel()
	s := failing("Connection error.")
	for i := range 100 {
		at := clockTime("10:00:00").Add(time.Duration(i) * 30 * time.Second).Format("15:04:05")
		state := backend.ServerOff
		if i%2 == 0 {
			state = backend.ServerUp
		}
		s.was(state, at, "")
	}
	steps := fallback.Story(s.f, s.c)
	if text := tell(steps); len(steps) != 20 || !strings.Contains(text, "answered\n") || !strings.Contains(text, "asked MiniMax") {
		t.Errorf("got %d steps:\n%s", len(steps), text)
	}
}

func TestHeadlines(t *testing.T) {
	t.Parallel()
	names := func(ref string) string {
		return map[string]string{local.String(): "MiniMax", hosted.String(): "Opus"}[ref]
	}
	lost, none := 74.2, 0.3
	opus := hosted.String()
	for _, c := range []struct {
		in   backend.Fallback
		want string
	}{
		{backend.Fallback{Requested: local.String(), Answered: &opus, Outcome: backend.FellBack, LostSeconds: &lost}, "Opus answered instead of MiniMax, 74 s late"},
		{backend.Fallback{Requested: local.String(), Answered: &opus, Outcome: backend.FellBack, LostSeconds: &none}, "Opus answered instead of MiniMax"},
		{backend.Fallback{Requested: "openai/gpt-5", Answered: &opus, Outcome: backend.FellBack}, "Opus answered instead of gpt-5"},
		{backend.Fallback{Answered: &opus, Outcome: backend.FellBack}, "Opus answered instead of the first model"},
		{backend.Fallback{Requested: local.String(), Outcome: backend.Exhausted, Attempts: make([]backend.Attempt, 3), LostSeconds: &lost}, "Nobody answered: MiniMax and 2 other models failed, after 74 s"},
		{backend.Fallback{Requested: local.String(), Outcome: backend.Exhausted, Attempts: make([]backend.Attempt, 1)}, "Nobody answered: MiniMax failed"},
		{backend.Fallback{Requested: local.String(), Outcome: backend.Stopped, LostSeconds: &lost}, "Nobody answered: MiniMax failed and the run ended after 74 s"},
		{backend.Fallback{Requested: local.String(), Outcome: backend.ErrorAsReply, LostSeconds: &lost}, "Your agent sent the error as its reply: MiniMax failed, after 74 s"},
		{backend.Fallback{Requested: local.String(), Outcome: "vanished"}, "MiniMax did not answer"},
	} {
		if got := fallback.Headline(c.in, names); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestRemedies checks what is proposed, and what must not be.
func TestRemedies(t *testing.T) {
	t.Parallel()
	slow := 95.0
	cold := func(s *scene) { s.c.Cold[local.Model] = fallback.ColdLoad{Median: &slow, P95: &slow, N: 8} }
	warm := func(s *scene) { s.c.Servers[0].Models[0].Instances = []backend.Instance{{ID: local.Model}} }
	old := func(s *scene) { s.c.Version = "2026.3.13" }
	offNow := func(s *scene) { s.c.Servers[0].State = backend.ServerOff }
	for _, c := range []struct {
		name string
		in   *scene
		want string // action, label, model, server, context, seconds
	}{
		{"start the server while the app runs", failing("Connection error.").was(backend.ServerOff, "10:31:07", "").edit(offNow), "start_server “Start the server” minimax-m2.1-gs32@mac"},
		{"nothing to start once it is back", failing("Connection error.").was(backend.ServerOff, "10:31:07", "10:44:02"), ""},
		{"never start the app", failing("Connection error.").was(backend.ServerDown, "10:31:07", ""), ""},
		{"keep what was not loaded", failing(noModels), "keep “Keep MiniMax M2.1 loaded” minimax-m2.1-gs32@mac"},
		{"nothing more where it is kept by now", failing(noModels).edit(func(s *scene) { s.c.Kept = local.Model }), ""},
		{"nothing to keep where nobody watches", failing(noModels).elsewhere(), ""},
		{"keep what loads too slowly", failing(timeText).present().edit(cold), "keep “Keep MiniMax M2.1 loaded” minimax-m2.1-gs32@mac"},
		{"wait longer for what is kept already", failing(timeText).present().edit(cold).edit(warm), "raise_timeout “Wait 2 min 30 s” minimax-m2.1-gs32@mac 150 s"},
		{"no time-out in a config that cannot have one", failing(timeText).present().edit(cold).edit(warm).edit(old), "keep “Keep MiniMax M2.1 loaded” minimax-m2.1-gs32@mac"},
		{"more context", failing(overflow), "keep_context “Keep it with 32k context” minimax-m2.1-gs32@mac 32768 tokens"},
		{"not more than it can", failing(overflow).edit(func(s *scene) { most := 16000; s.c.Servers[0].Models[0].MaxContextLength = &most }), "keep_context “Keep it with 16k context” minimax-m2.1-gs32@mac 16000 tokens"},
		{"no context where it can take no more", failing(overflow).edit(func(s *scene) { most := 4096; s.c.Servers[0].Models[0].MaxContextLength = &most }), ""},
		{"no context for a hosted one", failing("prompt is too long: 213456 tokens > 200000 maximum").hosted(), ""},
		{"check what crashed", failing(crashText), "check “Check whether it answers” minimax-m2.1-gs32@mac"},
		{"unload the smaller one", failing(overflow).present(4096, 65536), "unload_extra “Unload the smaller one” minimax-m2.1-gs32@mac"},
		{"no load where memory is short", failing(loadFail), ""},
		{"no load of what cannot be loaded", failing("Failed to load LLM 'x': Error: No LM Runtime found"), ""},
		{"no button for a rate limit", failing("429 rate limit").hosted(), ""},
		{"no button for the unknown", failing(""), "none"},
	} {
		got := "none"
		if r := fallback.Explain(c.in.f, c.in.c).Remedy; r != nil {
			got = ""
			if r.Action != "" {
				got = fmt.Sprintf("%s “%s” %s@%s", r.Action, r.Label, r.Model, r.Server)
			}
			if r.Context != nil {
				got += fmt.Sprintf(" %d tokens", *r.Context)
			}
			if r.Seconds != nil {
				got += fmt.Sprintf(" %.0f s", *r.Seconds)
			}
			if r.Text == "" {
				t.Errorf("%s: a remedy without words", c.name)
			}
		}
		if got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

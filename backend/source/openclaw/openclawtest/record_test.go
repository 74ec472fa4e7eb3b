package openclawtest_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

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

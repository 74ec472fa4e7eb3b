package openclawtest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotlight/backend/source/openclaw/openclawtest"
)

func start(t *testing.T, o openclawtest.Options) *openclawtest.OpenClaw {
	t.Helper()
	o.StateDir = t.TempDir()
	if o.Now == nil {
		o.Now = func() time.Time { return noon }
	}
	return openclawtest.Start(t, o)
}

func play(t *testing.T, c *openclawtest.OpenClaw, turn openclawtest.Turn) openclawtest.Run {
	t.Helper()
	run, err := c.Play(turn)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// What each version makes of a failed first model, as its runs showed.
func TestTheRunMatrix(t *testing.T) {
	t.Parallel()
	const back, reply, stop = openclawtest.FellBack, openclawtest.ErrorAsReply, openclawtest.Stopped
	for failure, want := range map[openclawtest.Failure][3]openclawtest.Outcome{ // 2026.2, 2026.3, 2026.9
		openclawtest.None:            {openclawtest.Answered, openclawtest.Answered, openclawtest.Answered},
		openclawtest.RateLimited:     {back, back, back},
		openclawtest.Err500:          {reply, back, back},
		openclawtest.Auth:            {back, back, back},
		openclawtest.ServerOff:       {reply, back, back},
		openclawtest.NotFound:        {reply, back, back},
		openclawtest.NotLoaded:       {reply, reply, back},
		openclawtest.LoadFailed:      {reply, reply, back},
		openclawtest.Crashed:         {reply, reply, back},
		openclawtest.ContextOverflow: {reply, reply, back},
		openclawtest.Hang:            {back, back, stop},
	} {
		for i, version := range []string{openclawtest.V2, openclawtest.V3, openclawtest.V9} {
			t.Run(fmt.Sprintf("%s/%s", version, failure), func(t *testing.T) {
				t.Parallel()
				run := play(t, start(t, openclawtest.Options{Version: version}), openclawtest.Turn{Failures: fails(failure)})
				if run.Outcome != want[i] {
					t.Errorf("got %s, want %s", run.Outcome, want[i])
				}
				answered := map[openclawtest.Outcome]string{openclawtest.Answered: openclawtest.DefaultPrimary, back: openclawtest.DefaultFallback}[want[i]]
				if run.AnsweredBy != answered || run.Requested != openclawtest.DefaultPrimary {
					t.Errorf("got %s for %s, want %s", run.AnsweredBy, run.Requested, answered)
				}
			})
		}
	}
}

func TestAProvidersTimeoutFallsBack(t *testing.T) {
	t.Parallel()
	c := start(t, openclawtest.Options{Timeout: 15 * time.Second})
	run := play(t, c, openclawtest.Turn{Failures: fails(openclawtest.Hang)})
	if took := run.Ended.Sub(run.Started); run.Outcome != openclawtest.FellBack || took < 75*time.Second || took > 150*time.Second {
		t.Errorf("got %s after %v, want a fallback after about two minutes", run.Outcome, took)
	}
}

func TestATurnTakesAsLongAsItIsTold(t *testing.T) {
	t.Parallel()
	for _, version := range []string{openclawtest.V2, openclawtest.V3, openclawtest.V9} {
		for _, failure := range []openclawtest.Failure{openclawtest.None, openclawtest.ServerOff, openclawtest.Hang} {
			for _, took := range []time.Duration{500 * time.Millisecond, 74 * time.Second} {
				run := play(t, start(t, openclawtest.Options{Version: version}), openclawtest.Turn{Failures: fails(failure), Took: took})
				if got := run.Ended.Sub(run.Started); (got-took).Abs() > 10*time.Millisecond || !run.Started.Equal(noon) {
					t.Errorf("%s, %q: got %v from %v, want %v", version, failure, got, run.Started, took)
				}
			}
		}
	}
}

func TestLinesComeInOrderAndInTheMachinesZone(t *testing.T) {
	t.Parallel()
	for _, version := range []string{openclawtest.V2, openclawtest.V3, openclawtest.V9} {
		c := start(t, openclawtest.Options{Version: version})
		run := play(t, c, openclawtest.Turn{Failures: fails(openclawtest.RateLimited)})
		last := run.Started
		for _, l := range logLines(t, c.LogPath()) {
			at, err := time.Parse(time.RFC3339, fmt.Sprint(l.data["_meta"].(map[string]any)["date"]))
			if err != nil {
				t.Fatal(err)
			}
			if at.Before(last.Truncate(time.Millisecond)) || at.After(run.Ended) {
				t.Errorf("%s: a line of %v came after %v", version, at, last)
			}
			last = at
			zone := map[string]string{openclawtest.V2: "Z", openclawtest.V3: "+01:00", openclawtest.V9: "+01:00"}[version]
			if got := fmt.Sprint(l.data["time"]); !strings.HasSuffix(got, zone) {
				t.Errorf("%s: got time %s, want it to end with %s", version, got, zone)
			}
		}
	}
}

func TestALiveTurnWritesTheSameLines(t *testing.T) {
	t.Parallel()
	turn := openclawtest.Turn{Failures: fails(openclawtest.NotLoaded)}
	paper := start(t, openclawtest.Options{})
	play(t, paper, turn)
	live := start(t, openclawtest.Options{Now: time.Now})
	run, err := live.PlayLive(t.Context(), turn, 0.01)
	if err != nil || run.Outcome != openclawtest.FellBack {
		t.Fatalf("got %s, %v", run.Outcome, err)
	}
	if got, want := order(logLines(t, live.LogPath())), order(logLines(t, paper.LogPath())); !slices.Equal(got, want) {
		t.Errorf("lines differ: %s", difference(got, want))
	}
}

func TestALiveTurnCanBeCutShort(t *testing.T) {
	t.Parallel()
	c := start(t, openclawtest.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.PlayLive(ctx, openclawtest.Turn{Failures: fails(openclawtest.ServerOff)}, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if n := len(logLines(t, c.LogPath())); n > 1 {
		t.Errorf("%d lines were written after the end", n)
	}
}

func TestWhatIsNoFallbackLooksLikeNone(t *testing.T) {
	t.Parallel()
	const mini = "lmstudio/mini"
	for _, version := range []string{openclawtest.V2, openclawtest.V3, openclawtest.V9} {
		for name, turn := range map[string]openclawtest.Turn{
			"a heartbeat's own model": {Trigger: openclawtest.ByHeartbeat, Model: mini},
			"an alias":                {Model: "OPUS"},
			"a person's choice":       {},
		} {
			t.Run(version+"/"+name, func(t *testing.T) {
				t.Parallel()
				c := start(t, openclawtest.Options{Version: version})
				play(t, c, openclawtest.Turn{}) // the session as it usually is
				if name == "a person's choice" {
					if err := c.Choose("agent:main:main", mini, "user"); err != nil {
						t.Fatal(err)
					}
				}
				run := play(t, c, turn)
				want := mini
				if name == "an alias" {
					want = openclawtest.DefaultFallback
				}
				if run.Outcome != openclawtest.Answered || run.Requested != want || run.AnsweredBy != want {
					t.Errorf("got %+v, want %s to answer", run, want)
				}
				if text := logText(t, c); strings.Contains(text, "fallback") {
					t.Errorf("the log tells of a fallback:\n%s", text)
				}
				transcript := readTranscript(t, c, run)
				if !strings.Contains(transcript, want[strings.Index(want, "/")+1:]) || strings.Contains(transcript, `"stopReason":"error"`) {
					t.Errorf("the transcript is not that of an answer:\n%s", transcript)
				}
			})
		}
	}
}

func readTranscript(t *testing.T, c *openclawtest.OpenClaw, run openclawtest.Run) string {
	t.Helper()
	if c.Version() != openclawtest.V9 {
		b, err := os.ReadFile(c.TranscriptPath("main", run.SessionID))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	var b strings.Builder
	for _, v := range query(t, c, "SELECT event_json FROM transcript_events ORDER BY session_id, seq") {
		text, _ := json.Marshal(v)
		b.Write(append(text, '\n'))
	}
	return b.String()
}

func TestAChoiceStandsInTheSession(t *testing.T) {
	t.Parallel()
	c := start(t, openclawtest.Options{})
	if err := c.Choose("agent:main:main", "opus", "auto"); err != nil {
		t.Fatal(err)
	}
	if e := nodeEntry(t, c); e["modelOverrideSource"] != "auto" || e["providerOverride"] != "anthropic" {
		t.Errorf("got %v", e)
	}
	if err := c.Choose("agent:main:main", "", ""); err != nil {
		t.Fatal(err)
	}
	if e := nodeEntry(t, c); e["modelOverride"] != nil {
		t.Errorf("got %v", e)
	}
}

func TestTheLogTurnsOver(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 23, 59, 0, 0, noon.Location())
	c := start(t, openclawtest.Options{Now: func() time.Time { return now }, RotateBytes: 4000, Profile: "work"})
	dir := filepath.Dir(c.LogPath())
	names := func() (out []string) {
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, f := range files {
			out = append(out, strings.TrimPrefix(filepath.Base(f), "openclaw-work-2026-11-"))
		}
		return out
	}
	line := []byte(strings.Repeat("x", 1999) + "\n")
	for range 15 {
		if err := c.WriteRaw(line); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"22.1.log", "22.2.log", "22.3.log", "22.4.log", "22.5.log", "22.log"}
	if got := names(); !slices.Equal(got, want) {
		t.Errorf("rotated: got %v, want %v", got, want)
	}
	// A turn over midnight writes into two files.
	if run := play(t, c, openclawtest.Turn{Failures: fails(openclawtest.ServerOff), Took: 2 * time.Minute}); run.Ended.Day() != 23 {
		t.Fatalf("the turn ended at %v", run.Ended)
	}
	if got := names(); !slices.Contains(got, "23.log") || !slices.Contains(got, "22.log") {
		t.Errorf("midnight: got %v", got)
	}
	now = now.Add(48 * time.Hour)
	if err := c.WriteRaw(line); err != nil {
		t.Fatal(err)
	}
	if got := names(); slices.Contains(got, "23.log") || !slices.Contains(got, "24.log") {
		t.Errorf("pruned: got %v", got)
	}
}

func TestOneFileForAllDays(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a", "claw.log")
	c := start(t, openclawtest.Options{LogFile: file})
	play(t, c, openclawtest.Turn{At: noon})
	play(t, c, openclawtest.Turn{At: noon.Add(72 * time.Hour)})
	if c.LogPath() != file || len(logLines(t, file)) < 6 {
		t.Errorf("got %s with %d lines", c.LogPath(), len(logLines(t, file)))
	}
}

func TestSessionsMayRunAtOnce(t *testing.T) {
	t.Parallel()
	for _, version := range []string{openclawtest.V3, openclawtest.V9} {
		c := start(t, openclawtest.Options{Version: version})
		var all sync.WaitGroup
		for i := range 4 {
			all.Go(func() {
				for range 3 {
					if _, err := c.Play(openclawtest.Turn{Session: fmt.Sprintf("agent:main:chat-%d", i), Failures: fails(openclawtest.NotFound)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		decisions := 0
		for _, l := range logLines(t, c.LogPath()) {
			if strings.Contains(l.kind, "model_fallback_decision") {
				decisions++
			}
		}
		if decisions != 24 {
			t.Errorf("%s: got %d decisions, want 24", version, decisions)
		}
	}
}

func TestASkippedModelIsToldOf(t *testing.T) {
	t.Parallel()
	for version, told := range map[string]bool{openclawtest.V2: false, openclawtest.V3: true, openclawtest.V9: true} {
		c := start(t, openclawtest.Options{Version: version})
		run := play(t, c, openclawtest.Turn{Failures: fails(openclawtest.Cooldown), Prompt: "Feed the cat."})
		text := logText(t, c)
		if run.Outcome != openclawtest.FellBack || strings.Contains(text, `"decision":"skip_candidate"`) != told {
			t.Errorf("%s: got %s:\n%s", version, run.Outcome, text)
		}
		if got := strings.Count(readTranscript(t, c, run), "Feed the cat."); got != 1 {
			t.Errorf("%s: the prompt stands %d times in the transcript, want once", version, got)
		}
	}
}

func TestTheGatewayLives(t *testing.T) {
	t.Parallel()
	c := start(t, openclawtest.Options{GatewayPort: -1})
	port, err := c.StartGateway()
	if err != nil || port == 0 {
		t.Fatalf("got port %d, %v", port, err)
	}
	if _, err := c.StartGateway(); err == nil {
		t.Error("it started twice")
	}
	if err := c.StopGateway(); err != nil {
		t.Error(err)
	}
	if !strings.Contains(logText(t, c), "gateway ready") {
		t.Error("it did not log its start")
	}
}

func TestWhatCannotBePlayed(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]openclawtest.Options{
		"no state folder": {},
		"no provider":     {StateDir: t.TempDir(), Primary: "minimax"},
		"no folder":       {StateDir: "/dev/null/x"},
	} {
		if c, err := openclawtest.New(o); err == nil {
			t.Errorf("%s: it started", name)
			_ = c.Close()
		}
	}
}

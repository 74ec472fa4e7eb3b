package agent_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw"
	"pilotlight/backend/source/openclaw/openclawtest"
)

const (
	heroRef = "lmstudio/" + hero
	opusRef = openclawtest.DefaultFallback
)

// claw is a room with an OpenClaw in it.
type claw struct {
	*room
	oc   *openclawtest.OpenClaw
	mu   sync.Mutex
	told []string // on the desktop
}

// startClaw runs an agent over a fake LM Studio and a fake OpenClaw, which asks
// the hero first. before happens when OpenClaw is there and the agent is not.
func startClaw(t *testing.T, o openclawtest.Options, before func(*openclawtest.OpenClaw), changes ...change) *claw {
	t.Helper()
	c := &claw{}
	dir := t.TempDir()
	o.StateDir = filepath.Join(dir, ".openclaw")
	o.LogFile = filepath.Join(dir, "openclaw.log")
	o.Primary, o.RetryWindow = heroRef, 300*time.Millisecond
	o.Aliases = map[string]string{opusRef: "Opus"}
	c.room = start(t, lmstudiotest.Options{NoJIT: true}, append([]change{func(cfg *agent.Config, lm *lmstudio.Config) {
		if c.oc == nil {
			o.LMStudioURL = lm.URL
			c.oc = openclawtest.Start(t, o)
			if before != nil {
				before(c.oc)
			}
		}
		cfg.OpenClaw = &openclaw.Env{Getenv: func(string) string { return "" }, Home: dir, UID: os.Getuid(), SharedTmp: dir}
		cfg.Notify = func(_ context.Context, title, text string) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.told = append(c.told, title+" | "+text)
			return nil
		}
	}}, changes...)...)
	return c
}

func (c *claw) desktop() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told
}

// turn plays a turn for which the fake LM Studio is really asked.
func (c *claw) turn(t openclawtest.Turn) openclawtest.Run {
	c.Helper()
	run, err := c.oc.PlayAgainst(context.Background(), "", t)
	if err != nil {
		c.Fatalf("turn: %v", err)
	}
	return run
}

func (c *claw) fallbacks() []backend.Fallback {
	c.Helper()
	page, err := c.api.Fallbacks(context.Background(), backend.FallbackQuery{Limit: 1000})
	if err != nil {
		c.Fatalf("fallbacks: %v", err)
	}
	return page.Items
}

// untilFell waits for the newest fallback to be as wanted.
func (c *claw) untilFell(what string, ok func(backend.Fallback) bool) backend.Fallback {
	c.Helper()
	deadline := time.Now().Add(patient)
	for {
		all := c.fallbacks()
		if len(all) > 0 && ok(all[0]) {
			return all[0]
		}
		if time.Now().After(deadline) {
			c.Fatalf("never came: %s\nthere are %+v", what, all)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestAFallbackIsSeenAndExplained(t *testing.T) {
	for version, outcome := range map[string]backend.Outcome{
		openclawtest.V2: backend.ErrorAsReply, openclawtest.V3: backend.FellBack, openclawtest.V9: backend.FellBack,
	} {
		t.Run(version, func(t *testing.T) {
			c := startClaw(t, openclawtest.Options{Version: version}, nil)
			c.fake.LoadExplicit(hero, 8192)
			c.until("the hero is loaded", func(st *backend.Status) bool { return len(inMemory(st)) == 1 })
			if run := c.turn(openclawtest.Turn{}); run.Outcome != openclawtest.Answered {
				t.Fatalf("a healthy turn ended as %s", run.Outcome)
			}
			if err := c.fake.StopServer(); err != nil {
				t.Fatal(err)
			}
			c.until("the server is off", func(st *backend.Status) bool { return st.Servers[0].State == backend.ServerOff })
			run := c.turn(openclawtest.Turn{})
			f := c.untilFell("server off, certainly", func(f backend.Fallback) bool {
				return f.Cause.Code == backend.FellServerOff && f.Cause.Confidence == backend.Certain
			})
			if f.Requested != heroRef || f.Outcome != outcome || (f.Answered != nil) != (outcome == backend.FellBack) || f.OpenClawVersion == "" {
				t.Errorf("got %+v", f)
			}
			c.untilFell("its session", func(f backend.Fallback) bool { return f.SessionID == run.SessionID })
			if n := len(c.fallbacks()); n != 1 {
				t.Errorf("%d fallbacks: the healthy turn is none", n)
			}
			c.wantTold(f)
			c.wantFixed(f)
		})
	}
}

func inMemory(st *backend.Status) []string {
	var ids []string
	for _, m := range st.Servers[0].Models {
		for _, i := range m.Instances {
			ids = append(ids, i.ID)
		}
	}
	return ids
}

// wantTold expects the fallback in the status, as a notice and on the desktop.
func (c *claw) wantTold(f backend.Fallback) {
	c.Helper()
	st := c.until("the fallback is told", func(st *backend.Status) bool {
		return st.LastFallback != nil && st.LastFallback.ID == f.ID && st.FallbackUnseen && noted(st, "fell_back") &&
			st.FallbacksToday != nil && *st.FallbacksToday == 1
	})
	// 2026.2 writes no line about it, so there may be no log yet.
	if o := st.OpenClaw; o == nil || len(o.Chain) != 2 || o.Chain[0].State != "server_off" ||
		!o.LogReadable && backend.CodeOf(o.LogError) != backend.CodeNotFound {
		c.Errorf("OpenClaw is %+v", o)
	}
	c.until("the desktop shows it", func(*backend.Status) bool { return len(c.desktop()) > 0 })
	if told := c.desktop(); len(told) != 1 || !strings.Contains(told[0], "Hero 8B") || !strings.Contains(told[0], "off") {
		c.Errorf("the desktop showed %q", told)
	}
	if err := c.api.SeeFallbacks(context.Background()); err != nil {
		c.Fatal(err)
	}
	c.until("it is seen", func(st *backend.Status) bool { return !st.FallbackUnseen && !noted(st, "fell_back") })
}

func noted(st *backend.Status, code string) bool {
	for _, n := range st.Notices {
		if n.Code == code {
			return true
		}
	}
	return false
}

// wantFixed presses the button and expects the story to go on.
func (c *claw) wantFixed(f backend.Fallback) {
	c.Helper()
	if r := f.Cause.Remedy; r == nil || r.Action != backend.ActionStartServer || r.Label == "" {
		c.Fatalf("the remedy is %+v", f.Cause.Remedy)
	}
	fixed, err := c.api.FixFallback(context.Background(), f.ID)
	if err != nil || fixed.Text == "" {
		c.Fatalf("fix: %+v, %v", fixed, err)
	}
	c.until("the server is on", func(st *backend.Status) bool { return st.Servers[0].State == backend.ServerUp })
	c.untilFell("the cause knows that it came back", func(f backend.Fallback) bool {
		return !strings.Contains(f.Cause.Summary, "since") && (f.Cause.Remedy == nil || f.Cause.Remedy.Action == "")
	})
	story, err := c.api.Fallback(context.Background(), f.ID)
	if err != nil || len(story.Steps) < 3 {
		c.Errorf("the story is %+v, %v", story.Steps, err)
	}
	if _, err := c.api.FixFallback(context.Background(), f.ID); err == nil || backend.AsError(err).Hint == "" {
		c.Errorf("what is mended was mended again: %v", err)
	}
}

func TestFallbacksAreReadFromBeforeTheFirstStart(t *testing.T) {
	long := time.Now().Add(-3 * time.Hour)
	c := startClaw(t, openclawtest.Options{}, func(oc *openclawtest.OpenClaw) {
		for i, f := range []openclawtest.Failure{openclawtest.RateLimited, openclawtest.LoadFailed, openclawtest.None, openclawtest.Err500} {
			if _, err := oc.Play(openclawtest.Turn{At: long.Add(time.Duration(i) * 10 * time.Minute), Failures: []openclawtest.Failure{f}}); err != nil {
				t.Fatal(err)
			}
		}
	})
	deadline := time.Now().Add(patient)
	for len(c.fallbacks()) < 3 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	var codes []backend.CauseCode
	for _, f := range c.fallbacks() {
		codes = append(codes, f.Cause.Code)
	}
	want := []backend.CauseCode{backend.FellProviderError, backend.FellMemory, backend.FellRateLimited}
	if len(codes) != len(want) || codes[0] != want[0] || codes[1] != want[1] || codes[2] != want[2] {
		t.Errorf("causes %v, want %v", codes, want)
	}
	if told := c.desktop(); len(told) != 0 {
		t.Errorf("old news on the desktop: %q", told)
	}
	sum, err := c.api.FallbackSummary(context.Background(), nil, nil)
	if err != nil || sum.Count != 3 || len(sum.Causes) != 3 || len(sum.Days) == 0 {
		t.Errorf("summary %+v, %v", sum, err)
	}
}

// A restart in the middle of a run loses nothing and doubles nothing.
func TestARestartInTheMiddleOfARun(t *testing.T) {
	c := startClaw(t, openclawtest.Options{}, nil)
	c.untilListed()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	played := make(chan openclawtest.Run, 1)
	go func() {
		run, err := c.oc.PlayLive(ctx, openclawtest.Turn{Failures: []openclawtest.Failure{openclawtest.LoadFailed}}, 0.5)
		if err != nil {
			t.Errorf("play: %v", err)
		}
		played <- run
	}()
	for range 6 {
		c.stop()
		c.run()
		time.Sleep(50 * time.Millisecond)
	}
	run := <-played
	f := c.untilFell("the run", func(f backend.Fallback) bool { return f.Answered != nil })
	if f.RunID != run.RunID || f.Cause.Code != backend.FellMemory || len(c.fallbacks()) != 1 {
		t.Errorf("got %+v of %d", f, len(c.fallbacks()))
	}
	c.stop()
	c.run()
	time.Sleep(300 * time.Millisecond)
	if n := len(c.fallbacks()); n != 1 {
		t.Errorf("%d fallbacks after another restart", n)
	}
}

// An engine that a request found dead is listed as if nothing had happened; the
// provider's own words are what the keep goes by.
func TestACrashThatOnlyARequestShows(t *testing.T) {
	c := startClaw(t, openclawtest.Options{Context: 8192}, nil)
	c.keepHero(backend.RespectManual, 8192)
	c.fake.Crash(hero, true)
	if run := c.turn(openclawtest.Turn{}); run.Outcome != openclawtest.FellBack {
		t.Fatalf("the turn ended as %s", run.Outcome)
	}
	f := c.untilFell("crashed", func(f backend.Fallback) bool { return f.Cause.Code == backend.FellCrashed })
	if f.Cause.Confidence != backend.Certain {
		t.Errorf("cause %+v", f.Cause)
	}
	c.until("it is replaced", func(st *backend.Status) bool {
		return st.Keep.State == backend.KeepWarm && len(inMemory(st)) == 1 && !strings.Contains(strings.Join(c.story(), ";"), "load_failed") &&
			strings.Count(strings.Join(c.story(), ";"), hero+" loaded") == 2
	})
}

// What was said in a conversation is nowhere in what Pilotlight keeps.
func TestNothingThatWasSaidIsKept(t *testing.T) {
	secrets := []string{"the-prompt-xyzzy", "the-answer-plugh"}
	for _, version := range []string{openclawtest.V2, openclawtest.V3, openclawtest.V9} {
		c := startClaw(t, openclawtest.Options{Version: version}, nil)
		c.untilListed()
		for _, f := range []openclawtest.Failure{openclawtest.RateLimited, openclawtest.NotLoaded, openclawtest.None} {
			_, err := c.oc.Play(openclawtest.Turn{Failures: []openclawtest.Failure{f}, Prompt: secrets[0], Answer: secrets[1]})
			if err != nil {
				t.Fatal(err)
			}
		}
		c.untilFell("any", func(backend.Fallback) bool { return true })
		c.stop()
		err := filepath.WalkDir(c.cfg.Home, func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !d.Type().IsRegular() {
				return err
			}
			b, err := os.ReadFile(path)
			for _, s := range secrets {
				if bytes.Contains(b, []byte(s)) {
					t.Errorf("%s: %q stands in %s", version, s, filepath.Base(path))
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

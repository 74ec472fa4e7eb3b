package openclawtest_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw/openclawtest"
)

const local = "minimax-m2.1-gs32"

// pair is a fake OpenClaw in front of a fake LM Studio.
func pair(t *testing.T, lo lmstudiotest.Options, oo openclawtest.Options) (*lmstudiotest.Server, *openclawtest.OpenClaw) {
	t.Helper()
	if lo.Models == nil {
		lo.Models = []lmstudiotest.Model{{Key: local, SizeBytes: 1 << 30, MaxContext: 196608, KVBytesPerToken: 1024}}
	}
	lms := lmstudiotest.Start(t, lo)
	oo.StateDir, oo.LMStudioURL = t.TempDir(), lms.URL()
	oo.RetryWindow = 300 * time.Millisecond
	return lms, openclawtest.Start(t, oo)
}

func logText(t *testing.T, c *openclawtest.OpenClaw) string {
	t.Helper()
	b, err := os.ReadFile(c.LogPath())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(b)
}

func TestWhatReallyComesBackIsRecorded(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lms     lmstudiotest.Options
		claw    openclawtest.Options
		before  func(s *lmstudiotest.Server) error
		turn    openclawtest.Turn
		outcome openclawtest.Outcome
		says    []string // in the log
		silent  []string // not in the log
	}{
		"it answers": {outcome: openclawtest.Answered, silent: []string{"model_fallback_decision", "WARN\",\"name\":\"{\\\"subsystem\\\":\\\"agent"}},
		"the server is off": {before: func(s *lmstudiotest.Server) error { return s.StopServer() }, outcome: openclawtest.FellBack,
			says: []string{"causeCode=ECONNREFUSED", "preload failed", "transient same-model retry 1/8", "candidate_succeeded", `"errorPreview":"Connection error."`}},
		"nobody answers": {before: func(s *lmstudiotest.Server) error { return s.QuitApp() }, turn: openclawtest.Turn{Failures: fails("", openclawtest.RateLimited), Tries: 2},
			outcome: openclawtest.Exhausted, says: []string{"chain_exhausted", "rate_limit", "ECONNREFUSED"}},
		"nothing is loaded": {lms: lmstudiotest.Options{NoJIT: true}, claw: openclawtest.Options{NoPreload: true}, outcome: openclawtest.FellBack,
			says: []string{"No models loaded", "candidate_succeeded"}},
		"too little memory": {lms: lmstudiotest.Options{MemoryBytes: 1 << 20}, outcome: openclawtest.FellBack,
			says: []string{"preload failed", "load failed (", `"decision":"candidate_failed"`}},
		"it crashed": {before: func(s *lmstudiotest.Server) error {
			s.LoadExplicit(local, 196608)
			s.Crash(local, true)
			return nil
		}, outcome: openclawtest.FellBack, says: []string{"The model has crashed"}},
		"it never answers": {before: func(s *lmstudiotest.Server) error { s.FaultOn(lmstudiotest.FaultHang, "/v1/"); return nil },
			turn: openclawtest.Turn{Timeout: 200 * time.Millisecond}, outcome: openclawtest.Stopped,
			says: []string{"model_fallback_chain_stopped", "embedded run timeout"}},
		"it is slower than the provider's time-out": {before: func(s *lmstudiotest.Server) error { s.FaultOn(lmstudiotest.FaultHang, "/v1/"); return nil },
			claw: openclawtest.Options{Timeout: 50 * time.Millisecond}, outcome: openclawtest.FellBack,
			says: []string{"name=TimeoutError", "candidate_succeeded"}},
		"it is loaded too slowly": {lms: lmstudiotest.Options{LoadTime: time.Hour}, claw: openclawtest.Options{Timeout: 50 * time.Millisecond}, outcome: openclawtest.FellBack,
			says: []string{"preload failed", "name=TimeoutError", "candidate_succeeded"}},
		"the older protocol": {claw: openclawtest.Options{API: "openai-completions"}, outcome: openclawtest.Answered},
		"the wire breaks": {before: func(s *lmstudiotest.Server) error { s.FaultOn(lmstudiotest.FaultHalf, "/v1/"); return nil }, outcome: openclawtest.FellBack,
			says: []string{"causeCode=ECONNRESET"}},
		"it is broken": {before: func(s *lmstudiotest.Server) error { s.FaultOn(lmstudiotest.FaultErrorObject, "/v1/"); return nil }, outcome: openclawtest.FellBack,
			says: []string{"status=500", "server_error"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lms, claw := pair(t, c.lms, c.claw)
			if c.before != nil {
				if err := c.before(lms); err != nil {
					t.Fatal(err)
				}
			}
			run, err := claw.PlayAgainst(t.Context(), "", c.turn)
			if err != nil {
				t.Fatal(err)
			}
			text := logText(t, claw)
			if run.Outcome != c.outcome {
				t.Errorf("got %s, want %s; log:\n%s", run.Outcome, c.outcome, text)
			}
			for _, s := range c.says {
				if !strings.Contains(text, s) {
					t.Errorf("the log does not say %q:\n%s", s, text)
				}
			}
			for _, s := range c.silent {
				if strings.Contains(text, s) {
					t.Errorf("the log says %q:\n%s", s, text)
				}
			}
		})
	}
}

func TestAModelIsLoadedBeforeItIsAsked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		claw  openclawtest.Options
		loads int // requests to load it
	}{
		"2026.9":                     {openclawtest.Options{}, 1},
		"2026.9 with preload off":    {openclawtest.Options{NoPreload: true}, 0},
		"2026.3 does not load":       {openclawtest.Options{Version: openclawtest.V3}, 0},
		"as much as the model takes": {openclawtest.Options{Context: 1 << 20}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lms, claw := pair(t, lmstudiotest.Options{}, c.claw)
			for range 2 { // the second time it is there
				if _, err := claw.PlayAgainst(t.Context(), "", openclawtest.Turn{}); err != nil {
					t.Fatal(err)
				}
			}
			if got := lms.Count("POST /api/v1/models/load"); got != c.loads {
				t.Errorf("got %d loads, want %d", got, c.loads)
			}
			if got := lms.Instances(); len(got) != 1 || c.loads == 1 && got[0].Context != 196608 {
				t.Errorf("got %+v", got)
			}
		})
	}
}

func TestATurnEndsWithItsContext(t *testing.T) {
	t.Parallel()
	lms, claw := pair(t, lmstudiotest.Options{}, openclawtest.Options{})
	lms.Fault(lmstudiotest.FaultHang)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := claw.PlayAgainst(ctx, "", openclawtest.Turn{})
		done <- err
	}()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
}

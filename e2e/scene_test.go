//go:build e2e

package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// scene is one home folder: what its config says, what LM Studio and the hosted
// provider do, and the turns that are taken in it.
type scene struct {
	name    string
	version string
	setup   setup
	fake    lmstudiotest.Options // Models, Home and InternalAddr are filled in
	hosted  int64                // the status it refuses with, 0 = it answers
	mlx     bool                 // the local model is in this format, whose context LM Studio may change in silence
	gateway bool                 // the turns go through a real gateway
	steps   []step
}

// step is one turn, after something happened.
type step struct {
	before func(*lmstudiotest.Server) // nil = nothing
	seen   string                     // the agent's state of the server to wait for, "" = none
	flags  []string
	rest   time.Duration // how long the cooldown of the hosted profile has still to go, 0 = as OpenClaw left it
	proof  proof
	want   *want // nil = this turn is no fallback
}

// proof is what shows, without the agent, that the turn was what it is meant to
// be. A scene whose proof fails says nothing about the agent.
type proof struct {
	says string   // in what the turn printed on stdout
	logs []string // in OpenClaw's log; each must be there
	lms  string   // a request LM Studio must have got, as Count takes it
}

// want is the fallback that the agent must list for a turn.
type want struct {
	requested, answered, outcome string
	causes                       []string // any of these codes
	confidence                   string   // at least
}

// confidences from weak to strong.
var confidences = []string{"unknown", "likely", "certain"}

// check says what is wrong with a fallback of a turn that took so long.
func (w want) check(f fallback, took time.Duration) []string {
	var wrong []string
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Sprintf(format, args...)) }
	if f.Requested != w.requested || f.Answered != w.answered || f.Outcome != w.outcome {
		bad("%s -> %q %s, want %s -> %q %s", f.Requested, f.Answered, f.Outcome, w.requested, w.answered, w.outcome)
	}
	if !slices.Contains(w.causes, f.Cause.Code) {
		bad("cause is %q, want one of %q", f.Cause.Code, w.causes)
	}
	if slices.Index(confidences, f.Cause.Confidence) < slices.Index(confidences, w.confidence) {
		bad("confidence is %q, want %q at least", f.Cause.Confidence, w.confidence)
	}
	if w.requested == hosted && strings.Contains(f.Cause.Summary, "LM Studio") {
		bad("LM Studio is blamed for the hosted provider: %q", f.Cause.Summary)
	}
	if len(f.Cause.Evidence) == 0 {
		bad("the cause has no evidence")
	}
	if n := len(f.Attempts); n == 0 || f.Attempts[0].Model != w.requested || f.Attempts[0].Decision == "succeeded" {
		bad("the first attempt is not %s failing: %+v", w.requested, f.Attempts)
	} else if last := f.Attempts[n-1]; w.outcome == "fell_back" && (last.Model != w.answered || last.Decision != "succeeded") {
		bad("the last attempt is not %s answering: %+v", w.answered, f.Attempts)
	}
	switch {
	case f.LostSeconds != nil && (*f.LostSeconds < 0 || *f.LostSeconds > took.Seconds()):
		bad("lost %.1f s of a turn of %.1f s", *f.LostSeconds, took.Seconds())
	case f.LostSeconds == nil && w.outcome == "fell_back":
		bad("nothing is said about the time lost")
	}
	return wrong
}

// stage is a scene that is being played.
type stage struct {
	*testing.T
	scene
	oc     openclaw
	home   string
	port   int // of the gateway
	fake   *lmstudiotest.Server
	hosted *hostedProvider
	agent  *pilotlight // nil when only OpenClaw is looked at
	listed int         // fallbacks so far
}

// play sets the scene and takes its turns.
func (sc scene) play(t *testing.T) {
	s := &stage{T: t, scene: sc, oc: installed(t, sc.version), home: homeFor(t, sc), hosted: startHosted(t)}
	s.hosted.status.Store(sc.hosted)
	options := sc.fake
	options.Models = sc.models()
	options.Home = filepath.Join(s.home, ".lmstudio")
	s.fake = lmstudiotest.Start(t, options)
	config := sc.setup
	config.lmstudio, config.anthropic = s.fake.URL(), s.hosted.URL
	s.port = config.write(t, s.home)
	s.startAgent()
	if sc.gateway {
		s.oc.gateway(t, s.home, s.port)
	}
	for n, step := range sc.steps {
		s.take(n, step)
		if t.Failed() {
			return
		}
	}
	s.end()
}

// models is what LM Studio has downloaded.
func (sc scene) models() []lmstudiotest.Model {
	models := lmstudiotest.SmallModels()
	for n := range models {
		if models[n].Key == localKey && sc.mlx {
			models[n].Format = lmstudiotest.MLX
		}
	}
	return models
}

// homeFor is a new home folder, kept where PILOTLIGHT_E2E_KEEP says so.
func homeFor(t *testing.T, sc scene) string {
	t.Helper()
	keep := setting(t, "PILOTLIGHT_E2E_KEEP")
	if keep == "" {
		return t.TempDir()
	}
	home := filepath.Join(keep, sc.version, strings.ReplaceAll(sc.name, " ", "-"))
	if err := os.RemoveAll(home); err != nil {
		t.Fatal(err)
	}
	makeFolder(t, home)
	return home
}

func makeFolder(t *testing.T, path string) {
	t.Helper()
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
}

// setting is a path from the environment, "" when it is not set.
func setting(t *testing.T, name string) string {
	t.Helper()
	path := os.Getenv(name)
	if path == "" {
		return ""
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// startAgent starts the agent, where one was named.
func (s *stage) startAgent() {
	bin := setting(s.T, "PILOTLIGHT_E2E_BIN")
	if bin == "" {
		return
	}
	s.agent = &pilotlight{bin: bin, home: s.home}
	s.agent.start(s.T, s.fake.URL())
	s.waitFor("up")
}

// waitFor waits until the agent sees the server so.
func (s *stage) waitFor(state string) {
	s.Helper()
	if s.agent == nil || state == "" {
		return
	}
	if err := until(s.Context(), time.Minute, func() bool { return s.agent.serverState(s.Context()) == state }); err != nil {
		s.Fatalf("the agent sees LM Studio %q, want %q", s.agent.serverState(s.Context()), state)
	}
}

// take takes one turn and looks at what came of it.
func (s *stage) take(n int, step step) {
	if step.before != nil {
		step.before(s.fake)
	}
	if step.rest > 0 {
		prolong(s.T, s.home, step.rest)
	}
	s.waitFor(step.seen)
	s.fake.ResetRequests()
	before := len(s.logSince(0))
	flags := step.flags
	if !s.gateway {
		flags = append([]string{"--local"}, flags...)
	}
	said, err := s.oc.turn(s.Context(), s.home, flags...)
	s.keep(n, said)
	if err != nil {
		s.Errorf("turn %d: %v\n%.2000s", n+1, err, said.err)
		return
	}
	if wrong := s.disproved(step, said, s.logSince(before)); len(wrong) > 0 {
		s.Errorf("turn %d is not what it is meant to be: %s\nit printed %.1500s\n%.1500s", n+1, strings.Join(wrong, "; "), said.out, said.err)
		report("??", s.scene, "the turn was another one than meant", said.took)
		return
	}
	if s.agent == nil {
		report("ok", s.scene, "the turn was what it is meant to be", said.took)
		return
	}
	s.compare(step, said)
}

// disproved says what shows that a turn was another one than meant. log is what
// OpenClaw logged of it.
func (s *stage) disproved(step step, said said, log string) []string {
	var wrong []string
	if !strings.Contains(said.out, step.proof.says) {
		wrong = append(wrong, fmt.Sprintf("stdout lacks %q", step.proof.says))
	}
	for _, part := range step.proof.logs {
		if !strings.Contains(log, part) {
			wrong = append(wrong, fmt.Sprintf("the log lacks %s", part))
		}
	}
	if step.want == nil && strings.Contains(log, "model_fallback_decision") {
		wrong = append(wrong, "the log tells of a fallback")
	}
	if name := step.proof.lms; name != "" && s.fake.Count(name) == 0 {
		wrong = append(wrong, "LM Studio was never asked "+name)
	}
	return wrong
}

// logSince is what OpenClaw logged after the first n bytes.
func (s *stage) logSince(n int) string {
	text, err := os.ReadFile(logPath(s.home))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Fatal(err)
	}
	return string(text[min(n, len(text)):])
}

// keep writes what a turn printed, and what it asked of LM Studio, beside what
// OpenClaw itself wrote.
func (s *stage) keep(n int, said said) {
	if os.Getenv("PILOTLIGHT_E2E_KEEP") == "" {
		return
	}
	var asked strings.Builder
	for _, r := range s.fake.Requests() {
		line, err := json.Marshal(r)
		if err != nil {
			s.Error(err)
		}
		asked.Write(append(line, '\n'))
	}
	for name, text := range map[string]string{"stdout.txt": said.out, "stderr.txt": said.err, "lmstudio.jsonl": asked.String()} {
		path := filepath.Join(s.home, fmt.Sprintf("turn%d.%s", n+1, name))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			s.Error(err)
		}
	}
}

// compare waits until the turn's fallback is listed as it should be, and says
// what is wrong with it when that does not come. A turn that is none is checked
// by the next one and at the end: when a later one is listed, the log was read
// past this.
func (s *stage) compare(step step, said said) {
	if step.want == nil {
		report("ok", s.scene, "as meant; nothing to list", said.took)
		return
	}
	s.listed++
	var got []fallback
	var wrong []string
	_ = until(s.Context(), listedWithin, func() bool {
		var err error
		got, err = s.agent.fallbacks(s.Context())
		switch {
		case err != nil:
			wrong = []string{err.Error()}
		case len(got) != s.listed:
			wrong = []string{fmt.Sprintf("%d fallbacks are listed, want %d", len(got), s.listed)}
		default:
			wrong = step.want.check(got[0], said.took)
		}
		return len(wrong) == 0
	})
	what := "nothing listed"
	if len(got) > 0 {
		what = seen(got[0])
	}
	if len(wrong) > 0 {
		s.Errorf("%s\nlisted: %+v", strings.Join(wrong, "\n"), got)
		report("NO", s.scene, what+"  "+strings.Join(wrong, "; "), said.took)
		return
	}
	report("ok", s.scene, what, said.took)
}

// listedWithin is how long a fallback may take into the list after its turn
// ended; settled is how long none may come that was not expected.
const (
	listedWithin = 20 * time.Second
	settled      = 3 * time.Second
)

// end checks that nothing else is listed, and that nothing of what was said was
// kept.
func (s *stage) end() {
	if s.agent == nil {
		return
	}
	var got []fallback
	err := until(s.Context(), settled, func() bool {
		got, _ = s.agent.fallbacks(s.Context())
		return len(got) > s.listed
	})
	if err == nil {
		s.Errorf("%d fallbacks are listed, want %d: %+v", len(got), s.listed, got)
		report("NO", s.scene, "listed too much: "+seen(got[0]), 0)
	}
	leaks, err := s.agent.leaks()
	if err != nil {
		s.Error(err)
	}
	if len(leaks) > 0 {
		s.Errorf("the agent kept what was said: %s", strings.Join(leaks, ", "))
		report("NO", s.scene, "kept what was said: "+strings.Join(leaks, ", "), 0)
	}
}

func seen(f fallback) string {
	answered, lost := f.Answered, "?"
	if answered == "" {
		answered = "nobody"
	}
	if f.LostSeconds != nil {
		lost = fmt.Sprintf("%.1f s", *f.LostSeconds)
	}
	return fmt.Sprintf("%s -> %s  %s  %s  %s  lost %s", f.Requested, answered, f.Outcome, f.Cause.Code, f.Cause.Confidence, lost)
}

//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
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
	gateway bool                 // the turns go through a real gateway
	steps   []step
}

// step is one turn, after something happened.
type step struct {
	before func(*lmstudiotest.Server) // nil = nothing
	seen   string                     // the agent's state of the server to wait for, "" = none
	flags  []string
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

func (w want) check(f fallback) []string {
	var wrong []string
	differs := func(what, got, want string) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s is %q, want %q", what, got, want))
		}
	}
	differs("requested", f.Requested, w.requested)
	differs("answered", f.Answered, w.answered)
	differs("outcome", f.Outcome, w.outcome)
	if !slices.Contains(w.causes, f.Cause.Code) {
		wrong = append(wrong, fmt.Sprintf("cause is %q, want one of %q", f.Cause.Code, w.causes))
	}
	if slices.Index(confidences, f.Cause.Confidence) < slices.Index(confidences, w.confidence) {
		wrong = append(wrong, fmt.Sprintf("confidence is %q, want %q at least", f.Cause.Confidence, w.confidence))
	}
	if len(f.Cause.Evidence) == 0 {
		wrong = append(wrong, "the cause has no evidence")
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
}

// play sets the scene and takes its turns.
func (sc scene) play(t *testing.T) {
	s := &stage{T: t, scene: sc, oc: installed(t, sc.version), home: homeFor(t, sc), hosted: startHosted(t)}
	s.hosted.status.Store(sc.hosted)
	options := sc.fake
	options.Models = lmstudiotest.SmallModels()
	options.Home = filepath.Join(s.home, ".lmstudio")
	s.fake = lmstudiotest.Start(t, options)
	config := sc.setup
	config.lmstudio, config.anthropic = s.fake.URL(), s.hosted.URL
	s.port = config.write(t, s.home)
	s.startAgent()
	if sc.gateway {
		s.oc.gateway(t, s.home, s.port)
	}
	var listed int
	for n, step := range sc.steps {
		s.take(n, step, &listed)
		if t.Failed() {
			return
		}
	}
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
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	return home
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
func (s *stage) take(n int, step step, listed *int) {
	if step.before != nil {
		step.before(s.fake)
	}
	s.waitFor(step.seen)
	s.fake.ResetRequests()
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
	if wrong := s.disproved(step.proof, said); len(wrong) > 0 {
		s.Errorf("turn %d is not what it is meant to be: %s\nit printed %.1500s\n%.1500s", n+1, strings.Join(wrong, "; "), said.out, said.err)
		report("??", s.scene, "the turn was another one than meant", said.took)
		return
	}
	if s.agent == nil {
		report("ok", s.scene, "the turn was what it is meant to be", said.took)
		return
	}
	s.compare(step, said, listed)
}

// disproved says what shows that a turn was another one than meant.
func (s *stage) disproved(p proof, said said) []string {
	var wrong []string
	if !strings.Contains(said.out, p.says) {
		wrong = append(wrong, fmt.Sprintf("stdout lacks %q", p.says))
	}
	log, err := os.ReadFile(logPath(s.home))
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	for _, part := range p.logs {
		if !strings.Contains(string(log), part) {
			wrong = append(wrong, fmt.Sprintf("the log lacks %s", part))
		}
	}
	if p.lms != "" && s.fake.Count(p.lms) == 0 {
		wrong = append(wrong, "LM Studio was never asked "+p.lms)
	}
	return wrong
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

// compare waits for the turn's fallback and compares it. A turn that is none is
// checked by the next one: when that is listed, the log was read past this.
func (s *stage) compare(step step, said said, listed *int) {
	if step.want == nil {
		report("ok", s.scene, "nothing expected so far", said.took)
		return
	}
	var got []fallback
	var asked error
	_ = until(s.Context(), time.Minute, func() bool {
		got, asked = s.agent.fallbacks(s.Context())
		return asked == nil && len(got) > *listed && got[0].Outcome != ""
	})
	if asked != nil {
		s.Errorf("list the fallbacks: %v", asked)
		return
	}
	*listed++
	if len(got) != *listed {
		s.Errorf("%d fallbacks are listed, want %d: %+v", len(got), *listed, got)
		report("NO", s.scene, fmt.Sprintf("%d listed, want %d", len(got), *listed), said.took)
		return
	}
	wrong := step.want.check(got[0])
	verdict := "ok"
	if len(wrong) > 0 {
		verdict = "NO"
		s.Errorf("%s\nlisted as %+v", strings.Join(wrong, "\n"), got[0])
	}
	report(verdict, s.scene, seen(got[0]), said.took)
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

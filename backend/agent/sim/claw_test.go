package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
)

// claw is OpenClaw: runs that ask for models, and what it writes down of those
// that its first model did not answer.
type claw struct {
	lines   []backend.Trace // its log, a trace for each line
	atStart int             // how many were there when Pilotlight started
	runs    map[string]*run // what became of those that were written down in full
	n       int
	due     int // lines that are not written yet

	reread  bool // the log was rotated: it is read again from its beginning
	twice   int  // how many reads bring their lines twice
	delayed time.Duration
	chance  *rand.Rand
}

// run is how a run ended.
type run struct {
	outcome  backend.Outcome
	answered string
}

var (
	primary = backend.ModelRef{Provider: "lmstudio", Model: shelf[0].key}
	hosted  = backend.ModelRef{Provider: "anthropic", Model: "claude-opus-4-6"}
)

// pace is how long the reader waits before it reads on.
func (c *claw) pace() time.Duration { return time.Duration(50+c.draw(900)) * time.Millisecond }

func (c *claw) draw(n int) int { return c.chance.IntN(n) }

// reading is OpenClaw's config, as Pilotlight reads it.
func (c *claw) reading(w *world) openclaw.Reading {
	c.atStart = len(c.lines)
	return openclaw.Reading{
		OpenClaw: backend.OpenClaw{
			Found: true, ConfigValid: true, Version: "2026.9.6", Issues: []backend.ConfigIssue{},
			Primary: primary.String(), Fallbacks: []string{hosted.String()},
		},
		Providers: map[string]openclaw.Provider{}, Hash: "sim", ReadAt: w.wall(),
	}
}

// asks is one run: a request to the first model, and to the hosted one where it
// fails.
func (w *world) asks(busy time.Duration, hostedFails bool) {
	if reason, text := w.request(primary.Model, busy); reason != "" {
		w.fallsBack(reason, text, hostedFails)
	}
}

func (w *world) fallsBack(reason, text string, hostedFails bool) {
	c := &w.claw
	c.n++
	id := fmt.Sprintf("run-%d", c.n)
	write := func(after time.Duration, t backend.Trace) {
		c.due++
		w.after(after, func() {
			t.At, t.Source, t.Kind, t.RunID, t.Requested = w.wall(), backend.SourceLog, backend.TraceDecision, id, primary
			w.after(c.delayed, func() {
				t.Ref = fmt.Sprintf("openclaw.log:%d", len(c.lines)*100)
				c.lines = append(c.lines, t)
				c.due--
			})
		})
	}
	w.note("OpenClaw's %s falls back: %s", id, reason)
	write(0, backend.Trace{Decision: "candidate_failed", Candidate: primary, Next: hosted, Attempt: 1, Total: 2, Reason: reason, Detail: text})
	before := backend.Attempt{Model: primary.String(), At: backend.At(w.wall()), Decision: backend.AttemptFailed, Reason: reason, Detail: text}
	last := backend.Trace{Decision: "candidate_succeeded", Candidate: hosted, Attempt: 2, Total: 2, Previous: []backend.Attempt{before}}
	end := run{outcome: backend.FellBack, answered: hosted.String()}
	if hostedFails {
		last.Decision, last.Reason, last.Status, last.Previous = "candidate_failed", "rate_limit", 429, nil
		end = run{outcome: backend.Exhausted}
	}
	write(3*time.Second, last)
	c.runs[id] = &end
}

// request is what any client does: it is answered, or loads the model, or fails.
func (w *world) request(key string, busy time.Duration) (reason, text string) {
	s := &w.lm
	switch {
	case !s.app || !s.on:
		return "unknown", "connect ECONNREFUSED 127.0.0.1:1234"
	case s.token:
		return "auth", "401 An LM Studio API token is required to make requests to this server"
	case !s.has(key):
		return "model_not_found", "model_not_found"
	}
	if i := s.of(key); i != nil {
		if i.crashed {
			return "unknown", "The model has crashed without additional information. (Exit code: 6)"
		}
		i.answers(w.now, busy)
		return "", ""
	}
	if s.guardrail || sizeOf(key) > s.free() {
		return "unknown", "insufficient system resources"
	}
	if len(s.jobs) == 0 {
		w.load(key, 4096, time.Duration(1+w.claw.draw(90))*time.Minute, false, false)
	}
	return "", ""
}

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
	config  config
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
	fallbacks := []string{}
	for _, h := range w.chain()[1:] {
		fallbacks = append(fallbacks, h.String())
	}
	r := openclaw.Reading{
		OpenClaw: backend.OpenClaw{
			Found: true, ConfigValid: true, Version: "2026.9.6", Issues: []backend.ConfigIssue{},
			Primary: primary.String(), Fallbacks: fallbacks,
		},
		Providers: c.config.providers(), Hash: fmt.Sprint(c.config), ReadAt: w.wall(),
	}
	if b := w.bend; b != nil && b.config != nil {
		b.config(&r)
	}
	return r
}

// chain is what OpenClaw tries, in order: the other LM Studio comes before the service,
// where the config has it.
func (w *world) chain() []backend.ModelRef {
	if w.provider(denName) == nil {
		return []backend.ModelRef{primary, hosted}
	}
	return []backend.ModelRef{primary, {Provider: denName, Model: shelf[1].key}, hosted}
}

// asks is one run: a request to each model of the chain, until one answers.
func (w *world) asks(busy time.Duration, hostedFails bool) {
	chain := w.chain()
	reason, text := w.lm.request(primary.Model, busy)
	if reason == "" {
		return
	}
	end := run{outcome: backend.Exhausted}
	write := w.writes(&end)
	var failed []backend.Attempt
	for k, at := range chain {
		t := backend.Trace{Decision: "candidate_failed", Candidate: at, Attempt: k + 1, Total: len(chain), Reason: reason, Detail: text}
		switch {
		case k == 0:
		case at == hosted && hostedFails:
			t.Reason, t.Status, t.Detail = "rate_limit", 429, ""
		case at == hosted:
			t.Reason, t.Detail = "", ""
		default:
			t.Reason, t.Detail = w.provider(at.Provider).request(at.Model, busy)
		}
		if t.Reason == "" {
			t.Decision, t.Previous = "candidate_succeeded", failed
			end = run{outcome: backend.FellBack, answered: at.String()}
		} else if k+1 < len(chain) {
			t.Next = chain[k+1]
		}
		write(time.Duration(k)*3*time.Second, t)
		if t.Reason == "" {
			return
		}
		failed = append(failed, backend.Attempt{
			Model: at.String(), At: backend.At(w.wall()), Decision: backend.AttemptFailed, Reason: t.Reason, Detail: t.Detail,
		})
	}
}

// writes is how OpenClaw writes one run down, a line at a time.
func (w *world) writes(end *run) func(after time.Duration, t backend.Trace) {
	c := &w.claw
	c.n++
	id := fmt.Sprintf("run-%d", c.n)
	c.runs[id] = end
	w.note("OpenClaw's %s falls back", id)
	return func(after time.Duration, t backend.Trace) {
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
}

// request is what any client does: it is answered, or loads the model, or fails.
func (s *lmstudio) request(key string, busy time.Duration) (reason, text string) {
	switch {
	case s.hangs:
		return "timeout", "Request timed out."
	case !s.app || !s.on:
		return "unknown", "connect ECONNREFUSED 127.0.0.1:1234"
	case s.token:
		return "auth", "401 An LM Studio API token is required to make requests to this server"
	case !s.has(key):
		return "model_not_found", "model_not_found"
	case s.plain:
		return "", ""
	}
	if i := s.of(key); i != nil {
		if i.crashed {
			return "unknown", "The model has crashed without additional information. (Exit code: 6)"
		}
		i.answers(s.now, busy)
		return "", ""
	}
	if s.guardrail || sizeOf(key) > s.free() {
		return "unknown", "insufficient system resources"
	}
	if len(s.jobs) == 0 {
		s.load(key, 4096, time.Duration(1+s.claw.draw(90))*time.Minute, false, false)
	}
	return "", ""
}

package fallback

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// maxSteps bounds a story; the attempts are never left out.
	maxSteps = 20
	// storyBefore and storyAfter are how far around the run a story looks.
	storyBefore = time.Hour
	storyAfter  = 15 * time.Minute
)

// Story tells a fallback step by step: what the server did, what was loaded and
// unloaded, who was asked and who answered, and what came after.
func Story(f backend.Fallback, c Context) []backend.Step {
	i := newIncident(f, c)
	steps := i.attemptSteps()
	around := append(i.serverSteps(), i.loadSteps()...)
	slices.SortStableFunc(around, nearest(f))
	steps = append(steps, around[:min(len(around), max(maxSteps-len(steps), 0))]...)
	slices.SortStableFunc(steps, func(a, b backend.Step) int { return a.At.Compare(b.At.Time) })
	for n := range steps {
		steps[n].Text, steps[n].Note = clip(steps[n].Text, maxSummary), clip(steps[n].Note, maxSummary)
	}
	return steps
}

// nearest sorts what is nearest to the run first.
func nearest(f backend.Fallback) func(a, b backend.Step) int {
	far := func(s backend.Step) time.Duration {
		switch {
		case s.At.Before(f.At.Time):
			return f.At.Sub(s.At.Time)
		case f.EndedAt != nil && s.At.After(f.EndedAt.Time):
			return s.At.Sub(f.EndedAt.Time)
		}
		return 0
	}
	return func(a, b backend.Step) int { return cmp.Compare(far(a), far(b)) }
}

// attemptSteps are the turns of the models, each told at its beginning, and how
// the run ended.
func (i *incident) attemptSteps() []backend.Step {
	var steps []backend.Step
	for _, a := range i.f.Attempts {
		if len(steps) == maxSteps-1 {
			break
		}
		at := a.At
		if a.StartedAt != nil && a.Decision == backend.AttemptFailed {
			at = *a.StartedAt
		}
		name := i.call(a.Model)
		switch a.Decision {
		case backend.AttemptSucceeded:
			steps = append(steps, backend.Step{At: a.At, Kind: backend.StepAnswer, Tone: "ok", Text: name + " answered"})
		case backend.AttemptSkipped:
			steps = append(steps, backend.Step{
				At: at, Kind: backend.StepSkip, Tone: "bad", Text: "OpenClaw passed " + name + " over", Note: i.claimOf(a),
			})
		default:
			steps = append(steps, backend.Step{
				At: at, Kind: backend.StepAttempt, Tone: "bad", Text: "Your agent asked " + name + failureWord(a), Note: i.noteOf(a),
			})
		}
	}
	if end, ok := i.endStep(); ok {
		steps = append(steps, end)
	}
	return steps
}

func (i *incident) endStep() (backend.Step, bool) {
	s := backend.Step{At: i.f.At, Kind: backend.StepEnd, Tone: "bad"}
	if i.f.EndedAt != nil {
		s.At = *i.f.EndedAt
	}
	switch i.f.Outcome {
	case backend.Exhausted:
		s.Text = "No model was left to ask; nobody answered"
	case backend.Stopped:
		s.Text = "The run ended there; nobody answered"
	case backend.ErrorAsReply:
		s.Text = "The error text was sent as the answer"
	default:
		return s, false
	}
	return s, true
}

// call is what a person calls a model of the chain.
func (i *incident) call(ref string) string {
	if ref == "" {
		return "its first model"
	}
	if ref == i.f.Requested {
		return i.name()
	}
	o := *i
	o.f.Requested, o.f.Attempts = ref, nil
	return newIncident(o.f, o.c).name()
}

// failureWord is how a model failed, in a few words after its name.
func failureWord(a backend.Attempt) string {
	said := read(a.Detail, a.Code)
	word := failureWords[said.kind]
	if word == "" && a.Reason != "" {
		word = failureWords[claimed(a.Reason)]
	}
	parts := []string{}
	if word != "" {
		parts = append(parts, word)
	}
	if a.Tries != nil && *a.Tries > 1 {
		parts = append(parts, fmt.Sprintf("%d tries", *a.Tries))
	}
	if len(parts) == 0 {
		return ", which failed"
	}
	return " · " + strings.Join(parts, ", ")
}

var failureWords = map[kind]string{
	saysContext: "the prompt did not fit", saysMemory: "too little memory to load it", saysCrashed: "its engine crashed",
	saysUnloaded: "unloaded meanwhile", saysNotLoaded: "not loaded", saysLoading: "still loading", saysLoadFailed: "could not be loaded",
	saysSeveral: "not among the loaded models", saysMissing: "not found", saysAuth: "key refused", saysLimit: "rate limit",
	saysBill: "quota used up", saysBusy: "overloaded", saysBroken: "the provider failed", failedRefused: "connection refused",
	failedTimeout: "no answer in time", failedConnect: "not reached in time", failedCut: "connection broke off",
	failedName: "name not found", failedRoute: "unreachable", failedTLS: "no secure connection", failedSomewhere: "no connection",
}

// noteOf is what was seen of a failed turn: the provider's words, or where
// OpenClaw's claim says something else, that.
func (i *incident) noteOf(a backend.Attempt) string {
	said := read(a.Detail, a.Code)
	claim := claimed(a.Reason)
	if claim == failedTimeout && said.kind != failedTimeout && said.kind != saysNothing {
		status := ""
		if a.Status != nil {
			status = fmt.Sprintf(" (%d)", *a.Status)
		}
		return fmt.Sprintf("OpenClaw logged it as a time-out%s; the error itself says: %s", status, failureWords[said.kind])
	}
	if a.Detail != "" {
		return a.Detail
	}
	return i.claimOf(a)
}

func (i *incident) claimOf(a backend.Attempt) string {
	o := *i
	o.at = a
	return o.claimRow().Text
}

// serverSteps are the changes of the requested model's server.
func (i *incident) serverSteps() []backend.Step {
	if i.server == nil {
		return nil
	}
	var steps []backend.Step
	was := backend.ServerUnknown
	for _, s := range i.c.stretches(i.server.ID) {
		before := was
		was = s.state
		still := s.overlap(i.f.At.Time, i.ended(), i.c.Now) > 0
		if !i.nearby(s.from) && !(still && isOff(s.state)) {
			continue
		}
		step := backend.Step{At: backend.At(s.from), Kind: backend.StepServer, Tone: "plain"}
		switch s.state {
		case backend.ServerUp:
			if !isOff(before) && before != backend.ServerNeedsToken {
				continue // it was never away, as far as is known
			}
			step.Text, step.Tone = i.host()+"'s server was back", "ok"
		case backend.ServerOff:
			step.Text, step.Note, step.Tone = i.host()+"'s server stopped answering; the app stayed open", "seen by Pilotlight", "bad"
		case backend.ServerDown:
			step.Text, step.Note, step.Tone = i.host()+" stopped: nothing answered any more", "seen by Pilotlight", "bad"
		case backend.ServerNeedsToken:
			step.Text, step.Tone = i.host()+" began to want an API token", "bad"
		default:
			continue
		}
		steps = append(steps, step)
	}
	return steps
}

func (i *incident) ended() time.Time {
	if i.f.EndedAt != nil {
		return i.f.EndedAt.Time
	}
	return i.to
}

// nearby says whether a moment belongs into the story.
func (i *incident) nearby(t time.Time) bool {
	return !t.Before(i.f.At.Add(-storyBefore)) && !t.After(i.ended().Add(storyAfter))
}

// loadSteps are the loads and unloads of the requested model.
func (i *incident) loadSteps() []backend.Step {
	var steps []backend.Step
	for _, l := range i.c.Loads {
		if !i.mine(l) || !i.nearby(l.At.Time) || l.Cause == backend.CauseAlreadyLoaded {
			continue
		}
		step := backend.Step{At: l.At, Kind: backend.StepLoad, Tone: "plain"}
		switch l.Event {
		case backend.Loaded:
			step.Text, step.Tone = fmt.Sprintf("%s loaded %s", loader(l.Cause), i.name()), "ok"
			if l.DurationSeconds != nil {
				step.Text += ", " + seconds(*l.DurationSeconds)
			}
			if l.ContextActual != nil {
				step.Note = "with " + tokensWord(*l.ContextActual) + " context"
			}
		case backend.Unloaded:
			step.Text = i.name() + " went out of memory: " + unloadWord(l)
			if l.Cause == backend.CauseCrashed {
				step.Text, step.Tone = i.name()+"'s engine crashed", "bad"
			}
			step.Note = l.Detail
		case backend.LoadFailed:
			step.Text, step.Note, step.Tone = "Loading "+i.name()+" failed", l.Detail, "bad"
		default:
			continue
		}
		steps = append(steps, step)
	}
	return steps
}

func loader(c backend.LoadCause) string {
	switch c {
	case backend.CauseKeepWarm:
		return "Pilotlight"
	case backend.CauseUser:
		return "You"
	case backend.CauseOpenClaw:
		return "OpenClaw"
	}
	return "Somebody"
}

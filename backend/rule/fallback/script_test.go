package fallback_test

import (
	"time"

	"pilotlight/backend"
)

var noon = time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)

var (
	local  = backend.ModelRef{Provider: "lmstudio", Model: "minimax-m2.1-gs32"}
	hosted = backend.ModelRef{Provider: "anthropic", Model: "claude-opus-4-6"}
	third  = backend.ModelRef{Provider: "openai", Model: "gpt-5"}
	nobody = backend.ModelRef{}
)

// script writes traces by hand: each method is one line that OpenClaw writes.
type script struct {
	run, session, key string
	source            backend.TraceSource // of the transcript
	start             time.Time
	traces            []backend.Trace
}

// newScript is a run of a session; run "" is a transcript alone.
func newScript(run, session string) *script {
	return &script{run: run, session: session, source: backend.SourceTranscript, start: noon}
}

func (s *script) at(sec float64) time.Time {
	return s.start.Add(time.Duration(sec * float64(time.Second)))
}

func (s *script) put(sec float64, t backend.Trace) *script {
	t.At = s.at(sec)
	s.traces = append(s.traces, t)
	return s
}

func (s *script) event(sec float64, t backend.Trace) *script {
	t.Source, t.SessionID, t.SessionKey = s.source, s.session, s.key
	return s.put(sec, t)
}

func (s *script) log(sec float64, t backend.Trace) *script {
	t.Source = backend.SourceLog
	return s.put(sec, t)
}

func (s *script) user(sec float64) *script {
	return s.event(sec, backend.Trace{Kind: backend.TraceUser})
}

func (s *script) injected(sec float64) *script {
	return s.event(sec, backend.Trace{Kind: backend.TraceUser, Injected: true})
}

func (s *script) model(sec float64, m backend.ModelRef) *script {
	return s.event(sec, backend.Trace{Kind: backend.TraceCandidate, Candidate: m})
}

func (s *script) chosen(sec float64, m backend.ModelRef) *script {
	return s.event(sec, backend.Trace{Kind: backend.TraceChosen, Candidate: m})
}

func (s *script) answers(sec float64, m backend.ModelRef, stop string) *script {
	return s.event(sec, backend.Trace{Kind: backend.TraceAnswer, Candidate: m, Stop: stop, Words: true})
}

func (s *script) errs(sec float64, m backend.ModelRef, text string) *script {
	return s.event(sec, backend.Trace{Kind: backend.TraceAnswer, Candidate: m, Stop: "error", Detail: text})
}

func (s *script) aborts(sec float64, m backend.ModelRef, text string) *script {
	return s.event(sec, backend.Trace{Kind: backend.TraceAnswer, Candidate: m, Stop: "aborted", Detail: text})
}

func (s *script) runEnd(sec float64, m backend.ModelRef, reason, text string) *script {
	return s.log(sec, backend.Trace{Kind: backend.TraceRunEnd, RunID: s.run, Candidate: m, Reason: reason, Detail: text})
}

func (s *script) failover(sec float64, m backend.ModelRef, decision, reason string, tries int) *script {
	return s.log(sec, backend.Trace{Kind: backend.TraceFailover, RunID: s.run, Candidate: m, Decision: decision, Reason: reason, Tries: tries})
}

// decides is a candidate_failed with its next candidate, nobody for the last one.
func (s *script) decides(sec float64, no int, m, next backend.ModelRef, reason string, status int) *script {
	return s.decision(sec, "candidate_failed", no, m, next, reason, status)
}

func (s *script) decision(sec float64, decision string, no int, m, next backend.ModelRef, reason string, status int) *script {
	return s.log(sec, backend.Trace{
		Kind: backend.TraceDecision, RunID: s.run, Decision: decision, Requested: local, Candidate: m, Next: next, Attempt: no,
		Reason: reason, Status: status,
	})
}

func (s *script) succeeds(sec float64, no int, m backend.ModelRef, previous ...backend.Attempt) *script {
	return s.log(sec, backend.Trace{
		Kind: backend.TraceDecision, RunID: s.run, Decision: "candidate_succeeded", Requested: local, Candidate: m, Attempt: no, Previous: previous,
	})
}

func (s *script) lane(sec, took float64, lane string) *script {
	return s.log(sec, backend.Trace{Kind: backend.TraceLane, Lane: lane, Duration: time.Duration(took * float64(time.Second)), Detail: "it failed"})
}

func (s *script) index(sec float64, m backend.ModelRef) *script {
	return s.event(sec, backend.Trace{Kind: backend.TraceSession, Candidate: m, SessionKey: "agent:main:main"})
}

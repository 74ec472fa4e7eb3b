package journal

import (
	"strings"

	"pilotlight/backend"
)

// maxAttempts bounds the failed candidates that a decision repeats.
const maxAttempts = 32

// fields are what the events call their members, in all versions seen.
type fields struct {
	event, decision, final, reason, failover  string
	run, session, key, lane                   string
	requested, candidate, next, plain, source backend.ModelRef
	code, kind                                string
	preview, raw, shown, provided, step       []byte // error texts, still raw
	attempt, total, http, status, retries     int
	retried, failed, timedOut                 bool
	previous                                  []backend.Attempt
}

// parseEvent reads one of the events that OpenClaw logs as an object.
func parseEvent(raw []byte) (backend.Trace, bool) {
	f := readFields(raw)
	t := backend.Trace{
		RunID: f.run, SessionID: f.session, SessionKey: f.key, AgentID: agentOf(f.key), Lane: f.lane,
		Requested: f.requested, Candidate: f.candidate, Next: f.next,
		Decision: f.decision, Attempt: f.attempt, Total: f.total, Final: f.final,
		Reason: f.reason, Status: f.http, Code: first(f.code, f.kind), TimedOut: f.timedOut,
	}
	if t.Status == 0 {
		t.Status = f.status
	}
	switch f.event {
	case "model_fallback_decision":
		t.Kind, t.Previous = backend.TraceDecision, f.previous
		t.Detail = firstDetail(f.preview, f.raw, f.provided)
		if t.Detail == "" && f.decision != "candidate_succeeded" {
			t.Detail = firstDetail(f.step) // of a success the step is about the one before
		}
	case "model_fallback_chain_stopped":
		t.Kind, t.Detail = backend.TraceStopped, firstDetail(f.preview, f.raw, f.shown)
	case "embedded_run_failover_decision":
		t.Kind = backend.TraceFailover
		fillRun(&t, f)
	case "embedded_run_agent_end":
		if !f.failed {
			return backend.Trace{}, false
		}
		t.Kind = backend.TraceRunEnd
		fillRun(&t, f)
	default:
		return backend.Trace{}, false
	}
	return t, true
}

// fillRun fills what the events of a run tell in other words than a decision.
func fillRun(t *backend.Trace, f fields) {
	t.Candidate = f.plain
	if t.Candidate == (backend.ModelRef{}) {
		t.Candidate = f.source
	}
	t.Reason = first(f.failover, f.reason)
	t.Detail = firstDetail(f.raw, f.provided, f.shown)
	if f.retried {
		t.Tries = f.retries + 1
	}
}

// readFields goes over an event once.
func readFields(raw []byte) fields {
	var f fields
	for w := object(raw); w.next(); {
		v := w.value
		switch string(w.key) {
		case "event":
			f.event = label(v)
		case "decision":
			f.decision = label(v)
		case "fallbackStepFinalOutcome":
			f.final = label(v)
		case "reason":
			f.reason = label(v)
		case "failoverReason":
			f.failover = label(v)
		case "runId":
			f.run = label(v)
		case "sessionId":
			f.session = label(v)
		case "sessionKey":
			f.key = label(v)
		case "lane":
			f.lane = label(v)
		case "attempt":
			f.attempt = count(v, 1000)
		case "total":
			f.total = count(v, 1000)
		case "retryCount":
			f.retries, f.retried = count(v, 1000), true
		case "isError":
			f.failed = truth(v)
		case "timedOut":
			f.timedOut = truth(v)
		case "previousAttempts":
			f.previous = previousAttempts(v)
		default:
			f.model(string(w.key), v)
			f.trouble(string(w.key), v)
		}
	}
	return f
}

// model reads the members that name models.
func (f *fields) model(key string, v []byte) {
	switch key {
	case "requestedProvider":
		f.requested.Provider = label(v)
	case "requestedModel":
		f.requested.Model = label(v)
	case "candidateProvider":
		f.candidate.Provider = label(v)
	case "candidateModel":
		f.candidate.Model = label(v)
	case "nextCandidateProvider":
		f.next.Provider = label(v)
	case "nextCandidateModel":
		f.next.Model = label(v)
	case "provider":
		f.plain.Provider = label(v)
	case "model":
		f.plain.Model = label(v)
	case "sourceProvider":
		f.source.Provider = label(v)
	case "sourceModel":
		f.source.Model = label(v)
	}
}

// trouble reads the members about an error.
func (f *fields) trouble(key string, v []byte) {
	switch key {
	case "status":
		f.status = status(v)
	case "httpCode":
		f.http = status(v)
	case "code":
		f.code = code(v)
	case "providerErrorType":
		f.kind = label(v)
	case "errorPreview":
		f.preview = v
	case "rawErrorPreview":
		f.raw = v
	case "error", "errorMessage":
		f.shown = v
	case "providerErrorMessagePreview":
		f.provided = v
	case "fallbackStepFromFailureDetail":
		f.step = v
	}
}

// code is an error code, which some versions write as a number.
func code(v []byte) string {
	if s := label(v); s != "" {
		return s
	}
	if _, ok := number(v); ok {
		return string(v)
	}
	return ""
}

// previousAttempts reads the failed candidates that a success repeats.
func previousAttempts(v []byte) []backend.Attempt {
	var list []backend.Attempt
	elements(v, func(one []byte) bool {
		f := readFields(one)
		ref := f.plain
		if ref == (backend.ModelRef{}) {
			ref = f.candidate
		}
		if ref == (backend.ModelRef{}) {
			return true
		}
		a := backend.Attempt{
			Model: ref.String(), Decision: backend.AttemptFailed, Reason: first(f.reason, f.failover),
			Code: first(f.code, f.kind), Detail: firstDetail(f.preview, f.raw, f.shown, f.provided),
		}
		if strings.HasPrefix(f.decision, "skip") {
			a.Decision = backend.AttemptSkipped
		}
		code := f.http
		if code == 0 {
			code = f.status
		}
		if code != 0 {
			a.Status = &code
		}
		list = append(list, a)
		return len(list) < maxAttempts
	})
	return list
}

// firstDetail is the first of some raw error texts that is not empty, fit to be
// kept.
func firstDetail(list ...[]byte) string {
	for _, raw := range list {
		if s := detail(text(raw, detailSource)); s != "" {
			return s
		}
	}
	return ""
}

// first is the first text that is not empty.
func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// agentOf is the agent that a session key names: "main" of "agent:main:main".
func agentOf(key string) string {
	rest, ok := strings.CutPrefix(key, "agent:")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, ":")
	return id
}

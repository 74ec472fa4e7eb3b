package journal

import (
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

// freeText are the keys whose values may hold blanks.
var freeText = []string{"message", "error", "rawError", "detail"}

// parseTagged reads a text by the tag in brackets before it.
func parseTagged(tag, s string) (backend.Trace, bool) {
	switch {
	case tag == "context-overflow-diag":
		return overflowDiag(s)
	case tag == "context-overflow-recovery":
		return overflow(s, "exhausted")
	case tag == "empty-error-retry":
		return emptyRetry(s)
	case tag == "model-fetch" && strings.HasPrefix(s, "response "):
		t := transport(s)
		return t, t.Status >= 400 // another answer is no failure
	case strings.HasPrefix(s, "error "):
		t := transport(s)
		return t, t.Candidate != (backend.ModelRef{})
	}
	return backend.Trace{}, false
}

// transport reads what OpenClaw says of one request: "error provider=… api=…
// model=… elapsedMs=… name=… status=… code=… causeCode=… message=…".
func transport(s string) backend.Trace {
	head, message := s, ""
	if before, after, ok := strings.Cut(s, " message="); ok {
		head, message = before, after
		if tail := pairsAfter(message); tail != "" { // another order
			head, message = head+" "+tail, strings.TrimSpace(strings.TrimSuffix(message, tail))
		}
	}
	t := backend.Trace{
		Kind:      backend.TraceTransport,
		Candidate: backend.ModelRef{Provider: word(pair(head, "provider")), Model: word(pair(head, "model"))},
		Status:    status([]byte(pair(head, "status"))),
		Duration:  pairMillis(head, "elapsedMs"),
		Detail:    detail(message),
	}
	name, cause := word(pair(head, "name")), word(pair(head, "causeName"))
	t.TimedOut = strings.Contains(name+cause, "Timeout") || strings.Contains(t.Detail, "timed out")
	t.Code = first(named(pair(head, "causeCode")), named(pair(head, "code")), named(pair(head, "type")))
	for _, s := range []string{name, cause} {
		if t.Code == "" && (s == "TimeoutError" || s == "AbortError") {
			t.Code = s
		}
	}
	return t
}

// named is an error's code if it is a name. OpenClaw writes "number" for one that
// is a number, and 20 is what a browser calls an abort.
func named(s string) string {
	switch s = word(s); s {
	case "number", "string", "object":
		return ""
	}
	if strings.Trim(s, "0123456789") == "" {
		return ""
	}
	return s
}

// emptyRetry reads "[empty-error-retry] stopReason=error …; resubmitting
// attempt=1/3 provider=… model=… sessionKey=…".
func emptyRetry(s string) (backend.Trace, bool) {
	n, _, _ := strings.Cut(pair(s, "attempt"), "/")
	t := backend.Trace{
		Kind: backend.TraceRetry, Tries: count([]byte(n), 1000), SessionKey: word(pair(s, "sessionKey")),
		Candidate: backend.ModelRef{Provider: word(pair(s, "provider")), Model: word(pair(s, "model"))},
	}
	t.AgentID = agentOf(t.SessionKey)
	return t, t.Candidate.Model != ""
}

// transportKeys are the keys that may follow a message, as its writer's order is
// not promised.
var transportKeys = []string{"provider", "api", "model", "elapsedMs", "name", "status", "code", "type", "causeName", "causeCode", "dispatcher"}

// pairsAfter is the part of a message that is nothing but known pairs to its end.
func pairsAfter(message string) string {
	fields := strings.Fields(message)
	start := len(fields)
	for start > 0 {
		key, _, ok := strings.Cut(fields[start-1], "=")
		if !ok || !slices.Contains(transportKeys, key) {
			break
		}
		start--
	}
	return strings.Join(fields[start:], " ")
}

// overflowDiag reads "[context-overflow-diag] sessionKey=… provider=a/b … error=…",
// which OpenClaw's source has.
func overflowDiag(s string) (backend.Trace, bool) {
	t := backend.Trace{
		Kind: backend.TraceContext, Decision: "overflow",
		SessionKey: word(pair(s, "sessionKey")), Candidate: backend.ParseModelRef(word(pair(s, "provider"))),
		Detail: detail(free(s, "error")),
	}
	t.AgentID = agentOf(t.SessionKey)
	return t, t.Candidate.Model != ""
}

// consoleDecision reads "model fallback decision: decision=… requested=a/b
// candidate=a/b reason=… next=c/d detail=…".
func consoleDecision(s string) backend.Trace {
	t := backend.Trace{
		Kind: backend.TraceDecision, Decision: word(pair(s, "decision")), RunID: word(pair(s, "runId")),
		Requested: ref(s, "requested"), Candidate: ref(s, "candidate"), Next: ref(s, "next"),
		Reason: word(pair(s, "reason")), Detail: detail(free(s, "detail")),
	}
	if t.Decision == "candidate_succeeded" {
		t.Reason = "" // the console writes "unknown" where there is none
	}
	return t
}

// consoleStopped reads the same for a chain that was stopped.
func consoleStopped(s string) backend.Trace {
	return backend.Trace{
		Kind: backend.TraceStopped, SessionID: word(pair(s, "sessionId")), RunID: word(pair(s, "runId")),
		Requested: ref(s, "requested"), Candidate: ref(s, "candidate"), Reason: word(pair(s, "reason")), Detail: detail(free(s, "detail")),
	}
}

// consoleFailover reads "embedded run failover decision: runId=… decision=…
// reason=… from=a/b rawError=…"; 2026.3 calls the model provider.
func consoleFailover(s string) backend.Trace {
	t := backend.Trace{
		Kind: backend.TraceFailover, RunID: word(pair(s, "runId")), Decision: word(pair(s, "decision")), Reason: word(pair(s, "reason")),
		Candidate: ref(s, "from"), Detail: detail(free(s, "rawError")),
	}
	if t.Candidate == (backend.ModelRef{}) {
		t.Candidate = ref(s, "provider")
	}
	if v := pair(s, "retry"); v != "" {
		t.Tries = count([]byte(v), 1000) + 1
	}
	return t
}

// consoleRunEnd reads "embedded run agent end: runId=… isError=true model=…
// provider=… error=… rawError=…".
func consoleRunEnd(s string) (backend.Trace, bool) {
	return backend.Trace{
		Kind: backend.TraceRunEnd, RunID: word(pair(s, "runId")),
		Candidate: backend.ModelRef{Provider: word(pair(s, "provider")), Model: word(pair(s, "model"))},
		Detail:    detail(first(free(s, "rawError"), free(s, "error"))),
	}, pair(s, "isError") == "true"
}

func ref(s, key string) backend.ModelRef { return backend.ParseModelRef(word(pair(s, key))) }

// pair is the value of "key=value" in s, up to the next blank.
func pair(s, key string) string {
	v := after(s, key)
	v, _, _ = strings.Cut(v, " ")
	return v
}

func pairMillis(s, key string) time.Duration {
	return millis([]byte(strings.TrimRight(pair(s, key), ":;,")))
}

// free is the value of a key whose value may hold blanks: up to the next such
// key, or to the end.
func free(s, key string) string {
	v := after(s, key)
	for _, other := range freeText {
		if i := strings.Index(v, " "+other+"="); i >= 0 {
			v = v[:i]
		}
	}
	return v
}

// after is what follows "key=" at the beginning of a word.
func after(s, key string) string {
	for from := 0; ; {
		i := strings.Index(s[from:], key+"=")
		if i < 0 {
			return ""
		}
		i += from
		if i == 0 || s[i-1] == ' ' || s[i-1] == '(' {
			return s[i+len(key)+1:]
		}
		from = i + 1
	}
}

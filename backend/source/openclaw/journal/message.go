package journal

import (
	"strings"

	"pilotlight/backend"
)

// lmstudioProvider is the id under which alone OpenClaw's own LM Studio extension
// works, so the one that its messages are about.
const lmstudioProvider = "lmstudio"

// parseMessage reads a log line that is text.
func parseMessage(s string) (backend.Trace, bool) {
	s = oneLine(s)
	for {
		if t, ok := parsePlain(s); ok {
			return t, true
		}
		tag, rest, ok := strings.Cut(s, "] ")
		if !ok || !strings.HasPrefix(tag, "[") || len(tag) > 64 {
			return backend.Trace{}, false
		}
		rest = strings.TrimSpace(rest)
		if t, ok := parseTagged(tag[1:], rest); ok {
			return t, true
		}
		s = rest
	}
}

// parsePlain reads a text by how it begins.
func parsePlain(s string) (backend.Trace, bool) {
	switch {
	case strings.HasPrefix(s, "lane task error"):
		return laneError(s), true
	case strings.HasPrefix(s, "embedded run timeout"):
		return runTimeout(s), true
	case strings.HasPrefix(s, "embedded run agent end"):
		return consoleRunEnd(s)
	case strings.HasPrefix(s, "embedded run failover decision"):
		t := consoleFailover(s)
		return t, t.Decision != ""
	case strings.HasPrefix(s, "model fallback decision"):
		t := consoleDecision(s)
		return t, t.Decision != ""
	case strings.HasPrefix(s, "model fallback chain stopped"):
		t := consoleStopped(s)
		return t, t.Candidate.Model != ""
	case strings.HasPrefix(s, "transient "):
		return retry(s)
	case strings.HasPrefix(s, "LM Studio inference preload failed"):
		return preload(s)
	case strings.HasPrefix(s, `Model "`):
		return switched(s)
	case strings.HasPrefix(s, "blocked model ("):
		return blocked(s)
	case strings.HasPrefix(s, "context overflow detected"):
		return overflow(s, "overflow")
	case strings.HasPrefix(s, "auto-compaction failed"):
		return overflow(s, "compaction_failed")
	}
	return backend.Trace{}, false
}

// laneError reads `lane task error: lane=main durationMs=913 error="…"`. The error
// is not escaped, so it ends at the last quote.
func laneError(s string) backend.Trace {
	head, tail, _ := strings.Cut(s, " error=")
	t := backend.Trace{Kind: backend.TraceLane, Lane: word(pair(head, "lane")), Duration: pairMillis(head, "durationMs")}
	if t.Lane == "" && t.Duration == 0 { // another order
		t.Lane, t.Duration = word(pair(tail, "lane")), pairMillis(tail, "durationMs")
	}
	if key, ok := strings.CutPrefix(t.Lane, "session:"); ok {
		t.SessionKey, t.AgentID = key, agentOf(key)
	}
	if strings.HasPrefix(tail, `"`) {
		if end := strings.LastIndexByte(tail, '"'); end > 0 {
			t.Code = word(pair(tail[end+1:], "errorName"))
			tail = tail[1:end]
		}
	}
	if name, _, ok := strings.Cut(tail, ": "); ok && t.Code == "" && strings.HasSuffix(name, "Error") && !strings.Contains(name, " ") {
		t.Code = word(name)
	}
	t.Detail = detail(tail)
	return t
}

// runTimeout reads "embedded run timeout: runId=… sessionId=… timeoutMs=40000".
func runTimeout(s string) backend.Trace {
	return backend.Trace{
		Kind: backend.TraceRunTimeout, RunID: word(pair(s, "runId")), SessionID: word(pair(s, "sessionId")),
		Duration: pairMillis(s, "timeoutMs"), TimedOut: true,
	}
}

// retry reads "transient same-model retry 1/8 for a/b reason=timeout: delayMs=870"
// and "transient retry window elapsed for a/b after 6/8 retries; …".
func retry(s string) (backend.Trace, bool) {
	_, ref, ok := strings.Cut(s, " for ")
	if !ok || !strings.Contains(s, "retry") {
		return backend.Trace{}, false
	}
	ref, _, _ = strings.Cut(ref, " ")
	t := backend.Trace{
		Kind: backend.TraceRetry, Candidate: backend.ParseModelRef(word(strings.TrimRight(ref, ":;,"))),
		Reason: word(strings.TrimRight(pair(s, "reason"), ":;,")), Duration: pairMillis(s, "delayMs"),
	}
	t.Tries = retries(s)
	if strings.Contains(s, "elapsed") || strings.Contains(s, "stopping") {
		t.Decision = "retries_ended"
	}
	return t, true
}

// retries is the n of the first "n/m".
func retries(s string) int {
	for _, field := range strings.Fields(s) {
		n, m, ok := strings.Cut(strings.TrimRight(field, ");,"), "/")
		if n := count([]byte(n), 1000); ok && n > 0 && count([]byte(m), 1000) > 0 {
			return n
		}
	}
	return 0
}

// preload reads `LM Studio inference preload failed for "x" (2 consecutive failures,
// …); continuing without preload: Error: …`.
func preload(s string) (backend.Trace, bool) {
	parts := strings.SplitN(s, `"`, 3)
	if len(parts) < 3 {
		return backend.Trace{}, false
	}
	t := backend.Trace{Kind: backend.TracePreload, Candidate: backend.ModelRef{Provider: lmstudioProvider, Model: word(parts[1])}}
	rest := parts[2]
	if _, inside, ok := strings.Cut(rest, "("); ok {
		n, _, _ := strings.Cut(inside, " ")
		t.Tries = count([]byte(n), 1<<20)
	}
	for _, mark := range []string{"without preload: ", "): ", "): Error: "} {
		if _, why, ok := strings.Cut(rest, mark); ok {
			t.Detail = detail(strings.TrimPrefix(why, "Error: "))
			break
		}
	}
	return t, true
}

// switched reads `Model "a" not found. Fell back to "b".`
func switched(s string) (backend.Trace, bool) {
	parts := strings.Split(s, `"`)
	if len(parts) < 4 || !strings.Contains(parts[2], "Fell back") && !strings.Contains(parts[2], "fell back") {
		return backend.Trace{}, false
	}
	t := backend.Trace{
		Kind: backend.TraceSwitched, Requested: backend.ParseModelRef(word(parts[1])), Candidate: backend.ParseModelRef(word(parts[3])),
	}
	if strings.Contains(parts[2], "not found") {
		t.Reason = "model_not_found"
	}
	return t, true
}

// blocked reads "blocked model (context window too small): a/b ctx=8192 (min=16000)
// source=…", which OpenClaw's source has.
func blocked(s string) (backend.Trace, bool) {
	_, rest, ok := strings.Cut(s, "): ")
	if !ok || !strings.Contains(s, "context") {
		return backend.Trace{}, false
	}
	ref, _, _ := strings.Cut(rest, " ")
	return backend.Trace{
		Kind: backend.TraceContext, Decision: "blocked", Candidate: backend.ParseModelRef(word(ref)), Detail: detail(s),
	}, true
}

// overflow reads "context overflow detected (attempt 1/3); attempting
// auto-compaction for a/b", "auto-compaction failed for a/b: why" and, after its
// tag, "exhausted provider overflow recovery for a/b; …".
func overflow(s, decision string) (backend.Trace, bool) {
	_, rest, ok := strings.Cut(s, " for ")
	if !ok {
		return backend.Trace{}, false
	}
	ref, why, _ := strings.Cut(rest, " ")
	t := backend.Trace{
		Kind: backend.TraceContext, Decision: decision, Candidate: backend.ParseModelRef(word(strings.TrimRight(ref, ":;,"))), Tries: retries(s),
	}
	if strings.HasSuffix(ref, ":") {
		t.Detail = detail(why)
	}
	return t, true
}

package fallback_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// sample reads one recorded run of OpenClaw and puts its lines into traces. It
// is the test's own small translation, so that what the assembler is given
// does not depend on how a parser words it.
func sample(t *testing.T, dir string, files ...string) []backend.Trace {
	t.Helper()
	var list []backend.Trace
	for _, name := range files {
		path := filepath.Join("testdata", "runs", dir, name)
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		switch {
		case strings.HasPrefix(name, "openclaw.log"):
			eachLine(t, data, func(line map[string]any) { list = append(list, logLine(line)...) })
		case strings.Contains(name, "transcript"):
			list = append(list, transcript(t, data, strings.HasPrefix(name, "sqlite"))...)
		default:
			list = append(list, sessionIndex(t, data)...)
		}
	}
	return list
}

var everything = []string{"openclaw.log.jsonl", "session-transcript.jsonl", "sqlite.transcript_events.jsonl", "sessions.json", "sqlite.session_nodes.json"}

func eachLine(t *testing.T, data []byte, do func(map[string]any)) {
	t.Helper()
	sc := bufio.NewScanner(strings.NewReader(string(data)))
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		if strings.TrimSpace(sc.Text()) == "" {
			continue
		}
		var line map[string]any
		if err := json.Unmarshal(sc.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", sc.Text(), err)
		}
		do(line)
	}
}

func str(m map[string]any, key string) string { s, _ := m[key].(string); return s }
func num(m map[string]any, key string) int    { n, _ := m[key].(float64); return int(n) }
func yes(m map[string]any, key string) bool   { b, _ := m[key].(bool); return b }

func first(list ...string) string {
	i := slices.IndexFunc(list, func(s string) bool { return s != "" })
	if i < 0 {
		return ""
	}
	return list[i]
}

func modelOf(m map[string]any, provider, model string) backend.ModelRef {
	return backend.ModelRef{Provider: str(m, provider), Model: str(m, model)}
}

func logLine(line map[string]any) []backend.Trace {
	at, err := time.Parse(time.RFC3339Nano, str(line, "time"))
	if err != nil {
		return nil
	}
	t := backend.Trace{Source: backend.SourceLog, At: at}
	text := str(line, "1")
	if o, ok := line["1"].(map[string]any); ok {
		if str(o, "event") != "" {
			return event(t, o)
		}
		text = str(line, "2")
	}
	return plain(t, text)
}

func event(t backend.Trace, o map[string]any) []backend.Trace {
	t.RunID, t.SessionID, t.Lane = str(o, "runId"), str(o, "sessionId"), str(o, "lane")
	t.Reason, t.Status, t.Code = first(str(o, "failoverReason"), str(o, "reason")), num(o, "status"), str(o, "code")
	t.Decision = str(o, "decision")
	t.Detail = first(str(o, "rawErrorPreview"), str(o, "errorPreview"), str(o, "error"))
	t.Candidate = modelOf(o, "provider", "model")
	switch str(o, "event") {
	case "model_fallback_decision":
		t.Kind, t.Attempt, t.Total, t.Final = backend.TraceDecision, num(o, "attempt"), num(o, "total"), str(o, "fallbackStepFinalOutcome")
		t.Requested = modelOf(o, "requestedProvider", "requestedModel")
		t.Candidate = modelOf(o, "candidateProvider", "candidateModel")
		t.Next = modelOf(o, "nextCandidateProvider", "nextCandidateModel")
		list, _ := o["previousAttempts"].([]any)
		for _, p := range list {
			m := p.(map[string]any)
			status := num(m, "status")
			t.Previous = append(t.Previous, backend.Attempt{
				Model: modelOf(m, "provider", "model").String(), Decision: backend.AttemptFailed, Reason: str(m, "reason"),
				Status: &status, Detail: str(m, "errorPreview"),
			})
		}
	case "model_fallback_chain_stopped":
		t.Kind, t.Candidate = backend.TraceStopped, modelOf(o, "candidateProvider", "candidateModel")
	case "embedded_run_failover_decision":
		t.Kind, t.TimedOut = backend.TraceFailover, yes(o, "timedOut")
		if _, told := o["retryCount"]; told {
			t.Tries = num(o, "retryCount") + 1
		}
	case "embedded_run_agent_end":
		if !yes(o, "isError") {
			return nil
		}
		t.Kind = backend.TraceRunEnd
	default:
		return nil
	}
	return []backend.Trace{t}
}

var (
	laneText    = regexp.MustCompile(`^lane task error: lane=(\S+) durationMs=(\d+) error="(.*)"$`)
	retryText   = regexp.MustCompile(`^transient same-model retry (\d+)/\d+ for (\S+) reason=(\w+)`)
	timeoutText = regexp.MustCompile(`^embedded run timeout: runId=(\S+) sessionId=(\S+) timeoutMs=(\d+)`)
	preloadText = regexp.MustCompile(`^LM Studio inference preload failed for "([^"]+)"`)
	fetchText   = regexp.MustCompile(`^\[(?:model-fetch|responses)\] error provider=(\S+) api=\S+ model=(\S+)`)
	switchText  = regexp.MustCompile(`^Model "([^"]+)" not found. Fell back to "([^"]+)"`)
	causeText   = regexp.MustCompile(`causeCode=(\w+)`)
	elapsedText = regexp.MustCompile(`elapsedMs=(\d+)`)
	statusText  = regexp.MustCompile(`status=(\d+)`)
)

func plain(t backend.Trace, text string) []backend.Trace {
	ms := func(s string) time.Duration { n, _ := strconv.Atoi(s); return time.Duration(n) * time.Millisecond }
	if m := laneText.FindStringSubmatch(text); m != nil {
		t.Kind, t.Lane, t.Duration, t.Detail = backend.TraceLane, m[1], ms(m[2]), strings.TrimPrefix(m[3], "FailoverError: ")
	} else if m := retryText.FindStringSubmatch(text); m != nil {
		t.Kind, t.Candidate, t.Reason = backend.TraceRetry, backend.ParseModelRef(m[2]), m[3]
		t.Tries, _ = strconv.Atoi(m[1])
	} else if m := timeoutText.FindStringSubmatch(text); m != nil {
		t.Kind, t.RunID, t.SessionID, t.Duration = backend.TraceRunTimeout, m[1], m[2], ms(m[3])
	} else if m := preloadText.FindStringSubmatch(text); m != nil {
		t.Kind, t.Candidate, t.Detail = backend.TracePreload, backend.ModelRef{Model: m[1]}, text
	} else if m := switchText.FindStringSubmatch(text); m != nil {
		t.Kind, t.Candidate, t.Next = backend.TraceSwitched, backend.ParseModelRef(m[1]), backend.ParseModelRef(m[2])
	} else if m := fetchText.FindStringSubmatch(text); m != nil {
		t.Kind, t.Candidate = backend.TraceTransport, backend.ModelRef{Provider: m[1], Model: m[2]}
		_, t.Detail, _ = strings.Cut(text, "message=")
		if c := causeText.FindStringSubmatch(text); c != nil && c[1] != "undefined" {
			t.Code = c[1]
		}
		if e := elapsedText.FindStringSubmatch(text); e != nil {
			t.Duration = ms(e[1])
		}
		if s := statusText.FindStringSubmatch(text); s != nil {
			t.Status, _ = strconv.Atoi(s[1])
		}
	} else {
		return nil
	}
	return []backend.Trace{t}
}

func transcript(t *testing.T, data []byte, state bool) []backend.Trace {
	t.Helper()
	var list []backend.Trace
	session := ""
	eachLine(t, data, func(line map[string]any) {
		at, _ := time.Parse(time.RFC3339Nano, str(line, "timestamp"))
		tr := backend.Trace{Source: backend.SourceTranscript, At: at, SessionID: session}
		if state {
			tr.Source = backend.SourceState
		}
		switch {
		case str(line, "type") == "session":
			session = str(line, "id")
			return
		case str(line, "type") == "model_change":
			tr.Kind, tr.Candidate = backend.TraceChosen, modelOf(line, "provider", "modelId")
		case str(line, "customType") == "model-snapshot":
			tr.Kind, tr.Candidate = backend.TraceCandidate, modelOf(line["data"].(map[string]any), "provider", "modelId")
		case str(line, "type") == "message":
			m := line["message"].(map[string]any)
			if own, ok := m["__openclaw"].(map[string]any); ok {
				tr.RunID = str(own, "runId")
			}
			if tr.Kind = backend.TraceUser; str(m, "role") == "assistant" {
				tr.Kind, tr.Candidate, tr.Stop, tr.Detail = backend.TraceAnswer, modelOf(m, "provider", "model"), str(m, "stopReason"), str(m, "errorMessage")
				content, _ := m["content"].([]any)
				tr.Words = len(content) > 0 && tr.Stop != "aborted"
				break
			}
			raw, _ := json.Marshal(m["content"])
			tr.Injected = strings.Contains(string(raw), "Continue where you left off. The previous model attempt failed")
		default:
			return
		}
		list = append(list, tr)
	})
	return list
}

func sessionIndex(t *testing.T, data []byte) []backend.Trace {
	t.Helper()
	entries := map[string]map[string]any{}
	if err := json.Unmarshal(data, &entries); err != nil {
		var rows []struct {
			Key   string         `json:"session_key"`
			Entry map[string]any `json:"entry"`
		}
		if err := json.Unmarshal(data, &rows); err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			entries[r.Key] = r.Entry
		}
	}
	var list []backend.Trace
	for key, e := range entries {
		tr := backend.Trace{Kind: backend.TraceSession, Source: backend.SourceTranscript, SessionKey: key, SessionID: str(e, "sessionId")}
		tr.At = time.UnixMilli(int64(e["updatedAt"].(float64)))
		tr.Candidate = modelOf(e, "modelProvider", "model")
		if n, ok := e["fallbackNotice"].(map[string]any); ok {
			tr.Notice, tr.Requested = str(n, "activeModel"), backend.ParseModelRef(str(n, "selectedModel"))
		}
		list = append(list, tr)
	}
	return list
}

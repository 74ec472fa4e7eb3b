package journal_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

var (
	local  = backend.ModelRef{Provider: "lmstudio", Model: "minimax-m2.1-gs32"}
	hosted = backend.ModelRef{Provider: "anthropic", Model: "claude-opus-4-6"}
)

// brief is what a trace says, in few words.
func brief(t backend.Trace) string {
	words := []string{string(t.Kind)}
	for _, s := range []string{t.Decision, t.Candidate.Provider, t.Stop, t.Reason} {
		if s != "" {
			words = append(words, s)
		}
	}
	if t.Status != 0 {
		words = append(words, fmt.Sprint(t.Status))
	}
	if t.Injected {
		words = append(words, "injected")
	}
	return strings.Join(words, " ")
}

// told is what all lines of a log tell, without repetitions.
func told(parse func([]byte) (backend.Trace, bool), text []byte) []string {
	var list []string
	for _, line := range lines(text) {
		if t, ok := parse(line); ok && !slices.Contains(list, brief(t)) {
			list = append(list, brief(t))
		}
	}
	return list
}

func TestRecordedLogsAreUnderstood(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"gateway-hot-reload/2026.9.6": {
			"transport lmstudio 404", "run_end lmstudio model_not_found", "failover fallback_model lmstudio model_not_found 404", "lane",
			"decision candidate_failed lmstudio model_not_found 404", "decision candidate_succeeded anthropic", "switched anthropic model_not_found",
		},
		"i429/2026.2.9": {"lane"},
		"i429/2026.3.13": {
			"run_end anthropic rate_limit 429", "failover fallback_model anthropic rate_limit 429", "lane",
			"decision candidate_failed anthropic rate_limit 429", "decision candidate_succeeded lmstudio",
		},
		"i500/2026.2.9": nil,
		"i500/2026.3.13": {
			"run_end anthropic timeout 500", "failover fallback_model anthropic timeout 500", "lane",
			"decision candidate_failed anthropic timeout 408", "decision candidate_succeeded lmstudio",
		},
		"i500/2026.9.6": {
			"transport anthropic 500", "run_end anthropic server_error 500", "retry anthropic server_error", "retry retries_ended anthropic",
			"failover fallback_model anthropic server_error 500", "lane", "decision candidate_failed anthropic server_error 500", "decision candidate_succeeded lmstudio",
		},
		"ii-local-down/2026.9.6": {
			"preload lmstudio", "transport lmstudio", "run_end lmstudio timeout", "retry lmstudio timeout", "retry retries_ended lmstudio",
			"failover fallback_model lmstudio timeout 408", "lane", "decision candidate_failed lmstudio timeout 408", "decision candidate_succeeded anthropic",
		},
		"iii-loadfail/2026.3.13": {"run_end lmstudio"},
		"iii-loadfail/2026.9.6": {
			"transport lmstudio 400", "run_end lmstudio format", "failover surface_error lmstudio format", "lane",
			"decision candidate_failed lmstudio format 400", "decision candidate_succeeded anthropic",
		},
		"iii-notfound404/2026.3.13": {
			"run_end lmstudio model_not_found", "failover fallback_model lmstudio model_not_found 404", "lane",
			"decision candidate_failed lmstudio model_not_found 404", "decision candidate_succeeded anthropic", "switched anthropic model_not_found",
		},
		"v-hang/2026.2.9": {"run_timeout", "lane"},
		"v-hang/2026.3.13": {
			"run_timeout", "failover fallback_model lmstudio timeout 408", "lane",
			"decision candidate_failed lmstudio unknown 408", "decision candidate_succeeded anthropic",
		},
		"v-hang/2026.9.6":         {"run_timeout", "transport lmstudio", "stopped lmstudio agent_run_terminal_timeout"},
		"context-shrunk/2026.9.6": {"transport lmstudio 400", "run_end lmstudio context_overflow", "context overflow lmstudio", "context compaction_failed lmstudio", "context exhausted lmstudio"},
		"crashing/2026.9.6": {
			"transport lmstudio", "run_end lmstudio", "retry lmstudio", "failover fallback_model lmstudio unknown", "lane",
			"decision candidate_failed lmstudio unknown", "decision candidate_succeeded anthropic",
		},
		"hang-busy/2026.9.6": {"run_end lmstudio timeout", "retry lmstudio timeout", "failover fallback_model lmstudio timeout 408", "lane", "decision candidate_failed lmstudio timeout 408", "decision candidate_succeeded anthropic"},
		"probed/2026.3.13":   {"run_end anthropic rate_limit 429", "failover fallback_model anthropic rate_limit 429", "lane", "decision candidate_failed anthropic rate_limit 429", "decision candidate_succeeded lmstudio", "decision probe_cooldown_candidate anthropic rate_limit"},
		"skipped/2026.3.13": {
			"run_end lmstudio model_not_found", "failover fallback_model lmstudio model_not_found 404", "lane", "decision candidate_failed lmstudio model_not_found 404",
			"run_end anthropic auth 401", "failover fallback_model anthropic auth 401", "decision candidate_failed anthropic auth 401", "decision skip_candidate anthropic auth",
		},
		"server-off/2026.2.9": nil,
		"vii-ok/2026.9.6":     nil, "vii-ok/2026.3.13": nil, "vii-ok-chat/2026.9.6": nil,
	}
	logs := samples(t, "openclaw.log.jsonl")
	for where, want := range want {
		if got := told(journal.ParseLine, logs[where]); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", where, got, want)
		}
	}
}

func TestTheConsoleTellsTheSameAsTheLog(t *testing.T) {
	t.Parallel()
	where := "testdata/gateway-hot-reload/2026.9.6/"
	var list [2][]string
	for i, name := range []string{"openclaw.log.jsonl", "gateway-console.txt"} {
		for _, line := range lines(read(t, where+name)) {
			if tr, ok := journal.ParseLine(line); ok {
				list[i] = append(list[i], fmt.Sprintf("%s %s %s %s %s %s", tr.Kind, tr.Decision, tr.Candidate, tr.Next, tr.Detail, tr.Duration))
			}
		}
	}
	if !slices.Equal(list[0], list[1]) || len(list[0]) == 0 {
		t.Errorf("the log tells\n%s\nthe console\n%s", strings.Join(list[0], "\n"), strings.Join(list[1], "\n"))
	}
}

func TestADecisionIsReadWhole(t *testing.T) {
	t.Parallel()
	got, ok := journal.ParseLine([]byte(`{"0":"{\"subsystem\":\"model-fallback/decision\"}","1":{"event":"model_fallback_decision","runId":"r","sessionId":"s",` +
		`"decision":"candidate_succeeded","requestedProvider":"lmstudio","requestedModel":"minimax-m2.1-gs32","candidateProvider":"anthropic","candidateModel":"claude-opus-4-6",` +
		`"attempt":"2","total":2,"fallbackStepFinalOutcome":"succeeded","fallbackStepFromFailureDetail":"of the one before",` +
		`"previousAttempts":[{"provider":"lmstudio","model":"minimax-m2.1-gs32","reason":"timeout","status":408,"code":"ECONNREFUSED","errorPreview":"Connection error."},7,{}]},` +
		`"2":"model fallback decision","_meta":{"date":"2026-11-22T07:06:24.112Z"},"time":"2026-11-22T08:06:24.112345678+01:00","session_id":"other","traceId":"t"}`))
	status := 408
	want := backend.Trace{
		Kind: backend.TraceDecision, Source: backend.SourceLog, At: time.Date(2026, 11, 22, 7, 6, 24, 112345678, time.UTC),
		RunID: "r", SessionID: "s", TraceID: "t", Requested: local, Candidate: hosted,
		Decision: "candidate_succeeded", Attempt: 2, Total: 2, Final: "succeeded",
		Previous: []backend.Attempt{{
			Model: "lmstudio/minimax-m2.1-gs32", Decision: backend.AttemptFailed, Reason: "timeout", Status: &status, Code: "ECONNREFUSED", Detail: "Connection error.",
		}},
	}
	if !ok || fmt.Sprintf("%+v", flat(got)) != fmt.Sprintf("%+v", flat(want)) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// flat makes a trace comparable as text: pointers become what they point to.
func flat(t backend.Trace) string {
	s := fmt.Sprintf("%+v", t.Previous)
	for _, a := range t.Previous {
		if a.Status != nil {
			s += fmt.Sprint(" status ", *a.Status)
		}
		a.Status = nil
		s += fmt.Sprintf(" %+v", a)
	}
	t.Previous = nil
	return fmt.Sprintf("%+v", t) + s[strings.LastIndex(s, "]")+1:]
}

// decision is a line of the log around an event, the usual way.
func decision(event string) string {
	return `{"0":"{\"subsystem\":\"model-fallback/decision\"}","1":` + event + `,"2":"model fallback decision","_meta":{"date":"2026-11-22T07:06:24.112Z"}}`
}

const failed = `{"event":"model_fallback_decision","decision":"candidate_failed","candidateProvider":"lmstudio","candidateModel":"m"}`

func TestLinesAreReadByMeaning(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"the message before the object":    `{"0":"{\"subsystem\":\"model-fallback/decision\"}","1":"model fallback decision","2":` + failed + `}`,
		"the object first":                 `{"0":` + failed + `,"1":"model fallback decision"}`,
		"a plain subsystem":                `{"0":"model-fallback/decision","1":` + failed + `}`,
		"a subsystem nobody knew":          `{"0":"{\"subsystem\":\"agents/harness/v2\"}","1":` + failed + `}`,
		"no subsystem":                     `{"1":` + failed + `}`,
		"members in another order":         `{"time":"2026-11-22T07:06:24Z","_meta":{"name":"x"},"message":"model fallback decision","1":` + failed + `,"0":"{}"}`,
		"the event not first":              decision(`{"tags":["a"],"candidateProvider":"lmstudio","candidateModel":"m","decision":"candidate_failed","event":"model_fallback_decision"}`),
		"blanks":                           ` { "0" : "x" , "1" : ` + strings.ReplaceAll(failed, ":", " : ") + ` } `,
		"members nobody knew":              decision(`{"event":"model_fallback_decision","new":{"deep":[1,{"a":"}"}]},"decision":"candidate_failed","candidateProvider":"lmstudio","candidateModel":"m"}`),
		"a line ending of Windows":         decision(failed) + "\r",
		"zeroes before it":                 "\x00\x00\x00" + decision(failed),
		"the event as text":                `{"0":"{\"subsystem\":\"model-fallback/decision\"}","1":"{\"event\":\"model_fallback_decision\",\"decision\":\"candidate_failed\",\"candidateProvider\":\"lmstudio\",\"candidateModel\":\"m\"}"}`,
		"the console's words":              `[model-fallback/decision] model fallback decision: decision=candidate_failed requested=lmstudio/m candidate=lmstudio/m reason=timeout next=none`,
		"the console's, in colour":         "\x1b[36m[model-fallback/decision]\x1b[0m model fallback decision: candidate=lmstudio/m decision=candidate_failed",
		"the console's, with another time": `2026-11-22 08:06:24,552 +0100 [model-fallback/decision] model fallback decision: decision=candidate_failed candidate=lmstudio/m`,
	} {
		got, ok := journal.ParseLine([]byte(line))
		if !ok || got.Kind != backend.TraceDecision || got.Decision != "candidate_failed" || got.Candidate.String() != "lmstudio/m" {
			t.Errorf("%s: got %t %+v", name, ok, got)
		}
	}
}

func TestOddValuesAreAbsent(t *testing.T) {
	t.Parallel()
	got, ok := journal.ParseLine([]byte(decision(`{"event":"model_fallback_decision","decision":"candidate_teleported","runId":7,"attempt":-1,"total":1.5,` +
		`"status":"abc","httpCode":99,"reason":{"a":1},"candidateProvider":["x"],"candidateModel":null,"code":404,"previousAttempts":{"a":1},"errorPreview":["no text"]}`)))
	want := backend.Trace{
		Kind: backend.TraceDecision, Source: backend.SourceLog, Decision: "candidate_teleported", Code: "404", At: time.Date(2026, 11, 22, 7, 6, 24, 112e6, time.UTC),
	}
	if !ok || flat(got) != flat(want) {
		t.Errorf("got  %t %+v\nwant %+v", ok, got, want)
	}
}

func TestTimesOfAnyFormAreRead(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 7, 6, 24, 0, time.UTC)
	for value, want := range map[string]time.Time{
		`"2026-11-22T07:06:24Z"`: at, `"2026-11-22T08:06:24+01:00"`: at, `"2026-11-22T08:06:24+0100"`: at, `"2026-11-21T23:06:24-08:00"`: at,
		`"2026-11-22T07:06:24.123456789Z"`: at.Add(123456789), `"2026-11-22 07:06:24Z"`: at, `1795331184000`: at, `"1795331184000"`: at,
		`"2026-11-22T07:06:24"`:  time.Date(2026, 11, 22, 7, 6, 24, 0, time.Local).UTC(),
		`"0001-01-01T00:00:00Z"`: {}, `"9999-01-01T00:00:00Z"`: {}, `"soon"`: {}, `null`: {}, `{}`: {}, `-5`: {}, `1e300`: {}, `""`: {},
	} {
		got, ok := journal.ParseLine([]byte(`{"0":"x","1":` + failed + `,"time":` + value + `}`))
		if !ok || !got.At.Equal(want) {
			t.Errorf("%s: got %v, want %v", value, got.At, want)
		}
	}
}

// text is a log line that is text.
func message(subsystem, s string) []byte {
	return fmt.Appendf(nil, `{"0":"{\"subsystem\":\"%s\"}","1":%q,"_meta":{"date":"2026-11-22T07:06:24Z"}}`, subsystem, s)
}

func TestMessagesAreRead(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 7, 6, 24, 0, time.UTC)
	for line, want := range map[string]backend.Trace{
		`lane task error: lane=session:agent:ops:telegram:group:-1 durationMs=913 error="FailoverError: HTTP 404: Model "x y" not found."`: {
			Kind: backend.TraceLane, Lane: "session:agent:ops:telegram:group:-1", SessionKey: "agent:ops:telegram:group:-1", AgentID: "ops",
			Duration: 913 * time.Millisecond, Code: "FailoverError", Detail: `FailoverError: HTTP 404: Model "x y" not found.`,
		},
		`lane task error: durationMs=1 lane=main`: {Kind: backend.TraceLane, Lane: "main", Duration: time.Millisecond},
		`lane task error: error="a b" lane=main`:  {Kind: backend.TraceLane, Lane: "main", Detail: "a b"},
		`embedded run timeout: timeoutMs=40000 runId=r sessionId=s`: {
			Kind: backend.TraceRunTimeout, RunID: "r", SessionID: "s", Duration: 40 * time.Second, TimedOut: true,
		},
		`[model-fetch] error provider=lmstudio api=openai-responses model=a/b elapsedMs=58 name=TypeError code=undefined causeName=Error causeCode=ECONNREFUSED message=fetch failed`: {
			Kind: backend.TraceTransport, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "a/b"}, Duration: 58 * time.Millisecond, Code: "ECONNREFUSED", Detail: "fetch failed",
		},
		`[model-fetch] error message=fetch failed causeCode=ECONNREFUSED model=m provider=lmstudio`: {
			Kind: backend.TraceTransport, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, Code: "ECONNREFUSED", Detail: "fetch failed",
		},
		`[model-fetch] error provider=lmstudio model=m elapsedMs=148611 name=TimeoutError code=undefined message=request timed out`: {
			Kind: backend.TraceTransport, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, Duration: 148611 * time.Millisecond, TimedOut: true, Code: "TimeoutError", Detail: "request timed out",
		},
		`[chat] error provider=lmstudio model=m status=400 code=null type=invalid_request_error message=400 The model has crashed (Exit code: 6)`: {
			Kind: backend.TraceTransport, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, Status: 400, Code: "invalid_request_error", Detail: "400 The model has crashed (Exit code: 6)",
		},
		`[model-fetch] response provider=anthropic api=x model=m status=529 elapsedMs=5 dispatcher=new`: {
			Kind: backend.TraceTransport, Candidate: backend.ModelRef{Provider: "anthropic", Model: "m"}, Status: 529, Duration: 5 * time.Millisecond,
		},
		`[responses] error provider=lmstudio model=m name=Error status=undefined code=undefined type=undefined causeName=AbortError causeCode=20 message=Request timed out.`: {
			Kind: backend.TraceTransport, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, TimedOut: true, Code: "AbortError", Detail: "Request timed out.",
		},
		`[model-fetch] error provider=lmstudio model=m elapsedMs=15153 name=AbortError code=number causeName=undefined causeCode=undefined message=This operation was aborted`: {
			Kind: backend.TraceTransport, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, Duration: 15153 * time.Millisecond, Code: "AbortError", Detail: "This operation was aborted",
		},
		`[empty-error-retry] stopReason=error non-visible-output; resubmitting attempt=2/3 provider=lmstudio model=a/b sessionKey=agent:main:main`: {
			Kind: backend.TraceRetry, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "a/b"}, Tries: 2, SessionKey: "agent:main:main", AgentID: "main",
		},
		`[context-overflow-recovery] exhausted provider overflow recovery for lmstudio/a/b; livenessState=blocked suggestedAction=reset_or_new kind=context_overflow`: {
			Kind: backend.TraceContext, Decision: "exhausted", Candidate: backend.ModelRef{Provider: "lmstudio", Model: "a/b"},
		},
		`auto-compaction failed for lmstudio/a/b: Nothing to compact (session too small)`: {
			Kind: backend.TraceContext, Decision: "compaction_failed", Candidate: backend.ModelRef{Provider: "lmstudio", Model: "a/b"}, Detail: "Nothing to compact (session too small)",
		},
		`context overflow detected (attempt 1/3); attempting auto-compaction for lmstudio/m`: {
			Kind: backend.TraceContext, Decision: "overflow", Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, Tries: 1,
		},
		`transient same-model retry 3/8 for lmstudio/a/b reason=timeout: delayMs=870`: {
			Kind: backend.TraceRetry, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "a/b"}, Reason: "timeout", Tries: 3, Duration: 870 * time.Millisecond,
		},
		`transient retry window elapsed for lmstudio/m after 6/8 retries; stopping same-model retries`: {
			Kind: backend.TraceRetry, Decision: "retries_ended", Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, Tries: 6,
		},
		`LM Studio inference preload failed for "m" (2 consecutive failures, next preload attempt skipped for ~10s); continuing without preload: Error: LM Studio model discovery failed: TypeError: fetch failed`: {
			Kind: backend.TracePreload, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, Tries: 2, Detail: "LM Studio model discovery failed: TypeError: fetch failed",
		},
		`[lmstudio/stream] LM Studio inference preload failed for "m" (1 consecutive failure): Error: no`: {
			Kind: backend.TracePreload, Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, Tries: 1, Detail: "no",
		},
		`Model "lmstudio/a/b" not found. Fell back to "anthropic/c".`: {
			Kind: backend.TraceSwitched, Requested: backend.ModelRef{Provider: "lmstudio", Model: "a/b"}, Candidate: backend.ModelRef{Provider: "anthropic", Model: "c"}, Reason: "model_not_found",
		},
		`blocked model (context window too small): lmstudio/m ctx=8192 (min=16000) source=modelsConfig`: {
			Kind: backend.TraceContext, Decision: "blocked", Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"},
			Detail: "blocked model (context window too small): lmstudio/m ctx=8192 (min=16000) source=modelsConfig",
		},
		`[context-overflow-diag] sessionKey=agent:main:main provider=lmstudio/m source=promptError messages=35 sessionFile=/home/ada/x.jsonl compactionAttempts=0 error=400 The number of tokens to keep from the initial prompt is greater than the context length`: {
			Kind: backend.TraceContext, Decision: "overflow", Candidate: backend.ModelRef{Provider: "lmstudio", Model: "m"}, SessionKey: "agent:main:main", AgentID: "main",
			Detail: "400 The number of tokens to keep from the initial prompt is greater than the context length",
		},
	} {
		want.Source, want.At = backend.SourceLog, at
		got, ok := journal.ParseLine(message("agent/embedded", line))
		if !ok || flat(got) != flat(want) {
			t.Errorf("%s\n got %t %+v\nwant %+v", line, ok, got, want)
		}
	}
}

func TestOtherLinesTellNothing(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"an empty line": "", "a blank": "  ", "zeroes": "\x00\x00", "a list": `[{"event":"model_fallback_decision"}]`, "a number": "7", "half": decision(failed)[:40],
		"another event":            decision(`{"event":"model_catalog_refreshed"}`),
		"a run that ended well":    decision(`{"event":"embedded_run_agent_end","isError":false}`),
		"an answer of 200":         string(message("provider-transport-fetch", "[model-fetch] response provider=a model=b status=200 elapsedMs=5")),
		"a printed answer":         `{"0":"lane task error: lane=main error=\"said by a model\"","_meta":{"name":"openclaw"},"message":"lane task error: lane=main"}`,
		"an error of a gateway":    string(message("gateway/ws", "[ws] error closed")),
		"retry of something else":  string(message("x", "transient trouble")),
		"a model that stayed":      string(message("x", `Model "a" loaded as "b"`)),
		"text of a console":        "Hello from [someone] lane task error: x",
		"invalid UTF-8":            "\xff\xfe{\"0\":",
		"a subsystem only":         `{"0":"{\"subsystem\":\"model-fallback/decision\"}"}`,
		"an object that is no log": `{"event":"model_fallback_decision","decision":"candidate_failed"}`,
	} {
		if got, ok := journal.ParseLine([]byte(line)); ok {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestWhatALineHoldsIsBounded(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("word ", 100_000)
	for _, line := range [][]byte{
		[]byte(decision(`{"event":"model_fallback_decision","decision":"` + huge + `","runId":"` + huge + `","candidateModel":"` + huge + `","errorPreview":"` + huge + `"}`)),
		message("diagnostic", `lane task error: lane=`+strings.ReplaceAll(huge, " ", "")+` error="`+huge+`"`),
		[]byte(decision(`{"event":"model_fallback_decision","previousAttempts":[` + strings.Repeat(`{"provider":"a","model":"b","errorPreview":"`+huge[:5000]+`"},`, 1000) + `{}]}`)),
	} {
		got, ok := journal.ParseLine(line)
		if size := len(fmt.Sprintf("%+v", got)); !ok || size > 32<<10 || len(got.Detail) > backend.MaxDetail {
			t.Errorf("a line of %d bytes became %d", len(line), size)
		}
	}
	if got, ok := journal.ParseLine(bytes.Repeat([]byte(`{"0":`), 100_000)); ok {
		t.Errorf("got %+v of a deep line", got)
	}
}

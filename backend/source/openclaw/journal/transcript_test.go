package journal_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
)

func TestRecordedTranscriptsAreUnderstood(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"i429/2026.2.9":          {"chosen anthropic", "candidate anthropic", "user", "answer anthropic error", "candidate lmstudio", "answer lmstudio stop"},
		"i429/2026.3.13":         {"chosen anthropic", "candidate anthropic", "user", "answer anthropic error", "candidate lmstudio", "user injected", "answer lmstudio stop"},
		"ii-local-down/2026.2.9": {"chosen lmstudio", "candidate lmstudio", "user", "answer lmstudio error"},
		"v-hang/2026.3.13":       {"chosen lmstudio", "candidate lmstudio", "user", "answer lmstudio aborted", "candidate anthropic", "user injected", "answer anthropic stop"},
		"vii-ok/2026.3.13":       {"chosen lmstudio", "candidate lmstudio", "user", "answer lmstudio stop"},
		"i500/2026.9.6":          {"chosen anthropic", "candidate anthropic", "user", "candidate lmstudio", "answer lmstudio stop"},
		"vi-all-fail/2026.9.6":   {"chosen lmstudio", "candidate lmstudio", "user", "candidate anthropic", "answer anthropic error 401"},
		"v-hang/2026.9.6":        {"chosen lmstudio", "candidate lmstudio", "user", "answer lmstudio aborted"},
	}
	all := samples(t, "*transcript*.jsonl")
	for where, want := range want {
		if got := told(journal.ParseTranscript, all[where]); !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", where, got, want)
		}
	}
}

func TestTranscriptLinesAreReadByMeaning(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 7, 7, 43, 635e6, time.UTC)
	answer := backend.Trace{Kind: backend.TraceAnswer, Source: backend.SourceTranscript, At: at, Candidate: local, Stop: "stop"}
	with := func(change func(*backend.Trace)) backend.Trace {
		w := answer
		change(&w)
		return w
	}
	message := func(inner string) string {
		return `{"type":"message","timestamp":"2026-11-22T07:07:43.635Z","message":{"role":"assistant","provider":"lmstudio","model":"minimax-m2.1-gs32","stopReason":"stop",` + inner + `}}`
	}
	for line, want := range map[string]backend.Trace{
		message(`"content":[]`):                                     answer,
		message(`"content":[{"type":"text","text":" "}]`):           answer,
		message(`"content":[{"type":"thinking","thinking":"hm"}]`):  answer,
		message(`"content":[{"type":"text","text":"Hi"}]`):          with(func(t *backend.Trace) { t.Words = true }),
		message(`"content":"Hi"`):                                   with(func(t *backend.Trace) { t.Words = true }),
		message(`"content":[{"type":"toolCall","name":"x"}]`):       with(func(t *backend.Trace) { t.Words = true }),
		message(`"content":7,"__openclaw":{"runId":"r"}`):           with(func(t *backend.Trace) { t.RunID = "r" }),
		message(`"content":[],"errorCode":"401"`):                   with(func(t *backend.Trace) { t.Status = 401 }),
		message(`"content":[],"errorCode":"context_overflow"`):      with(func(t *backend.Trace) { t.Code = "context_overflow" }),
		message(`"content":[],"errorMessage":"no\nsk-abcdefghijk"`): with(func(t *backend.Trace) { t.Detail = "no ***" }),
		`{"type":"custom","customType":"model-snapshot","data":{"timestamp":1795331263635,"provider":"lmstudio","modelId":"minimax-m2.1-gs32"},"timestamp":"2026-11-22T07:07:50Z"}`: {
			Kind: backend.TraceCandidate, Source: backend.SourceTranscript, At: at, Candidate: local,
		},
		`{"timestamp":"2026-11-22T08:07:43.635+01:00","modelId":"minimax-m2.1-gs32","provider":"lmstudio","type":"model_change"}`: {
			Kind: backend.TraceChosen, Source: backend.SourceTranscript, At: at, Candidate: local,
		},
		`{"type":"message","timestamp":"2026-11-22T07:07:50Z","message":{"role":"user","content":"Hi","timestamp":1795331263635}}`: {
			Kind: backend.TraceUser, Source: backend.SourceTranscript, At: at,
		},
		`{"type":"message","timestamp":"2026-11-22T07:07:43.635Z","message":{"role":"user","content":"Hi","timestamp":5}}`: {
			Kind: backend.TraceUser, Source: backend.SourceTranscript, At: at,
		},
		`{"type":"message","timestamp":"2026-11-22T07:07:43.635Z","message":{"role":"user","content":[{"type":"text","text":"Continue where you left off. The previous model attempt failed or timed out.\n"}]}}`: {
			Kind: backend.TraceUser, Source: backend.SourceTranscript, At: at, Injected: true,
		},
	} {
		got, ok := journal.ParseTranscript([]byte(line))
		if line == message(`"content":[],"errorMessage":"no\nsk-abcdefghijk"`) {
			ok = ok && !strings.Contains(got.Detail, "abcdef")
		}
		if !ok || flat(got) != flat(want) {
			t.Errorf("%s\n got %t %+v\nwant %+v", line, ok, got, want)
		}
	}
	for _, line := range []string{
		``, `{}`, `[]`, `{"type":"session","id":"x"}`, `{"type":"message"}`, `{"type":"message","message":{"role":"toolResult","content":"x"}}`,
		`{"type":"message","message":{"role":"assistant","content":"who?"}}`, `{"type":"custom","customType":"x","data":{"provider":"a","modelId":"b"}}`,
		`{"type":"custom_message","content":"x"}`, `{"type":"model_change"}`, `{"type":7}`, `{"type":"message","message":"role"}`,
	} {
		if got, ok := journal.ParseTranscript([]byte(line)); ok {
			t.Errorf("%s: got %+v", line, got)
		}
	}
}

func TestTheSessionIndexIsRead(t *testing.T) {
	t.Parallel()
	got, err := journal.ParseSessions([]byte(`{
		"agent:main:main":{"sessionId":"a","updatedAt":1795331263635,"skillsSnapshot":{"prompt":"say no word"},"modelProvider":"anthropic","model":"claude-opus-4-6",
			"fallbackNoticeSelectedModel":"lmstudio/minimax-m2.1-gs32","fallbackNoticeActiveModel":"anthropic/claude-opus-4-6","fallbackNoticeReason":"timeout"},
		"agent:ops:x":{"sessionId":"b","fallbackNotice":{"kind":"active","selectedModel":"lmstudio/minimax-m2.1-gs32","activeModel":"anthropic/claude-opus-4-6","reason":"model not found"}},
		"agent:ops:y":{"sessionId":"c","fallbackNotice":{"kind":"cleared","selectedModel":"lmstudio/m","activeModel":"anthropic/c"},"providerOverride":"lmstudio","modelOverride":"q","modelOverrideSource":"auto"},
		"agent:ops:z":{"sessionId":"d","providerOverride":"lmstudio","modelOverride":"q"},
		"none":{"model":"m"}, "odd":7, "odder":{"sessionId":{}}}`))
	at := time.Date(2026, 11, 22, 7, 7, 43, 635e6, time.UTC)
	base := backend.Trace{Kind: backend.TraceSession, Source: backend.SourceTranscript}
	a, b, c, d := base, base, base, base
	a.SessionKey, a.AgentID, a.SessionID, a.At, a.Candidate, a.Requested, a.Notice, a.Reason = "agent:main:main", "main", "a", at, hosted, local, hosted.String(), "timeout"
	b.SessionKey, b.AgentID, b.SessionID, b.Requested, b.Notice, b.Reason = "agent:ops:x", "ops", "b", local, hosted.String(), "model not found"
	q := backend.ModelRef{Provider: "lmstudio", Model: "q"}
	c.SessionKey, c.AgentID, c.SessionID, c.Override = "agent:ops:y", "ops", "c", "auto"
	c.Requested = backend.ModelRef{Provider: "lmstudio", Model: "m"}
	d.SessionKey, d.AgentID, d.SessionID, d.Requested, d.Override = "agent:ops:z", "ops", "d", q, "user"
	want := []backend.Trace{a, b, c, d}
	if err != nil || !slices.EqualFunc(got, want, func(a, b backend.Trace) bool { return flat(a) == flat(b) }) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	for _, text := range []string{"", "[]", `{"a":`, "null", "\x00"} {
		if _, err := journal.ParseSessions([]byte(text)); backend.CodeOf(err) != backend.CodeProtocol {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// Package storetest makes up histories for tests and measurements. It owns
// nothing and opens nothing.
package storetest

import (
	"fmt"
	"time"

	"pilotlight/backend"
)

// Every is the time between two made-up fallbacks: 100,000 of them make 26
// weeks.
const Every = 157 * time.Second

// Rare is how many of a made-up history have Exhausted as their outcome.
const Rare = 3

// chains are what is usually asked for and what answers instead.
var chains = [][2]string{
	{"lmstudio/minimax/minimax-m2.1", "anthropic/claude-opus-4-6"},
	{"lmstudio/minimax/minimax-m2.1", "openrouter/z-ai/glm-5"},
	{"lmstudio/qwen/qwen3-coder-30b", "anthropic/claude-opus-4-6"},
	{"lmstudio/openai/gpt-oss-120b", "openai-codex/gpt-5.3-codex"},
	{"anthropic/claude-opus-4-6", "anthropic/claude-sonnet-4-5"},
}

// whys are OpenClaw's reason and the cause behind it.
var whys = []struct {
	reason string
	cause  backend.CauseCode
}{
	{"timeout", backend.FellServerOff}, {"timeout", backend.FellTimeoutCold}, {"timeout", backend.FellTimeoutBusy},
	{"format", backend.FellNotLoaded}, {"model_not_found", backend.FellMissing}, {"format", backend.FellContext},
	{"rate_limit", backend.FellRateLimited}, {"auth", backend.FellAuth}, {"overloaded", backend.FellProviderError},
	{"unknown", backend.FellUnknown}, {"timeout", backend.FellNetwork}, {"format", backend.FellMemory},
}

// Fallback is number i of total made-up fallbacks that end at end, the last one
// newest. It is of usual size: two attempts that failed, one that did not, two
// pieces of evidence. One conversation has four fifths of them; three are
// exhausted, long ago, in the middle and lately.
func Fallback(i, total int, end time.Time) backend.Fallback {
	chain, why := chains[i*7%len(chains)], whys[i*i%101%len(whys)]
	at := end.Add(-time.Duration(total-i) * Every)
	lost := 4 + float64(i%173)/2
	f := backend.Fallback{
		Key: fmt.Sprintf("run:%08x-5b1e-4c80-9a3f-d0c2b1a4e6f7", i),
		At:  backend.At(at), EndedAt: backend.AtPtr(at.Add(time.Duration(lost+9) * time.Second)),
		Source: "log", OpenClawVersion: "2026.3.13", RunID: fmt.Sprintf("%08x-5b1e-4c80-9a3f-d0c2b1a4e6f7", i),
		SessionID: fmt.Sprintf("%08x-77aa-4d10-8c5e-0123456789ab", i/97), SessionKey: "agent:main:main", AgentID: "main",
		Requested: chain[0], Answered: &chain[1], Outcome: backend.FellBack, Reason: why.reason, LostSeconds: &lost,
	}
	if i%5 == 4 {
		f.SessionKey = fmt.Sprintf("agent:main:telegram:direct:%d", 1000+i%211)
	}
	switch {
	case rare(i, total):
		f.Outcome, f.Answered, f.LostSeconds = backend.Exhausted, nil, nil
	case i%23 == 0:
		f.Outcome, f.Answered = backend.ErrorAsReply, nil
	}
	f.Attempts = attempts(f, at)
	f.Cause = cause(f, at, why.cause)
	return f
}

// rare spreads Rare rows over the history.
func rare(i, total int) bool {
	for n := range Rare {
		if i == total*(2*n+1)/(2*Rare) {
			return true
		}
	}
	return false
}

// Fallbacks are n made-up fallbacks of total, beginning with number from.
func Fallbacks(from, n, total int, end time.Time) []backend.Fallback {
	list := make([]backend.Fallback, n)
	for i := range list {
		list[i] = Fallback(from+i, total, end)
	}
	return list
}

func attempts(f backend.Fallback, at time.Time) []backend.Attempt {
	status, tries := 503, 2
	list := []backend.Attempt{
		{Model: f.Requested, StartedAt: backend.AtPtr(at), At: backend.At(at.Add(3 * time.Second)), Decision: backend.AttemptFailed,
			Tries: &tries, Reason: f.Reason, Status: &status, Code: "ECONNREFUSED",
			Detail: "Connection error. connect ECONNREFUSED 127.0.0.1:1234 while asking for a completion"},
		{Model: "lmstudio/qwen/qwen3-8b", At: backend.At(at.Add(4 * time.Second)), Decision: backend.AttemptSkipped,
			Reason: f.Reason, Detail: "Provider lmstudio is in cooldown (all profiles unavailable)"},
	}
	if f.Answered != nil {
		list = append(list, backend.Attempt{Model: *f.Answered, At: *f.EndedAt, Decision: backend.AttemptSucceeded})
	}
	return list
}

func cause(f backend.Fallback, at time.Time, code backend.CauseCode) backend.Cause {
	return backend.Cause{
		Code: code, Summary: "LM Studio's server was off from 10:31 to 10:44", Confidence: backend.Certain,
		Evidence: []backend.Evidence{
			{Kind: backend.EvidenceServer, At: backend.At(at.Add(-11 * time.Minute)), Text: "Nothing answered on port 1234."},
			{Kind: backend.EvidenceLog, Ref: "openclaw-2026-03-14.log:1048576", At: backend.At(at), Text: "OpenClaw logged " + f.Reason + "."},
		},
		Remedy: &backend.Remedy{Text: "Start LM Studio's server.", Action: backend.ActionStartServer, Label: "Start the server", Server: "lmstudio"},
	}
}

// Query is a page that somebody may ask for.
type Query struct {
	Name  string
	Query backend.FallbackQuery
}

// Queries are pages of a made-up history of total fallbacks that ends at end:
// every combination of filters, each with and without a span of time, the
// newest page and one from the middle of the history.
func Queries(total int, end time.Time) []Query {
	session := Fallback(total/2, total, end)
	since, until := backend.At(end.Add(-time.Duration(total*3/4)*Every)), backend.At(end.Add(-time.Duration(total/4)*Every))
	deep := fmt.Sprintf("%d-%d", session.At.UnixMilli(), int64(1)<<40)
	parts := [][]func(*backend.FallbackQuery){
		{none, func(q *backend.FallbackQuery) { q.Model = "anthropic/claude-opus-4-6" }, func(q *backend.FallbackQuery) { q.Model = "openrouter/z-ai/glm-5" }},
		{none, func(q *backend.FallbackQuery) { q.Cause = backend.FellServerOff }},
		{none, func(q *backend.FallbackQuery) { q.Reason = "format" }},
		{none, func(q *backend.FallbackQuery) { q.Outcome = backend.Exhausted }, func(q *backend.FallbackQuery) { q.Outcome = backend.FellBack }},
		{none, func(q *backend.FallbackQuery) { q.Session = "agent:main:main" }, func(q *backend.FallbackQuery) { q.Session = session.SessionID }},
		{none, func(q *backend.FallbackQuery) { q.Since = &since }, func(q *backend.FallbackQuery) { q.Until = &until },
			func(q *backend.FallbackQuery) { q.Since, q.Until = &since, &until }},
		{none, func(q *backend.FallbackQuery) { q.Before = deep }},
	}
	list := []Query{{}}
	for _, choices := range parts {
		var longer []Query
		for _, q := range list {
			for _, choose := range choices {
				next := q
				choose(&next.Query)
				longer = append(longer, next)
			}
		}
		list = longer
	}
	for i := range list {
		list[i].Name = name(list[i].Query)
	}
	return list
}

func none(*backend.FallbackQuery) {}

func name(q backend.FallbackQuery) string {
	return fmt.Sprintf("model=%s cause=%s reason=%s outcome=%s session=%s since=%t until=%t deep=%t",
		q.Model, q.Cause, q.Reason, q.Outcome, q.Session, q.Since != nil, q.Until != nil, q.Before != "")
}

package openclawtest

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// record adds an entry to a session's transcript. Before the first answer, 2026.2
// and 2026.3 keep entries in memory: a conversation that died without one left
// no file.
func (r *run) record(e object, answer bool) {
	if r.dry {
		return
	}
	text, s := stringify(e), r.session
	if r.c.era == era9 {
		r.database(func(d *database) error { return d.event(s, r.now(), text) })
		return
	}
	r.pending = append(r.pending, text)
	if answer {
		s.flushed = true
	}
	if s.flushed {
		r.flush()
	}
}

func (r *run) flush() {
	file := r.c.TranscriptPath(r.session.agent, r.session.id)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		r.fail(fmt.Errorf("make sessions folder: %w", err))
		return
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		r.fail(fmt.Errorf("open transcript: %w", err))
		return
	}
	for _, text := range r.pending {
		if _, err = f.WriteString(text + "\n"); err != nil {
			break
		}
	}
	r.pending = nil
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		r.fail(fmt.Errorf("write transcript: %w", err))
	}
}

// TranscriptPath is the transcript of a session in 2026.2 and 2026.3.
func (c *OpenClaw) TranscriptPath(agent, sessionID string) string {
	return filepath.Join(c.opts.StateDir, "agents", agent, "sessions", sessionID+".jsonl")
}

// SessionsPath is the index of an agent's sessions in 2026.2 and 2026.3.
func (c *OpenClaw) SessionsPath(agent string) string {
	return filepath.Join(c.opts.StateDir, "agents", agent, "sessions", "sessions.json")
}

// link gives an entry its id, the id before it and the time, where the
// version puts them.
func (r *run) link(kind string, rest ...field) object {
	id := r.c.newHex(8)
	if r.c.era == era9 {
		id = r.c.newUUID()
	}
	links := []field{{"id", id}, {"parentId", r.session.parent}, {"timestamp", utcTime(r.now())}}
	if !r.dry {
		r.session.parent = id
	}
	head := object{{"type", kind}}
	if kind == "message" || r.c.era != era9 && kind != "custom" {
		return head.with(links...).with(rest...)
	}
	return head.with(rest...).with(links...)
}

// begin writes the head of a new transcript.
func (r *run) begin(c candidate) {
	if r.session.begun {
		return
	}
	version := 3
	if r.c.era == era9 {
		version = 4
	}
	r.record(object{{"type", "session"}, {"version", version}, {"id", r.session.id}, {"timestamp", utcTime(r.now())},
		{"cwd", filepath.Join(r.c.opts.StateDir, "workspace")}}, false)
	r.record(r.link("model_change", field{"provider", c.provider}, field{"modelId", c.model}), false)
	r.record(r.link("thinking_level_change", field{"thinkingLevel", "off"}), false)
	if !r.dry {
		r.session.begun = true
	}
}

// snapshot marks a change of the model, which a fallback is too.
func (r *run) snapshot(c candidate) {
	if r.session.snapshot == c.ref() {
		return
	}
	r.record(r.link("custom", field{"customType", "model-snapshot"}, field{"data", object{
		{"timestamp", r.now().UnixMilli()}, {"provider", c.provider}, {"modelApi", c.api}, {"modelId", c.model}}}), false)
	if !r.dry {
		r.session.snapshot = c.ref()
	}
}

// user writes what the person said, or what OpenClaw makes them say.
func (r *run) user(text string) {
	message := object{{"role", "user"}}
	if r.c.era == era9 {
		message = message.with(field{"content", text}, field{"timestamp", r.now().UnixMilli()},
			field{"__openclaw", object{{"senderIsOwner", true}}}, field{"idempotencyKey", r.id + ":user"})
	} else {
		message = message.with(field{"content", []any{object{{"type", "text"}, {"text", text}}}}, field{"timestamp", r.now().UnixMilli()})
	}
	r.record(r.link("message", field{"message", message}), false)
}

var noCost = object{{"input", 0}, {"output", 0}, {"cacheRead", 0}, {"cacheWrite", 0}, {"total", 0}}

func usage(in, out int) object {
	return object{{"input", in}, {"output", out}, {"cacheRead", 0}, {"cacheWrite", 0}, {"totalTokens", in + out}, {"cost", noCost}}
}

// The tokens of an answer.
const (
	tokensIn  = 1200
	tokensOut = 9
)

// answer writes what the model said.
func (r *run) answer(c candidate, asked time.Time) {
	content := object{{"type", "text"}, {"text", r.turn.Answer}}
	if c.api == "openai-responses" {
		content = content.with(field{"textSignature", "msg_" + r.c.newHex(2)})
	}
	u := usage(tokensIn, tokensOut)
	if !r.counts(c) {
		u = usage(0, 0)
	}
	completions := c.api == completionsAPI
	if r.c.era == era9 && !completions {
		u = u.with(field{"contextUsage", object{{"state", "available"}, {"promptTokens", tokensIn}, {"totalTokens", tokensIn + tokensOut}}})
	}
	message := object{{"role", "assistant"}, {"content", []any{content}}, {"api", c.api}, {"provider", c.provider}, {"model", c.model},
		{"usage", u}, {"stopReason", "stop"}, {"timestamp", asked.UnixMilli()}}
	if r.c.era == era9 {
		message = message.with(field{"responseId", "resp_" + r.c.newHex(4)})
		if !completions {
			message = message.with(field{"responseModel", c.model})
		}
		message = message.with(field{"__openclaw", object{{"runId", r.id}}})
	}
	r.record(r.link("message", field{"message", message}), true)
}

const completionsAPI = "openai-completions"

// counts says whether the version learns how many tokens an answer took: 2026.3
// does not ask for it over the older API, and an answer then looks free.
func (r *run) counts(c candidate) bool { return r.c.era != era3 || c.api != completionsAPI }

// broken writes a request that failed; stop is "error" or "aborted".
func (r *run) broken(c candidate, asked time.Time, stop, text string, more ...field) {
	content := []any{}
	message := object{{"role", "assistant"}, {"content", content}, {"api", c.api}, {"provider", c.provider}, {"model", c.model}}
	if r.c.era == era9 && stop == "aborted" {
		message[1].value = []any{object{{"type", "text"}, {"text", ""}}}
		message = message.with(field{"stopReason", stop}, field{"errorMessage", text}, field{"timestamp", asked.UnixMilli()}, field{"usage", usage(0, 0)})
	} else {
		message = message.with(field{"usage", usage(0, 0)}, field{"stopReason", stop}, field{"timestamp", asked.UnixMilli()}, field{"errorMessage", text})
	}
	message = message.with(more...)
	if r.c.era == era9 {
		message = message.with(field{"__openclaw", object{{"runId", r.id}}})
	}
	r.record(r.link("message", field{"message", message}), true)
}

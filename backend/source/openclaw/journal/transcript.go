package journal

import (
	"bytes"
	"hash/maphash"
	"strings"
	"time"

	"pilotlight/backend"
)

// goOn is what 2026.3 writes in a person's name to go on with another model.
const goOn = "Continue where you left off. The previous model attempt failed or timed out."

// ParseTranscript reads one line of a transcript of 2026.2 and 2026.3, which is
// also what a row of transcript_events holds in 2026.9. Whose transcript it is
// stands in the file's name, so the trace does not tell.
func ParseTranscript(line []byte) (backend.Trace, bool) {
	e, ok := parseEntry(line, nil)
	return e.Trace, ok
}

// entry is a line of a transcript. said is a hash of what a person said, to find
// it said again; it lives in memory only.
type entry struct {
	backend.Trace
	said uint64
}

// parts are the members of a transcript's line.
type parts struct {
	kind, custom    string
	at              time.Time
	data, message   []byte
	provider, model string
	role, stop      string
	content, failed []byte
	sent            time.Time
	run             string
	errorCode       []byte
}

// parseEntry reads a line; hash may be nil.
func parseEntry(line []byte, hash *maphash.Hash) (entry, bool) {
	p := readParts(line)
	e := entry{Trace: backend.Trace{Source: backend.SourceTranscript, At: p.at}}
	model := backend.ModelRef{Provider: p.provider, Model: p.model}
	switch {
	case p.kind == "model_change":
		e.Kind, e.Candidate = backend.TraceChosen, model
	case p.kind == "custom" && p.custom == "model-snapshot":
		e.Kind, e.Candidate = backend.TraceCandidate, model
		if !p.sent.IsZero() {
			e.At = p.sent
		}
	case p.kind == "message" && p.role == "user":
		e.user(p, hash)
		return e, true
	case p.kind == "message" && p.role == "assistant":
		e.answer(p)
		e.Candidate = model
	default:
		return entry{}, false
	}
	return e, model != (backend.ModelRef{})
}

// user fills in a person's message. When it was sent is better than when it was
// written down, which may be seconds later.
func (e *entry) user(p parts, hash *maphash.Hash) {
	e.Kind = backend.TraceUser
	if early := p.at.Sub(p.sent); !p.sent.IsZero() && (p.at.IsZero() || early > 0 && early < time.Hour) {
		e.At = p.sent
	}
	if hash != nil {
		hash.Reset()
	}
	eachText(p.content, func(raw []byte) {
		if hash != nil {
			_, _ = hash.Write(raw)
		}
		if bytes.HasPrefix(raw, []byte(goOn)) {
			e.Injected = true // whatever a version adds to it
		}
	})
	if hash != nil {
		e.said = hash.Sum64()
	}
}

// answer fills in what an assistant's message tells of how it ended.
func (e *entry) answer(p parts) {
	e.Kind, e.Stop, e.RunID = backend.TraceAnswer, p.stop, p.run
	e.Detail = detail(text(p.failed, detailSource))
	if e.Status = status(p.errorCode); e.Status == 0 {
		e.Code = code(p.errorCode)
	}
	e.Words = hasWords(p.content)
}

func readParts(line []byte) parts {
	var p parts
	for w := object(line); w.next(); {
		switch string(w.key) {
		case "type":
			p.kind = label(w.value)
		case "customType":
			p.custom = label(w.value)
		case "timestamp":
			p.at = moment(w.value)
		case "provider":
			p.provider = label(w.value)
		case "modelId", "model":
			p.model = label(w.value)
		case "data":
			p.data = w.value
		case "message":
			p.message = w.value
		}
	}
	if p.kind == "custom" {
		p.message = p.data
	}
	for w := object(p.message); w.next(); {
		p.inner(string(w.key), w.value)
	}
	return p
}

// inner reads the members of a message, or of a custom line's data.
func (p *parts) inner(key string, v []byte) {
	switch key {
	case "role":
		p.role = label(v)
	case "content":
		p.content = v
	case "provider":
		p.provider = label(v)
	case "model", "modelId":
		p.model = label(v)
	case "stopReason":
		p.stop = label(v)
	case "errorMessage":
		p.failed = v
	case "errorCode":
		p.errorCode = v
	case "timestamp":
		p.sent = moment(v)
	case "__openclaw":
		for w := object(v); w.next(); {
			if string(w.key) == "runId" {
				p.run = label(w.value)
			}
		}
	}
}

// eachText calls f with each raw text of a message's content: the content itself,
// or its parts that are text.
func eachText(content []byte, f func(raw []byte)) {
	if raw, ok := quoted(content); ok {
		f(raw)
		return
	}
	elements(content, func(part []byte) bool {
		for w := object(part); w.next(); {
			if raw, ok := quoted(w.value); ok && string(w.key) == "text" {
				f(raw)
			}
		}
		return true
	})
}

// hasWords says whether an answer's content has any text or tool call.
func hasWords(content []byte) bool {
	found := false
	eachText(content, func(raw []byte) { found = found || len(strings.TrimSpace(string(raw[:min(len(raw), 64)]))) > 0 })
	elements(content, func(part []byte) bool {
		for w := object(part); w.next(); {
			if string(w.key) == "type" {
				found = found || strings.Contains(strings.ToLower(label(w.value)), "tool")
			}
		}
		return !found
	})
	return found
}

// parseBeginning reads a line that is too long to be held, as a message with a
// picture is: only that a person said something is taken from it.
func parseBeginning(line []byte) (entry, bool) {
	end := bytes.Index(line, []byte(`"content":`))
	if end < 0 {
		return entry{}, false
	}
	whole := append(bytes.Clone(line[:end]), `"content":""}}`...)
	e, ok := parseEntry(whole, nil)
	if !ok || e.Kind != backend.TraceUser {
		return entry{}, false
	}
	return e, true
}

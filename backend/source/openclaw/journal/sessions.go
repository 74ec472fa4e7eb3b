package journal

import (
	"encoding/json"

	"pilotlight/backend"
)

// Bounds of a session index: the entries that are read, and those of them, the
// newest, that are told of.
const (
	maxEntries  = 50_000
	maxSessions = 1000
)

// ParseSessions reads a session index, sessions.json of 2026.2 and 2026.3: an
// object of entries by session key. Of each entry only the models, the session's
// id and OpenClaw's own fallback notice are read. An entry without a session is
// none.
func ParseSessions(index []byte) ([]backend.Trace, error) {
	if i := space(index, 0); i >= len(index) || index[i] != '{' || !json.Valid(index) {
		return nil, &backend.Error{
			Code: backend.CodeProtocol, Message: "OpenClaw's session index is not a JSON object.",
			Hint: "It may be being written just now; Pilotlight reads it again when it changes.",
		}
	}
	var list []backend.Trace
	for w := object(index); w.next() && len(list) < maxEntries; {
		if t, ok := parseSession(text(w.name, 2*idCap), w.value); ok {
			list = append(list, t)
		}
	}
	return list, nil
}

// parseSession reads one entry, of the index or of a row of session_nodes.
//
// Candidate is the model that the entry names: in 2026.2 and 2026.3 the one that
// answered last. Requested is the one that was chosen, where the entry tells.
func parseSession(key string, raw []byte) (backend.Trace, bool) {
	t := backend.Trace{Kind: backend.TraceSession, Source: backend.SourceTranscript, SessionKey: word(key)}
	t.AgentID = agentOf(t.SessionKey)
	var override, selected backend.ModelRef
	for w := object(raw); w.next(); {
		v := w.value
		switch string(w.key) {
		case "sessionId":
			t.SessionID = label(v)
		case "updatedAt":
			t.At = moment(v)
		case "modelProvider":
			t.Candidate.Provider = label(v)
		case "model":
			t.Candidate.Model = label(v)
		case "providerOverride":
			override.Provider = label(v)
		case "modelOverride":
			override.Model = label(v)
		case "modelOverrideSource":
			t.Override = label(v)
		case "fallbackNoticeSelectedModel":
			selected = backend.ParseModelRef(label(v))
		case "fallbackNoticeActiveModel":
			t.Notice = label(v)
		case "fallbackNoticeReason":
			t.Reason = label(v)
		case "fallbackNotice":
			selected = notice(&t, v, selected)
		}
	}
	t.Requested = selected
	if t.Requested == (backend.ModelRef{}) {
		t.Requested = override
	}
	if override != (backend.ModelRef{}) && t.Override == "" {
		t.Override = "user" // before modelOverrideSource there was no other
	}
	return t, t.SessionID != "" && t.SessionKey != ""
}

// notice reads 2026.9's {"kind":"active","selectedModel":…,"activeModel":…,"reason":…}.
func notice(t *backend.Trace, raw []byte, selected backend.ModelRef) backend.ModelRef {
	kind := ""
	for w := object(raw); w.next(); {
		switch string(w.key) {
		case "kind":
			kind = label(w.value)
		case "selectedModel":
			selected = backend.ParseModelRef(label(w.value))
		case "activeModel":
			t.Notice = label(w.value)
		case "reason":
			t.Reason = label(w.value)
		}
	}
	if kind != "" && kind != "active" {
		t.Notice, t.Reason = "", "" // it is over
	}
	return selected
}

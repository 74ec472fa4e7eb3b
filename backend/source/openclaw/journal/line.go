package journal

import (
	"bytes"
	"strings"

	"pilotlight/backend"
)

// ParseLine reads one line of OpenClaw's log: of the JSONL that tslog writes, or
// of the text that the console shows, which launchd captures. It is false for
// everything that tells nothing of how a run went.
//
// A tslog line is {"0":…,"1":…,"2":…,"_meta":{…},"time":…}. Which of the numbered
// members is the subsystem, the message or the object differs by line and
// version, so each is known by what it is. time and _meta.date agree to some
// milliseconds; where both are missing the trace has no time.
func ParseLine(line []byte) (backend.Trace, bool) {
	line = bytes.TrimRight(bytes.Trim(line, "\x00"), "\r\n")
	if !worth(line) {
		return backend.Trace{}, false
	}
	return parseLine(line)
}

// parseLine is ParseLine for a line that is worth it.
func parseLine(line []byte) (backend.Trace, bool) {
	if i := space(line, 0); i >= len(line) || line[i] != '{' {
		return parseConsole(line)
	}
	var r record
	for w := object(line); w.next(); {
		r.member(w.key, w.value)
	}
	t, ok := r.trace()
	if !ok {
		return backend.Trace{}, false
	}
	t.Source = backend.SourceLog
	if t.At = moment(r.at); t.At.IsZero() {
		t.At = moment(member(r.meta, "date"))
	}
	if t.SessionID == "" {
		t.SessionID = r.session
	}
	t.TraceID = r.traceID
	return t, true
}

// member is the raw value of an object's member, nil if it has none.
func member(raw []byte, key string) []byte {
	for w := object(raw); w.next(); {
		if string(w.key) == key {
			return w.value
		}
	}
	return nil
}

// numbered says whether a key is one of the numbers under which tslog keeps
// what was logged.
func numbered(key []byte) bool { return len(key) == 1 && key[0] >= '0' && key[0] <= '9' }

// member takes in one member of a log line.
func (r *record) member(key, value []byte) {
	switch {
	case numbered(key), string(key) == "message", string(key) == "msg":
		r.part(value)
	case string(key) == "_meta":
		r.meta = value
	case string(key) == "time":
		r.at = value
	case string(key) == "subsystem":
		r.subsystem(label(value))
	case string(key) == "session_id", string(key) == "sessionId":
		r.session = label(value)
	case string(key) == "traceId":
		r.traceID = label(value)
	}
}

// part takes in one of the things that were logged.
func (r *record) part(value []byte) {
	inner, ok := quoted(value)
	switch {
	case !ok && len(value) > 0 && value[0] == '{':
		if is, _ := worthObject(value, 0); is || r.object == nil {
			r.object = value
		}
	case !ok:
	case bytes.HasPrefix(inner, []byte(`{\"`)):
		if worthText(inner) { // an event as text
			r.object = []byte(text(value, maxLine))
			return
		}
		r.subsystem(text(value, idCap))
	case r.message == "" && worthText(inner):
		r.message = text(value, detailSource)
	case bytes.IndexByte(inner, ' ') < 0:
		r.subsystem(label(value))
	}
}

// subsystem notes who wrote the line: {"subsystem":"…"} as text, or a plain name.
// "openclaw" is the root's name, under which anything is printed, answers too.
func (r *record) subsystem(name string) {
	if r.sub != "" || name == "" || name == "openclaw" {
		return
	}
	if !strings.HasPrefix(name, "{") {
		r.sub = name
		return
	}
	for w := object([]byte(name)); w.next(); {
		if k := string(w.key); k == "subsystem" || k == "module" {
			r.sub = label(w.value)
		}
	}
}

// trace is what the line tells, if it tells anything. A message counts only from
// a subsystem: what has none is what a program printed, answers among it.
func (r *record) trace() (backend.Trace, bool) {
	if r.object != nil {
		if t, ok := parseEvent(r.object); ok {
			return t, true
		}
	}
	if r.message == "" {
		return backend.Trace{}, false
	}
	if r.sub == "" {
		r.subsystem(text(member(r.meta, "name"), idCap))
	}
	if r.sub == "" {
		return backend.Trace{}, false
	}
	t, ok := parseMessage(r.message)
	if ok && t.Kind == backend.TraceLane && t.Code == "" {
		for w := object(r.object); w.next(); {
			if string(w.key) == "errorName" {
				t.Code = label(w.value)
			}
		}
	}
	return t, ok
}

// parseConsole reads "2026-11-22T07:06:23.552+00:00 [subsystem] message". The time
// is missing in some versions.
func parseConsole(line []byte) (backend.Trace, bool) {
	if !worthConsole(line) {
		return backend.Trace{}, false
	}
	s := oneLine(string(line[:min(len(line), detailSource)]))
	head, rest, ok := strings.Cut(s, "[")
	if !ok {
		return backend.Trace{}, false
	}
	_, message, ok := strings.Cut(rest, "] ")
	if !ok {
		return backend.Trace{}, false
	}
	t, ok := parseMessage(message)
	if !ok {
		return backend.Trace{}, false
	}
	t.Source, t.At = backend.SourceLog, parseTime(strings.TrimSpace(head))
	return t, true
}

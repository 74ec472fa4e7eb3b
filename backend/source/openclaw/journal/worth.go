package journal

import "bytes"

// record is one log line, taken apart.
type record struct {
	sub     string // the subsystem
	message string // the text that may be worth reading
	object  []byte // the object beside it, raw
	at      []byte // the line's time, raw
	meta    []byte // its _meta, raw
	session string
	traceID string
}

// worth says whether a line can be one that ParseLine reads. It is all that most
// lines of a log cost, so it leaves a line after its numbered members, which
// JavaScript writes first, unless only the subsystem was among them.
func worth(line []byte) bool {
	if is, sure := worthUsual(line); sure {
		return is
	}
	i := space(line, 0)
	if i >= len(line) {
		return false
	}
	if line[i] != '{' {
		return worthConsole(line)
	}
	numbers, others := 0, false
	for w := object(line); w.nextKey(); {
		number := numbered(w.key)
		if number {
			numbers++
		} else if numbers > 1 && !others {
			return false
		}
		if number && w.at < len(line) && line[w.at] == '{' {
			is, end := worthObject(line, w.at)
			if is || end < 0 {
				return is
			}
			w.at = end
			continue
		}
		if !w.take() {
			return false
		}
		if !number && string(w.key) != "message" && string(w.key) != "msg" {
			others = true
			continue
		}
		if inner, ok := quoted(w.value); ok {
			if worthText(inner) {
				return true
			}
			if number && len(inner) > 0 && inner[0] != '{' && bytes.IndexByte(inner, ' ') >= 0 {
				numbers++ // a message, so there was no subsystem
			}
		}
	}
	return false
}

// The usual line begins so, and goes on with its message or an object and _meta.
const (
	usualHead    = `{"0":"{\"subsystem\":\"`
	usualMessage = `\"}","1":"`
	usualObject  = `\"}","1":{"event":"`
	usualEnd     = `,"_meta":`
)

// worthUsual decides about the usual line, by hardly more than comparing its
// beginning; sure is false for any other.
func worthUsual(line []byte) (is, sure bool) {
	if len(line) < len(usualHead) || string(line[:len(usualHead)]) != usualHead {
		return false, false
	}
	rest := line[len(usualHead):]
	i := bytes.IndexByte(rest, '\\')
	if i < 0 {
		return false, false
	}
	rest = rest[i:]
	switch {
	case len(rest) > len(usualMessage) && string(rest[:len(usualMessage)]) == usualMessage:
		rest = rest[len(usualMessage):]
		if worthText(rest) {
			return true, true
		}
		end := skipString(line, len(line)-len(rest)-1)
		if end < 0 {
			return false, true // half a line
		}
		rest = line[end:]
		return false, len(rest) > len(usualEnd) && string(rest[:len(usualEnd)]) == usualEnd
	case len(rest) > len(usualObject) && string(rest[:len(usualObject)]) == usualObject:
		return worthEvent(rest[len(usualObject):]), true
	}
	return false, false
}

// worthEvent says whether an event of this name is one of those that are read.
func worthEvent(name []byte) bool {
	return bytes.HasPrefix(name, []byte("model_fallback_")) || bytes.HasPrefix(name, []byte("embedded_run_"))
}

// worthObject says whether the object that begins at a byte of the line is one of
// the events that are read, and where it ends if it is not; -1 where it does not.
func worthObject(line []byte, at int) (is bool, end int) {
	w := walk{b: line, at: at + 1}
	for w.next() {
		if string(w.key) == "event" {
			if inner, _ := quoted(w.value); worthEvent(inner) {
				return true, -1
			}
		}
	}
	if i := space(line, w.at); i < len(line) && line[i] == '}' {
		return false, i + 1
	}
	return false, -1
}

// starts are the beginnings of the messages that are read, as they stand in a
// JSON string.
var starts = [...]string{
	"lane task error", "embedded run ", "transient ", "LM Studio inference preload failed", `Model \"`, `Model "`, "model fallback ",
	"blocked model (", "context overflow detected", "auto-compaction failed", `{\"event\":\"model_fallback_`, `{\"event\":\"embedded_run_`,
}

// worthText says whether a message begins like one that is read. Tags in
// brackets may stand before it.
func worthText(s []byte) bool {
	for len(s) > 0 && s[0] == '[' {
		end := bytes.IndexByte(s[:min(len(s), 64)], ']')
		if end < 0 {
			return false
		}
		tag := s[1:end]
		s = bytes.TrimLeft(s[end+1:], " ")
		if bytes.HasPrefix(s, []byte("error ")) || string(tag) == "model-fetch" && bytes.HasPrefix(s, []byte("response ")) {
			return true
		}
		switch string(tag) {
		case "context-overflow-diag", "context-overflow-recovery", "empty-error-retry":
			return true
		}
	}
	if len(s) == 0 {
		return false
	}
	switch s[0] { // nearly always another one
	case 'l', 'e', 't', 'L', 'M', 'm', 'b', 'c', 'a', '{':
		for _, start := range starts {
			if len(s) >= len(start) && string(s[:len(start)]) == start {
				return true
			}
		}
	}
	return false
}

// worthConsole says the same of a line of text: a time at most, then
// "[subsystem] message".
func worthConsole(line []byte) bool {
	head := line[:min(len(line), 256)]
	i := bytes.IndexByte(head, '[')
	if i > 0 && head[i-1] == '\x1b' { // colours
		return worthText(bytes.TrimLeft([]byte(oneLine(string(head[i-1:]))), " "))
	}
	if i < 0 || i > 40 || i > 0 && (head[0] < '0' || head[0] > '9') {
		return false
	}
	return worthText(head[i:])
}

package journal

import (
	"bytes"
	"time"
)

// record is one log line, taken apart.
type record struct {
	sub     string    // the subsystem
	message string    // the text that may be worth reading
	object  []byte    // the object beside it, raw
	at      time.Time // of the line
	date    time.Time // of its _meta
	session string
	traceID string
}

// worth says whether a line can be one that ParseLine reads. It is all that most
// lines of a log cost, so it leaves a line after its numbered members, which
// JavaScript writes first, unless only the subsystem was among them.
func worth(line []byte) bool {
	i := space(line, 0)
	if i >= len(line) {
		return false
	}
	if line[i] != '{' {
		return worthConsole(line)
	}
	numbers, others := 0, false
	for w := object(line); w.next(); {
		switch {
		case numbered(w.key):
			numbers++
		case numbers > 1 && !others:
			return false
		case string(w.key) != "message" && string(w.key) != "msg":
			others = true
			continue
		}
		if inner, ok := quoted(w.value); ok {
			if worthText(inner) {
				return true
			}
		} else if worthObject(w.value) {
			return true
		}
	}
	return false
}

// worthObject says whether a logged object is one of the events that are read.
func worthObject(v []byte) bool {
	for w := object(v); w.next(); {
		if string(w.key) == "event" {
			inner, _ := quoted(w.value)
			return bytes.HasPrefix(inner, []byte("model_fallback_")) || bytes.HasPrefix(inner, []byte("embedded_run_"))
		}
	}
	return false
}

// starts are the beginnings of the messages that are read, as they stand in a
// JSON string. The first byte is looked at before all.
var starts = map[byte][][]byte{
	'l': {[]byte("lane task error")},
	'e': {[]byte("embedded run ")},
	't': {[]byte("transient ")},
	'L': {[]byte("LM Studio inference preload failed")},
	'M': {[]byte(`Model \"`), []byte(`Model "`)},
	'm': {[]byte("model fallback ")},
	'b': {[]byte("blocked model (")},
	'c': {[]byte("context overflow detected")},
	'{': {[]byte(`{\"event\":\"model_fallback_`), []byte(`{\"event\":\"embedded_run_`)},
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
		if bytes.HasPrefix(s, []byte("error ")) || string(tag) == "context-overflow-diag" ||
			string(tag) == "model-fetch" && bytes.HasPrefix(s, []byte("response ")) {
			return true
		}
	}
	if len(s) == 0 {
		return false
	}
	for _, start := range starts[s[0]] {
		if bytes.HasPrefix(s, start) {
			return true
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

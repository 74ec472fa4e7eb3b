package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

const (
	// lineCap is how long a line of the log may be, in bytes: whole answers of
	// models are logged too, and none of those is wanted.
	lineCap = 64 << 10
	// lookCap is how much of the log one look reads, in bytes.
	lookCap = 4 << 20
)

// tail reads what is added to a log from a moment on. It keeps no line.
type tail struct {
	path   string
	offset int64
	inode  uint64
	rest   []byte // of a line that is not whole yet
	skip   bool   // the line is too long: on to the next
}

// start remembers where the log ends now.
func (t *tail) start(path string) {
	t.path = path
	if fi, err := os.Stat(path); err == nil {
		t.offset, t.inode = fi.Size(), inodeOf(fi)
	}
}

// startBack remembers a place so many bytes before the log's end, for what was said
// already. The line there is not whole.
func (t *tail) startBack(path string, bytes int64) {
	t.start(path)
	if t.offset > bytes {
		t.offset, t.skip = t.offset-bytes, true
		return
	}
	t.offset = 0
}

// read hands over the whole lines that were added since the last read. The log may
// be another file by now, for a new day; then the end of the one before comes first.
func (t *tail) read(path string, line func([]byte)) {
	if path != t.path {
		t.readOn(line)
		*t = tail{path: path}
	}
	t.readOn(line)
}

// readOn is read of the file that it is at. One that has not grown is not opened.
func (t *tail) readOn(line func([]byte)) {
	path := t.path
	if fi, err := os.Stat(path); err != nil || inodeOf(fi) == t.inode && fi.Size() == t.offset {
		return
	}
	h, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer h.Close()
	fi, err := h.Stat()
	if err != nil || !fi.Mode().IsRegular() {
		return
	}
	if ino := inodeOf(fi); ino != t.inode || fi.Size() < t.offset {
		t.inode, t.offset, t.rest, t.skip = ino, 0, nil, false
	}
	text, err := io.ReadAll(io.NewSectionReader(h, t.offset, lookCap))
	if err != nil && !errors.Is(err, io.EOF) {
		return
	}
	t.offset += int64(len(text))
	t.lines(text, line)
}

func (t *tail) lines(text []byte, line func([]byte)) {
	for {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			break
		}
		if !t.skip && len(t.rest)+end <= lineCap {
			line(append(t.rest, text[:end]...))
		}
		t.rest, t.skip, text = nil, false, text[end+1:]
	}
	if t.skip = t.skip || len(t.rest)+len(text) > lineCap; t.skip {
		t.rest = nil
		return
	}
	t.rest = append(t.rest, text...)
}

func inodeOf(fi os.FileInfo) uint64 {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}

// word is what a line of the gateway says of the config.
type word int

const (
	nothing  word = iota
	noticed       // it saw a change and weighs it
	applied       // it took the change over
	restarts      // it took the change and restarts for it
	skipped       // it goes on with the config before
	restored      // it put a backup in the config's place
)

// sayings are the lines that a gateway logs about its config: in 2026.9.6, and the
// same words in 2026.3.13.
var sayings = []struct {
	text string
	word word
}{
	{"config change detected", noticed},
	{"config hot reload applied", applied},
	{"config change applied", applied},
	{"config change requires gateway restart", restarts},
	{"config reload skipped", skipped},
	{"config auto-restored", restored},
}

// gatewaySays reads one line of the log. detail is what stands behind the words:
// paths, or why the config is invalid.
func gatewaySays(line []byte) (said word, detail string) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(line, &fields) != nil {
		return nothing, ""
	}
	// The message is the last of the numbered fields; a newer version repeats it
	// under its own name.
	for _, name := range []string{"message", "2", "1", "0"} {
		var text string
		if json.Unmarshal(fields[name], &text) != nil {
			continue
		}
		// On a console a message has its part of the program before it: "[reload] ".
		if rest, ok := strings.CutPrefix(text, "["); ok {
			_, rest, _ = strings.Cut(rest, "]")
			text = strings.TrimSpace(rest)
		}
		low := strings.ToLower(text)
		for _, s := range sayings {
			if strings.HasPrefix(low, s.text) && len(low) == len(text) {
				return s.word, clip(strings.TrimSpace(text[len(s.text):]), 400)
			}
		}
	}
	return nothing, ""
}

// saidAt is when a line was logged; the zero time where it does not tell.
func saidAt(line []byte) time.Time {
	var l struct {
		Time string `json:"time"`
	}
	_ = json.Unmarshal(line, &l)
	at, _ := time.Parse(time.RFC3339Nano, l.Time)
	return at
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "…"
}

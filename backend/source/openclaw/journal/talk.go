package journal

import (
	"context"
	"hash/maphash"
	"io"
	"path/filepath"
	"strings"
	"time"

	"pilotlight/backend"
)

// oldTranscript is how long ago a transcript must have been written to, to be
// left alone if it was never read.
const oldTranscript = 7 * 24 * time.Hour

// readTranscripts reads what is new in an agent's newest transcripts, the oldest
// of them first. Its only error is ctx's.
func (r *Reader) readTranscripts(ctx context.Context, places Places, agent string) error {
	files, err := places.transcripts(agent)
	if err != nil {
		return nil //nolint:nilerr // none, or not for us: the log tells, and Health is about the log
	}
	for _, s := range files {
		f := r.transcript(s, agent)
		if f == nil {
			continue
		}
		if _, err := r.readFile(ctx, f, false); err != nil {
			return err
		}
	}
	r.trimTranscripts(files)
	return nil
}

// transcript is the follow of a transcript, nil for one that is too old to begin
// with or cannot be looked into now.
func (r *Reader) transcript(s seen, agent string) *follow {
	f := r.transcripts[s.path]
	if f == nil {
		c, known := r.stored[s.path]
		if !known && r.cfg.Now().Sub(s.changed) > oldTranscript {
			return nil
		}
		t := newTalk(r, s.path, agent, c.Mark)
		if !known {
			c = backend.Cursor{Path: s.path, Device: s.id.device, Inode: s.id.inode}
		}
		f = newFollow(c, t)
		if r.first {
			f.until = s.size
		}
		r.transcripts[s.path] = f
	}
	talk := f.lines.(*talk)
	switch like, err := f.check(s); {
	case err != nil:
		return nil
	case like != sameFile && f.offset > 0 && (like == otherFile || s.size > f.offset):
		// Written anew, as OpenClaw does when it shortens a conversation: what is as
		// old as what was read is known.
		talk.known = talk.newest
		talk.forget()
		f.restart()
	}
	f.looked(s)
	if !talk.primed && s.size > f.offset {
		talk.prime(s, f.offset)
	}
	return f
}

// trimTranscripts forgets the transcripts that are no longer among the newest;
// their cursors remain.
func (r *Reader) trimTranscripts(files []seen) {
	if len(files) == 0 {
		return
	}
	newest, dir := map[string]bool{}, filepath.Dir(files[0].path)
	for _, s := range files {
		newest[s.path] = true
	}
	for path := range r.transcripts {
		if filepath.Dir(path) == dir && !newest[path] {
			delete(r.transcripts, path)
		}
	}
}

// talk makes traces of a transcript's lines. Of what a person said it keeps one
// hash, in memory, to know it when OpenClaw says it again to another model.
type talk struct {
	r              *Reader
	session, agent string
	newest         time.Time // of the lines read
	known          time.Time // lines up to this time were read before the file was written anew
	primed         bool      // what stands before the offset was looked at

	said     uint64 // hash of the last message of a person
	heard    bool   // said is set
	model    backend.ModelRef
	switched bool // another model's turn began since then, and nobody answered
	hash     *maphash.Hash
}

func newTalk(r *Reader, path, agent, mark string) *talk {
	id := strings.TrimSuffix(filepath.Base(path), ".jsonl")
	id, _, _ = strings.Cut(id, "-topic-")
	t := &talk{r: r, session: word(id), agent: agent, hash: r.hash}
	mark = strings.TrimSpace(strings.TrimSuffix(mark, longMark))
	t.newest = parseTime(mark)
	return t
}

func (t *talk) mark() string {
	if t.newest.IsZero() {
		return ""
	}
	return t.newest.Format(time.RFC3339Nano)
}

func (t *talk) forget() {
	t.said, t.heard, t.switched, t.model, t.primed = 0, false, false, backend.ModelRef{}, true
}

func (t *talk) worth([]byte) bool { return true }

func (t *talk) line(line []byte, long bool) (backend.Trace, bool) {
	var e entry
	var ok bool
	if long {
		e, ok = parseBeginning(line)
	} else {
		e, ok = parseEntry(line, t.hash)
	}
	if !ok {
		return backend.Trace{}, false
	}
	t.follow(&e)
	stale := !t.known.IsZero() && !e.At.IsZero() && !e.At.After(t.known)
	if e.At.After(t.newest) {
		t.newest = e.At
	}
	if stale {
		return backend.Trace{}, false
	}
	e.SessionID, e.AgentID, e.SessionKey = t.session, t.agent, t.r.keys[t.session]
	return e.Trace, true
}

// follow finds a person's words said again by OpenClaw: the same, right after
// another model's turn began, and nobody answered between.
func (t *talk) follow(e *entry) {
	switch e.Kind {
	case backend.TraceCandidate:
		if t.heard && t.model != (backend.ModelRef{}) && e.Candidate != t.model {
			t.switched = true
		}
		t.model = e.Candidate
	case backend.TraceUser:
		if t.heard && t.switched && e.said == t.said {
			e.Injected = true
		}
		if !e.Injected {
			t.said, t.heard = e.said, true
		}
		t.switched = false
	case backend.TraceAnswer:
		if e.Words && e.Stop != "error" && e.Stop != "aborted" {
			t.heard, t.switched = false, false
		}
	}
}

// primeSize is how much before the offset is looked at, to know what was said
// last when we begin in the midst of a conversation.
const primeSize = 256 << 10

// prime looks at what stands before the offset, and tells nothing of it.
func (t *talk) prime(s seen, offset int64) {
	t.primed = true
	if offset == 0 {
		return
	}
	file, err := open(s)
	if err != nil {
		return
	}
	defer file.Close()
	from := max(0, offset-primeSize)
	t.r.scan.start(io.NewSectionReader(file, from, offset-from), from, from > 0)
	for t.r.scan.next() {
		if e, ok := parseEntry(t.r.scan.line, t.hash); ok && !t.r.scan.long {
			t.follow(&e)
		}
	}
}

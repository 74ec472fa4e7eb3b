package journal

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"hash/fnv"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"pilotlight/backend"
)

// maxIndex is the largest session index that is read, in bytes.
const maxIndex = 8 << 20

// index is a session index: what its entries said last.
type index struct {
	seen
	known map[uint64]bool // hashes of the entries as they were told of
}

// readIndex tells of the entries of a session index whose meaning changed. Its only
// error is ctx's.
func (r *Reader) readIndex(ctx context.Context, path string) error {
	s, err := look(path)
	if err != nil {
		return nil //nolint:nilerr // none: an OpenClaw that keeps its sessions elsewhere
	}
	x := r.indexes[path]
	if x == nil {
		x = &index{}
		r.indexes[path] = x
	}
	if x.id == s.id && x.size == s.size && x.changed.Equal(s.changed) {
		return nil
	}
	if s.size > maxIndex {
		r.cfg.Log.Warn("OpenClaw's session index is too large to be read", "path", path, "bytes", s.size)
		x.seen = s
		return nil
	}
	list, err := readSessions(s)
	if err != nil {
		return nil //nolint:nilerr // being written just now; it will change again
	}
	x.seen = s
	news, hashes := r.newSessions(list, x.known, path)
	if len(news) == 0 && len(hashes) == len(x.known) {
		return nil
	}
	c := backend.Cursor{
		Path: path, Device: s.id.device, Inode: s.id.inode, Offset: s.size, Mark: formatMark(hashes), ReadAt: r.cfg.Now(),
	}
	if err := r.hand(ctx, Batch{Traces: news, Cursors: []backend.Cursor{c}, Backfill: r.first}); err != nil {
		return err
	}
	x.known = hashes
	return nil
}

func readSessions(s seen) ([]backend.Trace, error) {
	f, err := open(s)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text := make([]byte, 0, s.size+1)
	for len(text) <= maxIndex {
		n, err := f.Read(text[len(text):min(cap(text), maxIndex+1)])
		text = text[:len(text)+n]
		if err == io.EOF {
			return ParseSessions(text)
		}
		if err != nil {
			return nil, err
		}
		if len(text) == cap(text) {
			text = slices.Grow(text, 4096)
		}
	}
	return nil, io.ErrShortBuffer
}

// newSessions are the entries that are not known as they are, the newest at most,
// and the hashes of all. Entries that nobody touched for long are only noted.
func (r *Reader) newSessions(list []backend.Trace, known map[uint64]bool, path string) ([]backend.Trace, map[uint64]bool) {
	slices.SortFunc(list, func(a, b backend.Trace) int { return a.At.Compare(b.At) })
	list = list[max(0, len(list)-maxSessions):]
	var news []backend.Trace
	hashes := make(map[uint64]bool, len(list))
	for _, t := range list {
		r.knowKey(t)
		h := meaning(t)
		hashes[h] = true
		old := !t.At.IsZero() && r.cfg.Now().Sub(t.At) > oldTranscript
		if known[h] || old {
			continue
		}
		if t.At.IsZero() {
			t.At = r.cfg.Now().UTC()
		}
		t.Ref = filepath.Base(path)
		news = append(news, t)
	}
	return news, hashes
}

// knowKey remembers which key a session goes by.
func (r *Reader) knowKey(t backend.Trace) {
	if len(r.keys) >= maxKeys {
		clear(r.keys) // filled again with what is there now
	}
	r.keys[t.SessionID] = t.SessionKey
}

// meaning is a hash of what an entry says of models. It is the same over restarts.
func meaning(t backend.Trace) uint64 {
	h := fnv.New64a()
	for _, s := range []string{t.SessionKey, t.SessionID, t.Candidate.String(), t.Requested.String(), t.Override, t.Notice, t.Reason} {
		_, _ = io.WriteString(h, s)
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// A mark of hashes is their bytes in base64, sorted, so that the same set has one
// mark.
func formatMark(hashes map[uint64]bool) string {
	list := make([]uint64, 0, len(hashes))
	for h := range hashes {
		list = append(list, h)
	}
	slices.Sort(list)
	b := make([]byte, 0, 8*len(list))
	for _, h := range list {
		b = binary.BigEndian.AppendUint64(b, h)
	}
	return base64.RawStdEncoding.EncodeToString(b)
}

func parseMark(mark string) map[uint64]bool {
	mark, _, _ = strings.Cut(mark, " ")
	b, err := base64.RawStdEncoding.DecodeString(mark)
	if err != nil {
		return nil
	}
	hashes := map[uint64]bool{}
	for ; len(b) >= 8 && len(hashes) < maxSessions; b = b[8:] {
		hashes[binary.BigEndian.Uint64(b)] = true
	}
	return hashes
}

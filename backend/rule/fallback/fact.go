package fallback

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// maxWord bounds an id, a name, a reason; what OpenClaw writes is shorter.
	maxWord = 200
	// maxPrevious bounds the failed candidates that a decision repeats.
	maxPrevious = 16
	// maxSeen bounds how many sightings of one fact are told apart. OpenClaw
	// 2026.9 tries a model ten times at most.
	maxSeen = 16
	// maxSpan bounds a duration that a line tells; longer is a misreading.
	maxSpan = 24 * time.Hour
)

// fact is a trace as it is kept: cleaned, and with its repetitions folded in.
// Trace.At is the first sighting.
type fact struct {
	backend.Trace
	last time.Time
	sig  uint64  // what its sightings share
	seen []int64 // when each sighting was, in Unix milliseconds, sorted
}

// count is how often it was seen, as far as that is told apart.
func (f fact) count() int { return len(f.seen) }

// newFact cleans a trace; false is one that cannot be placed in time.
func newFact(t backend.Trace) (fact, bool) {
	if y := t.At.Year(); y < 2000 || y > 2200 {
		return fact{}, false
	}
	t.At = t.At.UTC().Truncate(time.Millisecond)
	for _, s := range []*string{
		&t.RunID, &t.SessionID, &t.SessionKey, &t.AgentID, &t.Lane, &t.TraceID, &t.Decision, &t.Final, &t.Reason, &t.Code,
		&t.Stop, &t.Override, &t.Notice, &t.Requested.Provider, &t.Requested.Model, &t.Candidate.Provider,
		&t.Candidate.Model, &t.Next.Provider, &t.Next.Model, &t.Ref,
	} {
		*s = clip(*s, maxWord)
	}
	t.Detail = clip(t.Detail, backend.MaxDetail)
	if t.Duration < 0 || t.Duration > maxSpan {
		t.Duration = 0
	}
	t.Tries, t.Attempt, t.Total = sane(t.Tries), sane(t.Attempt), sane(t.Total)
	if t.Status < 100 || t.Status > 599 {
		t.Status = 0
	}
	t.Previous = cleanPrevious(t.Previous)
	if t.SessionKey == "" {
		t.SessionKey, _ = strings.CutPrefix(t.Lane, "session:")
		if t.SessionKey == t.Lane {
			t.SessionKey = ""
		}
	}
	sig := signature(t)
	return fact{Trace: t, last: t.At, sig: sig, seen: []int64{t.At.UnixMilli()}}, true
}

// sane is a small count, or 0 for what cannot be one.
func sane(n int) int {
	if n < 0 || n > 1000 {
		return 0
	}
	return n
}

func cleanPrevious(list []backend.Attempt) []backend.Attempt {
	if len(list) == 0 {
		return nil
	}
	list = slices.Clone(list[:min(len(list), maxPrevious)])
	for i := range list {
		a := &list[i]
		a.Model, a.Reason, a.Code = clip(a.Model, 2*maxWord), clip(a.Reason, maxWord), clip(a.Code, maxWord)
		a.Detail = clip(a.Detail, backend.MaxDetail)
		if y := a.At.Year(); y < 2000 || y > 2200 {
			a.At = backend.Time{}
		}
		a.StartedAt = nil
	}
	return list
}

// clip makes s valid, one line and at most n bytes long.
func clip(s string, n int) string {
	if len(s) > 4*n {
		s = s[:4*n]
	}
	s = strings.ToValidUTF8(s, "")
	if strings.ContainsFunc(s, control) {
		s = strings.TrimSpace(strings.Map(func(r rune) rune {
			if control(r) {
				return ' '
			}
			return r
		}, s))
	}
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

func control(r rune) bool {
	return r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r >= 0x80 && r < 0xa0
}

// signature is what two sightings of one fact share. Where it stands is left
// out: a line that is read again from a renamed file is the same line.
func signature(t backend.Trace) uint64 {
	h := hash(14695981039346656037)
	for _, s := range []string{
		string(t.Kind), string(t.Source), t.RunID, t.SessionID, t.SessionKey, t.Lane, t.Requested.Provider,
		t.Requested.Model, t.Candidate.Provider, t.Candidate.Model, t.Next.Provider, t.Next.Model, t.Decision,
		t.Final, t.Reason, t.Code, t.Stop, t.Detail,
	} {
		h.text(s)
	}
	for _, n := range []int{t.Attempt, t.Total, t.Status, t.Tries, int(t.Duration / time.Millisecond), bit(t.TimedOut), bit(t.Injected), bit(t.Words)} {
		h.number(uint64(n))
	}
	return uint64(h)
}

// hash is 64-bit FNV-1a, which stays the same over restarts.
type hash uint64

func (h *hash) byte(b byte) { *h = (*h ^ hash(b)) * 1099511628211 }

func (h *hash) text(s string) {
	for i := range len(s) {
		h.byte(s[i])
	}
	h.byte(0)
}

func (h *hash) number(n uint64) {
	for range 8 {
		h.byte(byte(n))
		n >>= 8
	}
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// absorb folds another sighting of the same fact into f; false says that every
// sighting of it was known.
func (f *fact) absorb(o fact) bool {
	changed := false
	for _, id := range o.seen {
		at, known := slices.BinarySearch(f.seen, id)
		if known || len(f.seen) >= maxSeen {
			continue
		}
		f.seen = slices.Insert(f.seen, at, id)
		changed = true
	}
	if o.At.Before(f.At) {
		f.At, changed = o.At, true
	}
	if o.last.After(f.last) {
		f.last, changed = o.last, true
	}
	return changed
}

// inOrder sorts facts so that every order of arrival ends in one list: by time,
// then by what must come first within a millisecond, then by content.
func inOrder(a, b fact) int {
	if c := a.At.Compare(b.At); c != 0 {
		return c
	}
	if c := cmp.Compare(rank[a.Kind], rank[b.Kind]); c != 0 {
		return c
	}
	return cmp.Compare(a.sig, b.sig)
}

// rank is the order of kinds within one millisecond, as OpenClaw writes them.
var rank = map[backend.TraceKind]int{
	backend.TraceChosen: 1, backend.TraceCandidate: 2, backend.TraceUser: 3, backend.TraceTransport: 4,
	backend.TraceAnswer: 5, backend.TraceRunEnd: 6, backend.TraceRunTimeout: 7, backend.TraceRetry: 8,
	backend.TraceFailover: 9, backend.TraceLane: 10, backend.TraceDecision: 11, backend.TraceStopped: 12,
	backend.TraceSwitched: 13, backend.TraceContext: 14,
}

// insert puts f into a sorted list; false says that it was there.
func insert(list []fact, f fact) ([]fact, bool) {
	at, known := slices.BinarySearchFunc(list, f, inOrder)
	if known {
		return list, false
	}
	return slices.Insert(list, at, f), true
}

package fallback

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// maxSave bounds what Save gives, maxOpened what Restore unpacks.
	maxSave   = 64 << 10
	maxOpened = 16 << 20
	// saveVersion changes when an older Save cannot be read any more.
	saveVersion = 2
	// MostRecalled is how many records Recall makes use of.
	MostRecalled = maxTold
)

// saved is the Assembler on paper.
type saved struct {
	Version int           `json:"v"`
	Taken   int           `json:"n"`
	Threads []savedThread `json:"threads,omitempty"`
	Chats   []savedChat   `json:"chats,omitempty"`
	Loose   []savedFact   `json:"loose,omitempty"`
	Told    []savedTold   `json:"told,omitempty"`
}

type savedThread struct {
	Run     string      `json:"run"`
	ID      string      `json:"id,omitempty"`
	Own     bool        `json:"o,omitempty"`
	Key     string      `json:"k,omitempty"`
	Touched int         `json:"t"`
	Spent   bool        `json:"q,omitempty"`
	Facts   []savedFact `json:"f"`
}

type savedChat struct {
	ID      string      `json:"id"`
	View    Session     `json:"view"`
	Indexed time.Time   `json:"i,omitzero"`
	Named   []named     `json:"k,omitempty"`
	Touched int         `json:"t"`
	Spent   bool        `json:"q,omitempty"`
	Events  []savedFact `json:"f"`
}

type savedTold struct {
	Record backend.Fallback `json:"r"`
	Key    string           `json:"k"`
	Run    string           `json:"n,omitempty"`
	Turn   time.Time        `json:"t,omitzero"`
	Silent bool             `json:"s,omitempty"`
}

type savedFact struct {
	T    savedTrace `json:"t"`
	Last time.Time  `json:"l,omitzero"`
	Seen []int64    `json:"s"`
}

// savedTrace is backend.Trace with short names for its fields: the compiler
// says so when they differ.
type savedTrace struct {
	Kind       backend.TraceKind   `json:"k"`
	Source     backend.TraceSource `json:"s"`
	At         time.Time           `json:"a"`
	Ref        string              `json:"-"`
	RunID      string              `json:"ri,omitempty"`
	SessionID  string              `json:"si,omitempty"`
	SessionKey string              `json:"sk,omitempty"`
	AgentID    string              `json:"ai,omitempty"`
	Lane       string              `json:"la,omitempty"`
	TraceID    string              `json:"ti,omitempty"`
	Requested  backend.ModelRef    `json:"rq,omitzero"`
	Candidate  backend.ModelRef    `json:"c,omitzero"`
	Next       backend.ModelRef    `json:"nx,omitzero"`
	Decision   string              `json:"d,omitempty"`
	Attempt    int                 `json:"n,omitempty"`
	Total      int                 `json:"of,omitempty"`
	Final      string              `json:"f,omitempty"`
	Reason     string              `json:"r,omitempty"`
	Status     int                 `json:"st,omitempty"`
	Code       string              `json:"co,omitempty"`
	Detail     string              `json:"de,omitempty"`
	Tries      int                 `json:"tr,omitempty"`
	Previous   []backend.Attempt   `json:"p,omitempty"`
	Duration   time.Duration       `json:"du,omitempty"`
	TimedOut   bool                `json:"to,omitempty"`
	Stop       string              `json:"sp,omitempty"`
	Words      bool                `json:"w,omitempty"`
	Injected   bool                `json:"in,omitempty"`
	Override   string              `json:"ov,omitempty"`
	Notice     string              `json:"no,omitempty"`
}

// Save writes the assembler down, so that a restart in the middle of a run
// loses nothing. It is at most 64 KiB: where that is too little, what was
// touched longest ago is left out.
func (a *Assembler) Save() []byte {
	whole := a.paper()
	for share := 1; ; share *= 2 {
		b := pack(whole.newest(share))
		if len(b) <= maxSave {
			return b
		}
		if share > 2*maxThreads {
			return pack(saved{Version: saveVersion, Taken: a.taken})
		}
	}
}

// paper lists everything, what was touched last at the end.
func (a *Assembler) paper() saved {
	s := saved{Version: saveVersion, Taken: a.taken}
	for _, th := range a.threads {
		s.Threads = append(s.Threads, savedThread{Run: th.run, ID: th.id, Own: th.nameless, Key: th.key, Touched: th.touched, Spent: th.hush.spent, Facts: saveFacts(th.facts)})
	}
	slices.SortFunc(s.Threads, func(x, y savedThread) int { return x.Touched - y.Touched })
	for _, c := range a.chats {
		s.Chats = append(s.Chats, savedChat{
			ID: c.id, View: c.view, Indexed: c.indexed, Named: c.named, Touched: c.touched, Spent: c.hush.spent, Events: saveFacts(c.events),
		})
	}
	slices.SortFunc(s.Chats, func(x, y savedChat) int { return x.Touched - y.Touched })
	s.Loose = saveFacts(a.loose)
	for _, t := range a.told {
		s.Told = append(s.Told, savedTold{Record: t.record, Key: t.record.Key, Run: t.run, Turn: t.turnID, Silent: t.silent})
	}
	return s
}

// newest is a share of it, one in so many of each list.
func (s saved) newest(share int) saved {
	s.Threads, s.Chats = tail(s.Threads, share), tail(s.Chats, share)
	s.Loose, s.Told = tail(s.Loose, share), tail(s.Told, share)
	return s
}

func tail[T any](list []T, share int) []T { return list[len(list)-len(list)/share:] }

func saveFacts(list []fact) []savedFact {
	out := make([]savedFact, len(list))
	for i, f := range list {
		out[i] = savedFact{T: savedTrace(f.Trace), Seen: f.seen}
		if f.last.After(f.At) {
			out[i].Last = f.last
		}
	}
	return out
}

func pack(s saved) []byte {
	text, err := json.Marshal(s)
	if err != nil {
		return nil // no value of ours can fail: the times were checked
	}
	if len(text) <= smallSave {
		return stored(text)
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		return nil
	}
	_, _ = w.Write(text) // a bytes.Buffer takes all
	_ = w.Close()
	return b.Bytes()
}

// smallSave is what is not worth compressing: the compressor takes more than half a
// megabyte of memory for each use, and this is written with every line of a log.
const smallSave = 4 << 10

// stored is text as flate has it uncompressed: one block, its last (RFC 1951,
// section 3.2.4). It has to be shorter than 64 KiB.
func stored(text []byte) []byte {
	n := uint16(len(text))
	return append([]byte{1, byte(n), byte(n >> 8), byte(^n), byte(^n >> 8)}, text...)
}

// Restore reads what Save wrote. What it does not understand is an error, and
// then a new assembler is the way on. Silence is counted anew: what was said
// while nobody listened is still to be read.
func Restore(b []byte) (*Assembler, error) {
	text, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), maxOpened))
	if err != nil {
		return nil, fmt.Errorf("unpack the fallback assembler: %w", err)
	}
	var s saved
	if err := json.Unmarshal(text, &s); err != nil {
		return nil, fmt.Errorf("read the fallback assembler: %w", err)
	}
	if s.Version != saveVersion {
		return nil, fmt.Errorf("read the fallback assembler: version %d is not %d", s.Version, saveVersion)
	}
	a := New()
	a.taken = s.Taken
	for _, t := range tailOf(s.Threads, maxThreads) {
		facts := openFacts(t.Facts, maxFacts)
		if len(facts) == 0 {
			continue
		}
		a.threads[t.Run] = &thread{run: t.Run, id: t.ID, nameless: t.Own, key: t.Key, touched: t.Touched, hush: hush{spent: t.Spent}, gist: gist{facts: facts}}
	}
	for _, c := range tailOf(s.Chats, maxChats) {
		a.chats[c.ID] = &chat{
			id: c.ID, view: c.View, indexed: c.Indexed, named: tailOf(c.Named, 2*maxTurns), touched: c.Touched, hush: hush{spent: c.Spent}, events: openFacts(c.Events, 2*maxEvents),
		}
	}
	for _, th := range a.threads {
		slices.SortFunc(th.facts, inOrder)
	}
	for _, c := range a.chats {
		slices.SortFunc(c.events, inOrder)
	}
	a.loose = openFacts(s.Loose, maxLoose)
	for _, t := range tailOf(s.Told, maxTold) {
		if t.Record.EndedAt == nil {
			continue // no record of ours is without
		}
		t.Record.Key = t.Key
		a.told = append(a.told, told{record: t.Record, run: t.Run, turnID: t.Turn.UTC(), silent: t.Silent})
	}
	return a, nil
}

// Recall is an assembler that has heard nothing yet but knows what was told: where what
// Save wrote is lost, the history still has the records. What comes of one of their runs,
// as its transcript after its log, is added to it instead of told as another.
// rows are the latest MostRecalled of the history, the earliest first.
func Recall(rows []backend.Fallback) *Assembler {
	a := New()
	for _, r := range tailOf(rows, maxTold) {
		if r.EndedAt == nil || r.Key == "" {
			continue // no record of ours is without
		}
		r.ID, r.OpenClawVersion, r.Cause = 0, "", backend.Cause{}
		name, named := strings.CutPrefix(r.Key, keyOfRun)
		if !named {
			name = "" // it was told without a thread
		}
		a.told = append(a.told, told{record: r, run: name, silent: r.Outcome == backend.Stopped})
	}
	return a
}

func tailOf[T any](list []T, n int) []T { return list[max(0, len(list)-n):] }

// openFacts cleans what was read as if it came from OpenClaw.
func openFacts(list []savedFact, n int) []fact {
	out := []fact{}
	for _, s := range tailOf(list, n) {
		f, ok := newFact(backend.Trace(s.T))
		if !ok {
			continue
		}
		if len(s.Seen) > 0 {
			f.seen = slices.Compact(slices.Sorted(slices.Values(s.Seen[:min(len(s.Seen), maxSeen)])))
		}
		if y := s.Last.Year(); s.Last.After(f.At) && y < 2200 {
			f.last = s.Last.UTC()
		}
		out = append(out, f)
	}
	return out
}

package store_test

import (
	"math"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// some are n made-up fallbacks.
func some(n int) []backend.Fallback { return storetest.Fallbacks(0, n, n, clock) }

// readBack checks that each is what reading it gives.
func readBack(t *testing.T, s *store.Store, stored []backend.Fallback) {
	t.Helper()
	for _, want := range stored {
		got, err := s.Fallback(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("read back %+v\nwant %+v", got, want)
		}
	}
}

func TestRecordJournalReadsBack(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	list := append(some(20), backend.Fallback{Key: "bare"}, backend.Fallback{Key: "odd", Outcome: "melted",
		At: backend.Time{Time: clock.Add(1234567 * time.Nanosecond).In(time.FixedZone("x", 3600))}, Answered: ptr(""),
		Attempts: []backend.Attempt{{Decision: "teleported", Tries: ptr(0), Status: ptr(0), StartedAt: &backend.Time{}}},
		Cause: backend.Cause{Code: "sunspots", Evidence: []backend.Evidence{{Kind: "telescope"}},
			Remedy: &backend.Remedy{Context: ptr(0), Seconds: ptr(0.0)}}})
	stored := record(t, s, list...)
	for i, f := range stored {
		if f.ID != int64(i+1) {
			t.Errorf("id %d, want %d", f.ID, i+1)
		}
	}
	want := list[0]
	want.ID = 1
	if !reflect.DeepEqual(stored[0], want) {
		t.Errorf("stored %+v\nwant %+v", stored[0], want)
	}
	bare, odd := stored[20], stored[21]
	if !bare.At.Equal(clock) || bare.Attempts == nil || bare.Cause.Evidence == nil || bare.LostSeconds != nil {
		t.Errorf("a bare fallback became %+v", bare)
	}
	if got, want := odd.At.String(), "2026-05-04T03:02:01.001Z"; got != want || odd.Answered != nil || odd.Outcome != "melted" {
		t.Errorf("time %s, want %s; %+v", got, want, odd)
	}
	closeStore(t, s)
	readBack(t, open(t, path), stored)
}

func TestRecordJournalKeepsIDs(t *testing.T) {
	s := open(t, tempDB(t))
	first := record(t, s, some(3)...)
	changed := first[1]
	changed.Answered, changed.Outcome, changed.LostSeconds = nil, backend.Exhausted, nil
	changed.At = backend.At(changed.At.Add(-time.Hour))
	changed.Attempts = changed.Attempts[:1]
	changed.Cause = backend.Cause{Code: backend.FellUnknown, Evidence: []backend.Evidence{}}
	changed.ID = 99 // of no account: the key tells
	fresh := storetest.Fallback(7, 9, clock)
	stored := record(t, s, fresh, changed, first[2])
	changed.ID = first[1].ID
	fresh.ID = 4 // what was updated before used up no id
	if want := []backend.Fallback{fresh, changed, first[2]}; !reflect.DeepEqual(stored, want) {
		t.Errorf("stored %+v\nwant %+v", stored, want)
	}
	readBack(t, s, append(stored, first[0]))
	if got := len(allFallbacks(t, s, backend.FallbackQuery{})); got != 4 {
		t.Errorf("%d rows, want 4", got)
	}
}

// Of two with one key the later counts, and both come back as it.
func TestRecordJournalSameKeyTwice(t *testing.T) {
	s := open(t, tempDB(t))
	a, b := some(2)[0], some(2)[1]
	b.Key = a.Key
	stored := record(t, s, a, b)
	b.ID = 1
	if !reflect.DeepEqual(stored, []backend.Fallback{b, b}) {
		t.Errorf("stored %+v", stored)
	}
	// Without a key the content is the key.
	a.Key, b.Key = "", ""
	for range 2 {
		if stored = record(t, s, a, b); stored[0].ID != 2 || stored[1].ID != 3 || stored[0].Key == "" {
			t.Errorf("stored %+v", stored)
		}
	}
	// Keys that differ only after the cut stay apart.
	a.Key, b.Key = strings.Repeat("k", 5000)+"a", strings.Repeat("k", 5000)+"b"
	for range 2 {
		if stored = record(t, s, a, b); stored[0].ID != 4 || stored[1].ID != 5 || len(stored[0].Key) > 256 {
			t.Errorf("stored %+v", stored)
		}
	}
}

// A batch that is there already writes nothing, neither rows nor log.
func TestRecordJournalWritesOnlyChanges(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	j := store.Journal{Fallbacks: some(30), State: []byte("state"), Gone: []string{"/none"},
		Cursors: []backend.Cursor{{Path: "/a", Inode: 7, Offset: 9, Head: []byte{1}, ReadAt: clock}, {Path: "/b", ReadAt: clock}}}
	first, err := s.RecordJournal(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	state := func() (changes int64, log int64) {
		if err := s.Writer().QueryRowContext(t.Context(), "SELECT total_changes()").Scan(&changes); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path + "-wal")
		if err != nil {
			t.Fatal(err)
		}
		return changes, info.Size()
	}
	changes, log := state()
	again, err := s.RecordJournal(t.Context(), j)
	if err != nil || !reflect.DeepEqual(again, first) {
		t.Errorf("the same batch gave %+v, %v", again, err)
	}
	if c, l := state(); c != changes || l != log {
		t.Errorf("the same batch made %d changes and %d bytes of log", c-changes, l-log)
	}
	j.Fallbacks[3].Reason = "another"
	if _, err := s.RecordJournal(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	// The row and its new kind.
	if c, _ := state(); c != changes+2 {
		t.Errorf("one new reason made %d changes, want 2", c-changes)
	}
}

func TestRecordJournalAllOrNothing(t *testing.T) {
	s := open(t, tempDB(t))
	before := store.Journal{Fallbacks: some(1), State: []byte("old"), Cursors: []backend.Cursor{{Path: "/a", Offset: 1}, {Path: "/gone"}}}
	if _, err := s.RecordJournal(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	mustExec(t, s.Writer(), `CREATE TRIGGER stop BEFORE INSERT ON state BEGIN SELECT raise(ABORT, 'no'); END`)
	after := store.Journal{Fallbacks: some(9), State: []byte("new"), Gone: []string{"/gone"}, Cursors: []backend.Cursor{{Path: "/a", Offset: 2}}}
	if _, err := s.RecordJournal(t.Context(), after); err == nil {
		t.Fatal("the bad batch was taken")
	}
	cursors, err := s.Cursors(t.Context())
	if err != nil || len(cursors) != 2 || cursors[0].Offset != 1 {
		t.Errorf("cursors %+v, %v", cursors, err)
	}
	if got := len(allFallbacks(t, s, backend.FallbackQuery{})); got != 1 {
		t.Errorf("%d fallbacks, want 1", got)
	}
	if got, err := s.State(t.Context(), "journal"); string(got) != "old" || err != nil {
		t.Errorf("state %q, %v", got, err)
	}
}

func TestCursors(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	want := []backend.Cursor{
		{Path: "/a\xff/\xfe", Device: math.MaxUint64, Inode: 1 << 63, Offset: math.MaxInt64, Head: []byte{0, 1}, Mark: "m", ReadAt: clock},
		{Path: "/b", Offset: 3, Head: []byte{}, ReadAt: clock.Add(time.Millisecond)},
	}
	write := func(j store.Journal) {
		t.Helper()
		if _, err := s.RecordJournal(t.Context(), j); err != nil {
			t.Fatal(err)
		}
	}
	check := func(want ...backend.Cursor) {
		t.Helper()
		got, err := s.Cursors(t.Context())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("cursors %+v, %v\nwant %+v", got, err, want)
		}
	}
	write(store.Journal{Cursors: want, State: []byte{}})
	check(want...)
	// A name that comes back in the batch that says it is gone is there again.
	want[1].Inode, want[1].Offset = 8, 1
	write(store.Journal{Gone: []string{"/a\xff/\xfe", "/b", "/none"}, Cursors: want[1:]})
	check(want[1])
	if got, err := s.State(t.Context(), "journal"); got == nil || len(got) != 0 || err != nil {
		t.Errorf("a nil state replaced the empty one: %v, %v", got, err)
	}
	// What no file can have is left out, and a zero time is now.
	write(store.Journal{State: []byte("x"), Cursors: []backend.Cursor{{Path: strings.Repeat("x", 4097)},
		{Path: "/h", Head: make([]byte, 129)}, {Path: "/m", Mark: strings.Repeat("m", 1025)}, {Path: "/z", Head: []byte{2}}}})
	check(want[1], backend.Cursor{Path: "/z", Head: []byte{2}, ReadAt: clock})
	closeStore(t, s)
	s = open(t, path)
	check(want[1], backend.Cursor{Path: "/z", Head: []byte{2}, ReadAt: clock})
	write(store.Journal{State: make([]byte, 1<<20+1)})
	if got, err := s.State(t.Context(), "journal"); got != nil || err != nil {
		t.Errorf("too large a state left %d bytes, %v", len(got), err)
	}
}

func TestRecordJournalLimits(t *testing.T) {
	s := open(t, tempDB(t))
	for _, j := range []store.Journal{{Fallbacks: make([]backend.Fallback, 10_001)},
		{Cursors: make([]backend.Cursor, 10_001)}, {Gone: make([]string, 10_001)}} {
		_, err := s.RecordJournal(t.Context(), j)
		wantError(t, err, backend.CodeInvalid)
	}
	if got, err := s.RecordJournal(t.Context(), store.Journal{}); len(got) != 0 || err != nil {
		t.Errorf("an empty batch gave %v, %v", got, err)
	}
}

// Whatever stands in OpenClaw's files, the batch is stored and can be read.
func TestRecordJournalTakesAnything(t *testing.T) {
	s := open(t, tempDB(t))
	huge := strings.Repeat("é\x00\xff", 3_000_000)
	for name, evil := range map[string]string{"nul": "a\x00c", "invalid": "a\xffb", "huge": huge, "half": "\xe2\x82", "quotes": `"';--\` + "\n"} {
		for _, number := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), -1, math.MaxFloat64} {
			f := spoiled(evil, number)
			f.Key = name + evil
			stored := record(t, s, f)
			readBack(t, s, stored)
			got := stored[0]
			if got.LostSeconds != nil || got.Cause.Remedy.Seconds != nil {
				t.Errorf("%v became a span of time", number)
			}
			if len(got.Attempts) != 64 || got.Attempts[63].Model != "last" || len(got.Cause.Evidence) != 32 {
				t.Errorf("%d attempts, %d pieces of evidence", len(got.Attempts), len(got.Cause.Evidence))
			}
			for _, kept := range []string{got.Requested, *got.Answered, string(got.Outcome), got.Attempts[0].Detail, got.Cause.Summary} {
				if len(kept) > 600 || !utf8.ValidString(kept) || strings.Contains(kept, "\x00") {
					t.Errorf("%s was kept as %q", name, kept)
				}
			}
			// The filter is cut like the name.
			page, err := s.Fallbacks(t.Context(), backend.FallbackQuery{Model: evil, Session: evil, Reason: evil, Outcome: backend.Outcome(evil), Cause: backend.CauseCode(evil)})
			if err != nil || len(page.Items) != 1 {
				t.Errorf("%s: the filters found %d, %v", name, len(page.Items), err)
			}
		}
	}
}

// spoiled is a fallback with one text, one number and times out of range everywhere.
func spoiled(evil string, number float64) backend.Fallback {
	far, early := backend.Time{Time: time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)}, backend.Time{Time: time.Unix(-1<<40, 0)}
	a := backend.Attempt{Model: evil, At: early, StartedAt: &far, Decision: backend.Decision(evil), Reason: evil, Code: evil, Detail: evil, Status: ptr(-1)}
	e := backend.Evidence{Kind: backend.EvidenceKind(evil), Ref: evil, At: far, Text: evil}
	f := backend.Fallback{At: far, EndedAt: &early, Source: evil, OpenClawVersion: evil, RunID: evil, SessionID: evil, SessionKey: evil,
		AgentID: evil, Requested: evil, Answered: &evil, Outcome: backend.Outcome(evil), Reason: evil, LostSeconds: &number,
		Cause: backend.Cause{Code: backend.CauseCode(evil), Summary: evil, Confidence: backend.Confidence(evil),
			Remedy: &backend.Remedy{Text: evil, Action: backend.RemedyAction(evil), Label: evil, Model: evil, Server: evil, Seconds: &number}}}
	for range 100 {
		f.Attempts, f.Cause.Evidence = append(f.Attempts, a), append(f.Cause.Evidence, e)
	}
	f.Attempts[99].Model = "last"
	return f
}

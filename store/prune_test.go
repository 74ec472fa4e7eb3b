package store_test

import (
	"os"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// Real limits: two years, and what is still loaded stays.
func TestPruneByAge(t *testing.T) {
	s := open(t, tempDB(t))
	old := sample(0)
	old.At = backend.At(clock.Add(-2*365*24*time.Hour - time.Second))
	old.InstanceID = "still loaded"
	gone := old
	gone.InstanceID = "gone"
	bye := gone
	bye.Event = backend.Unloaded
	edge := sample(1)
	edge.At = backend.At(clock.Add(-2 * 365 * 24 * time.Hour))
	stored := add(t, s, old, gone, bye, edge)
	rows, err := s.Prune(t.Context())
	if err != nil || rows != 2 {
		t.Errorf("prune deleted %d rows, %v; want 2", rows, err)
	}
	got := allLoads(t, s)
	if len(got) != 2 || got[0].ID != stored[3].ID || got[1].ID != stored[0].ID {
		t.Errorf("left are %+v", got)
	}
	if _, err := s.Load(t.Context(), stored[1].ID); backend.CodeOf(err) != backend.CodeNotFound {
		t.Errorf("a pruned row: %v", err)
	}
	if got := add(t, s, sample(2))[0].ID; got != stored[3].ID+1 {
		t.Errorf("next id %d, want %d", got, stored[3].ID+1)
	}
}

// Ids of pruned rows do not come back, even when all rows went.
func TestPrunedIDsAreNotReused(t *testing.T) {
	path := tempDB(t)
	s, _ := openWith(t, path, store.Settings{KeepAge: time.Minute})
	row := sample(1)
	row.At = backend.At(clock.Add(-time.Hour))
	add(t, s, row, row, row)
	if rows, err := s.Prune(t.Context()); err != nil || rows != 3 {
		t.Fatalf("prune: %d, %v", rows, err)
	}
	closeStore(t, s)
	if got := add(t, open(t, path), row)[0].ID; got != 4 {
		t.Errorf("next id %d, want 4", got)
	}
}

// One call is bounded, and what it frees goes back to the disk.
func TestPruneIsBoundedAndShrinks(t *testing.T) {
	path := filled(t, 4000)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	s, _ := openWith(t, path, store.Settings{KeepRows: 500, PruneBatch: 100, PruneRounds: 20})
	for _, want := range []int64{2000, 1500, 0} {
		if rows, err := s.Prune(t.Context()); err != nil || rows != want {
			t.Errorf("prune deleted %d rows, %v; want %d", rows, err, want)
		}
	}
	if got := len(allLoads(t, s)); got != 500 {
		t.Errorf("%d rows left, want 500", got)
	}
	closeStore(t, s)
	after, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if after.Size() > before.Size()/3 {
		t.Errorf("%d bytes before, %d after", before.Size(), after.Size())
	}
}

// Real limits: two years for fallbacks and changes, 90 days for cursors; how a
// server stands is kept, and kinds go with their last fallback.
func TestPruneJournalByAge(t *testing.T) {
	s := open(t, tempDB(t))
	edge := clock.Add(-2 * 365 * 24 * time.Hour)
	list := some(3)
	list[0].At, list[0].Reason = backend.At(edge.Add(-time.Millisecond)), "of the old one alone"
	list[1].At = backend.At(edge)
	j := store.Journal{Fallbacks: list, Cursors: []backend.Cursor{
		{Path: "/old", ReadAt: clock.Add(-90*24*time.Hour - time.Millisecond)}, {Path: "/new", ReadAt: clock.Add(-90 * 24 * time.Hour)}}}
	if _, err := s.RecordJournal(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	for i, at := range []time.Time{edge.Add(-2 * time.Hour), edge.Add(-time.Hour), edge} {
		change(t, s, backend.ServerChange{At: backend.At(at), Server: "a", State: backend.ServerUp})
		if i == 0 {
			change(t, s, backend.ServerChange{At: backend.At(at), Server: "b", State: backend.ServerUp})
		}
	}
	// The old fallback and two changes of a; the change of b is its last.
	if rows, err := s.Prune(t.Context()); err != nil || rows != 3 {
		t.Errorf("prune deleted %d rows, %v; want 3", rows, err)
	}
	if got := allFallbacks(t, s, backend.FallbackQuery{}); len(got) != 2 || got[1].ID != 2 {
		t.Errorf("left are %+v", got)
	}
	changes, err := s.ServerChanges(t.Context(), "", backend.At(edge), backend.At(clock))
	if err != nil || len(changes) != 2 || changes[0].Server != "b" {
		t.Errorf("changes left are %+v, %v", changes, err)
	}
	if got, err := s.Cursors(t.Context()); err != nil || len(got) != 1 || got[0].Path != "/new" {
		t.Errorf("cursors left are %+v, %v", got, err)
	}
	var kinds int
	if err := s.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM fallback_kinds WHERE reason LIKE 'of the old%'").Scan(&kinds); err != nil || kinds != 0 {
		t.Errorf("%d unused kinds, %v", kinds, err)
	}
}

// The newest by time stay, whatever their ids; one call is bounded for all tables
// together.
func TestPruneJournalByNumber(t *testing.T) {
	s, _ := openWith(t, tempDB(t), store.Settings{KeepRows: 100, KeepChanges: 10, PruneBatch: 30, PruneRounds: 5})
	record(t, s, storetest.Fallbacks(200, 100, 300, clock)...)
	record(t, s, storetest.Fallbacks(0, 200, 300, clock)...) // back-filled
	for i := range 40 {
		change(t, s, backend.ServerChange{At: backend.At(clock.Add(time.Duration(i) * time.Second)), Server: "a", State: backend.ServerUp})
	}
	for _, want := range []int64{150, 80, 0} {
		if rows, err := s.Prune(t.Context()); err != nil || rows != want {
			t.Errorf("prune deleted %d rows, %v; want %d", rows, err, want)
		}
	}
	all := allFallbacks(t, s, backend.FallbackQuery{})
	if len(all) != 100 || all[99].ID != 1 {
		t.Errorf("%d fallbacks left, the oldest %d", len(all), all[len(all)-1].ID)
	}
}

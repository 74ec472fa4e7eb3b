package store_test

import (
	"os"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
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

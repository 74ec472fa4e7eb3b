package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

func prune(t *testing.T, s *store.Store, want ...int64) {
	t.Helper()
	for _, n := range want {
		if rows, err := s.Prune(t.Context()); err != nil || rows != n {
			t.Errorf("prune deleted %d rows, %v; want %d", rows, err, n)
		}
	}
}

// ids are the ids of a path's revisions, newest first.
func ids(t *testing.T, s *store.Store, path string) string {
	t.Helper()
	list := []int64{}
	for _, r := range allRevisions(t, s, path, 1000) {
		list = append(list, r.ID)
	}
	return strings.Trim(fmt.Sprint(list), "[]")
}

// The real limit: two years. The newest of a path stays, however old.
func TestPruneRevisionsByAge(t *testing.T) {
	s := open(t, tempDB(t))
	edge := clock.Add(-2 * 365 * 24 * time.Hour)
	for i, at := range []time.Time{edge.Add(-time.Hour), edge.Add(-time.Millisecond), edge, clock} {
		r := revision(i)
		r.At = backend.At(at)
		keep(t, s, r)
		r.Path = "/old"
		if i < 2 {
			keep(t, s, r)
		}
	}
	prune(t, s, 3, 0)
	if got := ids(t, s, storetest.ConfigPath); got != "6 5" {
		t.Errorf("left are %s", got)
	}
	if got := ids(t, s, "/old"); got != "4" {
		t.Errorf("left of the old path are %s", got)
	}
	checkWhole(t, s, 3)
	_, err := s.Revision(t.Context(), 1)
	if e := wantError(t, err, backend.CodeNotFound); !strings.Contains(e.Hint, "500") {
		t.Errorf("hint %q", e.Hint)
	}
}

// The real limit: the newest 500 of each path by id, whatever their times.
func TestPruneRevisionsByNumber(t *testing.T) {
	s := open(t, filepath.Join(quickDir(t), "pilotlight.db"))
	for i := range 520 {
		r := storetest.Revision(i, 300, clock)
		r.At = backend.At(clock.Add(-time.Duration(i) * time.Minute))
		keep(t, s, r)
	}
	other := revision(0)
	other.Path = "/other"
	keep(t, s, other)
	prune(t, s, 20, 0)
	all := allRevisions(t, s, storetest.ConfigPath, 1000)
	if len(all) != 500 || all[0].ID != 520 || all[499].ID != 21 {
		t.Errorf("%d left", len(all))
	}
	checkWhole(t, s, 501)
}

// What all paths take together is bounded; the newest of each counts first and
// stays, also where it alone takes more.
func TestPruneRevisionsBySize(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	noise := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return string(b)
	}
	path := tempDB(t)
	s, _ := openWith(t, path, store.Settings{KeepTexts: 510_000})
	old := revision(0)
	old.Path, old.Text, old.Diff = "/c", noise(100_000), ""
	keep(t, s, old)
	for i := range 12 {
		r := revision(i)
		r.Path, r.Text, r.Diff = []string{"/a", "/b", "/b"}[i%3], noise(100_000), ""
		keep(t, s, r)
	}
	left := func(want string) {
		t.Helper()
		if got := ids(t, s, "/a") + ", " + ids(t, s, "/b") + ", " + ids(t, s, "/c"); got != want {
			t.Errorf("left are %s; want %s", got, want)
		}
	}
	// 11, 13 and 1 are the newest; then 12 and 10 have room.
	prune(t, s, 8, 0)
	left("11, 13 12 10, 1")
	huge := revision(20)
	huge.Path, huge.Text = "/a", noise(600_000)
	keep(t, s, huge)
	prune(t, s, 3, 0)
	left("14, 13, 1")
	checkWhole(t, s, 3)
	// A long diff counts too, and what went is given back to the disk.
	huge.Path, huge.Text, huge.Diff = "/b", "", noise(200_000)
	keep(t, s, huge)
	prune(t, s, 1, 0)
	closeStore(t, s)
	if info, err := os.Stat(path); err != nil || info.Size() > 1_200_000 {
		t.Errorf("the file has %d bytes, %v", info.Size(), err)
	}
}

// One call is bounded for all tables together, the oldest go first, and ids do not
// come back.
func TestPruneRevisionsIsBounded(t *testing.T) {
	s, _ := openWith(t, tempDB(t), store.Settings{KeepRevisions: 3, KeepRows: 10, PruneBatch: 25, PruneRounds: 2})
	add(t, s, samples(0, 40)...)
	twoPaths(t, s, 80)
	prune(t, s, 50)
	if got := len(allRevisions(t, s, "", 1000)); got != 60 {
		t.Errorf("%d left, want 60", got)
	}
	if got := ids(t, s, "/a"); !strings.HasSuffix(got, " 21") {
		t.Errorf("left of /a are %s", got)
	}
	prune(t, s, 50, 4, 0)
	if got := ids(t, s, ""); got != "80 79 78 77 76 75" {
		t.Errorf("left are %s", got)
	}
	if got := keep(t, s, revision(100)).ID; got != 81 {
		t.Errorf("next id %d, want 81", got)
	}
}

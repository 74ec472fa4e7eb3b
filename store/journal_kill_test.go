package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// journalBatch is what reading on from fallback number from brings: n new ones,
// something newly known of the one before them, and the place that is read now,
// as the cursor and as the assembler's state.
func journalBatch(ctx context.Context, s *store.Store, from, n int) error {
	read := from + n
	j := store.Journal{
		Fallbacks: storetest.Fallbacks(from, n, 1<<20, clock),
		Cursors:   []backend.Cursor{{Path: "/log", Offset: int64(read), ReadAt: clock}},
		State:     []byte(strconv.Itoa(read)),
	}
	if from > 0 {
		again := storetest.Fallback(from-1, 1<<20, clock)
		again.Reason = fmt.Sprint("known at ", read)
		j.Fallbacks = append(j.Fallbacks, again)
	}
	_, err := s.RecordJournal(ctx, j)
	return err
}

// readSoFar is the place up to which a journal was read.
func readSoFar(ctx context.Context, s *store.Store) (int, error) {
	cursors, err := s.Cursors(ctx)
	if err != nil || len(cursors) == 0 {
		return 0, err
	}
	return int(cursors[0].Offset), nil
}

// journalUntilKilled is the helper: it reads on from where the cursor stands and
// prints where it is once that is stored.
func journalUntilKilled() int {
	ctx := context.Background()
	s, report, err := store.Open(ctx, os.Getenv("HELPER_PATH"), fixed)
	if err != nil || report.SetAside != "" {
		fmt.Fprintln(os.Stderr, "helper:", err, report)
		return 1
	}
	read, err := readSoFar(ctx, s)
	for err == nil {
		n := 1 + read%13
		if err = journalBatch(ctx, s, read, n); err == nil {
			read += n
			fmt.Println(read)
		}
	}
	fmt.Fprintln(os.Stderr, "helper:", err)
	return 1
}

// Wherever a kill falls, the cursor, the state and the rows tell of the same
// place, and it is not before one that was promised.
func TestJournalKill(t *testing.T) {
	const (
		wanted = 2000
		rounds = 25
	)
	random := rand.New(rand.NewPCG(9, 10))
	path := filepath.Join(quickDir(t), "pilotlight.db")
	promised := 0
	for kills := 1; kills <= rounds || promised < wanted; kills++ {
		if kills > 40*rounds {
			t.Fatalf("%d kills for %d rows", kills, promised)
		}
		pause := time.Duration(random.Int64N(int64(60 * time.Millisecond)))
		promised = max(promised, int(runAndKill(t, "journal", path, pause)))
		s, report := openReport(t, path)
		if report.SetAside != "" {
			t.Fatalf("set aside: %+v", report)
		}
		read, err := readSoFar(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		checkJournal(t, s, read, promised)
		closeStore(t, s)
	}
}

// checkJournal checks that all that the store has tells of one place: read.
func checkJournal(t *testing.T, s *store.Store, read, promised int) {
	t.Helper()
	at, err := readSoFar(t.Context(), s)
	if err != nil || at != read || at < promised {
		t.Fatalf("the cursor is at %d, %v; want %d, and %d were promised", at, err, read, promised)
	}
	state, err := s.State(t.Context(), "journal")
	if err != nil || (read > 0 && string(state) != strconv.Itoa(read)) {
		t.Fatalf("the state is %q, %v; the cursor is at %d", state, err, read)
	}
	all := allFallbacks(t, s, backend.FallbackQuery{})
	if len(all) != read {
		t.Fatalf("%d rows, but the cursor is at %d", len(all), read)
	}
	for i, f := range all {
		n := read - 1 - i
		want := storetest.Fallback(n, 1<<20, clock)
		if f.ID != int64(n+1) || f.Key != want.Key || (i > 0 && f.Reason != want.Reason && f.Reason[:8] != "known at") {
			t.Fatalf("row %d is %+v", n, f)
		}
	}
}

package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
	"pilotlight/store/storetest"
)

// killRevisions is how many revisions the helper keeps.
var killRevisions = store.Settings{KeepRevisions: 30}

// killRevision is the revision that the helper adds as number n. Some are longer
// than a checkpoint's worth of log.
func killRevision(n int64) backend.Revision {
	r := storetest.Revision(int(n), 2000+int(n%5)*20_000, clock)
	r.ID = n
	return r
}

// reviseUntilKilled is the helper: it adds revisions, puts a verdict on each,
// clears out old ones, and prints the number of one once it and its verdict are
// stored.
func reviseUntilKilled() int {
	ctx := context.Background()
	s, report, err := store.OpenWith(ctx, os.Getenv("HELPER_PATH"), fixed, killRevisions)
	if err != nil || report.SetAside != "" {
		fmt.Fprintln(os.Stderr, "helper:", err, report)
		return 1
	}
	latest, err := s.LatestRevision(ctx, storetest.ConfigPath)
	next := int64(1)
	if latest != nil {
		// Told again, so that it gets the verdict that a kill may have kept from it.
		next = latest.ID
	}
	for ; err == nil; next++ {
		var r backend.Revision
		if r, err = s.AddRevision(ctx, killRevision(next)); err != nil {
			break
		}
		if _, err = s.SetVerdict(ctx, r.ID, backend.ConfigVerdict{Code: backend.VerdictAccepted, At: r.At}); err != nil {
			break
		}
		fmt.Println(r.ID)
		if next%7 == 0 {
			_, err = s.Prune(ctx)
		}
	}
	fmt.Fprintln(os.Stderr, "helper:", err)
	return 1
}

// Wherever a kill falls, a revision is there with its whole text or not at all,
// and none that was promised is gone before its time.
func TestRevisionKill(t *testing.T) {
	const (
		wanted = 100
		rounds = 20
	)
	random := rand.New(rand.NewPCG(11, 12))
	path := filepath.Join(quickDir(t), "pilotlight.db")
	promised := int64(0)
	for kills := 1; kills <= rounds || promised < wanted; kills++ {
		if kills > 40*rounds {
			t.Fatalf("%d kills for %d revisions", kills, promised)
		}
		pause := time.Duration(random.Int64N(int64(60 * time.Millisecond)))
		promised = max(promised, runAndKill(t, "revisions", path, pause))
		s, report := openReport(t, path)
		if report.SetAside != "" {
			t.Fatalf("set aside: %+v", report)
		}
		checkRevised(t, s, promised)
		closeStore(t, s)
	}
}

func checkRevised(t *testing.T, s *store.Store, promised int64) {
	t.Helper()
	list := allRevisions(t, s, "", 1000)
	checkWhole(t, s, len(list))
	if len(list) == 0 && promised == 0 {
		return
	}
	if len(list) == 0 || list[0].ID < promised || list[0].ID > promised+1 || len(list) < int(min(promised, 30)) {
		t.Fatalf("%d revisions, %d were promised", len(list), promised)
	}
	for i, r := range list {
		want := killRevision(list[0].ID - int64(i))
		// A kill may fall between a revision and its verdict.
		if r.Verdict != nil || r.ID <= promised {
			want.Verdict = &backend.ConfigVerdict{Code: backend.VerdictAccepted, At: want.At}
		}
		if r.ID != want.ID {
			t.Fatalf("revision %d, want %d", r.ID, want.ID)
		}
		if isKept(t, s, want); t.Failed() {
			t.FailNow()
		}
	}
}

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
)

// killSample is sample number n of the helper: a step of 2.5 s each, so that
// rows of every level are written again and again.
func killSample(n int64) (backend.Time, []backend.Reading) {
	at := clock.Add(-20 * time.Hour).Add(time.Duration(n) * 2500 * time.Millisecond)
	return backend.At(at), []backend.Reading{
		{Name: "memory.used", Unit: backend.UnitBytes, Value: float64(n) * 65536},
		{Name: fmt.Sprint("gpu.", n/300, ".power"), Unit: backend.UnitWatts, Value: 1},
	}
}

// samplesWritten is how many samples of memory a level has.
func samplesWritten(ctx context.Context, s *store.Store, resolution backend.Resolution) (n int64, err error) {
	err = s.EachSample(ctx, backend.SampleRowQuery{Resolution: resolution}, func(r backend.SampleRow) error {
		if r.Name == "memory.used" {
			n += r.Count
		}
		return nil
	})
	return n, err
}

// sampleUntilKilled is the helper: it goes on from what is there and prints how
// many there are once they are written.
func sampleUntilKilled() int {
	ctx := context.Background()
	s, report, err := store.Open(ctx, os.Getenv("HELPER_PATH"), fixed)
	if err != nil || report.SetAside != "" {
		fmt.Fprintln(os.Stderr, "helper:", err, report)
		return 1
	}
	n, err := samplesWritten(ctx, s, backend.ResolutionHour)
	for err == nil {
		for range 1 + n%40 {
			s.AddSample(killSample(n))
			n++
		}
		if err = s.Flush(ctx); err == nil {
			fmt.Println(n)
		}
	}
	fmt.Fprintln(os.Stderr, "helper:", err)
	return 1
}

// Wherever a kill falls, all three levels tell of the same samples: all that were
// promised, none twice, none half.
func TestSamplesKill(t *testing.T) {
	const (
		wanted = 5000
		rounds = 25
	)
	random := rand.New(rand.NewPCG(11, 12))
	path := filepath.Join(quickDir(t), "pilotlight.db")
	promised := int64(0)
	for kills := 1; kills <= rounds || promised < wanted; kills++ {
		if kills > 40*rounds {
			t.Fatalf("%d kills for %d samples", kills, promised)
		}
		pause := time.Duration(random.Int64N(int64(60 * time.Millisecond)))
		promised = max(promised, runAndKill(t, "samples", path, pause))
		s, report := openReport(t, path)
		if report.SetAside != "" {
			t.Fatalf("set aside: %+v", report)
		}
		checkKilledSamples(t, s, promised)
		closeStore(t, s)
	}
}

func checkKilledSamples(t *testing.T, s *store.Store, promised int64) {
	t.Helper()
	for _, resolution := range []backend.Resolution{"raw", "minute", "hour"} {
		n, err := samplesWritten(t.Context(), s, resolution)
		if err != nil {
			t.Fatal(err)
		}
		if promised = max(promised, n); n != promised {
			t.Fatalf("%d samples by %s, want %d", n, resolution, promised)
		}
	}
	seen := int64(0)
	err := s.EachSample(t.Context(), backend.SampleRowQuery{Resolution: "raw"}, func(r backend.SampleRow) error {
		if r.Name != "memory.used" {
			return nil
		}
		seen += r.Count
		// Four samples fill 10 seconds; the newest rows come first.
		last := promised - seen + r.Count - 1
		if first := promised - seen; r.Min != float64(first)*65536 || r.Max != float64(last)*65536 {
			return fmt.Errorf("samples %d to %d are %+v", first, last, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

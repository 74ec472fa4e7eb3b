package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

// reads adds a sample of memory alone.
func reads(s *store.Store, at time.Time, bytes float64) bool {
	return s.AddSample(backend.At(at), []backend.Reading{{Name: "memory.used", Unit: backend.UnitBytes, Value: bytes}})
}

func flush(t *testing.T, s *store.Store) {
	t.Helper()
	if err := s.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func view(t *testing.T, s *store.Store, from, to time.Time, points int, names ...string) backend.Samples {
	t.Helper()
	got, err := s.Samples(t.Context(), backend.SampleQuery{From: backend.At(from), To: backend.At(to), Points: points, Names: names})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A view takes the finest that fits into its points and reaches back far enough.
func TestSamplesResolution(t *testing.T) {
	s := open(t, tempDB(t))
	for _, c := range []struct {
		ago, span time.Duration
		points    int
		step      float64
		want      backend.Resolution
	}{
		{time.Hour, time.Hour, 1000, 10, "raw"},
		{time.Hour, time.Hour, 100, 60, "minute"},
		{time.Hour, time.Hour, 2, 3600, "hour"},
		{24 * time.Hour, 24 * time.Hour, 5000, 20, "raw"},
		{24 * time.Hour, time.Minute, 1000, 10, "raw"},
		{26 * time.Hour, time.Hour, 1000, 60, "minute"},
		{7 * 24 * time.Hour, 7 * 24 * time.Hour, 1000, 900, "minute"},
		{30 * 24 * time.Hour, 30 * 24 * time.Hour, 1000, 3600, "hour"},
		{31 * 24 * time.Hour, time.Hour, 1000, 3600, "hour"},
		{365 * 24 * time.Hour, 365 * 24 * time.Hour, 1000, 43200, "hour"},
		{365 * 24 * time.Hour, 365 * 24 * time.Hour, 10, 86400 * 64, "hour"},
		{80 * 365 * 24 * time.Hour, 2 * 80 * 365 * 24 * time.Hour, 2, 86400 << 16, "hour"},
	} {
		from := clock.Add(-c.ago)
		got := view(t, s, from, from.Add(c.span), c.points)
		if got.StepSeconds != c.step || got.Resolution != c.want {
			t.Errorf("%s from %s ago in %d points comes by %s in steps of %v s", c.span, c.ago, c.points, got.Resolution, got.StepSeconds)
		}
	}
}

// Sleep is a gap: a row of nulls breaks the line, and nothing is made up.
func TestSamplesGap(t *testing.T) {
	s := open(t, tempDB(t))
	begin := clock.Add(-10 * time.Hour)
	for i := range 20 {
		reads(s, begin.Add(time.Duration(i)*30*time.Second), 1<<30)
		reads(s, begin.Add(8*time.Hour+time.Duration(i)*30*time.Second), 1<<31)
	}
	flush(t, s)
	got := view(t, s, begin.Add(-time.Hour), clock, 1000)
	if len(got.Items) != 1 {
		t.Fatalf("series %+v", got.Items)
	}
	nulls := 0
	for i, v := range got.Items[0].Mean {
		at := time.UnixMilli(got.AtMS[i])
		switch {
		case v == nil:
			nulls++
			if at.Before(begin.Add(9*time.Minute)) || at.After(begin.Add(8*time.Hour)) {
				t.Errorf("null at %s", at)
			}
		case at.Before(begin.Add(10*time.Minute)) != (*v == 1<<30):
			t.Errorf("%v at %s", *v, at)
		}
	}
	if nulls != 1 || len(got.Gaps) != 3 {
		t.Errorf("%d nulls, gaps %+v", nulls, got.Gaps)
	}
}

// A figure that comes more seldom than others stays until its next, for a minute.
func TestSamplesHold(t *testing.T) {
	s := open(t, tempDB(t))
	begin := clock.Add(-time.Hour).Truncate(time.Minute)
	at := func(second int, list ...backend.Reading) {
		s.AddSample(backend.At(begin.Add(time.Duration(second)*time.Second)),
			append(list, backend.Reading{Name: "cpu.utilization", Unit: backend.UnitRatio, Value: 0.5}))
	}
	models := func(gb float64) backend.Reading {
		return backend.Reading{Name: "models.memory", Unit: backend.UnitBytes, Value: gb * (1 << 30)}
	}
	for second := 0; second < 200; second += 10 {
		switch second {
		case 0:
			at(second, models(1))
		case 30:
			at(second, models(2))
		case 120: // too late
			at(second, models(3))
		default:
			at(second)
		}
	}
	got := view(t, s, begin, begin.Add(200*time.Second), 1000, "models")
	if len(got.Items) != 1 || len(got.AtMS) != 20 {
		t.Fatalf("%+v", got)
	}
	text := ""
	for _, v := range got.Items[0].Mean {
		if v == nil {
			text += "-"
		} else {
			text += fmt.Sprint(*v / (1 << 30))
		}
	}
	if want := "1112--------3-------"; text != want {
		t.Errorf("held %s, want %s", text, want)
	}
}

// Names choose a series or all under one, and nothing that only begins alike.
func TestSamplesNames(t *testing.T) {
	s := open(t, tempDB(t))
	at := clock.Add(-time.Hour)
	list := []backend.Reading{}
	for _, name := range []string{"gpu.a.power", "gpu.ab.power", "gpu.b.power"} {
		list = append(list, backend.Reading{Name: name, Unit: backend.UnitWatts, GPU: strings.Split(name, ".")[1], Label: "A GPU", Value: 3})
	}
	s.AddSample(backend.At(at), list)
	for _, written := range []bool{false, true} {
		if written {
			flush(t, s)
		}
		got := view(t, s, at.Add(-time.Minute), clock, 100, "gpu.a", "gpu.b.power", "gp")
		if len(got.Items) != 2 || got.Items[0].Name != "gpu.a.power" || got.Items[1].GPU != "b" || got.Items[1].Label != "A GPU" {
			t.Errorf("written %t: %+v", written, got.Items)
		}
	}
	// Called something else now.
	list[0].Label = "The same GPU"
	s.AddSample(backend.At(at.Add(time.Second)), list)
	flush(t, s)
	if got := view(t, s, at, clock, 100); got.Items[0].Label != "The same GPU" {
		t.Errorf("label %q", got.Items[0].Label)
	}
}

// What waits is bounded, and so is the dictionary.
func TestSamplesAreBounded(t *testing.T) {
	s := open(t, tempDB(t))
	begin := clock.Add(-20 * time.Hour)
	due := false
	for i := range 500 {
		due = reads(s, begin.Add(time.Duration(i)*10*time.Second), 1<<30)
	}
	if !due {
		t.Error("an hour of samples need not be written")
	}
	flush(t, s)
	rows := 0
	count := func(backend.SampleRow) error { rows++; return nil }
	if err := s.EachSample(t.Context(), backend.SampleRowQuery{Resolution: "raw"}, count); err != nil || rows != 360 {
		t.Errorf("%d rows, %v; the newest 360 should be there", rows, err)
	}
	for i := range 300 {
		s.AddSample(backend.At(clock.Add(time.Duration(i)*time.Millisecond)), []backend.Reading{
			{Name: fmt.Sprint("gpu.", i, ".power"), Unit: backend.UnitWatts, Value: 1}})
	}
	flush(t, s)
	if got := view(t, s, clock.Add(-time.Hour), clock.Add(time.Hour), 100, "gpu"); len(got.Items) != 255 {
		t.Errorf("%d series beside the first", len(got.Items))
	}
}

// Retention keeps what views reach back to, and the newest day of raw samples
// even where it is long ago.
func TestPruneSamples(t *testing.T) {
	path := tempDB(t)
	s := open(t, path)
	for _, ago := range []time.Duration{24 * time.Hour, 40 * time.Hour, 29 * 24 * time.Hour, 60 * 24 * time.Hour, 3 * 365 * 24 * time.Hour} {
		reads(s, clock.Add(-ago), 1<<30)
		flush(t, s)
	}
	count := func() string {
		counts := map[backend.Resolution]int{}
		for _, l := range []backend.Resolution{"raw", "minute", "hour"} {
			if err := s.EachSample(t.Context(), backend.SampleRowQuery{Resolution: l}, func(backend.SampleRow) error { counts[l]++; return nil }); err != nil {
				t.Fatal(err)
			}
		}
		return fmt.Sprint(counts["raw"], counts["minute"], counts["hour"])
	}
	if _, err := s.Prune(t.Context()); err != nil || count() != "5 5 5" {
		t.Errorf("a store with little lost some of it: %s, %v", count(), err)
	}
	// A full day of newer ones: what is past its time goes. So that they are a full
	// month and two years of the coarser ones as well, rows of those are made.
	db := s.Writer()
	mustExec(t, db, `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4400)
		INSERT OR IGNORE INTO samples_raw SELECT ?1 - i * 60, x'01' FROM n WHERE i < 1440 UNION ALL SELECT ?1, x'01' WHERE 0`, clock.Truncate(time.Minute).Unix())
	mustExec(t, db, `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4400)
		INSERT OR IGNORE INTO samples_minute SELECT ?1 - i * 600, x'01' FROM n`, clock.Truncate(10*time.Minute).Unix())
	mustExec(t, db, `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4400)
		INSERT OR IGNORE INTO samples_hour SELECT ?1 - i * 21600, x'01' FROM n`, clock.Truncate(6*time.Hour).Unix())
	if _, err := s.Prune(t.Context()); err != nil || count() != "1 3 4" {
		t.Errorf("left are %s, %v", count(), err)
	}
}

// A disk that cannot be written loses nothing that fits into memory.
func TestSamplesWaitForTheDisk(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "pilotlight.db")
	s := open(t, path)
	reads(s, clock.Add(-time.Hour), 1<<30)
	moved := filepath.Join(dir, "elsewhere")
	if err := os.Rename(path, moved); err != nil {
		t.Fatal(err)
	}
	if err := s.Flush(t.Context()); err == nil {
		t.Fatal("wrote to a file that is not there")
	}
	reads(s, clock.Add(-time.Hour+time.Second), 3<<30)
	if err := os.Rename(moved, path); err != nil {
		t.Fatal(err)
	}
	flush(t, s)
	got := view(t, s, clock.Add(-2*time.Hour), clock, 5000)
	if len(got.Items) != 1 || *got.Items[0].Mean[len(got.AtMS)-1] != 2<<30 {
		t.Errorf("read %+v", got)
	}
}

// A row of samples that is damaged hides no other, and can be written over.
func TestDamagedSamples(t *testing.T) {
	for _, data := range []string{`x''`, `x'02'`, `x'0101'`, `x'010100'`, `x'01017f01'`, `x'0101ffffffffffffffffffff'`, `x'010101ffffffffffffffffff0101010101'`, `'text'`} {
		s := open(t, tempDB(t))
		for i := range 3 {
			reads(s, clock.Add(-time.Hour+time.Duration(i)*time.Minute), 1<<30)
		}
		flush(t, s)
		// STRICT tables take no text for a blob; CAST gives the bytes.
		mustExec(t, s.Writer(), `UPDATE samples_raw SET data = CAST(`+data+` AS BLOB) WHERE at = ?`, clock.Add(-59*time.Minute).Truncate(time.Minute).Unix())
		got := view(t, s, clock.Add(-2*time.Hour), clock, 5000)
		if len(got.Items) != 1 || len(got.AtMS) < 2 {
			t.Errorf("%s: read %+v", data, got)
		}
		reads(s, clock.Add(-59*time.Minute), 1<<30)
		flush(t, s)
		if got := view(t, s, clock.Add(-59*time.Minute), clock.Add(-58*time.Minute), 5000); len(got.Items) != 1 {
			t.Errorf("%s: not written over: %+v", data, got)
		}
	}
}

func TestSamplesRefuseNonsense(t *testing.T) {
	s := open(t, tempDB(t))
	for _, q := range []backend.SampleQuery{
		{}, {From: backend.At(clock), To: backend.At(clock)}, {From: backend.At(clock), To: backend.At(clock.Add(-time.Hour))},
		{From: backend.At(clock), To: backend.At(clock.Add(time.Hour)), Points: -1},
		{From: backend.At(clock), To: backend.At(clock.Add(time.Hour)), Points: 1},
	} {
		_, err := s.Samples(t.Context(), q)
		wantError(t, err, backend.CodeInvalid)
	}
}

package store_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/store"
)

// readNow is one reading as the model keeps it: all of them, one by one.
type readNow struct {
	ms   int64
	name string
	n    int64 // quanta
}

// sampleModel is what samples should be, reckoned the slow way.
type sampleModel struct {
	written, pending []readNow
	last             int64
	any              bool
}

var modelUnits = map[string]backend.Unit{
	"memory.used": backend.UnitBytes, "memory.pressure": backend.UnitLevel,
	"gpu.a.utilization": backend.UnitRatio, "gpu.a.power": backend.UnitWatts, "gpu.a.temperature": backend.UnitCelsius,
}

var modelQuanta = map[backend.Unit]float64{
	backend.UnitBytes: 65536, backend.UnitLevel: 1, backend.UnitRatio: 0.001, backend.UnitWatts: 0.1, backend.UnitCelsius: 0.1,
}

func down(v, step int64) int64 {
	return int64(math.Floor(float64(v)/float64(step))) * step
}

// want is the figures of the readings that lie in a span of time.
func (m *sampleModel) want(name string, from, length int64) (lowest, mean, highest float64, count int64) {
	unit := modelUnits[name]
	lo, hi, sum := int64(math.MaxInt64), int64(math.MinInt64), int64(0)
	for _, r := range slices.Concat(m.written, m.pending) {
		if r.name == name && r.ms >= from*1000 && r.ms < (from+length)*1000 {
			lo, hi, sum, count = min(lo, r.n), max(hi, r.n), sum+r.n, count+1
		}
	}
	round := func(n float64) float64 {
		if unit == backend.UnitBytes {
			return math.Round(n * modelQuanta[unit])
		}
		return math.Round(n*modelQuanta[unit]*1e4) / 1e4
	}
	if count == 0 {
		return 0, 0, 0, 0
	}
	return round(float64(lo)), round(float64(sum) / float64(count)), round(float64(hi)), count
}

// sampleRun is one run of the model against the store.
type sampleRun struct {
	model sampleModel
	s     *store.Store
	path  string
	at    time.Time // the machine's clock
}

func (r *sampleRun) open(t *rapid.T) {
	s, _, err := store.Open(context.Background(), r.path, fixed)
	if err != nil {
		t.Fatal(err)
	}
	r.s = s
}

// add reads the machine once, some time after the last time or before it.
func (r *sampleRun) add(t *rapid.T) {
	jump := rapid.OneOf(
		rapid.Int64Range(0, 30_000), rapid.Int64Range(0, 30_000), rapid.Int64Range(0, 600_000),
		rapid.Int64Range(-90_000, 0), rapid.Int64Range(-26*3600_000, 8*3600_000), rapid.Just(int64(0)),
	).Draw(t, "jump")
	r.at = r.at.Add(time.Duration(jump) * time.Millisecond)
	if r.at.After(clock.Add(time.Hour)) || r.at.Before(clock.Add(-20*time.Hour)) {
		r.at = clock.Add(-time.Hour) // as far back as the finest level reaches
	}
	var list []backend.Reading
	for name, unit := range modelUnits {
		if rapid.IntRange(0, 3).Draw(t, "absent") == 0 {
			continue
		}
		n := rapid.OneOf(rapid.Int64Range(0, 4), rapid.Int64Range(-300, 100_000), rapid.Int64Range(0, 1<<39)).Draw(t, "quanta")
		list = append(list, backend.Reading{Name: name, Unit: unit, Value: float64(n) * modelQuanta[unit]})
	}
	list = append(list,
		backend.Reading{Name: "memory.used", Unit: backend.UnitBytes, Value: math.NaN()},
		backend.Reading{Name: "memory.swap", Unit: backend.UnitBytes, Value: math.Inf(1)},
		backend.Reading{Name: "memory.swap", Unit: "parsecs", Value: 1},
		backend.Reading{Name: "", Unit: backend.UnitBytes, Value: 1})
	r.s.AddSample(backend.At(r.at), list)
	ms := backend.At(r.at).UnixMilli()
	if r.model.any && ms == r.model.last {
		return // the same sample once more
	}
	r.model.any, r.model.last = true, ms
	for _, v := range list {
		q := modelQuanta[v.Unit]
		if f := math.Round(v.Value / q); v.Name != "" && q != 0 && !math.IsNaN(f) && !math.IsInf(f, 0) {
			r.model.pending = append(r.model.pending, readNow{ms, v.Name, int64(f)})
		}
	}
}

func (r *sampleRun) flush(t *rapid.T) {
	if err := r.s.Flush(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.model.written = append(r.model.written, r.model.pending...)
	r.model.pending = nil
}

// failed is a write that does not come about.
func (r *sampleRun) failed(t *rapid.T) {
	ended, end := context.WithCancel(context.Background())
	end()
	if err := r.s.Flush(ended); err == nil && len(r.model.pending) > 0 {
		t.Fatal("an ended context wrote")
	}
}

// restart loses what is not written.
func (r *sampleRun) restart(t *rapid.T) {
	if err := r.s.Close(); err != nil {
		t.Fatal(err)
	}
	r.open(t)
	r.model.pending, r.model.any = nil, false
}

// query compares the answer to any question with the model's.
func (r *sampleRun) query(t *rapid.T) {
	from := clock.Add(time.Duration(rapid.Int64Range(-20*3600_000, 3600_000).Draw(t, "from")) * time.Millisecond)
	if rapid.IntRange(0, 3).Draw(t, "near") > 0 { // the readings before now
		from = r.at.Add(-time.Duration(rapid.Int64Range(0, 7200_000).Draw(t, "before")) * time.Millisecond)
	}
	if earliest := clock.Add(-20 * time.Hour); from.Before(earliest) {
		from = earliest
	}
	length := rapid.OneOf(rapid.Int64Range(1, 120_000), rapid.Int64Range(1, 7200_000), rapid.Int64Range(1, 1e9)).Draw(t, "length")
	points := rapid.SampledFrom([]int{2, 3, 7, 100, 1000, 5000}).Draw(t, "points")
	q := backend.SampleQuery{From: backend.At(from), To: backend.At(from.Add(time.Duration(length) * time.Millisecond)), Points: points}
	got, err := r.s.Samples(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.AtMS) > points {
		t.Fatalf("%d rows of %d", len(got.AtMS), points)
	}
	r.checkRows(t, got)
	r.checkGaps(t, got)
}

func (r *sampleRun) checkRows(t *rapid.T, got backend.Samples) {
	step := int64(got.StepSeconds)
	listed := map[int64]bool{}
	for i, ms := range got.AtMS {
		if ms%(step*1000) != 0 || i > 0 && ms <= got.AtMS[i-1] {
			t.Fatalf("row %d begins at %d after %v with steps of %d s", i, ms, got.AtMS[:i], step)
		}
		listed[ms/1000] = true
	}
	for _, v := range slices.Concat(r.model.written, r.model.pending) {
		if v.ms >= got.From.UnixMilli() && v.ms < got.To.UnixMilli() && !listed[down(v.ms, step*1000)/1000] {
			t.Fatalf("nothing at %d: %+v", v.ms, got)
		}
	}
	series := map[string]backend.Series{}
	for _, s := range got.Items {
		if s.Unit != modelUnits[s.Name] {
			t.Fatalf("series %q has unit %q", s.Name, s.Unit)
		}
		series[s.Name] = s
	}
	for name := range modelUnits {
		s, there := series[name]
		held := math.NaN()
		var heldAt int64
		for i, ms := range got.AtMS {
			lowest, mean, highest, count := r.model.want(name, ms/1000, step)
			var have [3]*float64
			if there {
				have = [3]*float64{s.Min[i], s.Mean[i], s.Max[i]}
			}
			switch {
			case count > 0:
				if have[0] == nil || *have[0] != lowest || *have[1] != mean || *have[2] != highest {
					t.Fatalf("%s at %d is %s, want %v %v %v", name, ms, figures(have), lowest, mean, highest)
				}
				held, heldAt = mean, ms
			case have[0] != nil:
				if *have[0] != held || *have[1] != held || *have[2] != held || ms-heldAt >= 60_000 {
					t.Fatalf("%s at %d is %s where nothing was read; before it was %v at %d", name, ms, figures(have), held, heldAt)
				}
			}
		}
	}
}

func figures(list [3]*float64) (all string) {
	for _, v := range list {
		if v == nil {
			all += "nil "
		} else {
			all += fmt.Sprint(*v, " ")
		}
	}
	return all
}

// checkGaps says that nothing was read in a gap, that every silence is one, and
// that each that is longer than a row breaks the line.
func (r *sampleRun) checkGaps(t *rapid.T, got backend.Samples) {
	step := int64(got.StepSeconds) * 1000
	var times []int64
	for _, v := range slices.Concat(r.model.written, r.model.pending) {
		times = append(times, v.ms)
	}
	slices.Sort(times)
	for _, gap := range got.Gaps {
		for _, ms := range times {
			if ms >= gap.From.UnixMilli() && ms < gap.To.UnixMilli() {
				t.Fatalf("gap %+v has a reading at %d", gap, ms)
			}
		}
	}
	for i := 1; i < len(times); i++ {
		from, to := times[i-1], times[i]
		// Of a coarser level a silence shows when it has a whole cell to itself.
		least := map[backend.Resolution]int64{"raw": 140_000, "minute": 180_000, "hour": 7200_000}[got.Resolution]
		if from < got.From.UnixMilli() || to >= got.To.UnixMilli() || to-from < least {
			continue
		}
		inside := func(g backend.Gap) bool { return g.From.UnixMilli() > from && g.To.UnixMilli() <= to }
		if !slices.ContainsFunc(got.Gaps, inside) {
			t.Fatalf("nothing from %d to %d is no gap: %+v", from, to, got)
		}
		if to-from < 2*step+least {
			continue
		}
		row := slices.IndexFunc(got.AtMS, func(ms int64) bool { return ms > from && ms+step <= to })
		if row < 0 {
			t.Fatalf("no row breaks the line from %d to %d: %+v", from, to, got)
		}
		for _, s := range got.Items {
			if s.Mean[row] != nil {
				t.Fatalf("%s is %v in the gap from %d to %d", s.Name, *s.Mean[row], from, to)
			}
		}
	}
}

// export compares every cell of every level, whatever the model was through.
func (r *sampleRun) export(t *rapid.T) {
	r.flush(t)
	for _, resolution := range []backend.Resolution{"", "raw", "minute", "hour"} {
		counts := map[string]int64{}
		var last backend.Time
		err := r.s.EachSample(context.Background(), backend.SampleRowQuery{Resolution: resolution}, func(row backend.SampleRow) error {
			lowest, mean, highest, count := r.model.want(row.Name, row.At.Unix(), int64(row.Seconds))
			if row.Min != lowest || row.Mean != mean || row.Max != highest || row.Count != count {
				return fmt.Errorf("got %+v, want %v %v %v of %d", row, lowest, mean, highest, count)
			}
			if !last.IsZero() && row.At.After(last.Time) {
				return fmt.Errorf("%+v comes after %s", row, last)
			}
			last = row.At
			counts[row.Name] += count
			return nil
		})
		if err != nil {
			t.Fatalf("%q: %v", resolution, err)
		}
		for name := range modelUnits {
			want := int64(0)
			for _, v := range r.model.written {
				if v.name == name {
					want++
				}
			}
			if counts[name] != want {
				t.Fatalf("%q: %d readings of %s, want %d", resolution, counts[name], name, want)
			}
		}
	}
}

// Any sequence of readings, writes, failures, restarts and clocks set back gives
// what all the readings together give.
func TestSamplesModel(t *testing.T) {
	dir := quickDir(t)
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		r := &sampleRun{path: filepath.Join(dir, fmt.Sprint(n, ".db")), at: clock.Add(-time.Hour)}
		r.open(t)
		defer func() { r.s.Close() }()
		t.Repeat(map[string]func(*rapid.T){
			"add": r.add, "add more": r.add, "add again": r.add, "flush": r.flush, "failed flush": r.failed,
			"restart": r.restart, "query": r.query, "export": r.export,
			"prune": func(t *rapid.T) {
				if _, err := r.s.Prune(context.Background()); err != nil {
					t.Fatal(err)
				}
			},
		})
		r.query(t)
		r.export(t)
	})
}

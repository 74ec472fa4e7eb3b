package fit_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// gpus are ones of these limits and in use, in GB; -1 is not known.
func gpus(pairs ...int64) []backend.GPU {
	known := func(v int64) *int64 {
		if v < 0 {
			return nil
		}
		return ptr(v * gb)
	}
	var list []backend.GPU
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, backend.GPU{MemoryLimitBytes: known(pairs[i]), MemoryUsedBytes: known(pairs[i+1])})
	}
	return list
}

// ofGB is a load that takes that much by the server's own word.
func ofGB(total int64, on fit.Machine) fit.Ask {
	return fit.Ask{Estimate: estimate(total, nil), On: on}
}

func TestWhichMemoryDecides(t *testing.T) {
	unified := func(total, available int64, pairs ...int64) fit.Machine {
		m := mac(total, available)
		m.GPUs = gpus(pairs...)
		return m
	}
	discrete := func(total, available int64, pairs ...int64) fit.Machine {
		m := unified(total, available, pairs...)
		m.Unified = false
		return m
	}
	for _, c := range []struct {
		name   string
		ask    fit.Ask
		want   backend.Verdict
		of     backend.LimitOf
		after  int64 // GB, -1 for not known
		spill  int64 // GB, -1 for none
		allows bool
	}{
		{"the GPU's share is smaller than RAM", ofGB(100, unified(128, 120, 96, 1)), backend.TooBig, backend.LimitGPU, 101, -1, false},
		{"the GPU has room, RAM has not", ofGB(60, unified(128, 50, 107, 1)), backend.TooBig, backend.LimitRAM, 138, -1, false},
		{"both have, RAM less", ofGB(60, unified(96, 80, 90, 1)), backend.Fits, backend.LimitRAM, 76, -1, true},
		{"both have, the GPU less", ofGB(60, unified(512, 500, 107, 1)), backend.Fits, backend.LimitGPU, 61, -1, true},
		{"the GPU's reserve is eaten into", ofGB(95, unified(128, 126, 96, 0)), backend.Tight, backend.LimitGPU, 95, -1, false},
		{"what the GPU uses is not known: RAM has room", ofGB(60, unified(128, 120, 107, -1)), backend.Fits, backend.LimitRAM, 68, -1, true},
		{"and its limit is too small whatever it uses", ofGB(110, unified(128, 127, 107, -1)), backend.TooBig, backend.LimitGPU, -1, -1, false},
		{"a GPU of its own has room", ofGB(20, discrete(64, 50, 24, 1)), backend.Fits, backend.LimitGPU, 21, -1, true},
		{"two share it", ofGB(40, discrete(64, 50, 24, 1, 24, 1)), backend.Fits, backend.LimitGPU, 42, -1, true},
		{"part of it runs from RAM", ofGB(40, discrete(64, 50, 24, 4)), backend.Tight, backend.LimitGPU, 44, 20, true},
		{"RAM has no room for the rest", ofGB(60, discrete(64, 30, 24, 4)), backend.TooBig, backend.LimitGPU, 64, -1, false},
		{"nothing is known of RAM", ofGB(60, fit.Machine{GPUs: gpus(24, 4)}), backend.Tight, backend.LimitGPU, 64, 40, true},
		{"just within, with nothing left free", ofGB(20, discrete(64, 50, 24, 4)), backend.Tight, backend.LimitGPU, 24, 0, true},
		{"a small GPU beside it tells nothing", ofGB(20, discrete(64, 50, -1, -1, 24, 1)), backend.Fits, backend.LimitGPU, 21, -1, true},
		{"what a GPU of its own uses is not known", ofGB(20, discrete(64, 50, 24, -1)), backend.FitUnknown, backend.LimitGPU, -1, -1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fit.Of(c.ask)
			if f.Verdict != c.want || f.LimitOf == nil || *f.LimitOf != c.of {
				t.Errorf("%s", show(f))
			}
			for name, p := range map[string]struct {
				got  *int64
				want int64
			}{"after": {f.AfterBytes, c.after}, "spill": {f.SpillBytes, c.spill}} {
				if (p.got == nil) != (p.want < 0) || p.got != nil && *p.got != p.want*gb {
					t.Errorf("%s %v, want %d GB", name, p.got, p.want)
				}
			}
			if fit.Allows(f) != c.allows {
				t.Errorf("allowed %t", !c.allows)
			}
		})
	}
}

func TestSentenceAboutTheGPU(t *testing.T) {
	on := mac(128, 126)
	on.GPUs = gpus(96, 1)
	got := fit.Sentence(fit.Of(ofGB(100, on)), "Qwen")
	want := "Qwen needs about 93 GB; 88 GB of 89 GB that the GPU may use are available, and 2.7 GB are left for the system."
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestWhatHoldsMemoryAlready(t *testing.T) {
	yes, no := ptr(true), ptr(false)
	shape := func(key string) *backend.Shape {
		if key == "known" {
			return &backend.Shape{Groups: []backend.LayerGroup{{Layers: 1, KeyWidth: 32}}}
		}
		return nil
	}
	srv := backend.Server{Models: []backend.Model{
		{Key: "this", SizeBytes: ptr(10 * gb), Instances: []backend.Instance{{ID: "this"}, {ID: "this:2"}}},
		{Key: "jit", SizeBytes: ptr(5 * gb), Instances: []backend.Instance{{ID: "jit", TTLSeconds: ptr(3600.0), Busy: no}}},
		{Key: "jit2", SizeBytes: ptr(1 * gb), Instances: []backend.Instance{{ID: "by its word", Explicit: no, Busy: no}}},
		{Key: "busy", SizeBytes: ptr(5 * gb), Instances: []backend.Instance{{ID: "busy", TTLSeconds: ptr(3600.0), Busy: yes}}},
		{Key: "perhaps", SizeBytes: ptr(5 * gb), Instances: []backend.Instance{{ID: "perhaps", TTLSeconds: ptr(3600.0)}}},
		{Key: "meant", SizeBytes: ptr(5 * gb), Instances: []backend.Instance{{ID: "meant", Explicit: yes, Busy: no}}},
		{Key: "gone", SizeBytes: ptr(5 * gb), Instances: []backend.Instance{{ID: "gone", Explicit: no, Busy: no, Missing: true}}},
		{Key: "known", SizeBytes: ptr(2 * gb), Instances: []backend.Instance{{ID: "known", Explicit: no, Busy: no, ContextLength: ptr(1000)}}},
		{Key: "sizeless", Instances: []backend.Instance{{ID: "sizeless", Explicit: no, Busy: no}}},
	}}
	got := fit.HoldsFor(srv, "this", shape)
	if got.Replaced != 20*gb || got.Evictable != 8*gb+18*1000 || strings.Join(got.IDs, ",") != "by its word,jit,known" {
		t.Errorf("got %+v", got)
	}
}

func TestReplacedAndEvictable(t *testing.T) {
	with := func(h fit.Holds) *backend.Fit {
		a := ofGB(30, mac(64, 20))
		a.Holds = h
		return fit.Of(a)
	}
	if f := with(fit.Holds{}); f.Verdict != backend.TooBig || f.ReplacedBytes != nil || f.EvictableBytes != nil || *f.AfterBytes != 74*gb {
		t.Errorf("alone: %s", show(f))
	}
	if f := with(fit.Holds{Replaced: 25 * gb}); f.Verdict != backend.Fits || *f.ReplacedBytes != 25*gb || *f.AfterBytes != 49*gb || *f.InUseBytes != 44*gb {
		t.Errorf("in place of another: %s", show(f))
	}
	// A load on purpose evicts nothing, so it does not fit; but it could.
	f := with(fit.Holds{Evictable: 25 * gb, IDs: []string{"x"}})
	if f.Verdict != backend.Tight || fit.Allows(f) || *f.EvictableBytes != 25*gb || f.Evictable[0] != "x" || *f.AfterBytes != 74*gb {
		t.Errorf("beside what is idle: %s", show(f))
	}
}

func TestLearn(t *testing.T) {
	load := func(estimated, measured int64) backend.Load {
		l := backend.Load{Event: backend.Loaded}
		if estimated != 0 {
			l.EstimatedBytes = &estimated
		}
		if measured != 0 {
			l.MeasuredBytes = &measured
		}
		return l
	}
	many := func(n int, estimated, measured int64) (list []backend.Load) {
		for range n {
			list = append(list, load(estimated, measured))
		}
		return list
	}
	for _, c := range []struct {
		name    string
		history []backend.Load
		ratio   float64 // 0 for nothing learned
		loads   int
	}{
		{"nothing", nil, 0, 0},
		{"one load may be chance", many(1, 100, 106), 0, 0},
		{"two are enough", many(2, 100, 106), 1.06, 2},
		{"the newest five count", append(many(5, 100, 110), many(50, 100, 190)...), 1.1, 5},
		{"the median", []backend.Load{load(100, 104), load(100, 106), load(100, 180)}, 1.06, 3},
		{"of an even number", []backend.Load{load(100, 104), load(100, 108)}, 1.06, 2},
		{"what was taken wrongly does not count", append(many(2, 100, 106), load(100, 1), load(100, 1000)), 1.06, 2},
		{"never more than half again", many(3, 100, 190), 1.5, 3},
		{"never less than four fifths", many(3, 100, 60), 0.8, 3},
		{"without a measurement or an estimate", append(many(9, 100, 0), many(9, 0, 100)...), 0, 0},
		{"absurd figures", many(3, -100, 1<<62), 0, 0},
		{"other events", []backend.Load{{Event: backend.Unloaded, EstimatedBytes: ptr(int64(1)), MeasuredBytes: ptr(int64(1))}, {Event: backend.LoadFailed}}, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := fit.Learn(c.history)
			if (got == nil) != (c.ratio == 0) || got != nil && (got.Ratio < c.ratio-1e-9 || got.Ratio > c.ratio+1e-9 || got.Loads != c.loads) {
				t.Errorf("got %+v, want %v of %d", got, c.ratio, c.loads)
			}
		})
	}
}

func TestLearnedIsApplied(t *testing.T) {
	a := fit.Ask{Model: backend.Model{SizeBytes: ptr(100 * gb), Format: "gguf"}, Context: ptr(65_536), Shape: &miniMax, Cache: fit.F16}
	plain := fit.Of(a)
	for _, c := range []struct {
		learned backend.Learned
		words   string // "" where it is not applied
	}{
		{backend.Learned{Ratio: 1.06, Loads: 3}, "the last 3 loads took 6 % more than reckoned"},
		{backend.Learned{Ratio: 0.9, Loads: 2}, "the last 2 loads took 10 % less than reckoned"},
		{backend.Learned{Ratio: 1.001, Loads: 5}, "the last 5 loads took just that"},
		{backend.Learned{Ratio: 7, Loads: 5}, ""},
		{backend.Learned{Ratio: 1.2}, ""},
	} {
		a.Learned = &c.learned
		f := fit.Of(a)
		if (f.Learned != nil) != (c.words != "") || !strings.HasSuffix(f.Basis, c.words) {
			t.Errorf("%+v: %s", c.learned, f.Basis)
		}
		want := plain.TotalBytes
		if c.words != "" {
			want = int64(float64(want) * c.learned.Ratio)
		}
		if f.TotalBytes != want || *f.KVBytes != *plain.KVBytes {
			t.Errorf("%+v: %s, want %d", c.learned, show(f), want)
		}
	}
	if got := fit.AtLoad(a); got == nil || *got != plain.TotalBytes {
		t.Errorf("a measurement is held against %v, want the figure before any correction", got)
	}
	// MLX takes memory for the context as it fills, and the size alone is no estimate.
	a.Model.Format = "mlx"
	if got := fit.AtLoad(a); got == nil || *got != 101*gb {
		t.Errorf("of MLX %v is expected at the load", got)
	}
	a.Shape = nil
	if got := fit.AtLoad(a); got != nil {
		t.Errorf("by its size alone %d is expected", *got)
	}
}

// anyAsk is some load, of which much or little is known.
func anyAsk(t *rapid.T) fit.Ask {
	bytes := rapid.Int64Range(0, 600*gb)
	maybe := func(name string) *int64 {
		if rapid.Bool().Draw(t, name+" known") {
			return ptr(bytes.Draw(t, name))
		}
		return nil
	}
	a := fit.Ask{Model: backend.Model{SizeBytes: maybe("size"), Format: rapid.SampledFrom([]string{"", "gguf", "mlx"}).Draw(t, "format")}}
	if rapid.Bool().Draw(t, "shape known") {
		s := anyShape(t)
		s.FileBytes = bytes.Draw(t, "files")
		a.Shape = &s
	}
	if rapid.Bool().Draw(t, "memory known") {
		total := bytes.Draw(t, "total") + 1
		a.On.Memory = &backend.Memory{TotalBytes: total}
		if rapid.Bool().Draw(t, "available known") {
			a.On.Memory.AvailableBytes = ptr(rapid.Int64Range(0, total).Draw(t, "available"))
		}
	}
	a.On.Unified = rapid.Bool().Draw(t, "unified")
	for range rapid.IntRange(0, 2).Draw(t, "gpus") {
		a.On.GPUs = append(a.On.GPUs, backend.GPU{MemoryLimitBytes: maybe("limit"), MemoryTotalBytes: maybe("total"), MemoryUsedBytes: maybe("used")})
	}
	a.Holds = fit.Holds{Replaced: bytes.Draw(t, "replaced"), Evictable: bytes.Draw(t, "evictable")}
	a.Slots = rapid.IntRange(0, 8).Draw(t, "slots")
	if rapid.Bool().Draw(t, "learned") {
		a.Learned = &backend.Learned{Ratio: rapid.Float64Range(0.5, 2).Draw(t, "ratio"), Loads: 3}
	}
	return a
}

func TestFitsAreSound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAsk(t)
		if rapid.Bool().Draw(t, "context known") {
			a.Context = ptr(rapid.IntRange(1, 1<<20).Draw(t, "context"))
		}
		f := fit.Of(a)
		if f == nil {
			if a.Model.SizeBytes != nil && *a.Model.SizeBytes > 0 || a.Shape != nil && a.Shape.FileBytes > 0 {
				t.Fatal("nothing, although its size is known")
			}
			return
		}
		if f.Basis == "" || f.TotalBytes < *f.LowBytes || f.HighBytes != nil && *f.HighBytes < f.TotalBytes {
			t.Fatalf("out of order: %s", show(f))
		}
		for _, p := range []*int64{&f.TotalBytes, f.WeightsBytes, f.KVBytes, f.OverheadBytes, f.LowBytes, f.HighBytes, f.LimitBytes, f.InUseBytes, f.AvailableBytes, f.ReserveBytes, f.AfterBytes, f.SpillBytes} {
			if p != nil && *p < 0 {
				t.Fatalf("below zero: %s", show(f))
			}
		}
		if f.KVBytes != nil && (a.Context == nil || a.Shape == nil) {
			t.Fatalf("a cache from nothing: %s", show(f))
		}
		if f.InUseBytes == nil && (f.Verdict == backend.Fits || f.Verdict == backend.Tight || f.AfterBytes != nil || f.AvailableBytes != nil) {
			t.Fatalf("known from what is not: %s", show(f))
		}
		if f.Verdict == backend.Fits && f.TotalBytes > *f.LimitBytes {
			t.Fatalf("fits beyond the limit: %s", show(f))
		}
	})
}

// A longer context never takes less, and is never judged better.
func TestFitsGrowWithTheContext(t *testing.T) {
	rank := map[backend.Verdict]int{backend.Fits: 0, backend.FitUnknown: 1, backend.Tight: 2, backend.TooBig: 3}
	rapid.Check(t, func(t *rapid.T) {
		a := anyAsk(t)
		b := a
		x, y := rapid.IntRange(1, 1<<20).Draw(t, "x"), rapid.IntRange(1, 1<<20).Draw(t, "y")
		a.Context, b.Context = ptr(min(x, y)), ptr(max(x, y))
		f, g := fit.Of(a), fit.Of(b)
		if f == nil || g == nil {
			return
		}
		if g.TotalBytes < f.TotalBytes || *g.LowBytes < *f.LowBytes || *g.HighBytes < *f.HighBytes || rank[g.Verdict] < rank[f.Verdict] {
			t.Fatalf("at %d %s\nat %d %s", *a.Context, show(f), *b.Context, show(g))
		}
	})
}

func TestInUse(t *testing.T) {
	ram := &backend.Memory{TotalBytes: 64 * gb, UsedBytes: 20 * gb}
	for _, c := range []struct {
		name  string
		on    fit.Machine
		of    backend.LimitOf
		bytes int64 // GB
		ok    bool
	}{
		{"unified, the GPU tells", fit.Machine{Unified: true, Memory: ram, GPUs: gpus(48, 10)}, backend.LimitGPU, 10, true},
		{"unified, it does not", fit.Machine{Unified: true, Memory: ram, GPUs: gpus(48, -1)}, backend.LimitRAM, 20, true},
		{"unified, without a GPU", fit.Machine{Unified: true, Memory: ram}, backend.LimitRAM, 20, true},
		{"unified, and nothing read", fit.Machine{Unified: true}, "", 0, false},
		{"two GPUs", fit.Machine{Memory: ram, GPUs: gpus(24, 3, 24, 4)}, backend.LimitGPU, 7, true},
		{"one of two does not tell", fit.Machine{Memory: ram, GPUs: gpus(24, 3, 24, -1)}, "", 0, false},
		{"a small one beside it has no memory of its own", fit.Machine{Memory: ram, GPUs: gpus(24, 3, -1, -1)}, backend.LimitGPU, 3, true},
		{"RAM says nothing where a GPU has its own", fit.Machine{Memory: ram}, "", 0, false},
	} {
		of, bytes, ok := fit.InUse(c.on)
		if of != c.of || bytes != c.bytes*gb || ok != c.ok {
			t.Errorf("%s: %q %d, %t", c.name, of, bytes, ok)
		}
	}
}

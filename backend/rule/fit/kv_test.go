package fit_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// miniMax is MiniMax M2.1 as its config.json tells it: 62 layers, all of full
// attention, 8 KV heads of 128 elements.
var miniMax = backend.Shape{
	Source: "its config.json", MaxContext: 196_608,
	Groups: []backend.LayerGroup{{Layers: 62, KeyWidth: 8 * 128, ValueWidth: 8 * 128}},
}

// The published figures for MiniMax M2.1: 253,952 bytes of KV cache for a token
// at 16 bits and 134,912 at 8; at 196,608 tokens llmrun.dev says "+24.7 GB" for
// q8_0, which are GiB.
func TestMiniMaxTable(t *testing.T) {
	for _, c := range []struct {
		context   int
		f16, q8   float64 // GiB
		decimals8 int     // to which q8 was published
	}{
		{32_768, 7.75, 4.1, 1},
		{65_536, 15.5, 8.2, 1},
		{131_072, 31.0, 16.5, 1},
		{196_608, 46.5, 24.7, 1},
	} {
		t.Run(fmt.Sprint(c.context), func(t *testing.T) {
			f16, _ := fit.KV(miniMax, c.context, 1, fit.F16)
			q8, _ := fit.KV(miniMax, c.context, 1, fit.Q8)
			if got := float64(f16) / (1 << 30); got != c.f16 {
				t.Errorf("f16 takes %v GiB, want %v", got, c.f16)
			}
			scale := math.Pow10(c.decimals8)
			if got := math.Round(float64(q8)/(1<<30)*scale) / scale; got != c.q8 {
				t.Errorf("q8_0 takes %v GiB, want %v", got, c.q8)
			}
			if f16 != int64(c.context)*253_952 || q8 != int64(c.context)*134_912 {
				t.Errorf("%d and %d bytes: not as published for a token", f16, q8)
			}
		})
	}
}

// "4-bit + 64k f16 ≈ 145 GB: needs a 192 GB+ Mac; on 128 GB only ≤ 3-bit with
// ≤ 32–64k context after raising the wired limit", as published with the table.
func TestMiniMaxOnMacs(t *testing.T) {
	macs := func(ram, limit, used int64) fit.Machine {
		available := ram<<30 - 20<<30
		return fit.Machine{Unified: true,
			Memory: &backend.Memory{TotalBytes: ram << 30, AvailableBytes: &available},
			GPUs:   []backend.GPU{{MemoryLimitBytes: ptr(limit << 20), MemoryUsedBytes: ptr(used << 20)}},
		}
	}
	fourBit, threeBit := 129*gb, 87*gb
	for _, c := range []struct {
		name    string
		size    int64
		context int
		on      fit.Machine
		want    backend.Verdict
	}{
		{"4 bits, 64k, 128 GB", fourBit, 65_536, macs(128, 110_100, 1000), backend.TooBig},
		{"4 bits, 64k, 192 GB", fourBit, 65_536, macs(192, 165_000, 1000), backend.Fits},
		{"3 bits, 32k, 128 GB", threeBit, 32_768, macs(128, 110_100, 1000), backend.Fits},
		{"3 bits, 32k, 128 GB with the limit raised", threeBit, 32_768, macs(128, 114_688, 1000), backend.Fits},
		{"3 bits, all of its context, 128 GB", threeBit, 196_608, macs(128, 110_100, 1000), backend.TooBig},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := fit.Of(fit.Ask{Model: backend.Model{SizeBytes: &c.size, Format: "gguf"}, Context: &c.context, Shape: &miniMax, On: c.on})
			if f.Verdict != c.want {
				t.Errorf("%s, want %s: %s", f.Verdict, c.want, show(f))
			}
		})
	}
}

func TestKVOfOtherLayers(t *testing.T) {
	full := backend.LayerGroup{Layers: 8, KeyWidth: 256, ValueWidth: 256}
	window := backend.LayerGroup{Layers: 40, KeyWidth: 256, ValueWidth: 256, Window: 1024}
	linear := backend.LayerGroup{Layers: 48, StateBytes: 1_000_000}
	mla := backend.LayerGroup{Layers: 61, KeyWidth: 512 + 64} // DeepSeek V3: kv_lora_rank and qk_rope_head_dim
	of := func(gs ...backend.LayerGroup) backend.Shape { return backend.Shape{Groups: gs} }
	for _, c := range []struct {
		name           string
		shape          backend.Shape
		context, slots int
		cache          fit.Cache
		low, high      int64
	}{
		{"full", of(full), 1000, 1, fit.F16, 8 * 512 * 2 * 1000, 8 * 512 * 2 * 1000},
		{"an unknown type is 16 bits", of(full), 1000, 1, "", 8 * 512 * 2 * 1000, 8 * 512 * 2 * 1000},
		{"q8_0 is 34 bytes for 32", of(full), 1000, 1, fit.Q8, 8 * 512 / 32 * 34 * 1000, 8 * 512 / 32 * 34 * 1000},
		{"q4_0 is 18 bytes for 32", of(full), 1000, 1, fit.Q4, 8 * 512 / 32 * 18 * 1000, 8 * 512 / 32 * 18 * 1000},
		{"four slots share one cache, or have one each", of(full), 1000, 4, fit.F16, 8 * 512 * 2 * 1000, 4 * 8 * 512 * 2 * 1000},
		{"a window that is not full", of(window), 1000, 1, fit.F16, 40 * 512 * 2 * 1000, 40 * 512 * 2 * 1000},
		{"a window that is full", of(window), 100_000, 1, fit.F16, 40 * 512 * 2 * 1024, 40 * 512 * 2 * (1024 + 512)},
		{"a state is there whatever the context, for each slot", of(linear), 100_000, 2, fit.F16, 96_000_000, 96_000_000},
		{"a compressed cache", of(mla), 1000, 1, fit.F16, 61 * 576 * 2 * 1000, 61 * 576 * 2 * 1000},
		{"all together", of(full, window, linear), 10_000, 1, fit.F16,
			8*512*2*10_000 + 40*512*2*1024 + 48_000_000, 8*512*2*10_000 + 40*512*2*1536 + 48_000_000},
		{"nothing", of(), 10_000, 1, fit.F16, 0, 0},
		{"no context", of(full), -5, 0, fit.F16, 0, 0},
		{"absurd", of(backend.LayerGroup{Layers: math.MaxInt, KeyWidth: math.MaxInt, ValueWidth: math.MaxInt}), math.MaxInt, 9, fit.F16, 1 << 60, 1 << 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			low, high := fit.KV(c.shape, c.context, c.slots, c.cache)
			if low != c.low || high != c.high {
				t.Errorf("%d to %d bytes, want %d to %d", low, high, c.low, c.high)
			}
		})
	}
}

func anyShape(t *rapid.T) backend.Shape {
	group := rapid.Custom(func(t *rapid.T) backend.LayerGroup {
		return backend.LayerGroup{
			Layers: rapid.IntRange(0, 200).Draw(t, "layers"), KeyWidth: rapid.IntRange(0, 1<<15).Draw(t, "key"),
			ValueWidth: rapid.IntRange(0, 1<<15).Draw(t, "value"), Window: rapid.SampledFrom([]int{0, 0, 128, 1024, 4096, 1 << 20}).Draw(t, "window"),
			StateBytes: rapid.Int64Range(0, 1<<24).Draw(t, "state"),
		}
	})
	return backend.Shape{Source: "its config.json", Groups: rapid.SliceOfN(group, 0, 4).Draw(t, "groups")}
}

func TestKVGrowsWithTheContext(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, slots := anyShape(t), rapid.IntRange(-1, 8).Draw(t, "slots")
		c := rapid.SampledFrom([]fit.Cache{"", fit.F16, fit.Q8, fit.Q4, "other"}).Draw(t, "cache")
		a, b := rapid.IntRange(0, 1<<21).Draw(t, "a"), rapid.IntRange(0, 1<<21).Draw(t, "b")
		lowA, highA := fit.KV(s, min(a, b), slots, c)
		lowB, highB := fit.KV(s, max(a, b), slots, c)
		if lowA < 0 || lowA > highA || lowB < lowA || highB < highA {
			t.Fatalf("%d to %d at %d tokens, %d to %d at %d", lowA, highA, min(a, b), lowB, highB, max(a, b))
		}
	})
}

func TestKVIsEvenWithoutWindows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anyShape(t)
		for i := range s.Groups {
			s.Groups[i].Window, s.Groups[i].StateBytes = 0, 0
		}
		n := 32 * rapid.IntRange(1, 1<<12).Draw(t, "n") // whole blocks of every type
		c := rapid.SampledFrom([]fit.Cache{fit.F16, fit.Q8, fit.Q4}).Draw(t, "cache")
		one, _ := fit.KV(s, n, 1, c)
		two, _ := fit.KV(s, 2*n, 1, c)
		if two != 2*one {
			t.Fatalf("%d bytes at %d tokens and %d at twice as many", one, n, two)
		}
	})
}

func show(f *backend.Fit) string {
	if f == nil {
		return "nothing"
	}
	text := fmt.Sprintf("%s total %s", f.Verdict, fit.RAM(f.TotalBytes))
	for name, p := range map[string]*int64{"weights": f.WeightsBytes, "kv": f.KVBytes, "low": f.LowBytes, "high": f.HighBytes,
		"limit": f.LimitBytes, "in use": f.InUseBytes, "after": f.AfterBytes, "reserve": f.ReserveBytes} {
		if p != nil {
			text += fmt.Sprintf(", %s %s", name, fit.RAM(*p))
		}
	}
	return text + "; " + f.Basis
}

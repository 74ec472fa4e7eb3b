package fit_test

import (
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// read is what a page makes of a curve at a context: bytes between two points
// grow evenly, the verdict is that of the point before.
func read(points []backend.FitPoint, context int) (total float64, v backend.Verdict) {
	for i := len(points) - 1; i >= 0; i-- {
		p := points[i]
		if p.ContextLength > context {
			continue
		}
		if i == len(points)-1 {
			return float64(p.TotalBytes), p.Verdict
		}
		q := points[i+1]
		share := float64(context-p.ContextLength) / float64(q.ContextLength-p.ContextLength)
		return float64(p.TotalBytes) + share*float64(q.TotalBytes-p.TotalBytes), p.Verdict
	}
	return 0, ""
}

func TestCurveOfMiniMax(t *testing.T) {
	on := mac(192, 180)
	a := fit.Ask{Model: backend.Model{SizeBytes: ptr(129 * gb), Format: "gguf"}, Shape: &miniMax, On: on}
	points := fit.Curve(a, 196_608, nil)
	var got []int
	for _, p := range points {
		got = append(got, p.ContextLength)
	}
	// 180 GB less the reserve of 19.2, the weights and one GB leave 30.8 GB: 121,282 tokens.
	longest := 30_800_000_000 / 253_952
	if len(got) < 4 || got[0] != 512 || got[len(got)-1] != 196_608 || points[0].Verdict != backend.Fits || points[len(points)-1].Verdict == backend.Fits {
		t.Errorf("points at %v: %+v", got, points)
	}
	if up := fit.LongestFitting(points); up == nil || *up != longest {
		t.Errorf("fits up to %v, want %d", up, longest)
	}
}

func TestCurveWithoutGrounds(t *testing.T) {
	size := backend.Model{SizeBytes: ptr(gb)}
	some := []fit.Sample{{512, backend.Estimate{TotalBytes: 5}}, {1000, backend.Estimate{TotalBytes: 6}}}
	for name, points := range map[string][]backend.FitPoint{
		"the size alone":                       fit.Curve(fit.Ask{Model: size}, 4096, nil),
		"no longest context":                   fit.Curve(fit.Ask{Model: size, Shape: &miniMax}, 0, nil),
		"a shape without a size":               fit.Curve(fit.Ask{Shape: &miniMax}, 4096, nil),
		"estimates that do not reach the end":  fit.Curve(fit.Ask{Model: size}, 4096, some),
		"estimates that begin after the first": fit.Curve(fit.Ask{Model: size}, 1000, []fit.Sample{{600, backend.Estimate{}}, {1000, backend.Estimate{}}}),
		"a single estimate":                    fit.Curve(fit.Ask{Model: size}, 512, some[:1]),
	} {
		if len(points) != 0 {
			t.Errorf("%s: a curve of %+v", name, points)
		}
		if up := fit.LongestFitting(points); up != nil {
			t.Errorf("%s: fits up to %d", name, *up)
		}
	}
}

func TestCurveByEstimates(t *testing.T) {
	yes, no := ptr(true), ptr(false)
	at := func(context int, total int64, passes *bool) fit.Sample {
		return fit.Sample{Context: context, Estimate: backend.Estimate{TotalBytes: total * gb, WeightsBytes: ptr(10 * gb), KVBytes: ptr((total - 10) * gb), PassesGuardrails: passes}}
	}
	// In no order, and the guardrail changes its mind between 1024 and 2048.
	samples := []fit.Sample{at(4096, 40, no), at(512, 12, yes), at(2048, 20, no), at(1024, 14, yes)}
	points := fit.Curve(fit.Ask{}, 4096, samples)
	type row struct {
		context int
		total   int64
		v       backend.Verdict
	}
	var got []row
	for _, p := range points {
		got = append(got, row{p.ContextLength, p.TotalBytes / gb, p.Verdict})
	}
	want := []row{{512, 12, backend.Fits}, {1024, 14, backend.Fits}, {1025, 14, backend.FitUnknown}, {2047, 19, backend.FitUnknown}, {2048, 20, backend.TooBig}, {4096, 40, backend.TooBig}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if up := fit.LongestFitting(points); up == nil || *up != 1024 {
		t.Errorf("fits up to %v: between two words of the guardrail nothing is known", up)
	}
	if kv := points[len(points)-1].KVBytes; kv == nil || *kv != 30*gb {
		t.Errorf("the last point: %+v", points[len(points)-1])
	}
}

func TestContextsToAskFor(t *testing.T) {
	windowed := backend.Shape{Groups: []backend.LayerGroup{{Layers: 1, KeyWidth: 1, Window: 1024}, {Layers: 1, KeyWidth: 1}}}
	for _, c := range []struct {
		shape   *backend.Shape
		longest int
		want    []int
	}{
		{nil, 131_072, []int{512, 32_768, 65_536, 131_072}},
		{nil, 512, []int{512}},
		{nil, 100, []int{100}},
		{&windowed, 131_072, []int{512, 1024, 1536, 32_768, 65_536, 131_072}},
		{&windowed, 1000, []int{512, 1000}},
	} {
		if got := fit.Contexts(c.shape, c.longest); !reflect.DeepEqual(got, c.want) {
			t.Errorf("up to %d: %v, want %v", c.longest, got, c.want)
		}
	}
}

// What a page reads off a curve is what asking would answer.
func TestCurveIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := anyAsk(t)
		longest := rapid.IntRange(1, 1<<20).Draw(t, "longest")
		points := fit.Curve(a, longest, nil)
		if len(points) == 0 {
			return
		}
		if n := len(points); n > 24 || points[n-1].ContextLength != longest || points[0].ContextLength != min(512, longest) {
			t.Fatalf("%d points from %d to %d", n, points[0].ContextLength, points[n-1].ContextLength)
		}
		context := rapid.IntRange(points[0].ContextLength, longest).Draw(t, "context")
		a.Context = &context
		f := fit.Of(a)
		total, v := read(points, context)
		if v != f.Verdict {
			t.Fatalf("at %d the curve says %s, and %s", context, v, show(f))
		}
		if off := total - float64(f.TotalBytes); off > 4 || off < -4 { // bytes, of rounding
			t.Fatalf("at %d the curve has %.0f, and %d is right", context, total, f.TotalBytes)
		}
	})
}

func TestCurveByEstimatesIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		longest := rapid.IntRange(1, 1<<20).Draw(t, "longest")
		a := anyAsk(t)
		base, each := rapid.Int64Range(1, 100*gb).Draw(t, "weights"), rapid.Int64Range(0, 1<<20).Draw(t, "each token")
		limit := rapid.Int64Range(0, 1000*gb).Draw(t, "guardrail")
		estimate := func(context int) backend.Estimate {
			total := base + each*int64(context)
			return backend.Estimate{TotalBytes: total, PassesGuardrails: ptr(total <= limit)}
		}
		var samples []fit.Sample
		for _, c := range fit.Contexts(a.Shape, longest) {
			samples = append(samples, fit.Sample{Context: c, Estimate: estimate(c)})
		}
		points := fit.Curve(a, longest, samples)
		if len(points) == 0 {
			return
		}
		context := rapid.IntRange(points[0].ContextLength, longest).Draw(t, "context")
		e := estimate(context)
		a.Context, a.Estimate = &context, &e
		f := fit.Of(a)
		total, v := read(points, context)
		if off := total - float64(f.TotalBytes); off > 4 || off < -4 {
			t.Fatalf("at %d the curve has %.0f, and %d is right", context, total, f.TotalBytes)
		}
		// Between two words of the guardrail the memory alone has to do.
		if passes := e.PassesGuardrails; v != f.Verdict {
			a.Estimate.PassesGuardrails = nil
			if without := fit.Of(a); v != without.Verdict {
				t.Fatalf("at %d the curve says %s; with the guardrail (%t) %s", context, v, *passes, show(f))
			}
		}
	})
}

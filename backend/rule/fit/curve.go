package fit

import (
	"math"
	"slices"
	"sort"

	"pilotlight/backend"
)

// Sample is a server's own estimate at one context length.
type Sample struct {
	Context  int // tokens
	Estimate backend.Estimate
}

// shortest is the context that a curve begins at, in tokens. Nobody wants less.
const shortest = 512

// mostPoints bounds a curve; a page draws it and a slider moves along it.
const mostPoints = 24

// Curve is how a fit goes with the context, up to longest tokens: straight
// lines between the points, which are where a window of the model's is full,
// where the server was asked, and where the verdict changes. The verdict between
// two points is that of the one before. nil where the context makes no
// difference that is known.
func Curve(a Ask, longest int, samples []Sample) []backend.FitPoint {
	if longest < 1 {
		return nil
	}
	samples = slices.Clone(samples)
	slices.SortFunc(samples, func(x, y Sample) int { return x.Context - y.Context })
	if n := len(samples); n > 0 && (samples[0].Context > min(shortest, longest) || samples[n-1].Context < longest) {
		samples = nil // two sources in one line would make a step in it that means nothing
	}
	if a.Shape == nil && len(samples) < 2 {
		return nil
	}
	at := func(context int) *backend.Fit {
		b := a
		b.Context, b.Estimate = &context, between(samples, context)
		return Of(b)
	}
	var points []backend.FitPoint
	for _, context := range stops(a.Shape, longest, samples, at) {
		if f := at(context); f != nil {
			points = append(points, point(context, f))
		}
	}
	return points
}

// LongestFitting is the longest context of a curve that fits, nil where none
// does. It is a stop of the curve, because the verdict changes after it or the
// curve ends there.
func LongestFitting(points []backend.FitPoint) *int {
	for _, p := range slices.Backward(points) {
		if p.Verdict == backend.Fits {
			return &p.ContextLength
		}
	}
	return nil
}

// Contexts are where a server is to be asked for a curve: few, because each is a
// question to it.
func Contexts(s *backend.Shape, longest int) []int {
	all := append(bends(s, longest), min(shortest, longest), longest/4, longest/2, longest)
	return tidy(all, longest)
}

func point(context int, f *backend.Fit) backend.FitPoint {
	return backend.FitPoint{
		ContextLength: context, KVBytes: f.KVBytes, TotalBytes: f.TotalBytes,
		LowBytes: f.LowBytes, HighBytes: f.HighBytes, AfterBytes: f.AfterBytes, Verdict: f.Verdict,
	}
}

// stops are the contexts of a curve's points.
func stops(s *backend.Shape, longest int, samples []Sample, at func(int) *backend.Fit) []int {
	all := append(bends(s, longest), min(shortest, longest), longest)
	for _, x := range samples {
		all = append(all, x.Context)
	}
	all = append(all, changes(min(shortest, longest), longest, at)...)
	return tidy(all, longest)
}

// bends are where a layer's window is full.
func bends(s *backend.Shape, longest int) []int {
	if s == nil {
		return nil
	}
	var all []int
	for _, g := range s.Groups {
		if g.Window > 0 && len(all) < mostPoints {
			all = append(all, g.Window, min(g.Window, longest)+batch)
		}
	}
	return all
}

// order is that of the verdicts while the context grows.
var order = map[backend.Verdict]int{backend.Fits: 0, backend.FitUnknown: 1, backend.Tight: 2, backend.TooBig: 3}

// changes finds the last context of each verdict and the first of the next. A
// longer context is never judged better, so halving finds them.
func changes(from, to int, at func(int) *backend.Fit) []int {
	grave := func(context int) int {
		if f := at(context); f != nil {
			return order[f.Verdict]
		}
		return order[backend.FitUnknown]
	}
	var all []int
	for lo := from; lo < to; {
		now := grave(lo)
		n := sort.Search(to-lo, func(i int) bool { return grave(lo+1+i) > now })
		if n == to-lo {
			break
		}
		all = append(all, lo+n, lo+n+1)
		lo += n + 1
	}
	return all
}

// tidy sorts contexts and leaves out what is beyond the ends or there twice.
func tidy(all []int, longest int) []int {
	least := min(shortest, longest)
	all = slices.DeleteFunc(all, func(c int) bool { return c < least || c > longest })
	slices.Sort(all)
	return slices.Compact(all)
}

// between is a server's estimate at a context that lies between those that it
// was asked for, nil outside of them. The guardrail's word holds only where both
// neighbours have it.
func between(samples []Sample, context int) *backend.Estimate {
	i, found := slices.BinarySearchFunc(samples, context, func(s Sample, c int) int { return s.Context - c })
	switch {
	case found:
		return &samples[i].Estimate
	case i == 0, i == len(samples):
		return nil
	}
	x, y := samples[i-1], samples[i]
	share := float64(context-x.Context) / float64(y.Context-x.Context)
	mix := func(a, b int64) int64 { return a + int64(math.Round(float64(b-a)*share)) }
	e := backend.Estimate{TotalBytes: mix(x.Estimate.TotalBytes, y.Estimate.TotalBytes), Unsure: x.Estimate.Unsure || y.Estimate.Unsure}
	if p, q := x.Estimate.WeightsBytes, y.Estimate.WeightsBytes; p != nil && q != nil {
		w := mix(*p, *q)
		e.WeightsBytes = &w
	}
	if p, q := x.Estimate.KVBytes, y.Estimate.KVBytes; p != nil && q != nil {
		kv := mix(*p, *q)
		e.KVBytes = &kv
	}
	if p, q := x.Estimate.PassesGuardrails, y.Estimate.PassesGuardrails; p != nil && q != nil && *p == *q {
		e.PassesGuardrails = p
	}
	return &e
}

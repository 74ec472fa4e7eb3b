package fit

import (
	"fmt"
	"strings"

	"pilotlight/backend"
)

// Compute buffers and what an engine keeps beside weights and cache: 0.5 to
// 2 GB in what people measured, and for a small model no more than its weights.
const (
	leastOverhead  = gigabyte / 2
	likelyOverhead = gigabyte
	mostOverhead   = 2 * gigabyte
)

// mostPerToken is more than any model in use caches for a token, in bytes: an
// early 7B without shared KV heads takes 2·32·4096·2.
const mostPerToken = 512 << 10

// reckoning is what a load takes, before it is weighed against anything.
type reckoning struct {
	weights, kv, overhead *int64
	total, low            int64
	high                  *int64 // nil: there is no telling
	certain               bool   // total is a likely figure, and not only the least
	learned               *backend.Learned
	basis                 string
}

// reckon goes by the best source there is: the server's own estimate, the
// model's files, their size.
func (a Ask) reckon() (reckoning, bool) {
	var r reckoning
	switch {
	case a.Estimate != nil:
		r = a.byServer()
	case a.size() == 0:
		return r, false
	case a.Shape != nil && a.Context != nil:
		r = a.byShape()
	default:
		r = a.bySize()
	}
	if r.certain {
		r = r.corrected(a.Learned)
	}
	return r, true
}

// size is the bytes of the model's files, 0 where they are not known. The server
// counts those that it loads; v0 does not tell.
func (a Ask) size() int64 { return sizeOf(a.Model, a.Shape) }

func sizeOf(m backend.Model, s *backend.Shape) int64 {
	switch {
	case m.SizeBytes != nil && *m.SizeBytes > 0:
		return min(*m.SizeBytes, most)
	case s != nil:
		return min(max(s.FileBytes, 0), most)
	}
	return 0
}

func (a Ask) byServer() reckoning {
	e := a.Estimate
	r := reckoning{weights: e.WeightsBytes, kv: e.KVBytes, certain: true, basis: "the server's own estimate"}
	r.total = min(max(e.TotalBytes, 0), most)
	r.low = r.total
	if e.Unsure {
		r.basis += ", of which it is not sure"
		return r
	}
	high := r.total
	r.high = &high
	return r
}

func (a Ask) byShape() reckoning {
	w := a.size()
	kv, kvMost := KV(*a.Shape, *a.Context, a.Slots, a.Cache)
	over := min(w, likelyOverhead)
	r := reckoning{weights: &w, kv: &kv, overhead: &over, certain: true}
	r.total = sum(w, kv, over)
	r.low = sum(w, kv, min(w, leastOverhead))
	if a.lazy() {
		r.low = sum(w, min(w, leastOverhead))
	}
	high := sum(w, kvMost, min(2*w, mostOverhead))
	r.high = &high
	r.basis = a.shapeBasis()
	return r
}

func (a Ask) shapeBasis() string {
	says := []string{"the size of its files and what " + a.Shape.Source + " says of its layers"}
	if a.Cache == "" {
		says = append(says, "with a 16-bit cache")
	}
	if a.Slots > 1 {
		says = append(says, fmt.Sprintf("most if each of %d requests has a cache of its own", a.Slots))
	}
	if a.lazy() {
		says = append(says, "least before the context fills")
	}
	return strings.Join(says, "; ")
}

func (a Ask) bySize() reckoning {
	w := a.size()
	r := reckoning{weights: &w, total: w, low: w, basis: "the size of its files; what its context takes is not known"}
	if a.Context != nil {
		high := sum(w, whole(float64(*a.Context)*mostPerToken), mostOverhead)
		r.high = &high
		r.basis = "the size of its files; its context takes up to " + RAM(high-w) + " more"
	}
	return r
}

// lazy says that the engine takes memory for the context only as it fills
// (MLX; 8k and 131k tokens differed by 0.02 GB at the load, measured on 0.4.21).
func (a Ask) lazy() bool { return isLazy(a.Model.Format) }

func isLazy(format string) bool { return format == "mlx" || format == "safetensors" }

// corrected applies what earlier loads taught.
func (r reckoning) corrected(l *backend.Learned) reckoning {
	if l == nil || l.Loads == 0 || !(l.Ratio >= leastRatio && l.Ratio <= mostRatio) {
		return r
	}
	times := func(v int64) int64 { return whole(float64(v) * l.Ratio) }
	r.total, r.low, r.learned = times(r.total), times(r.low), l
	if r.high != nil {
		high := times(*r.high)
		r.high = &high
	}
	r.basis += "; " + learnedWords(*l)
	return r
}

func sum(vs ...int64) int64 {
	var all int64
	for _, v := range vs {
		all = min(all+min(max(v, 0), most), most)
	}
	return all
}

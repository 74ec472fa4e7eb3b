// Package fit answers whether a model would fit into memory. It owns the
// reckoning and the reserve; it measures nothing, and where a figure is not
// known it says so instead of guessing.
package fit

import (
	"fmt"

	"pilotlight/backend"
)

// Ask is one load to be reckoned.
type Ask struct {
	Model    backend.Model
	Context  *int              // tokens; nil is the server's choice, which nobody knows
	Slots    int               // requests at once; 0 is not known
	Cache    Cache             // "" is not known, and taken as f16
	Estimate *backend.Estimate // the server's own for this load, nil when it gives none
	Shape    *backend.Shape    // from the model's files, nil when they were not read
	Learned  *backend.Learned  // nil without a history
	Holds    Holds             // what is loaded that this load has to do with
	On       Machine
}

// Of reckons one more load of a model. The result is nil when nothing at all is
// known of its size.
func Of(a Ask) *backend.Fit {
	r, ok := a.reckon()
	if !ok {
		return nil
	}
	f := backend.Fit{
		ContextLength: a.Context, WeightsBytes: r.weights, KVBytes: r.kv, OverheadBytes: r.overhead,
		TotalBytes: r.total, LowBytes: &r.low, HighBytes: r.high, Learned: r.learned, Basis: r.basis,
	}
	if a.Holds.Replaced > 0 {
		f.ReplacedBytes = &a.Holds.Replaced
	}
	if a.Holds.Evictable > 0 {
		f.EvictableBytes, f.Evictable = &a.Holds.Evictable, a.Holds.IDs
	}
	a.judge(&f, r)
	return &f
}

// judge weighs a reckoning against every memory and keeps the worst verdict,
// with the memory that it is about.
func (a Ask) judge(f *backend.Fit, r reckoning) {
	passes := a.passes()
	pools := a.On.pools()
	f.Verdict = backend.FitUnknown
	if len(pools) == 0 && passes != nil {
		f.Verdict = backend.Fits
	}
	var worst *ruling
	for _, p := range pools {
		got := r.in(p, a.Holds, passes)
		if worst == nil || got.worse(*worst) {
			worst = &got
		}
	}
	if worst != nil {
		worst.tell(f, a.Holds)
	}
	if passes != nil && !*passes {
		f.Verdict = backend.TooBig
	}
}

func (a Ask) passes() *bool {
	if a.Estimate == nil {
		return nil
	}
	return a.Estimate.PassesGuardrails
}

// Allows says whether a load may be started without asking anybody. Unknown
// allows it: the server has guardrails of its own. So does a load that only
// spills over from a GPU into RAM that has room: people mean that.
func Allows(f *backend.Fit) bool {
	return f == nil || f.Verdict == backend.Fits || f.Verdict == backend.FitUnknown ||
		f.Verdict == backend.Tight && f.SpillBytes != nil
}

// Sentence says in words why a load is not allowed.
func Sentence(f *backend.Fit, name string) string {
	if f.AvailableBytes == nil || f.LimitBytes == nil {
		return fmt.Sprintf("%s needs about %s, more than the server lets it have.", name, RAM(f.TotalBytes))
	}
	what := ""
	if f.LimitOf != nil && *f.LimitOf == backend.LimitGPU {
		what = " that the GPU may use"
	}
	return fmt.Sprintf("%s needs about %s; %s of %s%s are available, and %s are left for the system.",
		name, RAM(f.TotalBytes), RAM(*f.AvailableBytes), RAM(*f.LimitBytes), what, RAM(Reserved(f)))
}

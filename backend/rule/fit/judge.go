package fit

import "pilotlight/backend"

// ruling is a verdict about one memory.
type ruling struct {
	pool    pool
	verdict backend.Verdict
	left    int64  // what would stay free beyond the reserve; negative is too little
	spill   *int64 // what would have to go elsewhere
}

// gravity orders verdicts: the worst of several memories counts. Of one that
// tells nothing nothing follows: RAM that has room for a model on unified memory
// has it whether the GPU's share was read or not.
var gravity = map[backend.Verdict]int{backend.FitUnknown: 0, backend.Fits: 1, backend.Tight: 2, backend.TooBig: 3}

func (r ruling) worse(than ruling) bool {
	if a, b := gravity[r.verdict], gravity[than.verdict]; a != b {
		return a > b
	}
	return r.left < than.left
}

// in weighs the reckoning against one memory. passes is the word of the
// server's guardrail, nil without one.
func (r reckoning) in(p pool, h Holds, passes *bool) ruling {
	got := ruling{pool: p, left: p.limit - p.reserve - r.total, verdict: backend.FitUnknown}
	free := p.free()
	if free == nil {
		switch {
		case r.low > p.limit && p.spill == nil:
			got.verdict = backend.TooBig
		case passes != nil:
			got.verdict = backend.Fits
		}
		return got
	}
	room := min(*free+h.Replaced, p.limit)
	got.left = room - p.reserve - r.total
	switch {
	case r.low > p.limit && p.spill == nil:
		got.verdict = backend.TooBig
	case p.spill != nil && r.total+p.reserve > room:
		got.verdict, got.spill = r.spilling(*p.spill, room)
	case r.low > room:
		got.verdict = backend.TooBig
		if r.low <= min(room+h.Evictable, p.limit) {
			got.verdict = backend.Tight // as soon as what is idle has gone
		}
	case r.total+p.reserve > room:
		got.verdict = backend.Tight
	case r.certain, r.high != nil && *r.high+p.reserve <= room:
		got.verdict = backend.Fits
	}
	return got
}

// spilling judges a load that a GPU's own memory cannot take whole: engines put
// the rest of the layers into RAM.
func (r reckoning) spilling(ram pool, room int64) (backend.Verdict, *int64) {
	spill := max(r.total-room, 0)
	if free := ram.free(); free != nil && spill > 0 && spill+ram.reserve > *free {
		return backend.TooBig, nil
	}
	return backend.Tight, &spill
}

// tell puts the ruling and the memory that it is about into a fit.
func (r ruling) tell(f *backend.Fit, h Holds) {
	p := r.pool
	f.Verdict, f.SpillBytes = r.verdict, r.spill
	f.LimitOf, f.LimitBytes, f.ReserveBytes = &p.of, &p.limit, &p.reserve
	f.InUseBytes, f.AvailableBytes = p.inUse, p.free()
	if p.inUse != nil {
		after := sum(max(*p.inUse-h.Replaced, 0), f.TotalBytes)
		f.AfterBytes = &after
	}
}

package sim

import (
	"slices"
	"time"
)

// shrink finds a shorter script that fails as well: by leaving out ever smaller
// parts, then by waiting less.
func shrink(s script, b *bend) script {
	fails := func(acts []act) bool {
		c := s
		c.Acts = acts
		return play(c, b, false).failure != ""
	}
	for part := (len(s.Acts) + 1) / 2; part > 0; {
		smaller := false
		for at := 0; at < len(s.Acts); {
			end := min(at+part, len(s.Acts))
			if without := leave(s.Acts, at, end); fails(without) {
				s.Acts, smaller = without, true
			} else {
				at = end
			}
		}
		if !smaller || part > 1 {
			part /= 2
		}
	}
	for i := range s.Acts {
		for _, after := range []time.Duration{0, time.Second, 10 * time.Second, time.Minute} {
			if after >= s.Acts[i].After {
				break
			}
			if shorter := slices.Clone(s.Acts); true {
				shorter[i].After = after
				if fails(shorter) {
					s.Acts = shorter
					break
				}
			}
		}
	}
	return s
}

// leave leaves acts out; the time that they took passes all the same.
func leave(acts []act, from, to int) []act {
	rest := slices.Clone(acts[to:])
	if len(rest) > 0 {
		for _, a := range acts[from:to] {
			rest[0].After += a.After
		}
	}
	return append(slices.Clone(acts[:from]), rest...)
}

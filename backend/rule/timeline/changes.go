package timeline

import (
	"time"

	"pilotlight/backend"
)

// Changes leaves a list of changes of servers' states as it is, unless there are
// more than most: then it leaves out the states that were over within bin, and
// of the rest the oldest. changes is ordered by time.
func Changes(changes []backend.ServerChange, bin time.Duration, most int) []backend.ServerChange {
	if len(changes) <= most {
		return append([]backend.ServerChange{}, changes...)
	}
	kept := []backend.ServerChange{}
	last := map[string]int{} // each server's newest in kept
	for _, c := range changes {
		i, known := last[c.Server]
		switch {
		case known && kept[i].State == c.State && kept[i].Code == c.Code:
			kept[i].Until = c.Until
		case c.Until != nil && c.Until.Sub(c.At.Time) < bin:
			if known { // the one before goes on over it
				kept[i].Until = c.Until
			}
		default:
			last[c.Server] = len(kept)
			kept = append(kept, c)
		}
	}
	return kept[max(0, len(kept)-most):]
}

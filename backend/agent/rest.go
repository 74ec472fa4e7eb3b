package agent

import "time"

// restIfQuiet lets the program rest when nobody has listened for a while and no
// history of OpenClaw's is being read in; looks are its clock.
func (a *Agent) restIfQuiet(now time.Time) {
	if a.resting || a.cfg.Rest == nil || a.tidyFor || a.steady < tidyAfter || a.follow != nil && a.follow.fillingAt(now) {
		return
	}
	a.resting = true
	a.cfg.Rest(true)
}

// wake ends the rest as soon as somebody looks.
func (a *Agent) wake() {
	if a.resting && a.cast.watched() {
		a.resting = false
		a.cfg.Rest(false)
	}
}

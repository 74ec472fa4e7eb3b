package agent

import (
	"net"
	"net/http"
	"time"
)

// restIfQuiet lets the program rest when for some looks nobody listened or asked
// anything and no history of OpenClaw's was read in; looks are its clock.
func (a *Agent) restIfQuiet(now time.Time) {
	if a.called.Swap(false) || a.tidyFor || a.follow != nil && a.follow.fillingAt(now) {
		a.quiet = 0
	}
	a.quiet++
	if a.resting || a.cfg.Rest == nil || a.quiet < tidyAfter {
		return
	}
	a.resting = true
	a.cfg.Rest(true)
}

// wake ends the rest as soon as somebody looks or asks.
func (a *Agent) wake() {
	if a.resting && (a.called.Load() || a.cast.watched()) {
		a.resting = false
		a.cfg.Rest(false)
	}
}

// stirred is told by the listeners what becomes of a connection: a request on it
// ends the rest.
func (a *Agent) stirred(_ net.Conn, is http.ConnState) {
	if is == http.StateActive && a.called.CompareAndSwap(false, true) {
		a.post(func() {})
	}
}

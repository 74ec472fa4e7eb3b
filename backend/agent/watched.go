package agent

import (
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/use"
	"pilotlight/backend/rule/watch"
)

// watched is a server with what is believed of it and what is under way. It
// belongs to the loop, but for id, which never changes.
type watched struct {
	id    string
	src   Source
	state watch.State
	uses  *use.State
	last  backend.Observation
	at    time.Time // when the loop took the last observation in

	lmstudio bool       // it is an LM Studio, and src speaks with it as one
	local    bool       // it runs on this machine, so that this machine's memory is its own
	spec     ServerSpec // where it is; empty for the main one
	address  string     // what tells it from the others; "" for the main one
	called   string     // its name, before it is told from others of that name
	gone     bool       // it is watched no more
	odd      int        // looks in a row that made no sense

	looking bool
	// outdated says that the look under way began before something of ours ended: it
	// may not show it, so nothing is done on its ground.
	outdated bool
	next     time.Time // when to look again
	looks    int
	detail   bool // ask for details at the next look
	plain    bool // the server told no details when last asked

	acting   backend.LoadEvent // what of ours runs there; "" for nothing
	progress *float64
	estimate estimate
	asking   bool      // whether an instance is busy is being asked
	askedAt  time.Time // when that was last answered

	went    map[string]time.Time // by model, when an instance of it last left memory
	shapes  shapes
	learned map[string]*backend.Learned // what earlier loads taught, by model
	change  *backend.ServerChange       // its state as last recorded

	seen  *backend.Server // what state makes of it; nil: to be worked out
	shown *backend.Server // the same for people, with what loads would take; nil: to be worked out
}

// estimate is the server's reckoning of one load, and when it was made.
type estimate struct {
	model   string
	context int
	value   *backend.Estimate // nil: the server makes none
	at      time.Time
	asking  bool
}

// speaks says whether src is the way to the server, as against one that it had before it
// was given another address, or is watched no more: what that one answers late is of
// another place.
func (w *watched) speaks(src Source) bool { return !w.gone && w.src == src }

// believe takes what is believed now.
func (w *watched) believe(s watch.State) { w.state, w.seen, w.shown = s, nil, nil }

// hasGone notes that an instance left memory.
func (w *watched) hasGone(r backend.Load) {
	if w.went == nil {
		w.went = map[string]time.Time{}
	}
	w.went[r.Model] = r.At.Time
}

// server is the server as it is believed to be. It is shared, and must not be
// changed.
func (w *watched) server() backend.Server {
	if w.seen == nil {
		s := w.state.Server()
		w.seen = &s
	}
	return *w.seen
}

// fits says whether loads there can be reckoned: it is an LM Studio on this machine.
func (w *watched) fits() bool { return w.lmstudio && w.local }

// hosted says whether it is somebody's service, which is only looked at while a
// person looks.
func (w *watched) hosted() bool { return w.spec.Hosted }

// loading says whether a model is being loaded there, by whomever.
func (w *watched) loading() bool { return w.acting == backend.Loaded || anyLoading(w.server()) }

// find is a server by its id, the main one for "".
func (a *Agent) find(id string) (*watched, bool) {
	if id == "" {
		return a.main, true
	}
	for _, w := range a.servers {
		if w.id == id {
			return w, true
		}
	}
	return nil, false
}

// kept is the server of what is kept, the main one while nothing is; nil where it
// is watched no more, or not yet.
func (a *Agent) kept() *watched {
	if a.keep.Target == nil {
		return a.main
	}
	w, _ := a.find(a.keep.Target.Server)
	return w
}

// isKeptOn says whether what is kept is on the server. One that the config has named no
// more meanwhile may still tell how what was asked of it ended.
func (a *Agent) isKeptOn(w *watched) bool {
	return a.keep.Target != nil && a.keep.Target.Server == w.id
}

// reckonAgain has what loads would take worked out anew.
func (a *Agent) reckonAgain() {
	for _, w := range a.servers {
		if w.fits() {
			w.shown = nil
		}
	}
}

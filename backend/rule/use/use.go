// Package use turns what servers say of their instances, whether they are busy
// and when they were last used, into stretches in which it is known that an
// instance was in use or idle.
//
// It owns what may be concluded of the time between two looks. It is pure: every
// method takes the time. It must never call idle what nobody knows to be, nor
// stretch a use over a time in which nobody looked.
package use

import (
	"time"

	"pilotlight/backend"
)

const (
	// mergeWithin is how far apart two uses may lie and still be one: an agent's
	// turn is many requests in a row.
	mergeWithin = time.Minute
	// freshFor is how far apart two looks may lie and still tell of the time
	// between: four of those that ask for the last use, while nobody looks.
	freshFor = 2 * time.Minute
	// setBack is by how much a clock may go back without meaning anything.
	setBack = 2 * time.Second
)

// State is what is known of the instances of one server. New makes one; it is
// changed by its methods.
type State struct {
	server string
	tracks map[string]*track
}

// track is one instance.
type track struct {
	use   backend.Use
	known bool      // use holds something
	last  time.Time // the newest last use that was told, or up to when that is known otherwise
	at    time.Time // when something was last told
	busy  bool      // what was last told of it
	moved bool      // its last use had moved when it was last told
	own   span      // the last request of our own
}

// span is zero where there was none; to is zero while it goes on.
type span struct{ from, to time.Time }

// Seen is what a server told of an instance at one moment. What it did not tell
// is nil.
type Seen struct {
	Model, Instance string
	LoadedAt        time.Time // when it was first seen in memory
	LastUsed        *backend.Time
	Busy            *bool
}

// New goes on where the history ends. newest are the last stretches of instances
// that were still in memory then.
func New(server string, newest []backend.Use) *State {
	s := &State{server: server, tracks: map[string]*track{}}
	for _, u := range newest {
		if u.Server == server {
			s.tracks[u.InstanceID] = &track{use: u, known: true, last: u.Until.Time, at: u.Until.Time}
		}
	}
	return s
}

// Saw takes in what was told at a moment and returns the stretches that it
// changed. One with the same From as before is the same one, grown.
func (s *State) Saw(at time.Time, i Seen) []backend.Use {
	if i.LastUsed == nil && i.Busy == nil {
		return nil
	}
	t := s.track(i.Instance)
	if t.known && at.Before(t.use.Until.Time) {
		if t.use.Until.Sub(at) > setBack {
			*t = track{own: t.own} // the clock was set back: begin anew
		} else {
			at = t.use.Until.Time
		}
	}
	w := looking{state: s, track: t, seen: i, at: at, fresh: t.known && at.Sub(t.at) <= freshFor}
	if i.LastUsed != nil && !i.LastUsed.After(at) { // one in the future is another clock's
		w.lastUsed(i.LastUsed.Time)
	}
	if i.Busy != nil {
		w.busy(*i.Busy)
	}
	t.at = at
	return w.changed
}

// Asks says whether it is worth asking what an instance is doing: it was used
// since the look before, or was busy when it was last asked. A last use alone
// does not tell how long the use goes on.
func (s *State) Asks(instance string) bool {
	t := s.tracks[instance]
	return t != nil && (t.moved || t.busy)
}

// Gone forgets an instance that is not in memory any more.
func (s *State) Gone(instance string) { delete(s.tracks, instance) }

// OwnRequest notes that Pilotlight sends an instance a request of its own, to keep
// it in memory: that is no use of it. OwnEnded notes the end.
func (s *State) OwnRequest(instance string, at time.Time) {
	s.track(instance).own = span{from: at}
}

// OwnEnded is the end of OwnRequest.
func (s *State) OwnEnded(instance string, at time.Time) {
	if t := s.tracks[instance]; t != nil {
		t.own.to = at
	}
}

func (s *State) track(instance string) *track {
	t := s.tracks[instance]
	if t == nil {
		t = &track{}
		s.tracks[instance] = t
	}
	return t
}

// ours says whether a last use is that of our own request, give or take a second:
// the server reads its own clock, and rounds.
func (t *track) ours(used time.Time) bool {
	return !t.own.from.IsZero() && !used.Before(t.own.from.Add(-time.Second)) &&
		(t.own.to.IsZero() || !used.After(t.own.to.Add(time.Second)))
}

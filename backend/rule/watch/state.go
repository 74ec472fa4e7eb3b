package watch

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"pilotlight/backend"
)

const (
	// confirmAfter is the least time between the two negative reads that make
	// an unload. A shorter pair could fall into one moment of a reload.
	confirmAfter = time.Second
	// ConfirmIn is when to look again after a first negative read: a little
	// more than confirmAfter, so that the second look counts.
	ConfirmIn = 1100 * time.Millisecond
	// claimFor is how long after a load ended its instance may first be listed
	// and still count as ours.
	claimFor = 60 * time.Second
	// lostClaimFor is the same for a load whose answer was lost: the server
	// may go on loading for as long as a big model takes.
	lostClaimFor = 30 * time.Minute
	// recentFor is how long an appearance counts as "at the same time" as a
	// disappearance, beyond the looks in between.
	recentFor = 15 * time.Second
)

// State is what is believed of one server. The zero State knows nothing; New
// gives it a server. States are values: methods return a changed copy.
type State struct {
	server  backend.Server
	tracked map[string]track
	loads   []pending // loads asked by us that are not yet explained by a listing
	arrived []arrival // instances that appeared lately
	listed  bool      // a list was read at least once
	whole   bool      // the last look brought a complete list
	outage  outage    // what happened to the server since the last complete list
	cameUp  time.Time // when it last came back from an outage that we saw
}

// track is one instance that is believed to be in memory.
type track struct {
	view     backend.Instance
	model    string
	lastSeen time.Time
	missing  int       // negative reads in a row
	missedAt time.Time // the first of them
	outage   outage    // what the server went through before it was missed
	loadedBy backend.LoadCause
	usedRead time.Time // when its last use, or its end, was last read
	held     bool      // seen, but its "loaded" row waits for our load to end
	old      bool      // known from before Pilotlight started, not seen since

	asked   backend.LoadCause // an unload that we asked for, "" if none
	crashed string            // evidence that its engine died, "" if none
}

// pending is a load that we asked for.
type pending struct {
	model    string
	context  *int
	cause    backend.LoadCause
	started  time.Time
	ended    time.Time // zero while it runs
	instance string    // as the server answered
	took     time.Duration
	lost     bool // it ended without a clear answer
}

// claimFor is how long after its end the load may still explain a new instance.
func (p pending) claimFor() time.Duration {
	if p.lost {
		return lostClaimFor
	}
	return claimFor
}

type arrival struct {
	instance string
	model    string
	at       time.Time
}

// outage is what was seen between the last complete list and now.
type outage struct {
	since time.Time // the first look that found the server off or down
	off   bool      // LM Studio ran, its server did not
	down  bool      // nothing answered, or a standing connection broke
}

// and joins two outages into one.
func (a outage) and(b outage) outage {
	if a.since.IsZero() || !b.since.IsZero() && b.since.Before(a.since) {
		a.since = b.since
	}
	a.off, a.down = a.off || b.off, a.down || b.down
	return a
}

// New starts with a server that was never looked at. open are the instances
// that the history says were in memory when Pilotlight last ran: they are
// neither reported again if they are still there, nor forgotten if they are not.
func New(server backend.Server, open []backend.Load) State {
	server.State = backend.ServerUnknown
	if server.Models == nil {
		server.Models = []backend.Model{}
	}
	s := State{server: server, tracked: map[string]track{}}
	for _, row := range open {
		if row.Server != server.ID {
			continue
		}
		t := track{model: row.Model, lastSeen: row.At.Time, loadedBy: row.Cause, old: true}
		t.view = backend.Instance{ID: row.InstanceID, ContextLength: row.ContextActual, SeenLoadedAt: row.At}
		t.view.Explicit = explicitBy(row.Cause)
		s.tracked[row.InstanceID] = t
	}
	return s
}

// explicitBy tells whether a load with this cause was made on purpose, and so
// has no TTL: our own loads always are (LM Studio docs: "Idle TTL and
// Auto-Evict", loads by REST v1 have no TTL).
func explicitBy(cause backend.LoadCause) *bool {
	if cause == backend.CauseKeepWarm || cause == backend.CauseUser {
		yes := true
		return &yes
	}
	return nil
}

// Described says anew what people call the server, what it is of and where, and
// which providers are at it.
func (s State) Described(name string, kind backend.ServerKind, url string, providers []string) State {
	s.server.Name, s.server.Kind, s.server.URL, s.server.Providers = name, kind, url, providers
	return s
}

// name is what people call the server.
func (s *State) name() string { return cmp.Or(s.server.Name, "LM Studio") }

// clone copies what a method may change.
func (s State) clone() State {
	s.tracked = maps.Clone(s.tracked)
	if s.tracked == nil {
		s.tracked = map[string]track{}
	}
	s.loads = slices.Clone(s.loads)
	s.arrived = slices.Clone(s.arrived)
	return s
}

// Server is the server as a person should see it. The result shares nothing
// with the State.
func (s State) Server() backend.Server {
	v := s.server
	v.Models = make([]backend.Model, len(s.server.Models))
	for i, m := range s.server.Models {
		m.Instances = s.instancesOf(m.Key)
		v.Models[i] = m
	}
	return v
}

// instancesOf lists the believed instances of a model, the oldest id first.
func (s State) instancesOf(model string) []backend.Instance {
	list := []backend.Instance{}
	for _, t := range s.tracked {
		if t.model == model && !t.old {
			list = append(list, t.view)
		}
	}
	slices.SortFunc(list, func(a, b backend.Instance) int {
		if len(a.ID) != len(b.ID) { // "key" before "key:2" before "key:10"
			return len(a.ID) - len(b.ID)
		}
		if a.ID < b.ID {
			return -1
		}
		return 1
	})
	return list
}

// Trusted says that the last look brought a complete list: only then may
// anything be decided about what is loaded.
func (s State) Trusted() bool {
	for _, t := range s.tracked {
		if t.old {
			return false // it may yet turn out to be there, or to be gone
		}
	}
	return s.server.State == backend.ServerUp && s.whole
}

// Unread takes in that the last list is no ground for anything any more: what is there
// now may be another server.
func (s State) Unread() State {
	s.whole = false
	return s
}

// Doubtful says that an instance was missing in the last list and is not yet
// called unloaded: look again in ConfirmIn. While there is no list to look at, as long
// as the server is away, nothing is gained by looking often.
func (s State) Doubtful() bool {
	if !s.whole {
		return false
	}
	for _, t := range s.tracked {
		if t.missing > 0 {
			return true
		}
	}
	return false
}

// CameUp is when the server last came back after it was seen off or down; zero
// if that never happened.
func (s State) CameUp() time.Time { return s.cameUp }

// Loading says whether a load that we asked for still runs, and since when.
func (s State) Loading() (model string, since time.Time, ok bool) {
	for _, p := range s.loads {
		if p.ended.IsZero() {
			return p.model, p.started, true
		}
	}
	return "", time.Time{}, false
}

// OursAlone says whether Pilotlight loaded the instance.
func (s State) OursAlone(instanceID string) bool {
	t, ok := s.tracked[instanceID]
	return ok && (t.loadedBy == backend.CauseKeepWarm || t.loadedBy == backend.CauseUser)
}

// Crashed says whether there is evidence that the listed instance is dead.
func (s State) Crashed(instanceID string) bool { return s.tracked[instanceID].crashed != "" }

package watch

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"pilotlight/backend"
)

// Observe takes one look into account and returns the history rows that follow
// from it, in the order in which they happened.
func (s State) Observe(o backend.Observation) (State, []backend.Load) {
	s = s.clone()
	s.noteServer(o)
	s.whole = o.Listed
	if !o.Listed {
		return s, nil
	}
	s.server.Models = withoutInstances(o.Models)
	seen := instances(o.Models)
	var rows []backend.Load
	// Appearances are noted before disappearances are judged: "another model
	// took its place" needs to know the other.
	fresh := s.noteArrivals(seen, o)
	rows = append(rows, s.reloads(seen, o)...)
	rows = append(rows, s.disappearances(seen, o)...)
	rows = append(rows, s.appearances(fresh, o)...)
	s.listed, s.outage = true, outage{}
	s.forgetOld(o.At)
	return s, rows
}

// noteServer updates what is known of the server itself.
func (s *State) noteServer(o backend.Observation) {
	was := s.server.State
	if was != o.State || s.server.StateSince == nil {
		s.server.StateSince = backend.AtPtr(o.At)
	}
	s.server.State, s.server.Error = o.State, o.Err
	s.server.CheckedAt = backend.AtPtr(o.At)
	s.server.LatencySeconds = nil
	if o.Latency > 0 {
		sec := o.Latency.Seconds()
		s.server.LatencySeconds = &sec
	}
	if o.API != "" {
		s.server.API = &o.API
	}
	s.noteEngine(o)
	if o.Listed {
		s.server.ListedAt = backend.AtPtr(o.At)
	}
	switch o.State {
	case backend.ServerOff:
		s.outage.off = true
	case backend.ServerDown:
		s.outage.down = true
	case backend.ServerUp:
		// Between "nothing answers" and "up" it may have answered nonsense.
		if was != backend.ServerUp && (s.outage.off || s.outage.down) {
			s.cameUp = o.At
		}
	}
	if o.Reconnected {
		s.outage.down = true
		s.cameUp = o.At
	}
	if s.outage.down {
		// A load whose answer was lost went with the program: what appears now is
		// somebody else's.
		s.loads = slices.DeleteFunc(s.loads, func(p pending) bool { return p.lost })
	}
	if (s.outage.off || s.outage.down) && s.outage.since.IsZero() {
		s.outage.since = o.At
	}
}

// noteEngine updates what the server is. A look that finds nobody there tells
// nothing of it, so that what was known stays.
func (s *State) noteEngine(o backend.Observation) {
	if o.Engine != "" && o.Engine != s.server.Engine {
		s.server.Engine, s.server.Version, s.server.Tells = o.Engine, "", nil
	}
	if o.Tells != nil {
		s.server.Tells = o.Tells
	}
	s.server.Version = cmp.Or(o.Version, s.server.Version)
	s.server.Region = cmp.Or(o.Region, s.server.Region)
}

// listedInstance is an instance with the model that the list put it under.
type listedInstance struct {
	backend.Instance
	model backend.Model
}

func instances(models []backend.Model) map[string]listedInstance {
	all := map[string]listedInstance{}
	for _, m := range models {
		for _, i := range m.Instances {
			all[i.ID] = listedInstance{i, m}
		}
	}
	return all
}

// withoutInstances keeps the downloads of a list; what is loaded is kept in
// the tracks.
func withoutInstances(models []backend.Model) []backend.Model {
	out := make([]backend.Model, len(models))
	for i, m := range models {
		m.Instances = nil
		out[i] = m
	}
	return out
}

// reloads finds instances that went and came back between two looks. Both
// rows are told.
func (s *State) reloads(seen map[string]listedInstance, o backend.Observation) []backend.Load {
	var rows []backend.Load
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		t, known := s.tracked[id]
		if !known || t.held {
			continue
		}
		now := seen[id]
		if t.model == now.model.Key && !wasReloaded(t.view, now.Instance) && !s.loadedAgain(t) {
			if s.outage.down {
				// Nothing answered in between, so the engine that was dead is gone.
				t.crashed, t.view.Crashed = "", false
			}
			s.tracked[id] = t.refreshed(now.Instance, o)
			continue
		}
		t.outage = t.outage.and(s.outage)
		cause, detail := s.causeOf(t, o)
		if t.asked == "" && cause == backend.CauseExternal {
			cause, detail = backend.CauseUnknown, "It was unloaded and loaded again between two looks, not by Pilotlight."
		}
		delete(s.tracked, id)
		back := s.appearances([]listedInstance{now}, o)
		gone := o.At
		for _, row := range back { // it went before it came back
			if row.At.Before(gone) {
				gone = row.At.Time
			}
		}
		rows = append(rows, s.unloadedRow(t, cause, detail, gone))
		rows = append(rows, back...)
	}
	return rows
}

// wasReloaded compares what tells one load of an id from the next. A missing
// reading is no difference.
func wasReloaded(was, is backend.Instance) bool {
	if was.Reference != "" && is.Reference != "" {
		return was.Reference != is.Reference
	}
	return was.ContextLength != nil && is.ContextLength != nil && *was.ContextLength != *is.ContextLength
}

// refreshed brings a track up to date with a list that still shows it. What
// only the WebSocket tells is kept from the last time it was asked.
func (t track) refreshed(i backend.Instance, o backend.Observation) track {
	was := t.view
	if o.Detailed || i.ExpiresAt != nil {
		t.usedRead = o.At
	}
	i.SeenLoadedAt, i.Crashed = was.SeenLoadedAt, was.Crashed
	if !o.Detailed {
		i.TTLSeconds = cmp.Or(i.TTLSeconds, was.TTLSeconds)
		i.LastUsedAt = cmp.Or(i.LastUsedAt, was.LastUsedAt)
		i.ExpiresAt = cmp.Or(i.ExpiresAt, was.ExpiresAt)
		i.Explicit = cmp.Or(i.Explicit, was.Explicit)
	}
	i.Explicit = cmp.Or(i.Explicit, explicitBy(t.loadedBy))
	i.Reference = cmp.Or(i.Reference, was.Reference)
	i.Parallel = cmp.Or(i.Parallel, was.Parallel)
	i.ContextLength = cmp.Or(i.ContextLength, was.ContextLength)
	i.Busy = cmp.Or(i.Busy, was.Busy)
	t.view, t.lastSeen = i, o.At
	t.missing, t.missedAt, t.outage, t.old = 0, time.Time{}, outage{}, false
	return t
}

// loadedAgain says whether a load of ours ended with the id of an instance
// that we had unloaded, or that was missing in the last list: then what is
// listed now is the new one.
func (s *State) loadedAgain(t track) bool {
	return (t.asked != "" || t.missing > 0) && slices.ContainsFunc(s.loads, func(p pending) bool {
		return p.instance == t.view.ID && p.model == t.model && !p.ended.IsZero() && !p.lost
	})
}

// disappearances counts negative reads and tells the unloads that are sure.
func (s *State) disappearances(seen map[string]listedInstance, o backend.Observation) []backend.Load {
	var rows []backend.Load
	for _, id := range slices.Sorted(maps.Keys(s.tracked)) {
		if _, there := seen[id]; there {
			continue
		}
		t := s.tracked[id]
		t.missing++
		t.view.Missing = true
		if t.missing == 1 || o.At.Before(t.missedAt) { // the clock may have been set back
			t.missedAt = o.At
		}
		t.outage = t.outage.and(s.outage)
		sure := t.asked != "" || t.missing >= 2 && o.At.Sub(t.missedAt) >= confirmAfter
		if !sure {
			s.tracked[id] = t
			continue
		}
		delete(s.tracked, id)
		if t.held { // it was never told as loaded
			continue
		}
		cause, detail := s.causeOf(t, o)
		rows = append(rows, s.unloadedRow(t, cause, detail, t.whenGone(cause)))
	}
	return rows
}

// whenGone is the best guess at the moment: the first look that missed it, or
// the start of the outage that took it.
func (t track) whenGone(cause backend.LoadCause) time.Time {
	if cause == backend.CauseServerStopped && t.outage.since.Before(t.missedAt) {
		return t.outage.since
	}
	return t.missedAt
}

func (s *State) unloadedRow(t track, cause backend.LoadCause, detail string, at time.Time) backend.Load {
	return backend.Load{
		At: backend.At(at), Server: s.server.ID, Model: t.model, InstanceID: t.view.ID,
		Event: backend.Unloaded, Cause: cause, ContextActual: t.view.ContextLength,
		SizeBytes: s.sizeOf(t.model), Detail: detail,
	}
}

func (s *State) sizeOf(model string) *int64 {
	for _, m := range s.server.Models {
		if m.Key == model {
			return m.SizeBytes
		}
	}
	return nil
}

// forgetOld drops what no longer explains anything.
func (s *State) forgetOld(now time.Time) {
	// A time that lies in the future is from before the clock was set back.
	s.arrived = slices.DeleteFunc(s.arrived, func(a arrival) bool { return now.Sub(a.at).Abs() > 2*time.Minute })
	s.loads = slices.DeleteFunc(s.loads, func(p pending) bool { return !p.ended.IsZero() && now.Sub(p.ended).Abs() > p.claimFor() })
}

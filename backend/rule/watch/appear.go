package watch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"pilotlight/backend"
)

// noteArrivals remembers what is listed for the first time and returns its ids
// in a steady order.
func (s *State) noteArrivals(seen map[string]listedInstance, o backend.Observation) []listedInstance {
	var fresh []listedInstance
	for _, id := range slices.Sorted(maps.Keys(seen)) {
		t, known := s.tracked[id]
		if known && !t.held {
			continue
		}
		fresh = append(fresh, seen[id])
		if !known && s.listed && seen[id].model.Type != backend.TypeEmbedding {
			s.arrived = append(s.arrived, arrival{instance: id, model: seen[id].model.Key, at: o.At})
		}
	}
	return fresh
}

// appearances starts to track what is listed for the first time and tells who
// loaded it.
func (s *State) appearances(fresh []listedInstance, o backend.Observation) []backend.Load {
	var rows []backend.Load
	for _, li := range fresh {
		t, held := s.tracked[li.ID] // held since an earlier look
		if !held {
			t = track{model: li.model.Key}
			t.view.SeenLoadedAt = backend.At(o.At)
		}
		t = t.refreshed(li.Instance, o)
		row := backend.Load{
			At: t.view.SeenLoadedAt, Server: s.server.ID, Model: t.model, InstanceID: li.ID,
			Event: backend.Loaded, ContextActual: li.ContextLength, SizeBytes: li.model.SizeBytes,
		}
		p, mine := s.claim(li)
		switch {
		case mine && p.ended.IsZero():
			t.held = true
			s.tracked[li.ID] = t
			continue
		case mine:
			row.Cause, row.ContextRequested = p.cause, p.context
			row.Detail = contextDetail(p.context, li.ContextLength)
			if p.lost { // when it ended, and after how long, nobody knows
				row.Detail = "The server's answer to the load was lost; its list shows the model."
				break
			}
			took := p.took.Seconds()
			row.DurationSeconds, row.At = &took, backend.At(p.ended)
		case !s.listed:
			row.Cause = backend.CauseAlreadyLoaded
		default:
			row.Cause, row.Detail = backend.CauseExternal, arrivalDetail(li, s.tracked)
		}
		t.held, t.loadedBy = false, row.Cause
		t.view.Explicit = cmp.Or(t.view.Explicit, explicitBy(row.Cause))
		s.tracked[li.ID] = t
		rows = append(rows, row)
	}
	return rows
}

// claim finds the load of ours that explains a new instance. A load that the
// server answered with an id explains only that id, and is the best
// explanation of it.
func (s *State) claim(li listedInstance) (pending, bool) {
	at := slices.IndexFunc(s.loads, func(p pending) bool { return p.model == li.model.Key && p.instance == li.ID })
	if at < 0 {
		at = slices.IndexFunc(s.loads, func(p pending) bool { return p.model == li.model.Key && p.instance == "" })
	}
	if at < 0 {
		return pending{}, false
	}
	p := s.loads[at]
	switch {
	case !p.lost:
	case li.Explicit != nil && !*li.Explicit:
		return pending{}, false // a request loaded it, which ours is none of
	case missesFirst(li):
		// The list misses the first one, which is ours as likely: what is somebody's must
		// not be taken for ours, for that may be unloaded again.
		return pending{}, false
	}
	if !p.ended.IsZero() {
		s.loads = slices.Delete(s.loads, at, at+1)
	}
	return p, true
}

// missesFirst says whether the id tells that another instance of the model was there before,
// and the list shows none such.
func missesFirst(li listedInstance) bool {
	return strings.HasPrefix(li.ID, li.model.Key+":") &&
		!slices.ContainsFunc(li.model.Instances, func(i backend.Instance) bool { return i.ID == li.model.Key })
}

func contextDetail(asked, got *int) string {
	if asked == nil || got == nil || *asked == *got {
		return ""
	}
	return fmt.Sprintf("Asked for a context of %d tokens, the server gave %d.", *asked, *got)
}

func arrivalDetail(li listedInstance, tracked map[string]track) string {
	if li.Explicit != nil && !*li.Explicit {
		return "Loaded by a request to it (JIT), so it has a TTL."
	}
	for _, t := range tracked {
		if t.model == li.model.Key && t.view.ID != li.ID {
			return "A second instance of a model that was already loaded."
		}
	}
	return ""
}

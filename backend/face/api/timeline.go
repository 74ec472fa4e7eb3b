package api

import (
	"context"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/timeline"
)

const (
	// mostMarks is how many fallbacks a timeline shows each for itself.
	mostMarks = 500
	// mostChanges is how many states of servers it shows as they were.
	mostChanges = 2000
	// longestLoad is for how long after the end of a timeline a load may end that
	// began within it.
	longestLoad = time.Hour
)

// timeline puts together what happened from from until to.
func (s *Server) timeline(ctx context.Context, from, to backend.Time, points int) (backend.Timeline, error) {
	bin := to.Sub(from.Time) / time.Duration(max(points, 1))
	t := backend.Timeline{From: from, To: to, BinSeconds: bin.Seconds()}
	lanes := timeline.New(from.Time, to.Time, bin)
	// Milliseconds are the least there is: what happens at from is in the timeline.
	loaded, err := s.history.LoadedAt(ctx, backend.At(from.Add(-time.Millisecond)))
	if err != nil {
		return t, err
	}
	for _, l := range loaded {
		lanes.Before(l)
	}
	err = s.history.WalkLoads(ctx, from, backend.At(to.Add(longestLoad)), lanes.Add)
	if err != nil {
		return t, err
	}
	t.Lanes, t.MoreLanes = lanes.Lanes()
	if t.Fallbacks, err = s.history.FallbackMarks(ctx, from, to, bin, mostMarks); err != nil {
		return t, err
	}
	changes, err := s.history.ServerChanges(ctx, "", from, backend.At(to.Add(-time.Millisecond)))
	if err != nil {
		return t, err
	}
	t.Servers = timeline.Changes(changes, bin, mostChanges)
	t.Fallbacks = list(t.Fallbacks)
	return t, nil
}

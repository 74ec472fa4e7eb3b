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
	// mostUses and leastUses are into how many bins a timeline's uses are put, each
	// instance's on its own.
	mostUses, leastUses = 500, 50
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
	if err := s.addUses(ctx, t, points); err != nil {
		return t, err
	}
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

// addUses puts into the lanes when their models were in use. The more lanes there
// are, the fewer bins each has.
func (s *Server) addUses(ctx context.Context, t backend.Timeline, points int) error {
	bins := min(points, max(leastUses, mostUses*8/max(8, len(t.Lanes))), mostUses)
	bin := max(t.To.Sub(t.From.Time)/time.Duration(max(bins, 1)), time.Millisecond)
	sums, err := s.history.Uses(ctx, t.From, t.To, bin)
	if err != nil {
		return err
	}
	timeline.AddUses(t.Lanes, sums)
	return nil
}

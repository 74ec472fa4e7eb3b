package api

import (
	"cmp"
	"maps"
	"slices"

	"pilotlight/backend"
)

// writeCounts writes what happened since the agent started, in a settled order.
func writeCounts(x *exposition, c backend.Counts) {
	loads := slices.SortedFunc(maps.Keys(c.Loads), func(a, b backend.LoadKind) int {
		return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Cause, b.Cause))
	})
	for _, k := range loads {
		x.counter("pilotlight_loads_total", "Rows of the load history since the agent started.", float64(c.Loads[k]),
			label{"event", string(k.Event)}, label{"cause", string(k.Cause)})
	}
	models := slices.Sorted(maps.Keys(c.LoadTime))
	for _, m := range models {
		x.counter("pilotlight_load_duration_seconds_total", "How long the loads of a model took, summed up.", c.LoadTime[m].Seconds, label{"model", m})
	}
	for _, m := range models {
		x.counter("pilotlight_timed_loads_total", "How many loads of a model were summed up.", float64(c.LoadTime[m].Count), label{"model", m})
	}
	fallbacks := slices.SortedFunc(maps.Keys(c.Fallbacks), func(a, b backend.FallbackKind) int {
		return cmp.Or(cmp.Compare(a.Outcome, b.Outcome), cmp.Compare(a.Cause, b.Cause))
	})
	for _, k := range fallbacks {
		x.counter("pilotlight_fallbacks_total", "Runs that the first model did not answer, by the cause as it was first explained.", float64(c.Fallbacks[k]),
			label{"outcome", string(k.Outcome)}, label{"cause", string(k.Cause)})
	}
	x.counter("pilotlight_fallback_lost_seconds_total", "What people waited for answers of models that failed.", c.LostSeconds)
	x.counter("pilotlight_event_listeners_dropped_total", "Listeners to events that did not keep up.", float64(c.Dropped))
}

package backend

import "time"

// Use is a stretch of time in which it is known what an instance did: it was
// answering somebody until UsedUntil, and idle from then until Until. Of the time
// between two stretches of an instance nothing is known.
type Use struct {
	Server     string `json:"server"`
	Model      string `json:"model"`
	InstanceID string `json:"instance_id"`
	From       Time   `json:"from" format:"date-time"`
	UsedUntil  *Time  `json:"used_until,omitempty" format:"date-time" doc:"Left out where it was idle all the time; the same as from where no more than a moment of the use is known"`
	Until      Time   `json:"until" format:"date-time" doc:"From used_until to then it was idle"`
}

// UseSum is what lies in one bin of a history of uses, of one instance.
type UseSum struct {
	Use                    // From the first stretch to the end of what is known of the last
	FirstUse *Time         // nil where it was idle
	Used     time.Duration // how long it was in use, all together
	Count    int           // how many uses
}

// UseState is what an instance in memory did.
type UseState string

// The states of use. What is neither is not known.
const (
	InUse UseState = "in_use"
	Idle  UseState = "idle"
)

// UseSpan is a stretch in which a model in memory was in use, or was idle. From
// and To are when that really began and ended, which may be outside of the
// timeline.
type UseSpan struct {
	From        Time     `json:"from" format:"date-time"`
	To          Time     `json:"to" format:"date-time" doc:"The same as from where no more than a moment is known"`
	State       UseState `json:"state" enum:"in_use,idle"`
	InstanceID  string   `json:"instance_id"`
	UsedSeconds *float64 `json:"used_seconds,omitempty" doc:"Of several uses in one span, how long they took together"`
	Count       int      `json:"count" doc:"How many uses this is, where some lie too close together to be told apart; 1 for an idle time"`
}

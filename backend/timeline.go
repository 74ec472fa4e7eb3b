package backend

// Timeline is what happened over a span of time, beside the machine's figures.
// It is bounded: what lies closer together than BinSeconds may come as one.
type Timeline struct {
	From       Time           `json:"from" format:"date-time"`
	To         Time           `json:"to" format:"date-time"`
	BinSeconds float64        `json:"bin_seconds"`
	Lanes      []Lane         `json:"lanes" doc:"One for each model of each server that was in memory or was to be, the one that was longest in memory first"`
	MoreLanes  int            `json:"more_lanes,omitempty" doc:"How many lanes there are beyond those given"`
	Fallbacks  []FallbackMark `json:"fallbacks" doc:"Oldest first"`
	Servers    []ServerChange `json:"servers" doc:"How each server stood, oldest first; the first of each may have begun before from. Unknown while Pilotlight did not run"`
}

// Lane is one model's time in memory.
type Lane struct {
	Server   string        `json:"server"`
	Model    string        `json:"model"`
	Spans    []LoadSpan    `json:"spans" doc:"By their beginning; those of two instances may overlap"`
	Failures []LoadFailure `json:"failures" doc:"Oldest first"`
	Uses     []UseSpan     `json:"uses" doc:"When it was in use and when idle, by their beginning. Of the rest nobody knows: not every server tells, and Pilotlight does not always run"`
}

// SpanState is what a model was in a span.
type SpanState string

// The states of a span.
const (
	SpanLoading SpanState = "loading"
	SpanLoaded  SpanState = "loaded"
	SpanFailed  SpanState = "failed" // was being loaded, which came to nothing
)

// LoadSpan is one stretch of a model's life. From and To are when it really
// began and ended, which may be outside of the timeline.
type LoadSpan struct {
	From          *Time     `json:"from" format:"date-time" doc:"Null where it began before anything that is known"`
	To            *Time     `json:"to" format:"date-time" doc:"Null where it had not ended by the end of the timeline"`
	State         SpanState `json:"state" enum:"loading,loaded,failed"`
	InstanceID    string    `json:"instance_id,omitempty"`
	ContextLength *int      `json:"context_length,omitempty" doc:"Tokens; of several in one, where all have the same"`
	LoadID        int64     `json:"load_id,omitempty" doc:"The row of the load history that tells of its beginning, or of its failure"`
	Cause         LoadCause `json:"cause,omitempty" doc:"Why it was loaded"`
	EndCause      LoadCause `json:"end_cause,omitempty" doc:"Why it was unloaded"`
	Count         int       `json:"count" doc:"How many spans this is, where some lie too close together to be told apart"`
}

// LoadFailure is a load that came to nothing.
type LoadFailure struct {
	At              Time      `json:"at" format:"date-time"`
	LoadID          int64     `json:"load_id"`
	Cause           LoadCause `json:"cause"`
	DurationSeconds *float64  `json:"duration_seconds,omitempty"`
	Detail          string    `json:"detail,omitempty"`
	Count           int       `json:"count" doc:"How many failures this is; the others came within bin_seconds after it"`
}

// FallbackMark is a fallback, or where there are too many to show each, all those
// of one stretch of BinSeconds.
type FallbackMark struct {
	At          Time      `json:"at" format:"date-time"`
	To          *Time     `json:"to,omitempty" format:"date-time" doc:"The end of the stretch, where it is more than one fallback"`
	Count       int       `json:"count"`
	ID          *int64    `json:"id,omitempty" doc:"Where it is one"`
	Requested   string    `json:"requested,omitempty" doc:"Where it is one"`
	Answered    *string   `json:"answered,omitempty" doc:"Where it is one and somebody answered"`
	Outcome     Outcome   `json:"outcome,omitempty" enum:"fell_back,exhausted,stopped,error_as_reply" doc:"Where it is one"`
	Cause       CauseCode `json:"cause,omitempty" doc:"Where it is one"`
	LostSeconds *float64  `json:"lost_seconds,omitempty" doc:"Of all of them, as far as it is known"`
}

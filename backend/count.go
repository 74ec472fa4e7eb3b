package backend

// Counts is what happened since the agent started, for programs that watch many
// of them. What a back-fill found happened before.
type Counts struct {
	Loads     map[LoadKind]int
	LoadTime  map[string]Duration // by model: how long its loads took
	Fallbacks map[FallbackKind]int
	// LostSeconds is what people waited for answers of the models that failed.
	LostSeconds float64
	Dropped     int // listeners to events that were too slow
}

// LoadKind is what rows of the load history are counted by.
type LoadKind struct {
	Event LoadEvent
	Cause LoadCause
}

// FallbackKind is what fallbacks are counted by. Cause is as it was first
// explained.
type FallbackKind struct {
	Outcome Outcome
	Cause   CauseCode
}

// Duration sums how long several of the same took.
type Duration struct {
	Count   int
	Seconds float64
}

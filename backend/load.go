package backend

// LoadEvent is what happened to an instance.
type LoadEvent string

// The events of the load history.
const (
	Loaded     LoadEvent = "loaded"
	Unloaded   LoadEvent = "unloaded"
	LoadFailed LoadEvent = "load_failed"
)

// LoadCause says who or what made it happen.
type LoadCause string

// The causes. The first group belongs to loads, the second to unloads; a few
// belong to both.
const (
	CauseKeepWarm      LoadCause = "keep_warm"      // Pilotlight, to keep the model warm
	CauseUser          LoadCause = "user"           // a person, through Pilotlight
	CauseOpenClaw      LoadCause = "openclaw"       // OpenClaw's preload or a request of its
	CauseExternal      LoadCause = "external"       // somebody, not through Pilotlight
	CauseAlreadyLoaded LoadCause = "already_loaded" // it was there when Pilotlight first looked

	CauseTTL           LoadCause = "ttl"            // its idle time ran out
	CauseEvicted       LoadCause = "evicted"        // the server made room for another JIT model
	CauseCrashed       LoadCause = "crashed"        // its engine died
	CauseServerStopped LoadCause = "server_stopped" // it went with the server
	CauseUnknown       LoadCause = "unknown"        // nothing seen explains it
)

// Load is one row of the history of loads and unloads.
type Load struct {
	ID               int64     `json:"id"`
	At               Time      `json:"at" format:"date-time"`
	Server           string    `json:"server"`
	Model            string    `json:"model"`
	InstanceID       string    `json:"instance_id"`
	Event            LoadEvent `json:"event" enum:"loaded,unloaded,load_failed"`
	Cause            LoadCause `json:"cause" enum:"keep_warm,user,openclaw,external,already_loaded,ttl,evicted,crashed,server_stopped,unknown"`
	ContextRequested *int      `json:"context_requested,omitempty"`
	ContextActual    *int      `json:"context_actual,omitempty"`
	DurationSeconds  *float64  `json:"duration_seconds,omitempty" doc:"How long the load took"`
	SizeBytes        *int64    `json:"size_bytes,omitempty"`
	EstimatedBytes   *int64    `json:"estimated_bytes,omitempty" doc:"What the load was reckoned to take in memory when it is done"`
	MeasuredBytes    *int64    `json:"measured_bytes,omitempty" doc:"By how much the memory in use grew with it: the GPU's, or RAM where the GPU works in it and tells nothing. Left out where something else was loaded or unloaded meanwhile"`
	Detail           string    `json:"detail,omitempty" doc:"The evidence for the cause, in words"`
}

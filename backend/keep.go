package backend

// Policy says what a keep does when a person unloads the kept model by hand.
type Policy string

// The policies.
const (
	RespectManual Policy = "respect-manual" // leave it unloaded for a while; the default
	Always        Policy = "always"         // load it again
)

// KeepState is where a keep stands.
type KeepState string

// The states of a keep.
const (
	KeepOff     KeepState = "off"     // nothing is kept
	KeepWarm    KeepState = "warm"    // the model is in memory, as wanted
	KeepLoading KeepState = "loading" // a load of it runs, ours or another's
	KeepWaiting KeepState = "waiting" // it will be loaded; the reason says what it waits for
	KeepPaused  KeepState = "paused"  // a person paused it, or unloaded the model
	KeepBlocked KeepState = "blocked" // it cannot go on without a person
)

// Target is what a person asked to be kept in memory.
type Target struct {
	Server        string `json:"server,omitempty" doc:"A server's id; the only or first one when left out"`
	Model         string `json:"model" minLength:"1" maxLength:"512" doc:"The model's key, or a part of it or of its name that fits one model only"`
	ContextLength *int   `json:"context_length,omitempty" minimum:"1" maximum:"100000000" doc:"Tokens wanted at least; the server's choice when left out"`
	Policy        Policy `json:"policy,omitempty" enum:"respect-manual,always" doc:"respect-manual when left out"`
	Ask           bool   `json:"ask,omitempty" doc:"Keep it warm by a request of one token every few minutes, which may cost money; only where the server's tells.warm_by is request"`
}

// Keep is the target and how it stands.
type Keep struct {
	Server        string    `json:"server"`
	Model         string    `json:"model"`
	ContextLength *int      `json:"context_length,omitempty"`
	Policy        Policy    `json:"policy" enum:"respect-manual,always"`
	Ask           bool      `json:"ask,omitempty" doc:"It is kept warm by requests of one token"`
	State         KeepState `json:"state" enum:"off,warm,loading,waiting,paused,blocked"`
	Reason        *Error    `json:"reason,omitempty"`
	InstanceID    string    `json:"instance_id,omitempty"`
	Since         Time      `json:"since" format:"date-time"`
	NextAttemptAt *Time     `json:"next_attempt_at,omitempty" format:"date-time"`
	PausedUntil   *Time     `json:"paused_until,omitempty" format:"date-time"`
	Progress      *float64  `json:"progress,omitempty" minimum:"0" maximum:"1"`
	// LoadingSince and ExpectedSeconds let a page draw a load whose server
	// tells no progress.
	LoadingSince    *Time    `json:"loading_since,omitempty" format:"date-time"`
	ExpectedSeconds *float64 `json:"expected_seconds,omitempty" doc:"Median of this model's earlier loads"`
}

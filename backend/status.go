package backend

// Status is all that a glance needs.
type Status struct {
	Version      string    `json:"version"`
	Demo         bool      `json:"demo"`
	Instance     string    `json:"instance,omitempty" doc:"Tells this Pilotlight from every other; stays the same as long as its token"`
	Host         string    `json:"host,omitempty" doc:"The machine's name"`
	StartedAt    Time      `json:"started_at" format:"date-time"`
	Listen       string    `json:"listen" doc:"The dashboard's address"`
	PollSeconds  float64   `json:"poll_seconds"`
	Servers      []Server  `json:"servers"`
	Keep         Keep      `json:"keep"`
	Machine      *Sample   `json:"machine,omitempty"`
	OpenClaw     *OpenClaw `json:"openclaw,omitempty"`
	LastFallback *Fallback `json:"last_fallback,omitempty"`
	// FallbacksToday counts those of this machine's calendar day; nil before the
	// history was asked.
	FallbacksToday *int     `json:"fallbacks_today,omitempty"`
	LostToday      *float64 `json:"lost_today_seconds,omitempty"`
	FallbackUnseen bool     `json:"fallback_unseen,omitempty" doc:"The last fallback came after a person last looked"`
	Notices        []Notice `json:"notices"`
	Peers          []Peer   `json:"peers,omitempty" doc:"Other Pilotlights that were added here"`
	Update         *Update  `json:"update,omitempty" doc:"Left out where this build does not know where versions are published"`
	// Doctor is nil until the doctor has looked for the first time.
	Doctor *DoctorSummary `json:"doctor,omitempty"`
}

// OpenClaw is what is known of the agent gateway on this machine.
type OpenClaw struct {
	Found       bool          `json:"found"`
	ConfigPath  string        `json:"config_path"`
	ConfigValid bool          `json:"config_valid"`
	Issues      []ConfigIssue `json:"issues"`
	Version     string        `json:"version,omitempty"`
	Primary     string        `json:"primary,omitempty"`
	Fallbacks   []string      `json:"fallbacks"`
	Chain       []Hop         `json:"chain"`
	LogPath     string        `json:"log_path,omitempty"`
	LogReadable bool          `json:"log_readable"`
	LogError    *Error        `json:"log_error,omitempty" doc:"Why the log cannot be read, where it is there"`
	Gateway     string        `json:"gateway" enum:"up,down,unknown"`
}

// Hop is one model of the chain that OpenClaw tries in order.
type Hop struct {
	Ref      string `json:"ref"`
	Provider string `json:"provider"`
	Model    string `json:"model"`
	BaseURL  string `json:"base_url,omitempty"`
	Local    bool   `json:"local"`
	Server   string `json:"server,omitempty" doc:"The id of the server of ours that it is on"`
	Key      string `json:"key,omitempty" doc:"The model's key there"`
	Alias    string `json:"alias,omitempty"`
	// State is how the model stands now: warm, loading, not_loaded, missing and
	// server_off, down, needs_token of a server that Pilotlight watches; hosted
	// or elsewhere of what it does not watch; unknown.
	State string `json:"state" enum:"warm,loading,not_loaded,missing,server_off,down,needs_token,hosted,elsewhere,unknown"`

	ContextWindow  *int     `json:"context_window,omitempty" doc:"Tokens, as OpenClaw's config says"`
	ContextTokens  *int     `json:"context_tokens,omitempty" doc:"Tokens used of the window at most, where OpenClaw's config sets it"`
	TimeoutSeconds *float64 `json:"timeout_seconds,omitempty" doc:"OpenClaw's time-out for its provider, where the config sets it"`
}

// NoticeLevel is how much a notice matters.
type NoticeLevel string

// The levels of a notice.
const (
	NoticeInfo  NoticeLevel = "info"
	NoticeWarn  NoticeLevel = "warn"
	NoticeError NoticeLevel = "error"
)

// Notice is something a person should know, until it no longer holds.
type Notice struct {
	ID    string      `json:"id"`
	At    Time        `json:"at" format:"date-time"`
	Level NoticeLevel `json:"level" enum:"info,warn,error"`
	Code  string      `json:"code"`
	Text  string      `json:"text"`
	Hint  string      `json:"hint,omitempty"`
}

// EventKind names a server-sent event.
type EventKind string

// The kinds of event. EventState carries a Status; the others carry the object
// they are named after.
const (
	EventState    EventKind = "state"
	EventLoad     EventKind = "load"
	EventFallback EventKind = "fallback"
	EventSample   EventKind = "sample"
	EventConfig   EventKind = "config"
	EventKeep     EventKind = "keep"
	EventNotice   EventKind = "notice"
)

// Event is something that happened, for whoever listens. IDs grow by one.
type Event struct {
	ID   uint64
	Kind EventKind
	Data any // the domain object, never changed after it was published
}

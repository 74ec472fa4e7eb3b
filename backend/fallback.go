package backend

// Outcome is how a run that did not get its first model ended.
type Outcome string

// The outcomes of a fallback.
const (
	FellBack     Outcome = "fell_back"      // another model answered
	Exhausted    Outcome = "exhausted"      // nobody answered
	Stopped      Outcome = "stopped"        // the chain was cut before its end
	ErrorAsReply Outcome = "error_as_reply" // the error text was sent as the answer
)

// Decision is how one model's turn in a chain ended.
type Decision string

// The decisions.
const (
	AttemptFailed    Decision = "failed"
	AttemptSucceeded Decision = "succeeded"
	AttemptSkipped   Decision = "skipped" // not even tried: OpenClaw let its provider cool down
)

// Fallback is one run of an agent that the requested model did not answer.
// Requested and Answered are "provider/model".
type Fallback struct {
	ID              int64     `json:"id"`
	At              Time      `json:"at" format:"date-time" doc:"When the run began, or its first failure where the beginning is not known"`
	EndedAt         *Time     `json:"ended_at,omitempty" format:"date-time"`
	Source          string    `json:"source" enum:"log,transcript,state" doc:"Which of OpenClaw's records told of it"`
	OpenClawVersion string    `json:"openclaw_version,omitempty"`
	RunID           string    `json:"run_id,omitempty"`
	SessionID       string    `json:"session_id,omitempty"`
	SessionKey      string    `json:"session_key,omitempty" doc:"OpenClaw's name of the conversation, as agent:main:main"`
	AgentID         string    `json:"agent_id,omitempty"`
	Requested       string    `json:"requested"`
	Answered        *string   `json:"answered"`
	Outcome         Outcome   `json:"outcome" enum:"fell_back,exhausted,stopped,error_as_reply"`
	Reason          string    `json:"reason" doc:"OpenClaw's own word for it, which is a claim and not the cause"`
	LostSeconds     *float64  `json:"lost_seconds,omitempty" doc:"From the run's beginning to the turn of the model that answered, or to the end where none did"`
	Attempts        []Attempt `json:"attempts"`
	Cause           Cause     `json:"cause"`
	// Key names the run wherever it is told of again, so that a later sighting
	// adds to the record instead of making a second one.
	Key string `json:"-"`
}

// Attempt is one model's turn in a fallback. At is when it ended.
type Attempt struct {
	Model     string   `json:"model"`
	StartedAt *Time    `json:"started_at,omitempty" format:"date-time"`
	At        Time     `json:"at" format:"date-time" doc:"When it ended"`
	Decision  Decision `json:"decision" enum:"failed,succeeded,skipped"`
	Tries     *int     `json:"tries,omitempty" doc:"How often OpenClaw asked this model before it gave up, where it tells"`
	Reason    string   `json:"reason,omitempty"`
	Status    *int     `json:"status,omitempty" doc:"HTTP status as OpenClaw logged it, which may be of its own making"`
	Code      string   `json:"code,omitempty"`
	Detail    string   `json:"detail,omitempty" doc:"The provider's error text, shortened"`
}

// CauseCode names why a fallback happened.
type CauseCode string

// The causes of a fallback.
const (
	FellServerOff     CauseCode = "server_off"         // LM Studio runs, its HTTP server was off
	FellAppOff        CauseCode = "app_off"            // LM Studio did not run
	FellNotLoaded     CauseCode = "model_not_loaded"   // nothing was loaded, and no request may load it
	FellLoading       CauseCode = "model_loading"      // it was just being loaded
	FellCrashed       CauseCode = "model_crashed"      // its engine died
	FellMissing       CauseCode = "model_missing"      // the server does not have it
	FellContext       CauseCode = "context_too_small"  // the prompt did not fit into the context it is loaded with
	FellMemory        CauseCode = "out_of_memory"      // the server refused to load it, or ran out of memory
	FellTimeoutCold   CauseCode = "timeout_cold"       // the load took longer than OpenClaw waited
	FellTimeoutBusy   CauseCode = "timeout_busy"       // it was answering someone else, or too slowly
	FellAuth          CauseCode = "auth"               // the provider wants another key or token
	FellRateLimited   CauseCode = "rate_limited"       // the provider's limit, or its bill
	FellProviderError CauseCode = "provider_error"     // the provider failed by itself
	FellNetwork       CauseCode = "network"            // the provider could not be reached
	FellDuplicate     CauseCode = "duplicate_instance" // a second, smaller instance of it got the request
	FellUnknown       CauseCode = "unknown"            // nothing seen explains it
)

// Confidence is how far the evidence for a cause goes.
type Confidence string

// The degrees of confidence. Certain needs evidence that itself says so: our
// own observation of that moment, or the provider's own words.
const (
	Certain  Confidence = "certain"
	Likely   Confidence = "likely"
	NotKnown Confidence = "unknown"
)

// Cause is why a fallback happened, as far as the evidence goes.
type Cause struct {
	Code       CauseCode  `json:"code" enum:"server_off,app_off,model_not_loaded,model_loading,model_crashed,model_missing,context_too_small,out_of_memory,timeout_cold,timeout_busy,auth,rate_limited,provider_error,network,duplicate_instance,unknown"`
	Summary    string     `json:"summary" doc:"Follows \"because\": LM Studio's server was off from 10:31 to 10:44"`
	Confidence Confidence `json:"confidence" enum:"certain,likely,unknown"`
	Evidence   []Evidence `json:"evidence"`
	Remedy     *Remedy    `json:"remedy,omitempty"`
}

// EvidenceKind tells where a fact comes from.
type EvidenceKind string

// The kinds of evidence, the nearest to the wire first.
const (
	EvidenceServer     EvidenceKind = "server_state" // what Pilotlight saw of the server
	EvidenceLoad       EvidenceKind = "load_history" // what Pilotlight saw of loads and unloads
	EvidenceError      EvidenceKind = "error_text"   // the provider's own words
	EvidenceTranscript EvidenceKind = "transcript"   // OpenClaw's record of the conversation, without its words
	EvidenceLog        EvidenceKind = "openclaw_log" // OpenClaw's own reading of it
	EvidenceMemory     EvidenceKind = "memory"       // the machine's memory at that moment
	EvidenceConfig     EvidenceKind = "config"       // what OpenClaw's config says
)

// Evidence is one fact that a cause rests on.
type Evidence struct {
	Kind EvidenceKind `json:"kind" enum:"server_state,load_history,error_text,transcript,openclaw_log,memory,config"`
	Ref  string       `json:"ref,omitempty" doc:"Where it stands: a file and a byte, a row of the history"`
	At   Time         `json:"at" format:"date-time"`
	Text string       `json:"text"`
}

// RemedyAction names what Pilotlight can do about a cause by itself, on a
// person's word.
type RemedyAction string

// The actions. Each is carried out by FixFallback.
const (
	ActionLoad        RemedyAction = "load"          // load the requested model once
	ActionKeep        RemedyAction = "keep"          // keep the requested model loaded
	ActionKeepContext RemedyAction = "keep_context"  // keep it, with the context that was needed
	ActionStartServer RemedyAction = "start_server"  // switch LM Studio's HTTP server on; the app runs
	ActionUnloadExtra RemedyAction = "unload_extra"  // unload the smaller duplicate while it is idle
	ActionTimeout     RemedyAction = "raise_timeout" // raise the provider's timeoutSeconds in OpenClaw's config
	ActionCheck       RemedyAction = "check"         // ask the instance for one token: does it still answer?
)

// Remedy is what to do about a cause; Action names something that Pilotlight
// can do itself, and Label is what its button says.
type Remedy struct {
	Text    string       `json:"text"`
	Action  RemedyAction `json:"action,omitempty" enum:"load,keep,keep_context,start_server,unload_extra,raise_timeout,check"`
	Label   string       `json:"label,omitempty"`
	Model   string       `json:"model,omitempty" doc:"The model's key that the action is about"`
	Server  string       `json:"server,omitempty"`
	Context *int         `json:"context_length,omitempty" doc:"Tokens, for keep_context"`
	Seconds *float64     `json:"seconds,omitempty" doc:"For raise_timeout"`
}

// StepKind tells what a step of a story is about.
type StepKind string

// The kinds of step.
const (
	StepServer  StepKind = "server"  // the server's state changed
	StepLoad    StepKind = "load"    // a model was loaded or unloaded
	StepAttempt StepKind = "attempt" // a model was asked and failed
	StepSkip    StepKind = "skip"    // a model was passed over
	StepAnswer  StepKind = "answer"  // a model answered
	StepEnd     StepKind = "end"     // the run ended without an answer
)

// Step is one moment of a fallback's story, told in words.
type Step struct {
	At   Time     `json:"at" format:"date-time"`
	Kind StepKind `json:"kind" enum:"server,load,attempt,skip,answer,end"`
	Tone string   `json:"tone" enum:"ok,bad,plain" doc:"How it bears on the run"`
	Text string   `json:"text"`
	Note string   `json:"note,omitempty" doc:"What was seen, for who wants to know"`
}

// FallbackStory is one fallback with what happened around it.
type FallbackStory struct {
	Fallback
	Steps []Step `json:"steps"`
}

// FallbackQuery selects fallbacks, newest first. Zero fields do not restrict.
type FallbackQuery struct {
	Since   *Time
	Until   *Time
	Model   string // requested or answered, "provider/model"
	Reason  string // OpenClaw's reason
	Cause   CauseCode
	Outcome Outcome
	Session string // a session's id or key
	Before  string // only what stands after it in the list: the cursor of a page
	Limit   int    // 0 means the store's default; the store has a cap
}

// FallbackDay is the fallbacks of one day of this machine's calendar.
type FallbackDay struct {
	Day         string  `json:"day" doc:"YYYY-MM-DD, this machine's time zone"`
	Count       int     `json:"count"`
	LostSeconds float64 `json:"lost_seconds"`
}

// FallbackCount counts the fallbacks that share something.
type FallbackCount struct {
	Key         string  `json:"key"`
	Count       int     `json:"count"`
	LostSeconds float64 `json:"lost_seconds"`
	LastAt      Time    `json:"last_at" format:"date-time"`
}

// FallbackSummary is the fallbacks of a span of time, counted. LostSeconds adds
// up what is known; Timed says of how many fallbacks.
type FallbackSummary struct {
	Since       Time            `json:"since" format:"date-time"`
	Until       Time            `json:"until" format:"date-time"`
	Count       int             `json:"count"`
	Timed       int             `json:"timed"`
	LostSeconds float64         `json:"lost_seconds"`
	Days        []FallbackDay   `json:"days" doc:"Days with at least one, oldest first"`
	Causes      []FallbackCount `json:"causes" doc:"By cause, most first"`
	Requested   []FallbackCount `json:"requested" doc:"By the model that was asked for, most first"`
	Answered    []FallbackCount `json:"answered" doc:"By the model that answered instead, most first"`
	Patterns    []Pattern       `json:"patterns" doc:"What the history shows beyond the single fallback"`
}

// PatternCode names what the history shows beyond the single fallback.
type PatternCode string

// The patterns.
const (
	PatternStuck     PatternCode = "stuck_on_fallback"  // a session stays on its fallback though the primary is well
	PatternStorm     PatternCode = "load_storm"         // one model was loaded again and again
	PatternDuplicate PatternCode = "duplicate_instance" // one model is in memory more than once
	PatternCold      PatternCode = "cold_timeout"       // loading takes longer than OpenClaw waits
	PatternRepeat    PatternCode = "repeated_failure"   // the same cause again and again
	PatternLost      PatternCode = "time_lost"          // what fallbacks cost a day
)

// Pattern is something that the history shows, with what to do about it.
type Pattern struct {
	Code    PatternCode `json:"code" enum:"stuck_on_fallback,load_storm,duplicate_instance,cold_timeout,repeated_failure,time_lost"`
	Level   NoticeLevel `json:"level" enum:"info,warn,error"`
	Text    string      `json:"text"`
	Hint    string      `json:"hint,omitempty"`
	Model   string      `json:"model,omitempty"`
	Session string      `json:"session,omitempty"`
	Since   *Time       `json:"since,omitempty" format:"date-time"`
	Count   *int        `json:"count,omitempty"`
	Remedy  *Remedy     `json:"remedy,omitempty"`
}

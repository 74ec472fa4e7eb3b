package openclawtest

import (
	"cmp"
	"time"
)

// Failure is a way for a model not to answer.
type Failure string

// The failures. None is an answer.
const (
	None            Failure = ""
	ServerOff       Failure = "server_off"       // connection refused
	NotLoaded       Failure = "not_loaded"       // LM Studio: 404, no models loaded
	NotFound        Failure = "not_found"        // LM Studio: 404, no such model
	LoadFailed      Failure = "load_failed"      // LM Studio: 400, too little memory to load it
	ContextOverflow Failure = "context_overflow" // LM Studio: 400, the prompt does not fit
	Crashed         Failure = "crashed"          // LM Studio: 200, then an error in the stream
	Err500          Failure = "err_500"
	RateLimited     Failure = "rate_limited" // 429
	Auth            Failure = "auth"         // 401
	Hang            Failure = "hang"         // nothing comes back
	Cooldown        Failure = "cooldown"     // not even asked: its provider failed a moment ago
)

// Trigger is what made the agent run.
type Trigger string

// The triggers.
const (
	ByUser      Trigger = "user"
	ByHeartbeat Trigger = "heartbeat"
)

// Via is the way a turn came in. The command line and the gateway's agent call
// log alike; a chat leaves traces on more lines and, in 2026.9, a notice of the
// fallback in the session.
type Via string

// The ways.
const (
	ViaAgent Via = "agent"
	ViaCLI   Via = "cli" // like ViaAgent, and a failed command tells of itself in the log
	ViaChat  Via = "chat"
)

// Turn is one run of the agent.
type Turn struct {
	Session string    // the session's key; default "agent:main:main"
	RunID   string    // default a new one
	At      time.Time // when it begins; default Now. PlayLive and PlayAgainst begin now
	Model   string    // asked for instead of the session's: a heartbeat's own model. A ref or an alias
	// Failures are what becomes of the models in their order; a model beyond the
	// list answers. PlayAgainst uses them for the models that are not LM Studio's.
	Failures []Failure
	Tries    int           // how often a failing request is made; 0 = the version's habit
	Took     time.Duration // of the whole turn; 0 = as long as the version's waits are
	Timeout  time.Duration // of the run; default 10 minutes
	Trigger  Trigger       // default ByUser
	Via      Via           // default ViaAgent
	Prompt   string        // what the person wrote
	Answer   string        // what the model that answers writes
}

func (t Turn) withDefaults() Turn {
	t.Session = cmp.Or(t.Session, "agent:main:main")
	t.Timeout = cmp.Or(t.Timeout, 10*time.Minute)
	t.Trigger = cmp.Or(t.Trigger, ByUser)
	t.Via = cmp.Or(t.Via, ViaAgent)
	if t.Trigger == ByHeartbeat {
		t.Prompt = cmp.Or(t.Prompt, "Read HEARTBEAT.md if it exists. If nothing needs attention, reply HEARTBEAT_OK.")
		t.Answer = cmp.Or(t.Answer, "HEARTBEAT_OK")
	}
	t.Prompt = cmp.Or(t.Prompt, "Say hello.")
	t.Answer = cmp.Or(t.Answer, "Hello from the fake model.")
	return t
}

func (t Turn) failure(i int) Failure {
	if i < len(t.Failures) {
		return t.Failures[i]
	}
	return None
}

// Outcome is how a turn ended.
type Outcome string

// The outcomes.
const (
	Answered     Outcome = "answered" // by the model that was asked for
	FellBack     Outcome = "fell_back"
	Exhausted    Outcome = "exhausted"
	Stopped      Outcome = "stopped"
	ErrorAsReply Outcome = "error_as_reply"
)

// Run is what really happened in a turn, whatever the files say of it.
type Run struct {
	RunID      string
	Session    string // the session's key
	SessionID  string
	Requested  string // a ref
	AnsweredBy string // a ref; "" for nobody
	Outcome    Outcome
	Started    time.Time
	Ended      time.Time
}

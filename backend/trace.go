package backend

import (
	"strings"
	"time"
)

// TraceKind tells what a Trace is of.
type TraceKind string

// The kinds of trace. The comments name what OpenClaw writes; versions differ
// in which of them they write at all.
const (
	TraceDecision   TraceKind = "decision"    // log, event model_fallback_decision: one candidate of a chain
	TraceStopped    TraceKind = "stopped"     // log, event model_fallback_chain_stopped
	TraceFailover   TraceKind = "failover"    // log, event embedded_run_failover_decision
	TraceRunEnd     TraceKind = "run_end"     // log, event embedded_run_agent_end with an error
	TraceRunTimeout TraceKind = "run_timeout" // log, "embedded run timeout: runId=… timeoutMs=…"
	TraceTransport  TraceKind = "transport"   // log, one request that failed: "[model-fetch] error …", "[responses] error …"
	TracePreload    TraceKind = "preload"     // log, "LM Studio inference preload failed for …"
	TraceRetry      TraceKind = "retry"       // log, "transient same-model retry n/m for …", "[empty-error-retry] …"
	TraceLane       TraceKind = "lane"        // log, "lane task error: lane=… durationMs=… error=…"
	TraceSwitched   TraceKind = "switched"    // log, "Model … not found. Fell back to …": from Requested to Candidate
	TraceContext    TraceKind = "context"     // log, "blocked model (context window too small)", "[context-overflow-diag] …"

	TraceUser      TraceKind = "user"      // transcript, a person's message: a turn begins
	TraceCandidate TraceKind = "candidate" // transcript, model-snapshot: a model's turn begins
	TraceChosen    TraceKind = "chosen"    // transcript, model_change: the model chosen for the session
	TraceAnswer    TraceKind = "answer"    // transcript, an assistant's message; Stop says how it ended

	TraceSession TraceKind = "session" // the session index, one entry that changed
)

// TraceSource is which of OpenClaw's records a trace comes from.
type TraceSource string

// The records.
const (
	SourceLog        TraceSource = "log"        // the JSONL log
	SourceTranscript TraceSource = "transcript" // a session's JSONL file (2026.2 and 2026.3) and the session index
	SourceState      TraceSource = "state"      // the SQLite files of 2026.9
)

// ModelRef is a model as OpenClaw names it. Model may contain slashes.
type ModelRef struct {
	Provider string `json:"provider"`
	Model    string `json:"model"`
}

// String is "provider/model", or "" for no model.
func (r ModelRef) String() string {
	if r.Provider == "" || r.Model == "" {
		return r.Provider + r.Model
	}
	return r.Provider + "/" + r.Model
}

// ParseModelRef splits "provider/model" at its first slash, as OpenClaw does.
func ParseModelRef(s string) ModelRef {
	provider, model, ok := strings.Cut(s, "/")
	if !ok {
		return ModelRef{Model: s}
	}
	return ModelRef{Provider: provider, Model: model}
}

// Trace is one thing that OpenClaw recorded about a run, in domain terms and
// without anything that was said in it. Fields that a record does not tell are
// left zero.
type Trace struct {
	Kind   TraceKind
	Source TraceSource
	At     time.Time
	Ref    string // where it stands: a file's base name and the byte of its line

	RunID      string
	SessionID  string
	SessionKey string // "agent:main:main"
	AgentID    string
	Lane       string
	// TraceID is the same for the lines of one run, where OpenClaw writes it
	// (2026.9): the only tie between a request that failed and its run.
	TraceID string

	Requested ModelRef // the model the run was meant for
	Candidate ModelRef // the model this is about
	Next      ModelRef // the candidate after it, where there is one

	// Decision is OpenClaw's word: candidate_failed, candidate_succeeded,
	// skip_candidate, probe_cooldown_candidate of a TraceDecision; fallback_model,
	// surface_error, rotate_profile of a TraceFailover. Ours: blocked, overflow,
	// compaction_failed, exhausted of a TraceContext; retries_ended of the last
	// TraceRetry.
	Decision string
	Attempt  int    // 1 is the first; 0 is not told
	Total    int    // candidates of the chain; 0 is not told
	Final    string // next_fallback, succeeded, chain_exhausted, where told
	Reason   string // OpenClaw's claim: timeout, rate_limit, format, …
	Status   int    // HTTP status; 0 is not told
	Code     string // the provider's error code, or the transport's: ECONNREFUSED
	Detail   string // the error text, on one line, secrets removed, at most MaxDetail bytes
	Tries    int    // same-model tries so far, or in all; of a TraceRetry the retries without the first try; 0 is not told

	// Previous are the failed candidates as a decision to succeed repeats them.
	Previous []Attempt

	Duration time.Duration // of the lane's task, of the request, of the time-out, of the pause before a retry; 0 is not told
	TimedOut bool

	// Stop is how an answer ended: stop, toolUse, length, error, aborted.
	Stop string
	// Words says that an answer had any text or tool call, never which.
	Words bool
	// Injected says that OpenClaw wrote a user message itself, to go on with
	// another model.
	Injected bool

	// Of a session index entry.
	Override string // user, auto: who chose a model other than the default
	Notice   string // OpenClaw's own fallback notice: the active model, "provider/model"
}

// MaxDetail bounds an error text, in bytes.
const MaxDetail = 300

// Cursor says how far a file of OpenClaw's was read. A file is known by its
// place on the disk and by its beginning, because names come back.
type Cursor struct {
	Path   string
	Device uint64
	Inode  uint64
	Offset int64  // the first byte not read yet
	Head   []byte // hashes of the file's first bytes and of the last before Offset, to tell a file that was written anew
	Mark   string // for what is not a file of lines: how far it was read
	ReadAt time.Time
}

// ServerChange is one change of a server's state, and how long it lasted.
type ServerChange struct {
	ID     int64       `json:"id"`
	At     Time        `json:"at" format:"date-time"`
	Until  *Time       `json:"until,omitempty" format:"date-time"`
	Server string      `json:"server"`
	State  ServerState `json:"state" enum:"up,server_off,down,needs_token,unknown"`
	Code   Code        `json:"code,omitempty"`
	Detail string      `json:"detail,omitempty"`
}

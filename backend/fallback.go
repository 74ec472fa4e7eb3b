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

// Fallback is one run of an agent that the requested model did not answer.
// Requested and Answered are "provider/model".
type Fallback struct {
	ID              int64     `json:"id"`
	At              Time      `json:"at" format:"date-time"`
	EndedAt         *Time     `json:"ended_at,omitempty" format:"date-time"`
	Source          string    `json:"source"`
	OpenClawVersion string    `json:"openclaw_version,omitempty"`
	RunID           string    `json:"run_id,omitempty"`
	SessionID       string    `json:"session_id,omitempty"`
	AgentID         string    `json:"agent_id,omitempty"`
	Requested       string    `json:"requested"`
	Answered        *string   `json:"answered"`
	Outcome         Outcome   `json:"outcome" enum:"fell_back,exhausted,stopped,error_as_reply"`
	Reason          string    `json:"reason"`
	LostSeconds     *float64  `json:"lost_seconds,omitempty"`
	Attempts        []Attempt `json:"attempts"`
	Cause           Cause     `json:"cause"`
}

// Attempt is one model's turn in a fallback.
type Attempt struct {
	Model    string `json:"model"`
	At       Time   `json:"at" format:"date-time"`
	Decision string `json:"decision" enum:"failed,succeeded,skipped"`
	Reason   string `json:"reason,omitempty"`
	Status   *int   `json:"status,omitempty"`
	Code     string `json:"code,omitempty"`
	Detail   string `json:"detail,omitempty"`
}

// Cause is why a fallback happened, as far as the evidence goes.
type Cause struct {
	Code       string     `json:"code"`
	Summary    string     `json:"summary"`
	Confidence string     `json:"confidence" enum:"certain,likely,unknown"`
	Evidence   []Evidence `json:"evidence"`
	Remedy     *Remedy    `json:"remedy,omitempty"`
}

// Evidence is one fact that a cause rests on.
type Evidence struct {
	Kind string `json:"kind"`
	Ref  string `json:"ref,omitempty"`
	At   Time   `json:"at" format:"date-time"`
	Text string `json:"text"`
}

// Remedy is what to do about a cause; Action names something that Pilotlight
// can do itself.
type Remedy struct {
	Text   string `json:"text"`
	Action string `json:"action,omitempty"`
}

package keep

import (
	"time"

	"pilotlight/backend"
)

// Settings are the periods that the rules go by.
type Settings struct {
	Settle       time.Duration // after the server came back, before a load
	BackoffBase  time.Duration // doubled with every failure
	BackoffCap   time.Duration
	HealthyAfter time.Duration // warm for so long, failures are forgotten
	EjectPause   time.Duration // left alone after a person unloaded it
	IdleProof    time.Duration // idle for so long before it may be replaced
	LossWindow   time.Duration // a second unexplained loss within it is no accident
	RefusalRetry time.Duration // after the server refused for lack of memory
	FailWindow   time.Duration // engine failures are counted over it
	MaxFails     int           // engine failures in FailWindow before giving up until it has passed
	LostHold     time.Duration // least wait after a load whose answer was lost
	MinPingTTL   time.Duration // shorter TTLs are left to expire
	PingShare    float64       // of the TTL, after which a ping is due
	RenewBefore  time.Duration // the end of a keep_alive, when it is renewed
	RequestEvery time.Duration // between two requests of one token, where only they keep a model warm
	AppearWithin time.Duration // a finished load must be listed within it
}

// Defaults are the periods for real use. The back-off has the figures of
// OpenClaw's own preload, so that the two do not beat against each other.
func Defaults() Settings {
	return Settings{
		Settle: 20 * time.Second, BackoffBase: 5 * time.Second, BackoffCap: 300 * time.Second,
		HealthyAfter: 10 * time.Minute, EjectPause: 30 * time.Minute, IdleProof: 60 * time.Second,
		LossWindow: 10 * time.Minute, RefusalRetry: time.Hour, FailWindow: time.Hour, MaxFails: 3,
		LostHold: 60 * time.Second, MinPingTTL: 10 * time.Minute, PingShare: 0.8, RenewBefore: 2 * time.Minute, RequestEvery: 4 * time.Minute, AppearWithin: 15 * time.Second,
	}
}

// State is all that the rules remember. Its fields are exported for JSON only.
type State struct {
	Target *backend.Target `json:"target,omitempty"`

	Shown     backend.KeepState `json:"shown,omitempty"` // for Since
	ShownCode backend.Code      `json:"shown_code,omitempty"`
	Since     time.Time         `json:"since,omitzero"`

	Instance string    `json:"instance,omitempty"` // the one that is held warm
	Accepted *accepted `json:"accepted,omitempty"`
	WarmFrom time.Time `json:"warm_from,omitzero"`

	Pause *pause `json:"pause,omitempty"`
	Block *block `json:"block,omitempty"`

	Attempt   *attempt       `json:"attempt,omitempty"`
	Started   time.Time      `json:"started,omitzero"` // the last load was asked for
	Asked     *asked         `json:"asked,omitempty"`
	Awaited   time.Time      `json:"awaited,omitzero"` // a finished load must be listed by then
	LastError *backend.Error `json:"last_error,omitempty"`
	Failures  int            `json:"failures,omitempty"`
	Next      time.Time      `json:"next,omitzero"`
	Hold      *hold          `json:"hold,omitempty"`
	FailedAt  []time.Time    `json:"failed_at,omitempty"`
	Refusals  int            `json:"refusals,omitempty"`
	Losses    []time.Time    `json:"losses,omitempty"`

	Before *before `json:"before,omitempty"`
	Hurt   bool    `json:"hurt,omitempty"` // the last load drove the machine into swap

	Confirmed bool      `json:"confirmed,omitempty"` // a person said: replace it
	Removal   *removal  `json:"removal,omitempty"`
	PingedFor time.Time `json:"pinged_for,omitzero"` // the last use that a ping was already sent for, or the end that was renewed

	// Of a model that is kept warm by requests alone.
	RequestedAt time.Time `json:"requested_at,omitzero"`
	RequestedOf string    `json:"requested_of,omitempty"` // the model's key
	AnsweredAt  time.Time `json:"answered_at,omitzero"`
	Unanswered  int       `json:"unanswered,omitempty"` // requests in a row

	// Idle is not stored: a proof is worth nothing after a gap in it.
	Idle idleProof `json:"-"`
}

// accepted is a context that the server gave instead of the one asked for.
type accepted struct {
	Instance string `json:"instance"`
	Wanted   int    `json:"wanted"`
	Got      int    `json:"got"`
}

// pause is why nothing is done. A zero Until lasts until a person resumes.
type pause struct {
	Reason *backend.Error `json:"reason,omitempty"` // nil: a person asked for it
	At     time.Time      `json:"at"`
	Until  time.Time      `json:"until,omitzero"`
}

// block is why nothing can be done. A zero Until lasts until a person acts.
type block struct {
	Reason    *backend.Error `json:"reason"`
	At        time.Time      `json:"at"`
	Until     time.Time      `json:"until,omitzero"`
	Available *int64         `json:"available,omitempty"` // memory at that time
}

// attempt is a load of ours that runs.
type attempt struct {
	At      time.Time `json:"at"`
	Context *int      `json:"context,omitempty"`
}

// before is how the machine's memory was when the last load was asked for.
type before struct {
	SwapBytes *int64 `json:"swap_bytes,omitempty"`
	Critical  bool   `json:"critical,omitempty"`
}

// asked is the context of a load of ours that no list has shown yet.
type asked struct {
	Context *int `json:"context,omitempty"`
	Away    bool `json:"away,omitempty"` // Pilotlight was restarted since
}

// removal is an unload that was asked for and not yet seen to happen.
type removal struct {
	Instance string    `json:"instance"`
	At       time.Time `json:"at"`
	Tries    int       `json:"tries"`
}

// hold keeps us from asking again while a load whose answer was lost may still
// be running in the server.
type hold struct {
	At    time.Time `json:"at"`
	Until time.Time `json:"until"`
}

// longestHold ends the wait for a load whose answer was lost.
const longestHold = 30 * time.Minute

// until is when to stop waiting: twice the time that a load of the model
// usually takes, where that is known.
func (h hold) until(expected *float64) time.Time {
	if expected == nil {
		return h.Until
	}
	usual := time.Duration(2 * min(*expected, longestHold.Seconds()) * float64(time.Second))
	if end := h.At.Add(min(usual, longestHold)); end.After(h.Until) {
		return end
	}
	return h.Until
}

// idleProof is what the server said of the instance that may be replaced.
type idleProof struct {
	instance string
	since    time.Time // idle in every reading since then; zero if not
	asked    time.Time
	unknown  bool // the server cannot tell
}

// Facts is what is known at one moment.
type Facts struct {
	Now      time.Time
	Server   backend.Server
	Trusted  bool      // the last look brought a complete list
	Doubtful bool      // an instance was missing in the last list and is not yet called unloaded
	CameUp   time.Time // when the server came back from an outage; zero if it never went
	Busy     bool      // a load of ours runs, of whatever model
	Lost     time.Time // when the answer to a load of the target was lost that may still run, whoever asked; zero for none
	Memory   *backend.Memory
	Fit      *backend.Fit // of one more load of the target
	Ours     func(instanceID string) bool
	Progress *float64
	Expected *float64 // seconds a load of the target usually takes
}

// ActionKind is what the rules want done.
type ActionKind string

// The kinds of action.
const (
	Nothing ActionKind = ""
	Load    ActionKind = "load"
	Unload  ActionKind = "unload"
	Ping    ActionKind = "ping"     // one token, to reset the TTL
	Renew   ActionKind = "renew"    // no token: have the server keep it for good, where requests give it an end
	AskBusy ActionKind = "ask_busy" // is it answering someone? then BusyRead
)

// Action is one thing to do now.
type Action struct {
	Kind     ActionKind
	Load     backend.LoadRequest
	Instance string
}

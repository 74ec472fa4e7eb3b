package backend

// Rights is how much somebody who asks this agent may do.
type Rights string

// The rights. "" is not known.
const (
	RightsFull Rights = "full" // everything
	RightsRead Rights = "read" // look, and change nothing; OpenClaw's config is not shown
)

// PeerState is what another Pilotlight looked like at the last look.
type PeerState string

// The states of a peer.
const (
	PeerUp         PeerState = "up"
	PeerDown       PeerState = "down"        // nothing answers, or not a Pilotlight
	PeerNeedsToken PeerState = "needs_token" // it answers, and does not take our token
	PeerUnknown    PeerState = "unknown"     // not looked yet
)

// Peer is another Pilotlight, on another machine, as last seen. Its token is
// never in it.
type Peer struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	URL            string    `json:"url"`
	Rights         Rights    `json:"rights,omitempty" enum:"full,read" doc:"What our token may do there; left out where it is not known"`
	State          PeerState `json:"state" enum:"up,down,needs_token,unknown"`
	StateSince     *Time     `json:"state_since,omitempty" format:"date-time"`
	CheckedAt      *Time     `json:"checked_at,omitempty" format:"date-time"`
	LatencySeconds *float64  `json:"latency_seconds,omitempty"`
	Error          *Error    `json:"error,omitempty"`
	Version        string    `json:"version,omitempty"`
	Seen           *PeerView `json:"seen,omitempty" doc:"What it last told of itself; older than checked_at when state is not up"`
	SeenAt         *Time     `json:"seen_at,omitempty" format:"date-time"`
}

// PeerView is what is kept of another Pilotlight's state: what it tells of its
// own peers is left out, so that nobody looks through a chain of machines.
type PeerView struct {
	Demo           bool      `json:"demo,omitempty"`
	Servers        []Server  `json:"servers" doc:"Their models are only those in memory, on the way there, or kept; all of them are at /api/peers/{id}/models"`
	Keep           *Keep     `json:"keep,omitempty" doc:"Left out where it was not told"`
	Machine        *Sample   `json:"machine,omitempty" doc:"Without its processes"`
	LastFallback   *Fallback `json:"last_fallback,omitempty" doc:"Without its attempts and evidence"`
	FallbacksToday *int      `json:"fallbacks_today,omitempty"`
}

// Status is the view as the state that it was cut from, for those who put a
// state into words. A keep that was not told is one without a state.
func (v *PeerView) Status() *Status {
	st := &Status{
		Demo: v.Demo, Servers: v.Servers, Machine: v.Machine, LastFallback: v.LastFallback, FallbacksToday: v.FallbacksToday,
	}
	if v.Keep != nil {
		st.Keep = *v.Keep
	}
	return st
}

// PeerWish is another Pilotlight that a person wants to see here.
type PeerWish struct {
	Name  string `json:"name,omitempty" maxLength:"60" doc:"The machine's own name when left out"`
	URL   string `json:"url" minLength:"1" maxLength:"300" doc:"Where it answers, as http://192.168.1.20:7456"`
	Token string `json:"token" minLength:"1" maxLength:"512" doc:"What pilotlight token --read, or pilotlight token, prints there"`
}

// PeerChange is what is to be different of a peer; what is left out stays.
type PeerChange struct {
	Name  *string `json:"name,omitempty" minLength:"1" maxLength:"60"`
	Token *string `json:"token,omitempty" minLength:"1" maxLength:"512"`
}

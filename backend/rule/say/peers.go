package say

import (
	"strings"
	"time"

	"pilotlight/backend"
)

var peerWords = map[backend.PeerState]string{
	backend.PeerUp: "up", backend.PeerDown: "not reached", backend.PeerNeedsToken: "needs a token",
}

// PeerState is how another machine stands, with when it was last seen where it does
// not answer.
func PeerState(p backend.Peer, now time.Time) string {
	word := peerWords[p.State]
	switch {
	case word == "":
		return "not known yet"
	case p.State != backend.PeerUp && p.SeenAt != nil:
		return word + ", last seen " + Ago(p.SeenAt.Time, now)
	}
	return word
}

// PeerKeep is what another machine keeps, in a sentence; "" where it was not told.
func PeerKeep(p backend.Peer, now time.Time) string {
	if p.Seen == nil || p.Seen.Keep == nil {
		return ""
	}
	return Of(p.Seen.Status(), now).Title
}

// Peer is another machine in a line, without its name. What it last told stands after
// the word that it is not reached, because it may be true no more.
func Peer(p backend.Peer, now time.Time) string {
	keep := PeerKeep(p, now)
	if p.State == backend.PeerUp && keep != "" {
		return keep
	}
	return strings.TrimSuffix(PeerState(p, now)+" · "+keep, " · ")
}

// PeerName is its name, with the word that what it shows is made up where it is.
func PeerName(p backend.Peer) string {
	if p.Seen != nil && p.Seen.Demo {
		return p.Name + " (demo)"
	}
	return p.Name
}

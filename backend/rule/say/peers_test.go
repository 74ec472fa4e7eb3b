package say_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

func TestPeer(t *testing.T) {
	t.Parallel()
	paused := &backend.PeerView{
		Servers: []backend.Server{{ID: "lmstudio", State: backend.ServerUp, Models: []backend.Model{{Key: "m", Name: "MiniMax"}}}},
		Keep:    &backend.Keep{Server: "lmstudio", Model: "m", State: backend.KeepPaused},
	}
	for want, p := range map[string]backend.Peer{
		"Keeping MiniMax is paused": {State: backend.PeerUp, Seen: paused},
		"up":                        {State: backend.PeerUp, Seen: &backend.PeerView{}},
		"not known yet":             {State: backend.PeerUnknown},
		"not reached":               {State: backend.PeerDown},
		"not reached, last seen 2 min ago · Keeping MiniMax is paused":   {State: backend.PeerDown, Seen: paused, SeenAt: at(-2 * time.Minute)},
		"needs a token, last seen 2 min ago · Keeping MiniMax is paused": {State: backend.PeerNeedsToken, Seen: paused, SeenAt: at(-2 * time.Minute)},
	} {
		if got := say.Peer(p, now); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := say.PeerName(backend.Peer{Name: "box", Seen: &backend.PeerView{Demo: true}}); got != "box (demo)" {
		t.Errorf("got %q", got)
	}
}

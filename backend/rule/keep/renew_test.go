package keep_test

import (
	"testing"
	"time"

	"pilotlight/backend"
)

// On Ollama a request gives the model that is kept an end again; the keep takes it
// away before it comes, once for each end.
func TestRenew(t *testing.T) {
	start := func(d *desk) *desk {
		d.loaded(qwen("qwen", wanted))
		d.facts.Server.Tells = &backend.Tells{Loaded: true, Expiry: true, WarmBy: backend.WarmByKeepAlive}
		return d
	}
	ends := func(d *desk, in time.Duration) {
		d.model("qwen").Instances[0].ExpiresAt = backend.AtPtr(d.facts.Now.Add(in))
		ttl := (5 * time.Minute).Seconds()
		d.model("qwen").Instances[0].TTLSeconds = &ttl
	}
	play(t, map[string]func(d *desk){
		"kept for good: nothing to do": func(d *desk) {
			start(d).steps("- → warm").after(1000 * time.Hour).steps("- → warm")
		},
		"an end far away, then near": func(d *desk) {
			start(d)
			ends(d, 5*time.Minute)
			d.steps("- → warm").after(3*time.Minute - 1).steps("- → warm").after(1).steps("renew qwen → warm")
		},
		"once for each end, also over a restart": func(d *desk) {
			start(d)
			ends(d, time.Minute)
			d.steps("renew qwen → warm").steps("- → warm").restarts().steps("- → warm")
			ends(d, 90*time.Second)
			d.steps("renew qwen → warm")
		},
		"it was missing in the last list: renewing would load it again": func(d *desk) {
			start(d)
			ends(d, time.Minute)
			d.facts.Doubtful = true
			d.steps("- → warm")
		},
		"paused: left to expire": func(d *desk) {
			start(d)
			ends(d, time.Minute)
			d.state = d.state.Paused(0, d.facts.Now)
			d.steps("- → paused")
		},
		"a server with a TTL of another kind is not renewed": func(d *desk) {
			start(d)
			ends(d, time.Minute)
			d.facts.Server.Tells.WarmBy = backend.WarmByLoad
			d.steps("- → warm")
		},
	})
}

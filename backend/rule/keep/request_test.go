package keep_test

import (
	"testing"
	"time"

	"pilotlight/backend"
)

// Behind a gateway nothing tells what is in memory, so a request now and then is
// all there is, and only where a person asked for it.
func TestKeptByRequests(t *testing.T) {
	start := func(d *desk, ask bool) *desk {
		d.facts.Server.Tells = &backend.Tells{WarmBy: backend.WarmByRequest}
		d.state = d.state.Retarget(backend.Target{Server: "mac", Model: "qwen", Ask: ask}, d.facts.Now)
		return d
	}
	answered := func(d *desk, err error) *desk {
		d.state = d.state.Answered("mac", "qwen", err, d.facts.Now)
		return d
	}
	broken := &backend.Error{Code: backend.CodeNetwork, Message: "Nothing answers."}
	play(t, map[string]func(d *desk){
		"nobody asked for it": func(d *desk) {
			start(d, false).steps("- → blocked refused").after(time.Hour).steps("- → blocked refused")
		},
		"one request, then one every four minutes": func(d *desk) {
			answered(start(d, true).steps("ping qwen → loading").steps("- → loading"), nil).steps("- → warm kept_by_requests")
			d.after(4*time.Minute - 1).steps("- → warm kept_by_requests").after(1).steps("ping qwen → warm kept_by_requests")
			answered(d, nil).restarts().steps("- → warm kept_by_requests")
		},
		"no second one while one runs": func(d *desk) {
			start(d, true).steps("ping qwen → loading").after(time.Hour)
			d.facts.Busy = true
			d.steps("- → loading")
		},
		"failures wait longer each time, and an answer ends them": func(d *desk) {
			answered(start(d, true).steps("ping qwen → loading"), broken).steps("- → waiting network")
			d.after(8*time.Minute - 1).steps("- → waiting network").after(1).steps("ping qwen → waiting network")
			answered(d, broken).after(16 * time.Minute).steps("ping qwen → waiting network")
			answered(d, nil).steps("- → warm kept_by_requests")
		},
		"paused: not asked": func(d *desk) {
			start(d, true)
			d.state = d.state.Paused(0, d.facts.Now)
			d.steps("- → paused")
		},
		"an answer to the keep before": func(d *desk) {
			start(d, true).steps("ping qwen → loading")
			d.state = d.state.Answered("box", "qwen", nil, d.facts.Now)
			d.state = d.state.Answered("mac", "llama", nil, d.facts.Now)
			d.steps("- → loading")
			answered(d, nil).steps("- → warm kept_by_requests")
		},
		"the clock was set back": func(d *desk) {
			answered(start(d, true).steps("ping qwen → loading"), nil).after(-time.Hour).steps("ping qwen → warm kept_by_requests")
		},
	})
}

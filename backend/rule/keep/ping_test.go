package keep_test

import (
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// A ping resets the TTL of an instance that a request loaded: rarely, and only
// when it disturbs nobody.
func TestPing(t *testing.T) {
	const ask, due = "ask_busy qwen → warm", 48 * time.Minute // 80 % of an hour
	start := func(d *desk) *desk { d.loaded(jit("qwen", wanted, time.Hour)); return d }
	used := func(d *desk, at time.Time) {
		d.model("qwen").Instances[0].LastUsedAt = backend.AtPtr(at)
	}
	play(t, map[string]func(d *desk){
		"loaded on purpose: it does not expire, so never": func(d *desk) {
			d.loaded(qwen("qwen", wanted))
			d.idle("qwen", time.Minute).steps("- → warm").after(1000 * time.Hour).steps("- → warm")
		},
		"due and idle": func(d *desk) {
			start(d).after(due-1).steps("- → warm").after(1).steps(ask).idle("qwen", 0).steps("ping qwen → warm")
		},
		"once a use": func(d *desk) {
			start(d).after(due).idle("qwen", 0).steps("ping qwen → warm").steps("- → warm")
			d.after(5*time.Minute).steps("- → warm").restarts().idle("qwen", 0).steps("- → warm")
			used(d, d.facts.Now)
			d.after(due).steps(ask).idle("qwen", 0).steps("ping qwen → warm")
		},
		"a real request came: the time runs from there": func(d *desk) {
			start(d).after(40 * time.Minute).steps("- → warm")
			used(d, d.facts.Now)
			d.after(due - 1).steps("- → warm").after(1).steps(ask)
		},
		"busy: asked again, not pinged": func(d *desk) {
			start(d).after(due)
			for range 100 {
				d.steps(ask).busy("qwen").steps("- → warm").after(5 * time.Second)
			}
		},
		"busy again since it was asked": func(d *desk) {
			start(d).after(due).idle("qwen", 0)
			yes := true
			d.model("qwen").Instances[0].Busy = &yes
			d.steps("- → warm")
		},
		"the server cannot tell: left to expire": func(d *desk) {
			start(d).after(due).steps(ask).cannotTell("qwen").steps("- → warm").after(59 * time.Second).steps("- → warm")
		},
		"the server could not tell once: asked again after a minute": func(d *desk) {
			start(d).after(due).steps(ask).cannotTell("qwen").after(time.Minute).steps(ask).idle("qwen", 0).steps("ping qwen → warm")
		},
		"an answer from before the clock was set back": func(d *desk) {
			start(d).after(2*time.Hour).idle("qwen", 0).after(-time.Hour).steps(ask)
		},
		"a TTL too short to be worth it": func(d *desk) {
			d.loaded(jit("qwen", wanted, 10*time.Minute-1))
			d.after(9*time.Minute).idle("qwen", 0).steps("- → warm")
		},
		"a TTL just long enough": func(d *desk) {
			d.loaded(jit("qwen", wanted, 10*time.Minute))
			d.after(8*time.Minute).idle("qwen", 0).steps("ping qwen → warm")
		},
		"its last use is not known: reckoned from when it was first seen": func(d *desk) {
			start(d)
			d.model("qwen").Instances[0].LastUsedAt = nil
			d.after(due-1).idle("qwen", 0).steps("- → warm").after(1).steps("ping qwen → warm")
		},
		"it was missing in the last list: a ping would load it again": func(d *desk) {
			start(d).after(due).idle("qwen", 0)
			d.facts.Doubtful = true
			d.steps("- → warm")
		},
		"not while a load runs": func(d *desk) {
			start(d).after(due).idle("qwen", 0)
			d.facts.Busy = true
			d.steps("- → warm")
		},
		"not while paused": func(d *desk) {
			start(d).after(due).idle("qwen", 0)
			d.state = d.state.Paused(0, d.facts.Now)
			d.steps("- → paused")
		},
	})
}

// Nothing is loaded into memory that is not there.
func TestMemory(t *testing.T) {
	pressure := func(d *desk, swap int64, level string) {
		d.memory(50e9, 40e9, backend.Fits)
		d.facts.Memory.SwapUsedBytes, d.facts.Memory.Pressure = &swap, &level
	}
	play(t, map[string]func(d *desk){
		"it fits": func(d *desk) {
			d.memory(50e9, 40e9, backend.Fits).steps("load → loading")
		},
		"not known: the server has guardrails of its own": func(d *desk) {
			d.memory(50e9, 40e9, backend.FitUnknown).steps("load → loading")
		},
		"too little for now: waits, and loads when there is enough": func(d *desk) {
			d.memory(30e9, 40e9, backend.TooBig).steps("- → waiting memory").after(time.Hour).steps("- → waiting memory")
			d.memory(41e9, 40e9, backend.Tight).steps("- → waiting memory")
			d.memory(50e9, 40e9, backend.Fits).steps("load → loading")
		},
		"another model is in use, and both do not fit": func(d *desk) {
			d.memory(10e9, 40e9, backend.TooBig)
			d.model("gemma").Instances = []backend.Instance{qwen("gemma", 8192)}
			d.steps("- → waiting other_model")
			if h := d.last.Reason.Hint; !strings.HasPrefix(h, "Gemma is loaded") {
				d.t.Errorf("hint %q", h)
			}
		},
		"an embedding model is not to blame": func(d *desk) {
			d.memory(10e9, 40e9, backend.TooBig)
			d.model("gemma").Type, d.model("gemma").Instances = backend.TypeEmbedding, []backend.Instance{qwen("gemma", 8192)}
			d.steps("- → waiting memory")
		},
		"evicted by another model that leaves room: loaded beside it": func(d *desk) {
			d.memory(50e9, 40e9, backend.Fits).warms(wanted).after(time.Minute).steps("- → warm")
			d.model("gemma").Instances = []backend.Instance{jit("gemma", 8192, time.Hour)}
			d.goes("qwen", backend.CauseEvicted).steps("load → loading")
		},
		"loading it drove the machine into swap: told, and not done again": func(d *desk) {
			pressure(d, 1e9, "normal")
			d.warms(wanted)
			pressure(d, 3e9, "warning")
			d.steps("- → warm memory_pressure").goes("qwen", backend.CauseTTL).steps("- → blocked memory_pressure")
			d.after(1000 * time.Hour).steps("- → blocked memory_pressure")
			d.state = d.state.Resumed(d.facts.Now)
			d.steps("load → loading")
		},
		"loading it made memory critical": func(d *desk) {
			pressure(d, 0, "normal")
			d.warms(wanted)
			pressure(d, 0, "critical")
			d.steps("- → warm memory_pressure").restarts().steps("- → warm memory_pressure")
		},
		"memory was critical before": func(d *desk) {
			pressure(d, 0, "critical")
			d.warms(wanted).steps("- → warm")
		},
		"memory became critical, where swap is not told": func(d *desk) {
			pressure(d, 0, "normal")
			d.facts.Memory.SwapUsedBytes = nil
			d.warms(wanted)
			pressure(d, 0, "critical")
			d.facts.Memory.SwapUsedBytes = nil
			d.steps("- → warm memory_pressure")
		},
		"swap that came long after has other reasons": func(d *desk) {
			pressure(d, 0, "normal")
			d.warms(wanted).steps("- → warm").after(3 * time.Minute).steps("- → warm")
			pressure(d, 9e9, "critical")
			d.steps("- → warm")
		},
	})
}

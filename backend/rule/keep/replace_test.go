package keep_test

import (
	"testing"
	"time"

	"pilotlight/backend"
)

// Replacing cuts off whatever the old instance is answering, so it needs a
// proof that it answers nobody, or a person's word.
func TestReplaceTooSmall(t *testing.T) {
	const ask, wait, small = "ask_busy qwen → waiting context_too_small", "- → waiting context_too_small", 4096
	start := func(d *desk) *desk { d.loaded(qwen("qwen", small)); return d }
	play(t, map[string]func(d *desk){
		"idle for a minute: replaced": func(d *desk) {
			start(d).steps(ask).idle("qwen", 59*time.Second).steps(wait)
			d.after(5*time.Second).idle("qwen", 0).steps("unload qwen → waiting context_too_small")
			d.goes("qwen", backend.CauseKeepWarm).steps("load → loading")
		},
		"asked every five seconds, not more often": func(d *desk) {
			start(d).steps(ask).busy("qwen").steps(wait).after(5*time.Second - 1).steps(wait).after(1).steps(ask)
		},
		"busy now and then: the minute starts anew each time": func(d *desk) {
			start(d).idle("qwen", 55*time.Second).after(time.Second).busy("qwen")
			d.after(time.Second).idle("qwen", 55*time.Second).steps(wait)
		},
		"busy for ever: never replaced": func(d *desk) {
			start(d)
			for range 1000 {
				d.steps(ask).busy("qwen").after(5 * time.Second)
			}
		},
		"a gap in the readings proves nothing": func(d *desk) {
			start(d).idle("qwen", 30*time.Second).after(20*time.Second).idle("qwen", 30*time.Second).steps(wait)
		},
		"a proof that has grown old": func(d *desk) {
			start(d).idle("qwen", 2*time.Minute).after(10 * time.Second).steps(ask)
		},
		"a proof is good for the moment it was read": func(d *desk) {
			start(d).idle("qwen", 2*time.Minute).after(time.Second).steps(wait)
		},
		"a proof for another instance": func(d *desk) {
			start(d).idle("qwen:2", 2*time.Minute).steps(ask)
		},
		"the clock was set back in between": func(d *desk) {
			start(d).idle("qwen", 2*time.Minute).after(-time.Hour).idle("qwen", 30*time.Second).steps(wait)
			d.after(5*time.Second).idle("qwen", 30*time.Second).steps("unload qwen → waiting context_too_small")
		},
		"the server cannot tell: a person must confirm, and does": func(d *desk) {
			start(d).steps(ask).cannotTell("qwen").steps("- → blocked confirm_replace")
			d.after(59 * time.Second).steps("- → blocked confirm_replace")
			d.after(time.Second).steps("ask_busy qwen → blocked confirm_replace").cannotTell("qwen")
			d.state = d.state.ConfirmReplace()
			d.steps("unload qwen → waiting context_too_small").goes("qwen", backend.CauseKeepWarm).steps("load → loading")
		},
		"confirmed, but it is known to be busy": func(d *desk) {
			start(d)
			d.state = d.state.ConfirmReplace()
			yes := true
			d.model("qwen").Instances[0].Busy = &yes
			d.steps(ask)
			d.model("qwen").Instances[0].Busy = nil
			d.steps("unload qwen → waiting context_too_small")
		},
		"confirmed long ago, before a pause": func(d *desk) {
			start(d)
			d.state = d.state.ConfirmReplace().Paused(time.Minute, noon)
			d.after(time.Hour).steps(ask)
		},
		"the new one would never fit: the old one stays": func(d *desk) {
			start(d).memory(20e9, 62e9, backend.TooBig).idle("qwen", 2*time.Minute).steps("- → blocked memory")
			d.state = d.state.ConfirmReplace()
			d.steps("- → blocked memory")
		},
		"the new one would not fit even without the old one": func(d *desk) {
			start(d).memory(9e9, 50e9, backend.TooBig).idle("qwen", 2*time.Minute).steps("- → blocked memory")
		},
		"the new one fits in the place of the old one": func(d *desk) {
			start(d).memory(20e9, 50e9, backend.TooBig).idle("qwen", 2*time.Minute)
			d.steps("unload qwen → waiting context_too_small")
		},
		"the unload failed: tried again, later and later": func(d *desk) {
			start(d)
			for _, s := range []int{5, 10, 20} {
				d.idle("qwen", time.Minute).steps("unload qwen → waiting context_too_small")
				d.state = d.state.UnloadEnded(fault(backend.CodeNetwork), d.facts.Now, d.set)
				d.after(time.Duration(s)*time.Second - 1).steps(wait).after(1)
			}
		},
		"unloaded, says the server, and lists it for ever: asked less and less": func(d *desk) {
			start(d)
			unloads := 0
			for range 720 { // an hour
				d.state = d.state.BusyRead("qwen", backend.Processing{}, nil, d.facts.Now)
				s, act, _ := d.state.Step(d.facts, d.set)
				if d.state = s; act.Kind == "unload" {
					unloads++
					d.state = d.state.UnloadEnded(nil, d.facts.Now, d.set)
				}
				d.after(5 * time.Second)
			}
			if unloads < 5 || unloads > 20 {
				d.t.Errorf("%d unloads in an hour", unloads)
			}
		},
		"it was missing in the last list: left alone": func(d *desk) {
			start(d).idle("qwen", 2*time.Minute)
			d.facts.Doubtful = true
			d.steps(wait)
		},
	})
}

func TestReplaceCrashed(t *testing.T) {
	play(t, map[string]func(d *desk){
		"removed at once, it answers nobody": func(d *desk) {
			d.loaded(dead(qwen("qwen", wanted)))
			d.steps("unload qwen → waiting model_crashed").steps("- → waiting model_crashed")
			d.goes("qwen", backend.CauseCrashed).steps("load → loading")
		},
		"a living one beside it serves": func(d *desk) {
			d.loaded(dead(qwen("qwen", wanted)), qwen("qwen:2", wanted))
			d.steps("- → warm")
		},
		"crashed, then gone by itself": func(d *desk) {
			d.warms(wanted).steps("- → warm").goes("qwen", backend.CauseCrashed).after(10 * time.Second).steps("load → loading")
		},
		"not while a load runs": func(d *desk) {
			d.loaded(dead(qwen("qwen", wanted)))
			d.facts.Busy = true
			d.steps("- → waiting other_load")
		},
	})
}

// An instance that a request loaded expires. It serves as long as it is there.
func TestReplaceJIT(t *testing.T) {
	play(t, map[string]func(d *desk){
		"not replaced by itself, however idle": func(d *desk) {
			d.loaded(jit("qwen", wanted, time.Hour))
			d.steps("- → warm").idle("qwen", 10*time.Minute).steps("- → warm")
		},
		"a person wants it replaced": func(d *desk) {
			d.loaded(jit("qwen", wanted, time.Hour))
			d.steps("- → warm")
			d.state = d.state.ConfirmReplace()
			d.steps("unload qwen → waiting replacing").goes("qwen", backend.CauseKeepWarm).steps("load → loading")
			d.state = d.state.LoadEnded(backend.LoadResult{InstanceID: "qwen"}, nil, d.facts, d.set)
			d.appears(qwen("qwen", wanted), backend.CauseKeepWarm).steps("- → warm")
		},
		"a person wants something replaced that was loaded on purpose": func(d *desk) {
			d.loaded(qwen("qwen", wanted))
			d.state = d.state.ConfirmReplace()
			d.steps("- → warm")
			d.loaded(jit("qwen", wanted, time.Hour)) // and it is not kept in mind for a later one
			d.steps("- → warm")
		},
	})
}

// Somebody loaded the model while our own load ran, so there are two.
func TestOurDouble(t *testing.T) {
	two := func(d *desk) *desk {
		d.loads(time.Minute, "qwen:2", nil)
		d.loaded(qwen("qwen", wanted))
		return d.appears(qwen("qwen:2", wanted), backend.CauseKeepWarm)
	}
	play(t, map[string]func(d *desk){
		"ours is dropped when it has been idle for a minute": func(d *desk) {
			two(d).steps("ask_busy qwen:2 → warm").idle("qwen:2", 59*time.Second).steps("- → warm")
			d.after(5*time.Second).idle("qwen:2", 0).steps("unload qwen:2 → warm").steps("- → warm")
			d.goes("qwen:2", backend.CauseKeepWarm).steps("- → warm")
		},
		"ours is busy": func(d *desk) {
			two(d)
			for range 100 {
				d.steps("ask_busy qwen:2 → warm").busy("qwen:2").after(5 * time.Second)
			}
		},
		"the server cannot tell: both stay": func(d *desk) {
			two(d).steps("ask_busy qwen:2 → warm").cannotTell("qwen:2").steps("- → warm").after(59 * time.Second).steps("- → warm")
		},
		"both are ours: one load was believed lost": func(d *desk) {
			two(d)
			d.ours["qwen"] = true
			d.steps("ask_busy qwen:2 → warm").idle("qwen:2", time.Minute).steps("unload qwen:2 → warm")
		},
		"both are somebody else's: not our business": func(d *desk) {
			d.loaded(qwen("qwen", wanted), qwen("qwen:2", wanted))
			d.idle("qwen:2", 2*time.Minute).steps("- → warm")
		},
		"the other one is too small: ours serves": func(d *desk) {
			d.loads(time.Minute, "qwen:2", nil)
			d.loaded(qwen("qwen", 4096))
			d.appears(qwen("qwen:2", wanted), backend.CauseKeepWarm).idle("qwen:2", 2*time.Minute).steps("- → warm")
			if d.last.InstanceID != "qwen:2" {
				d.t.Errorf("holds %q", d.last.InstanceID)
			}
		},
	})
}

package keep_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

// What follows when the kept model leaves memory, by cause and policy. Each
// begins with a model that has been warm for an hour.
func TestLost(t *testing.T) {
	const again, unstable = "load → loading", "- → paused unstable"
	tests := []struct {
		cause  backend.LoadCause
		policy backend.Policy
		first  string
		second string // lost again, two minutes after it was back
	}{
		{backend.CauseKeepWarm, backend.RespectManual, again, again},
		{backend.CauseUser, backend.RespectManual, "- → paused unloaded_by_you", ""},
		{backend.CauseUser, backend.Always, "- → paused unloaded_by_you", ""},
		{backend.CauseExternal, backend.RespectManual, "- → paused ejected", ""},
		{backend.CauseExternal, backend.Always, "- → waiting lost", "- → waiting lost"},
		{backend.CauseTTL, backend.RespectManual, again, again},
		{backend.CauseTTL, backend.Always, again, again},
		{backend.CauseEvicted, backend.RespectManual, again, "- → waiting lost"},
		{backend.CauseEvicted, backend.Always, again, "- → waiting lost"},
		{backend.CauseServerStopped, backend.RespectManual, again, "- → waiting lost"},
		{backend.CauseCrashed, backend.RespectManual, again, unstable},
		{backend.CauseCrashed, backend.Always, again, "- → waiting lost"},
		{backend.CauseUnknown, backend.RespectManual, again, unstable},
		{backend.CauseUnknown, backend.Always, again, "- → waiting lost"},
	}
	for _, tt := range tests {
		t.Run(string(tt.cause)+", "+string(tt.policy), func(t *testing.T) {
			d := newDesk(t)
			d.keep(tt.policy)
			d.warms(wanted).steps("- → warm").after(time.Hour).steps("- → warm")
			d.goes("qwen", tt.cause).steps(tt.first)
			if tt.second == "" {
				return
			}
			if tt.first != again {
				d.after(5 * time.Second).steps(again)
			}
			d.state = d.state.LoadEnded(backend.LoadResult{InstanceID: "qwen"}, nil, d.facts, d.set)
			d.appears(qwen("qwen", wanted), backend.CauseKeepWarm).steps("- → warm").after(2 * time.Minute).steps("- → warm")
			d.goes("qwen", tt.cause).steps(tt.second)
		})
	}
}

func TestLosses(t *testing.T) {
	play(t, map[string]func(d *desk){
		"missing from one list: neither called warm nor loaded again": func(d *desk) {
			d.warms(wanted).steps("- → warm")
			missing := qwen("qwen", wanted)
			missing.Missing = true
			d.loaded(missing)
			d.steps("- → waiting looking_again").after(time.Second).steps("- → waiting looking_again")
			d.loaded(qwen("qwen", wanted))
			d.steps("- → warm")
		},
		"lost again after ten minutes of health: as the first time": func(d *desk) {
			for range 5 {
				d.warms(wanted).steps("- → warm").after(11 * time.Minute).steps("- → warm")
				d.goes("qwen", backend.CauseCrashed)
			}
		},
		"lost within a second of being loaded: not loaded again at once": func(d *desk) {
			d.loads(time.Second, "qwen", nil).appears(qwen("qwen", wanted), backend.CauseKeepWarm).steps("- → warm")
			d.goes("qwen", backend.CauseEvicted).steps("- → waiting lost")
			d.after(4 * time.Second).steps("load → loading")
		},
		"always: later and later, up to 300 s": func(d *desk) {
			d.keep(backend.Always)
			d.set.LossWindow = time.Hour
			for _, s := range []int{0, 10, 20, 40, 80, 160, 300, 300} {
				d.warms(wanted).steps("- → warm").after(time.Minute).steps("- → warm")
				d.goes("qwen", backend.CauseCrashed)
				if s > 0 {
					d.after(time.Duration(s)*time.Second - 1).steps("- → waiting lost").after(1)
				}
			}
		},
		"says how short the window was": func(d *desk) {
			d.set.LossWindow = 20 * time.Second
			d.warms(wanted).steps("- → warm").after(time.Second).steps("- → warm").goes("qwen", backend.CauseEvicted)
			if got := d.state.LastError.Message; got != "It was lost once within 20 seconds." {
				d.t.Errorf("it says %q", got)
			}
		},
		"unstable: tried again after half an hour": func(d *desk) {
			for range 2 {
				d.warms(wanted).steps("- → warm").after(time.Minute).steps("- → warm").goes("qwen", backend.CauseCrashed)
			}
			d.steps("- → paused unstable").after(30*time.Minute - 1).steps("- → paused unstable")
			d.after(1).steps("load → loading")
		},
		"what was lost before a pause is not held against it": func(d *desk) {
			d.warms(wanted).steps("- → warm").after(time.Minute).steps("- → warm").goes("qwen", backend.CauseCrashed)
			d.warms(wanted).steps("- → warm")
			d.state = d.state.Paused(time.Minute, d.facts.Now)
			d.after(time.Minute).steps("- → warm").goes("qwen", backend.CauseCrashed).steps("load → loading")
		},
		"another instance still serves": func(d *desk) {
			d.loaded(qwen("qwen", wanted), qwen("qwen:2", wanted))
			d.steps("- → warm").goes("qwen", backend.CauseExternal).steps("- → warm")
			if d.last.InstanceID != "qwen:2" {
				d.t.Errorf("holds %q", d.last.InstanceID)
			}
		},
		"an instance that was not the kept one": func(d *desk) {
			d.warms(wanted).steps("- → warm")
			d.loaded()
			d.goes("theirs", backend.CauseExternal).steps("load → loading")
		},
		"rows of other models, servers and events": func(d *desk) {
			d.warms(wanted).steps("- → warm")
			d.loaded()
			for _, r := range []backend.Load{
				{Server: "mac", Model: "gemma", InstanceID: "qwen", Event: backend.Unloaded, Cause: backend.CauseUser},
				{Server: "nas", Model: "qwen", InstanceID: "qwen", Event: backend.Unloaded, Cause: backend.CauseUser},
				{Server: "mac", Model: "qwen", InstanceID: "qwen", Event: backend.Loaded, Cause: backend.CauseUser},
			} {
				d.state = d.state.Lost(r, d.facts, d.set)
			}
			d.steps("load → loading")
		},
		"nothing is kept": func(d *desk) {
			d.state = keep.State{}
			d.goes("qwen", backend.CauseExternal).steps("- → off")
		},
	})
}

// A person's word counts for more than any rule.
func TestPerson(t *testing.T) {
	eject := func(d *desk) *desk {
		d.warms(wanted).steps("- → warm")
		return d.goes("qwen", backend.CauseExternal)
	}
	const ejected, paused = "- → paused ejected", "- → paused"
	play(t, map[string]func(d *desk){
		"ejected: left alone for half an hour, then loaded again": func(d *desk) {
			eject(d).steps(ejected)
			if at := d.last.PausedUntil; at == nil || *at != backend.At(d.facts.Now.Add(30*time.Minute)) {
				d.t.Errorf("paused until %v", at)
			}
			d.after(30*time.Minute - 1).steps(ejected).after(1).steps("load → loading")
		},
		"ejected, then resumed": func(d *desk) {
			eject(d).steps(ejected)
			d.state = d.state.Resumed(d.facts.Now)
			d.steps("load → loading")
		},
		"ejected, then asked to keep it again": func(d *desk) {
			eject(d).steps(ejected)
			d.state = d.state.Retarget(*d.state.Target, d.facts.Now)
			d.steps("load → loading")
		},
		"ejected, then loaded by somebody: still paused, and warm after it": func(d *desk) {
			eject(d).appears(qwen("qwen", wanted), backend.CauseExternal).steps(ejected)
			d.after(time.Hour).steps("- → warm")
		},
		"ejected while it waits to replace one that is too small": func(d *desk) {
			d.loaded(qwen("qwen", 4096))
			d.steps("ask_busy qwen → waiting context_too_small").goes("qwen", backend.CauseExternal).steps(ejected)
		},
		"ejected in a short pause": func(d *desk) {
			d.warms(wanted).steps("- → warm")
			d.state = d.state.Paused(time.Minute, d.facts.Now)
			d.after(50*time.Second).goes("qwen", backend.CauseExternal).steps(ejected)
			d.after(29 * time.Minute).steps(ejected).after(time.Minute).steps("load → loading")
		},
		"ejected in a longer pause, which stays as it is": func(d *desk) {
			d.warms(wanted).steps("- → warm")
			d.state = d.state.Paused(time.Hour, d.facts.Now)
			d.after(time.Minute).goes("qwen", backend.CauseExternal).steps(paused)
			d.after(59 * time.Minute).steps("load → loading")
		},
		"ejected in an endless pause": func(d *desk) {
			d.warms(wanted).steps("- → warm")
			d.state = d.state.Paused(0, d.facts.Now)
			d.goes("qwen", backend.CauseExternal).after(1000 * time.Hour).steps(paused)
		},
		"unloaded through Pilotlight: paused until resumed": func(d *desk) {
			d.warms(wanted).steps("- → warm").goes("qwen", backend.CauseUser).steps("- → paused unloaded_by_you")
			d.after(1000 * time.Hour).steps("- → paused unloaded_by_you")
			d.state = d.state.Resumed(d.facts.Now)
			d.steps("load → loading")
		},
		"unloaded through Pilotlight in a pause of a minute": func(d *desk) {
			d.warms(wanted).steps("- → warm")
			d.state = d.state.Paused(time.Minute, d.facts.Now)
			d.goes("qwen", backend.CauseUser).after(time.Hour).steps("- → paused unloaded_by_you")
		},
		"paused for ten minutes": func(d *desk) {
			d.state = d.state.Paused(10*time.Minute, noon)
			d.steps(paused).after(10*time.Minute - 1).steps(paused).after(1).steps("load → loading")
		},
		"paused for ever, over a restart": func(d *desk) {
			d.state = d.state.Paused(0, noon)
			d.after(time.Hour).restarts().after(1000 * time.Hour).steps(paused)
		},
		"paused, it evicts, crashes and expires: nothing follows": func(d *desk) {
			for _, c := range []backend.LoadCause{backend.CauseEvicted, backend.CauseCrashed, backend.CauseTTL, backend.CauseUnknown} {
				d.loaded(qwen("qwen", wanted))
				d.state = d.state.Paused(time.Minute, d.facts.Now)
				d.steps(paused).goes("qwen", c).steps(paused)
			}
			d.after(time.Minute).steps("load → loading")
		},
		"paused while a load of ours runs, and it works": func(d *desk) {
			d.steps("load → loading")
			d.state = d.state.Paused(time.Hour, d.facts.Now)
			d.state = d.state.LoadEnded(backend.LoadResult{InstanceID: "qwen"}, nil, d.facts, d.set)
			d.appears(qwen("qwen", wanted), backend.CauseKeepWarm).steps(paused).after(time.Hour).steps("- → warm")
		},
		"asked to keep the same again while it loads: not loaded twice": func(d *desk) {
			d.steps("load → loading")
			d.state = d.state.Retarget(*d.state.Target, d.facts.Now)
			d.steps("- → loading")
			d.state = d.state.LoadEnded(backend.LoadResult{InstanceID: "qwen"}, nil, d.facts, d.set)
			d.state = d.state.Retarget(*d.state.Target, d.facts.Now)
			d.steps("- → loading")
		},
		"asked to keep another model while one loads": func(d *desk) {
			d.steps("load → loading")
			d.state = d.state.Retarget(backend.Target{Server: "mac", Model: "gemma"}, d.facts.Now)
			d.facts.Busy = true
			d.steps("- → waiting other_load")
			d.state = d.state.LoadEnded(backend.LoadResult{}, fault(backend.CodeLoadFailed), d.facts, d.set)
			d.facts.Busy = false
			d.steps("load → loading")
		},
		"pause and resume without anything kept": func(d *desk) {
			d.state = keep.State{}.Resumed(noon).Paused(0, noon).Resumed(noon)
			d.steps("- → off")
		},
	})
}

func TestSinceChangesWithTheStateOnly(t *testing.T) {
	d := newDesk(t)
	d.warms(wanted).steps("- → warm")
	since := d.last.Since
	if d.after(time.Hour).steps("- → warm"); d.last.Since != since {
		t.Errorf("since %s, want %s", d.last.Since, since)
	}
	if d.goes("qwen", backend.CauseUser).steps("- → paused unloaded_by_you"); d.last.Since != backend.At(d.facts.Now) {
		t.Errorf("since %s, want now", d.last.Since)
	}
}

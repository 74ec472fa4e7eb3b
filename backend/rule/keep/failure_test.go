package keep_test

import (
	"testing"
	"time"

	"pilotlight/backend"
)

// What follows a load that did not work.
func TestFailedLoads(t *testing.T) {
	guardrail, engine := fault(backend.CodeGuardrail), fault(backend.CodeLoadFailed)
	play(t, map[string]func(d *desk){
		"an engine failure: tried again after 5 s, then 10 s, then no more this hour": func(d *desk) {
			d.loads(time.Second, "", engine).steps("- → waiting load_failed")
			if at := d.last.NextAttemptAt; at == nil || *at != backend.At(d.facts.Now.Add(5*time.Second)) {
				d.t.Errorf("next attempt at %v", at)
			}
			d.loadsAgainAfter(5*time.Second, engine).loadsAgainAfter(10*time.Second, engine)
			d.steps("- → blocked load_failed")
			if at := d.last.NextAttemptAt; at == nil || *at != backend.At(noon.Add(time.Hour+time.Second)) {
				d.t.Errorf("next attempt at %v", at)
			}
			d.after(59*time.Minute + 44*time.Second).steps("- → blocked load_failed")
			d.after(time.Second).loads(0, "", engine).steps("- → blocked load_failed")
			d.after(4 * time.Second).steps("- → blocked load_failed")
		},
		"somebody else's load came first: looked at again after 20 s, as often as that is so": func(d *desk) {
			for range 5 {
				d.loads(0, "", fault(backend.CodeBusy)).steps("- → waiting busy")
				if at := d.last.NextAttemptAt; at == nil || *at != backend.At(d.facts.Now.Add(20*time.Second)) {
					d.t.Errorf("next attempt at %v", at)
				}
				d.after(19 * time.Second).steps("- → waiting busy").after(time.Second)
			}
			d.warms(wanted).steps("- → warm")
		},
		"failures before a success still count in their hour": func(d *desk) {
			d.loads(0, "", engine).loadsAgainAfter(5*time.Second, engine)
			d.after(10 * time.Second).warms(wanted).steps("- → warm")
			d.after(20*time.Minute).steps("- → warm").goes("qwen", backend.CauseTTL)
			d.loads(0, "", engine).steps("- → blocked load_failed")
		},
		"back-off starts anew after ten minutes of health": func(d *desk) {
			d.set.MaxFails = 99
			d.loads(0, "", engine).loadsAgainAfter(5*time.Second, engine).loadsAgainAfter(10*time.Second, engine)
			d.after(20 * time.Second).warms(wanted).steps("- → warm")
			d.after(10*time.Minute).steps("- → warm").goes("qwen", backend.CauseTTL)
			d.loads(0, "", engine).loadsAgainAfter(5*time.Second, engine)
		},
		"nine minutes of health are not enough": func(d *desk) {
			d.set.MaxFails = 99
			d.loads(0, "", engine).loadsAgainAfter(5*time.Second, engine)
			d.after(10 * time.Second).warms(wanted).steps("- → warm")
			d.after(9*time.Minute).steps("- → warm").goes("qwen", backend.CauseTTL)
			d.loads(0, "", engine).loadsAgainAfter(20*time.Second, engine)
		},
		"back-off ends at 300 s": func(d *desk) {
			d.set.MaxFails = 99
			d.loads(0, "", engine)
			for _, s := range []int{5, 10, 20, 40, 80, 160, 300, 300, 300} {
				d.loadsAgainAfter(time.Duration(s)*time.Second, engine)
			}
		},
		"refused for lack of memory: twice, then hourly": func(d *desk) {
			d.loads(0, "", guardrail).loadsAgainAfter(5*time.Second, guardrail)
			for range 59 {
				d.steps("- → blocked guardrail").after(time.Minute)
			}
			d.after(time.Minute).loads(0, "", guardrail)
			d.steps("- → blocked guardrail").after(59 * time.Minute).steps("- → blocked guardrail")
		},
		"refused for lack of memory, and then there is more": func(d *desk) {
			d.memory(10e9, 5e9, backend.Fits)
			d.loads(0, "", guardrail).loadsAgainAfter(5*time.Second, guardrail).steps("- → blocked guardrail")
			d.memory(13e9, 5e9, backend.Fits).after(time.Minute).steps("- → blocked guardrail")
			d.memory(14e9, 5e9, backend.Fits).after(time.Minute).loads(0, "", guardrail)
			d.after(time.Minute).steps("- → blocked guardrail")
		},
		"refused for lack of memory, then it was loaded by somebody": func(d *desk) {
			d.loads(0, "", guardrail).loadsAgainAfter(5*time.Second, guardrail)
			d.loaded(qwen("qwen", wanted))
			d.steps("- → warm").goes("qwen", backend.CauseTTL).after(time.Minute).steps("load → loading")
		},
		"no more this hour, even if somebody's load worked meanwhile": func(d *desk) {
			d.loads(0, "", engine).loadsAgainAfter(5*time.Second, engine).loadsAgainAfter(10*time.Second, engine)
			d.loaded(qwen("qwen", wanted))
			d.after(time.Minute).steps("- → warm").after(11 * time.Minute).steps("- → warm")
			d.goes("qwen", backend.CauseTTL).steps("- → blocked load_failed")
			d.after(time.Hour).steps("load → loading")
		},
		"a request it does not understand: no more until a person acts": func(d *desk) {
			d.loads(0, "", fault(backend.CodeSchema)).steps("- → blocked schema")
			if d.last.NextAttemptAt != nil {
				d.t.Errorf("next attempt at %v", d.last.NextAttemptAt)
			}
			d.after(1000 * time.Hour).steps("- → blocked schema")
			d.state = d.state.Resumed(d.facts.Now)
			d.steps("load → loading")
		},
		"a server that cannot load at all": func(d *desk) {
			d.loads(0, "", fault(backend.CodeUnsupported)).steps("- → blocked unsupported")
			d.after(1000 * time.Hour).steps("- → blocked unsupported")
		},
		"it wants a token, and gets one": func(d *desk) {
			d.loads(0, "", fault(backend.CodeNeedsToken)).steps("- → blocked needs_token")
			d.facts.Server.State, d.facts.Trusted = backend.ServerNeedsToken, false
			d.facts.Server.Error = &backend.Error{Code: backend.CodeNeedsToken}
			d.after(time.Minute).steps("- → blocked needs_token")
			d.facts.Server.State, d.facts.Trusted, d.facts.Server.Error = backend.ServerUp, true, nil
			d.after(time.Minute).steps("load → loading")
		},
		"it wants a token, and Pilotlight is started again with one": func(d *desk) {
			d.loads(0, "", fault(backend.CodeNeedsToken)).steps("- → blocked needs_token")
			d.restarts().after(5 * time.Second).steps("load → loading")
		},
		"it said that it had loaded it, but never listed it: a failure, and few an hour": func(d *desk) {
			for range 3 {
				d.loads(time.Second, "qwen", nil).steps("- → loading")
				d.after(14 * time.Second).steps("- → loading").after(time.Second)
				if _, _, view := d.state.Step(d.facts, d.set); view.State != backend.KeepBlocked {
					d.steps("- → waiting load_failed").after(time.Minute)
				}
			}
			d.steps("- → blocked load_failed").after(50 * time.Minute).steps("- → blocked load_failed")
		},
	})
}

// A load whose answer was lost may still be running in the server.
func TestLostAnswer(t *testing.T) {
	const waits = "- → waiting answer_lost"
	for _, code := range []backend.Code{backend.CodeTimeout, backend.CodeNetwork, backend.CodeServerOff, backend.CodeAppOff} {
		play(t, map[string]func(d *desk){
			string(code) + ": waits a minute at least, then asks again": func(d *desk) {
				d.loads(0, "", fault(code)).steps(waits).after(59 * time.Second).steps(waits)
				d.after(time.Second).steps("load → loading")
			},
		})
	}
	lost := fault(backend.CodeTimeout)
	play(t, map[string]func(d *desk){
		"waits twice as long as such a load usually takes": func(d *desk) {
			usual := 200.0
			d.facts.Expected = &usual
			d.loads(0, "", lost).after(399 * time.Second).steps(waits).after(time.Second).steps("load → loading")
		},
		"never waits longer than half an hour": func(d *desk) {
			usual := 1e12
			d.facts.Expected = &usual
			d.loads(0, "", lost).after(30*time.Minute - 1).steps(waits).after(1).steps("load → loading")
		},
		"the list shows it after all": func(d *desk) {
			d.loads(0, "", lost).steps(waits)
			d.appears(qwen("qwen", wanted), backend.CauseKeepWarm).steps("- → warm")
		},
		"the list shows it with less context than was asked": func(d *desk) {
			d.loads(0, "", lost).steps(waits)
			d.appears(qwen("qwen", 4096), backend.CauseKeepWarm).steps("- → warm context_smaller")
		},
		"the server was restarted meanwhile, which ended the load": func(d *desk) {
			usual := 600.0
			d.facts.Expected = &usual
			d.loads(0, "", lost).steps(waits)
			d.facts.CameUp = d.facts.Now.Add(time.Second)
			d.after(10 * time.Second).steps("- → waiting settling").after(time.Minute).steps("load → loading")
		},
		"the server was restarted meanwhile, and nobody looked while it settled": func(d *desk) {
			usual := 600.0
			d.facts.Expected = &usual
			d.loads(0, "", lost).steps(waits)
			d.facts.CameUp = d.facts.Now.Add(time.Second)
			d.after(2 * time.Minute).steps("load → loading")
		},
		"Pilotlight was restarted in the middle of the load": func(d *desk) {
			d.steps("load → loading").after(10 * time.Second)
			d.restarts().steps(waits).after(59 * time.Second).steps(waits).after(time.Second).steps("load → loading")
		},
		"Pilotlight was restarted in the middle of a load that takes long": func(d *desk) {
			usual := 200.0
			d.steps("load → loading")
			d.restarts()
			d.facts.Expected = &usual
			d.after(399 * time.Second).steps(waits).after(time.Second).steps("load → loading")
		},
		"nothing is unloaded for it while it may run": func(d *desk) {
			d.loads(0, "", lost)
			d.loaded(qwen("qwen", 4096))
			d.idle("qwen", 50*time.Second).steps("- → waiting answer_lost")
		},
		"the server came back in what is the future since the clock was set back": func(d *desk) {
			d.facts.CameUp = noon.Add(time.Hour)
			d.loads(0, "", lost).steps(waits)
		},
		"the clock is set back by a year": func(d *desk) {
			d.loads(0, "", lost).after(-365 * 24 * time.Hour).steps(waits)
			d.after(59 * time.Second).steps(waits).after(time.Second).steps("load → loading")
		},
	})
}

// Waits are as long as they should be, whatever the clock does.
func TestClockSetBack(t *testing.T) {
	year := -365 * 24 * time.Hour
	engine := fault(backend.CodeLoadFailed)
	play(t, map[string]func(d *desk){
		"while backing off": func(d *desk) {
			d.loads(0, "", engine).after(year).steps("- → waiting load_failed")
			d.after(5 * time.Minute).steps("load → loading")
		},
		"after the failures of an hour": func(d *desk) {
			d.loads(0, "", engine).loadsAgainAfter(5*time.Second, engine).loadsAgainAfter(10*time.Second, engine)
			d.after(year).steps("- → blocked load_failed").after(time.Hour).steps("load → loading")
		},
		"between the failures of an hour": func(d *desk) {
			d.loads(0, "", engine).loadsAgainAfter(5*time.Second, engine)
			d.after(year).steps("- → waiting load_failed").after(5*time.Minute).loads(0, "", engine)
			d.steps("- → blocked load_failed").after(time.Hour).steps("load → loading")
		},
		"while it waits to be listed": func(d *desk) {
			d.loads(0, "qwen", nil).after(year).steps("- → loading")
			d.after(d.set.AppearWithin).steps("- → waiting load_failed")
		},
		"in a pause": func(d *desk) {
			d.state = d.state.Paused(10*time.Minute, noon)
			d.after(year).steps("- → paused").after(10*time.Minute - 1).steps("- → paused").after(1).steps("load → loading")
		},
		"while it is warm": func(d *desk) {
			d.warms(wanted).steps("- → warm").after(year).steps("- → warm")
		},
	})
}

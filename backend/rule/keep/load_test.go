package keep_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
)

func play(t *testing.T, cases map[string]func(d *desk)) {
	t.Helper()
	for name, f := range cases {
		t.Run(name, func(t *testing.T) { f(newDesk(t)) })
	}
}

// When a load is asked for, and when nothing is done.
func TestLoad(t *testing.T) {
	play(t, map[string]func(d *desk){
		"nothing is kept": func(d *desk) {
			d.state = keep.State{}
			d.steps("- → off")
		},
		"not in memory: it is loaded with the wanted context": func(d *desk) {
			d.steps("load → loading")
			if l := d.act.Load; l.Model != "qwen" || *l.ContextLength != wanted {
				d.t.Errorf("asked for %+v", l)
			}
			d.after(5 * time.Second).steps("- → loading").after(time.Hour).steps("- → loading")
		},
		"never more context than the model can have": func(d *desk) {
			n := 1_000_000
			d.state = keep.Keep(backend.Target{Server: "mac", Model: "qwen", ContextLength: &n}, noon)
			d.steps("load → loading")
			if l := d.act.Load; *l.ContextLength != 131072 {
				d.t.Errorf("asked for a context of %d", *l.ContextLength)
			}
		},
		"no context wanted: the choice is the server's, and any will do": func(d *desk) {
			d.state = keep.Keep(backend.Target{Server: "mac", Model: "qwen"}, noon)
			d.steps("load → loading")
			if l := d.act.Load; l.ContextLength != nil {
				d.t.Errorf("asked for a context of %d", *l.ContextLength)
			}
			d.state = keep.Keep(backend.Target{Server: "mac", Model: "qwen"}, noon)
			d.loaded(qwen("qwen", 4096))
			d.steps("- → warm")
		},
		"somebody has loaded it with enough context: nothing is stacked on it": func(d *desk) {
			d.loaded(qwen("theirs", 131072))
			d.steps("- → warm")
			if d.last.InstanceID != "theirs" {
				d.t.Errorf("holds %q", d.last.InstanceID)
			}
		},
		"the second of two instances is big enough": func(d *desk) {
			d.loaded(qwen("qwen", 4096), qwen("qwen:2", wanted))
			d.steps("- → warm")
		},
		"a context that is not told is taken as enough": func(d *desk) {
			i := qwen("qwen", 0)
			i.ContextLength = nil
			d.loaded(i)
			d.steps("- → warm")
		},
		"another load of ours runs": func(d *desk) {
			d.facts.Busy = true
			d.steps("- → waiting other_load")
		},
		"somebody loads it right now": func(d *desk) {
			d.model("qwen").Loading = true
			d.steps("- → loading")
		},
		"the model is not downloaded, then it is": func(d *desk) {
			d.facts.Server.Models = d.facts.Server.Models[1:]
			d.steps("- → blocked model_missing")
			d.loaded()
			d.after(time.Minute).steps("load → loading")
		},
		"the server does not have it after all; loaded once it is listed again": func(d *desk) {
			d.loads(time.Second, "", fault(backend.CodeModelMissing)).steps("- → blocked model_missing")
			d.facts.Server.Models = nil
			d.after(time.Minute).steps("- → blocked model_missing")
			d.loaded()
			d.after(time.Minute).steps("load → loading")
		},
		"it worked": func(d *desk) {
			d.warms(wanted).steps("- → warm").after(time.Hour).steps("- → warm")
		},
		"listed, but the load has not ended yet": func(d *desk) {
			d.steps("load → loading")
			d.loaded(qwen("qwen", wanted))
			d.after(2 * time.Second).steps("- → loading")
		},
		"a load of what was kept before ends": func(d *desk) {
			d.state = d.state.LoadEnded(backend.LoadResult{}, fault(backend.CodeLoadFailed), d.facts, d.set)
			d.steps("load → loading")
		},
	})
}

// The server can only be acted upon when its list was just read.
func TestServerThatCannotBeTrusted(t *testing.T) {
	err := &backend.Error{Code: backend.CodeNetwork, Message: "Refused."}
	tests := []struct {
		name    string
		state   backend.ServerState
		trusted bool
		err     *backend.Error
		want    string
	}{
		{"never looked at", backend.ServerUnknown, false, nil, "- → waiting looking"},
		{"down", backend.ServerDown, false, err, "- → waiting network"},
		{"off", backend.ServerOff, false, &backend.Error{Code: backend.CodeServerOff}, "- → waiting server_off"},
		{"answers nonsense", backend.ServerUnknown, false, &backend.Error{Code: backend.CodeProtocol}, "- → waiting protocol"},
		{"up, its list was not read", backend.ServerUp, false, nil, "- → waiting looking"},
		{"wants a token", backend.ServerNeedsToken, false, &backend.Error{Code: backend.CodeNeedsToken}, "- → blocked needs_token"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, is := range [][]backend.Instance{nil, {qwen("qwen", wanted)}, {jit("qwen", wanted, time.Hour)}, {dead(qwen("qwen", 1))}} {
				d := newDesk(t)
				d.loaded(is...)
				d.facts.Server.State, d.facts.Trusted, d.facts.Server.Error = tt.state, tt.trusted, tt.err
				d.steps(tt.want).after(time.Hour).steps(tt.want)
			}
		})
	}
}

func TestServerComesBack(t *testing.T) {
	play(t, map[string]func(d *desk){
		"it is given a moment to settle": func(d *desk) {
			d.facts.CameUp = noon
			d.after(time.Second).steps("- → waiting settling")
			if at := d.last.NextAttemptAt; at == nil || *at != backend.At(noon.Add(d.set.Settle)) {
				d.t.Errorf("next attempt at %v", at)
			}
			d.after(d.set.Settle).steps("load → loading")
		},
		"its models are back with it: nothing to do": func(d *desk) {
			d.facts.CameUp = noon
			d.loaded(qwen("qwen", wanted))
			d.steps("- → warm")
		},
		"settling is not forgotten back-off": func(d *desk) {
			d.loads(time.Second, "", fault(backend.CodeLoadFailed))
			d.loadsAgainAfter(5*time.Second, fault(backend.CodeLoadFailed))
			d.facts.CameUp = d.facts.Now.Add(-19 * time.Second)
			d.steps("- → waiting settling").after(2 * time.Second).steps("- → waiting load_failed")
		},
		"the clock was set back, so it comes up in the future": func(d *desk) {
			d.facts.CameUp = noon.Add(time.Hour)
			d.steps("load → loading")
		},
	})
}

// What the server gave instead of what was asked is accepted once and for all.
func TestSmallerContextThanAsked(t *testing.T) {
	const kept = "- → warm context_smaller"
	play(t, map[string]func(d *desk){
		"accepted, told, and never loaded again for it": func(d *desk) {
			d.warms(32768).steps(kept)
			for range 100 {
				d.after(time.Minute).steps(kept)
			}
		},
		"another instance with as little is not what was accepted": func(d *desk) {
			d.warms(32768).steps(kept)
			d.goes("qwen", backend.CauseTTL).appears(qwen("other", 32768), backend.CauseExternal)
			d.steps("ask_busy other → waiting context_too_small")
		},
		"lost, and loaded again with the context that is wanted": func(d *desk) {
			d.warms(32768).steps(kept)
			d.goes("qwen", backend.CauseTTL).steps("load → loading")
			if n := *d.act.Load.ContextLength; n != wanted {
				d.t.Errorf("asked for %d", n)
			}
		},
		"a person wants more than before": func(d *desk) {
			d.warms(32768).steps(kept)
			more := 2 * wanted
			d.state = d.state.Retarget(backend.Target{Server: "mac", Model: "qwen", ContextLength: &more}, d.facts.Now)
			d.steps("ask_busy qwen → waiting context_too_small")
		},
		"a person resumes": func(d *desk) {
			d.warms(32768).steps(kept)
			d.state = d.state.Paused(0, d.facts.Now).Resumed(d.facts.Now)
			d.steps(kept)
		},
		"Pilotlight was restarted after it was listed": func(d *desk) {
			d.warms(32768).steps(kept)
			d.restarts().steps(kept)
		},
		"Pilotlight was restarted before the list showed it": func(d *desk) {
			d.loads(time.Minute, "qwen", nil)
			d.restarts().appears(qwen("qwen", 32768), backend.CauseAlreadyLoaded)
			d.steps(kept)
		},
		"Pilotlight was restarted in the middle of the load": func(d *desk) {
			d.steps("load → loading").after(10 * time.Second)
			d.restarts().steps("- → waiting answer_lost")
			d.after(30*time.Second).appears(qwen("qwen", 32768), backend.CauseExternal)
			d.steps(kept)
		},
		"Pilotlight was restarted in the middle of the load, which came to nothing": func(d *desk) {
			d.steps("load → loading")
			d.restarts().memory(1e9, 40e9, backend.TooBig).after(time.Minute).steps("- → waiting memory")
			d.appears(qwen("qwen", 32768), backend.CauseExternal).facts.Fit = nil
			d.steps("ask_busy qwen → waiting context_too_small")
		},
		"somebody else loads it so": func(d *desk) {
			d.loads(time.Minute, "", fault(backend.CodeLoadFailed))
			d.appears(qwen("qwen", 32768), backend.CauseExternal)
			d.after(time.Minute).steps("ask_busy qwen → waiting context_too_small")
		},
	})
}

// loadsAgainAfter checks that no load is asked for before the wait is over, and
// one then.
func (d *desk) loadsAgainAfter(wait time.Duration, err error) *desk {
	d.t.Helper()
	d.after(wait - time.Millisecond)
	if s, act, _ := d.state.Step(d.facts, d.set); act.Kind != keep.Nothing {
		d.t.Fatalf("%s too soon: %s", time.Millisecond, act.Kind)
	} else {
		d.state = s
	}
	d.after(time.Millisecond)
	return d.loads(0, "", err)
}

func (d *desk) restarts() *desk {
	d.state = stored(d.t, d.state)
	d.state.Idle = keep.State{}.Idle
	d.state = d.state.Restarted(d.facts.Now, d.set)
	return d
}

// What a damaged file remembered is gone, and so is whether a load runs: the first one
// after it waits as after a lost answer, whatever is kept now.
func TestAForgottenLoadIsWaitedFor(t *testing.T) {
	t.Parallel()
	play(t, map[string]func(d *desk){
		"and it appears": func(d *desk) {
			target := *d.state.Target
			d.state = keep.State{}.Forgotten(d.facts.Now, d.set).Retarget(target, d.facts.Now)
			d.steps("- → waiting answer_lost").after(d.set.LostHold - time.Second).steps("- → waiting answer_lost")
		},
		"and it does not": func(d *desk) {
			target := *d.state.Target
			d.state = keep.State{}.Forgotten(d.facts.Now, d.set).Retarget(target, d.facts.Now)
			d.steps("- → waiting answer_lost").after(d.set.LostHold)
			if s, act, _ := d.state.Step(d.facts, d.set); act.Kind != keep.Load {
				d.t.Errorf("after the wait: %s, %+v", act.Kind, s)
			}
		},
	})
}

// A load of the same model that a person asked for is waited for as one of ours is, also
// where the model was chosen after it.
func TestAPersonsLostLoadIsWaitedFor(t *testing.T) {
	t.Parallel()
	play(t, map[string]func(d *desk){
		"and then it is loaded": func(d *desk) {
			d.facts.Lost = d.facts.Now
			d.state = d.state.Retarget(*d.state.Target, d.facts.Now)
			d.steps("- → waiting answer_lost").after(d.set.LostHold - time.Second).steps("- → waiting answer_lost")
			d.after(time.Second)
			if _, act, _ := d.state.Step(d.facts, d.set); act.Kind != keep.Load {
				d.t.Errorf("after the wait: %+v", act)
			}
		},
		"for as long as such a load usually takes": func(d *desk) {
			usual := 90.0
			d.facts.Lost, d.facts.Expected = d.facts.Now, &usual
			d.steps("- → waiting answer_lost").after(179 * time.Second).steps("- → waiting answer_lost")
			d.after(time.Second)
			if _, act, _ := d.state.Step(d.facts, d.set); act.Kind != keep.Load {
				d.t.Errorf("after the wait: %+v", act)
			}
		},
		"but not where the server came back since": func(d *desk) {
			d.facts.Lost = d.facts.Now.Add(-d.set.LostHold + time.Second)
			d.facts.CameUp = d.facts.Lost.Add(time.Second)
			if _, act, _ := d.state.Step(d.facts, d.set); act.Kind != keep.Load {
				d.t.Errorf("after the server came back: %+v", act)
			}
		},
	})
}

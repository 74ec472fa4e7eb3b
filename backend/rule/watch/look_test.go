package watch_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

// What makes an unload, and what does not.
func TestNegativeReads(t *testing.T) {
	const told, kept = "unloaded qwen unknown", ""
	tests := []struct {
		name string
		then func(c *scene)
		want string
	}{
		{"one negative read is none", func(c *scene) { c.lists() }, kept},
		{"two, a second apart, are", func(c *scene) { c.lists(); c.after(time.Second).lists() }, told},
		{"two, less than a second apart, are not", func(c *scene) { c.lists(); c.after(999 * time.Millisecond).lists() }, kept},
		{"many within a second are not", func(c *scene) {
			for range 9 {
				c.after(100 * time.Millisecond).lists()
			}
		}, kept},
		{"a third one makes up for two that were too close", func(c *scene) {
			c.lists()
			c.after(500 * time.Millisecond).lists()
			c.after(500 * time.Millisecond).lists()
		}, told},
		{"two with a positive one in between are not", func(c *scene) {
			c.lists()
			c.after(time.Minute).lists(one("qwen"))
			c.after(time.Minute).lists()
		}, kept},
		{"two with a failed look in between are", func(c *scene) {
			c.lists()
			c.after(time.Minute).is(backend.ServerUnknown)
			c.after(time.Minute).lists()
		}, told},
		{"failed looks alone never are", func(c *scene) {
			for range 1000 {
				c.after(5 * time.Second).is(backend.ServerDown)
				c.after(5 * time.Second).is(backend.ServerOff)
				c.after(5 * time.Second).is(backend.ServerNeedsToken)
				c.after(5 * time.Second).is(backend.ServerUnknown)
				c.after(5 * time.Second).is(backend.ServerUp) // up, but its list could not be read
			}
		}, kept},
		{"a failed look after one negative read does not count", func(c *scene) {
			c.lists()
			c.after(time.Hour).is(backend.ServerUp)
		}, kept},
		{"the clock was set back by years between them", func(c *scene) {
			c.lists()
			c.after(-3 * 365 * 24 * time.Hour).lists()
		}, kept},
		{"the clock was set back, and time went on", func(c *scene) {
			c.lists()
			c.after(-time.Hour).lists()
			c.after(time.Second).lists()
		}, told},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newScene(t)
			c.lists(one("qwen"))
			c.after(5 * time.Second)
			tt.then(c)
			if tt.want == kept {
				c.history("loaded qwen already_loaded")
				c.holds("qwen")
				return
			}
			c.history("loaded qwen already_loaded", tt.want)
			c.holds()
		})
	}
}

func TestDoubtfulAsksForALookInTime(t *testing.T) {
	c := newScene(t)
	c.lists(one("qwen"))
	if c.state.Doubtful() {
		t.Error("doubtful although it is there")
	}
	c.after(5 * time.Second).lists()
	if !c.state.Doubtful() {
		t.Error("not doubtful after one negative read")
	}
	c.after(watch.ConfirmIn).lists()
	if c.state.Doubtful() {
		t.Error("still doubtful after the second one")
	}
	c.history("loaded qwen already_loaded", "unloaded qwen unknown")
}

// Only the look that was just taken may be acted upon, and only a whole list.
func TestTrusted(t *testing.T) {
	c := newScene(t)
	trusts := func(want bool, when string) {
		t.Helper()
		if got := c.state.Trusted(); got != want {
			t.Errorf("%s: trusted %t, want %t", when, got, want)
		}
	}
	trusts(false, "before the first look")
	c.is(backend.ServerUp)
	trusts(false, "up, without a list")
	c.lists(one("qwen"))
	trusts(true, "after a whole list")
	for _, s := range []backend.ServerState{
		backend.ServerUp, backend.ServerDown, backend.ServerOff, backend.ServerUnknown, backend.ServerNeedsToken,
	} {
		c.after(5 * time.Second).is(s)
		trusts(false, string(s)+" without a list, after a list")
		c.after(5 * time.Second).lists(one("qwen"))
		trusts(true, "a list after "+string(s))
	}
}

func TestServerFlappingTellsNoUnload(t *testing.T) {
	c := newScene(t)
	c.lists(explicit("qwen"))
	for i := range 1000 {
		c.after(time.Second).is([]backend.ServerState{backend.ServerDown, backend.ServerOff}[i%2])
		c.after(time.Second).lists(one("qwen"))
	}
	c.history("loaded qwen already_loaded")
	if i := c.instance("qwen"); i.SeenLoadedAt != backend.At(noon) {
		t.Errorf("seen loaded at %s, want the first look", i.SeenLoadedAt)
	}
}

func TestListFlickeringTellsNoUnload(t *testing.T) {
	c := newScene(t)
	c.lists(explicit("qwen"))
	for range 1000 {
		c.after(5 * time.Second).lists()
		c.after(watch.ConfirmIn).lists(one("qwen"))
	}
	c.history("loaded qwen already_loaded")
}

func TestClockSetWhileItIsLoaded(t *testing.T) {
	for _, jump := range []time.Duration{-time.Hour, time.Hour, -10 * 365 * 24 * time.Hour, 10 * 365 * 24 * time.Hour} {
		c := newScene(t)
		c.lists(explicit("qwen"))
		c.after(jump).lists(one("qwen"))
		c.after(5 * time.Second).lists(one("qwen"))
		c.history("loaded qwen already_loaded")
		c.gone()
		c.history("loaded qwen already_loaded", "unloaded qwen external")
	}
}

func TestCameUp(t *testing.T) {
	tests := []struct {
		name  string
		looks []backend.ServerState
		back  bool
	}{
		{"up from the start", []backend.ServerState{backend.ServerUp}, false},
		{"one odd answer", []backend.ServerState{backend.ServerUp, backend.ServerUnknown}, false},
		{"down before", []backend.ServerState{backend.ServerDown}, true},
		{"off before", []backend.ServerState{backend.ServerUp, backend.ServerOff}, true},
		{"down, then half started", []backend.ServerState{backend.ServerDown, backend.ServerUnknown}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newScene(t)
			for _, s := range tt.looks {
				c.after(5 * time.Second).is(s)
			}
			c.after(5 * time.Second).lists()
			if got := c.state.CameUp(); got.Equal(c.now) != tt.back {
				t.Errorf("came up at %v, now is %v", got, c.now)
			}
			at := c.state.CameUp()
			c.after(5 * time.Second).lists()
			if got := c.state.CameUp(); !got.Equal(at) {
				t.Errorf("a look later it came up at %v, before at %v", got, at)
			}
		})
	}
}

func TestServerIsShownAsItWasLastSeen(t *testing.T) {
	c := newScene(t)
	c.observe(backend.Observation{
		State: backend.ServerUp, API: backend.APIv1, Version: "0.4.25", Latency: 20 * time.Millisecond,
		Listed: true, Models: models(one("qwen"), one("nomic")),
	})
	c.after(time.Minute).observe(backend.Observation{State: backend.ServerNeedsToken, Err: errLost})
	got := c.state.Server()
	if got.State != backend.ServerNeedsToken || got.Error != errLost || got.Version != "0.4.25" || *got.API != backend.APIv1 {
		t.Errorf("server %+v", got)
	}
	if got.LatencySeconds != nil {
		t.Errorf("latency %v of a look without an answer", *got.LatencySeconds)
	}
	if *got.ListedAt != backend.At(noon) || *got.CheckedAt != backend.At(c.now) || *got.StateSince != backend.At(c.now) {
		t.Errorf("listed %s, checked %s, since %s", got.ListedAt, got.CheckedAt, got.StateSince)
	}
	c.holds("qwen", "nomic")
}

// Between the first negative read and the second an instance is shown, but
// marked.
func TestMissingIsMarked(t *testing.T) {
	c := newScene(t)
	c.lists(one("qwen"))
	for _, step := range []struct {
		look func()
		want bool
	}{
		{func() { c.after(time.Minute).lists() }, true},
		{func() { c.after(100 * time.Millisecond).lists(one("qwen")) }, false},
	} {
		step.look()
		got := c.state.Server().Models[0].Instances
		if len(got) != 1 || got[0].Missing != step.want {
			t.Errorf("instances %+v, want one with missing = %v", got, step.want)
		}
	}
}

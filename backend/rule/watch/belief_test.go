package watch_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/watch"
)

func TestInstancesAreListedInTheOrderOfTheirNumbers(t *testing.T) {
	c := newScene(t)
	c.lists(one("qwen:10"), one("qwen:2"), one("qwen"))
	c.holds("qwen", "qwen:2", "qwen:10")
}

// A plain look does not forget what a detailed one told.
func TestDetailsAreKeptBetweenDetailedLooks(t *testing.T) {
	c := newScene(t)
	c.tells(jit("qwen", noon, time.Hour))
	c.after(5 * time.Second).lists(one("qwen"))
	i := c.instance("qwen")
	if i.TTLSeconds == nil || *i.TTLSeconds != 3600 || i.Explicit == nil || *i.Explicit || i.LastUsedAt == nil || i.ExpiresAt == nil {
		t.Errorf("details lost: %+v", i)
	}
	c.after(5 * time.Second).tells(explicit("qwen"))
	if i = c.instance("qwen"); i.TTLSeconds != nil || i.ExpiresAt != nil || !*i.Explicit {
		t.Errorf("a detailed look says that there is no TTL: %+v", i)
	}
}

func TestOurLoadsAreKnownToBeExplicit(t *testing.T) {
	c := newScene(t)
	c.lists()
	c.starts("qwen", 8192)
	c.ends("qwen", "qwen", nil)
	c.lists(one("qwen"))
	if i := c.instance("qwen"); i.Explicit == nil || !*i.Explicit {
		t.Errorf("explicit %v", i.Explicit)
	}
	c.after(5*time.Second).lists(one("qwen"), one("gemma"))
	if i := c.instance("gemma"); i.Explicit != nil {
		t.Errorf("somebody's load is explicit %v, which nobody told", *i.Explicit)
	}
}

func TestBusyIsShownUntilForgotten(t *testing.T) {
	c := newScene(t)
	c.lists(one("qwen"))
	yes := true
	c.state = c.state.BusySeen("qwen", &yes).BusySeen("none", &yes)
	c.after(5 * time.Second).lists(one("qwen"))
	if b := c.instance("qwen").Busy; b == nil || !*b {
		t.Errorf("busy %v", b)
	}
	c.state = c.state.BusySeen("qwen", nil)
	if b := c.instance("qwen").Busy; b != nil {
		t.Errorf("busy %v after it was forgotten", *b)
	}
}

func TestCrashEvidence(t *testing.T) {
	dead := func(c *scene) bool {
		return c.state.Crashed("qwen") && c.instance("qwen").Crashed
	}
	start := func(t *testing.T) *scene {
		c := newScene(t)
		c.tells(reference(one("qwen"), "a"))
		c.state = c.state.CrashSeen("qwen", "It has crashed.").CrashSeen("none", "It has crashed.")
		return c
	}
	t.Run("lasts while it is listed", func(t *testing.T) {
		c := start(t)
		for range 10 {
			c.after(5 * time.Second).lists(one("qwen"))
		}
		if !dead(c) {
			t.Error("forgotten")
		}
	})
	t.Run("is not lost by a failed look or a server switched off", func(t *testing.T) {
		c := start(t)
		c.after(5 * time.Second).is(backend.ServerUnknown)
		c.after(5 * time.Second).is(backend.ServerOff)
		c.after(5 * time.Second).lists(one("qwen"))
		if !dead(c) {
			t.Error("forgotten")
		}
	})
	t.Run("does not outlive LM Studio", func(t *testing.T) {
		c := start(t)
		c.after(5 * time.Second).is(backend.ServerDown)
		c.after(5 * time.Second).lists(one("qwen"))
		if dead(c) {
			t.Error("the new engine is called dead")
		}
	})
	t.Run("does not outlive a reload", func(t *testing.T) {
		c := start(t)
		c.after(5 * time.Second).tells(reference(one("qwen"), "b"))
		if dead(c) {
			t.Error("the new engine is called dead")
		}
		c.history("loaded qwen already_loaded", "unloaded qwen crashed", "loaded qwen external")
	})
	t.Run("is kept while our own load is held back", func(t *testing.T) {
		c := newScene(t)
		c.lists()
		c.starts("qwen", 8192)
		c.lists(one("qwen"))
		c.state = c.state.CrashSeen("qwen", "It has crashed.")
		c.ends("qwen", "qwen", nil)
		c.after(5 * time.Second).lists(one("qwen"))
		if !dead(c) {
			t.Error("forgotten")
		}
	})
}

// States are values: what is done to a copy leaves the original alone.
func TestStateIsAValue(t *testing.T) {
	c := newScene(t)
	c.lists(one("qwen"))
	before := c.state
	c.starts("gemma", 1)
	c.state = c.state.UnloadAsked("qwen", backend.CauseUser).CrashSeen("qwen", "dead")
	c.after(5 * time.Second).lists(one("gemma"))
	after := c.state
	c.state = before
	c.holds("qwen")
	if _, _, loading := before.Loading(); loading || before.Crashed("qwen") || before.Doubtful() {
		t.Error("the earlier state changed")
	}
	shown := after.Server()
	shown.Models[0].Name, shown.Models[0].Instances = "changed", nil
	if after.Server().Models[0].Name != "Qwen" {
		t.Error("what Server returned is shared with the state")
	}
}

func TestZeroStateIsUsable(t *testing.T) {
	var s watch.State
	if s.Trusted() || s.Doubtful() || s.OursAlone("x") || s.Crashed("x") || !s.CameUp().IsZero() {
		t.Error("a state that knows nothing claims something")
	}
	s = s.UnloadAsked("x", backend.CauseUser).CrashSeen("x", "dead")
	s, rows := s.Observe(backend.Observation{At: noon, State: backend.ServerUp, Listed: true, Models: models(one("qwen"))})
	if len(rows) != 1 || !s.Trusted() {
		t.Errorf("rows %v", rows)
	}
}

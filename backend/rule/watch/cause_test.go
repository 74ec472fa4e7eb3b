package watch_test

import (
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// TestCauseOfUnload has a case for every piece of evidence that tells one
// disappearance from another. Each begins with qwen in memory for a minute.
func TestCauseOfUnload(t *testing.T) {
	hour := time.Hour
	tests := []struct {
		name   string
		before backend.Instance // as the last detailed look told it
		then   func(c *scene)
		want   backend.LoadCause
		detail string // a part of it
	}{
		{"a person unloaded it through Pilotlight", explicit("qwen"), func(c *scene) {
			c.state = c.state.UnloadAsked("qwen", backend.CauseUser)
			c.lists()
		}, backend.CauseUser, ""},
		{"Pilotlight unloaded it to replace it", explicit("qwen"), func(c *scene) {
			c.state = c.state.UnloadAsked("qwen", backend.CauseKeepWarm)
			c.lists()
		}, backend.CauseKeepWarm, ""},
		{"our unload failed, and later somebody ejected it", explicit("qwen"), func(c *scene) {
			c.state = c.state.UnloadAsked("qwen", backend.CauseUser).UnloadFailed("qwen")
			c.gone()
		}, backend.CauseExternal, "ejected"},
		{"the server went down and came back empty", explicit("qwen"), func(c *scene) {
			c.is(backend.ServerDown)
			c.gone()
		}, backend.CauseServerStopped, "restarted"},
		{"it went down between the two negative reads", explicit("qwen"), func(c *scene) {
			c.lists()
			c.after(5 * time.Second).is(backend.ServerDown)
			c.after(5 * time.Second).lists()
		}, backend.CauseServerStopped, ""},
		{"it restarted unseen, but a standing connection broke", explicit("qwen"), func(c *scene) {
			c.observe(backend.Observation{State: backend.ServerUp, Listed: true, Reconnected: true, Models: models()})
			c.after(5 * time.Second).lists()
		}, backend.CauseServerStopped, ""},
		{"its server was off and came back with nothing loaded", explicit("qwen"), func(c *scene) {
			c.is(backend.ServerOff)
			c.gone()
		}, backend.CauseServerStopped, "switched off"},
		{"its server was off while somebody switched the model", explicit("qwen"), func(c *scene) {
			c.is(backend.ServerOff)
			c.gone(explicit("gemma"))
		}, backend.CauseExternal, "gemma"},
		{"a look failed before, which says nothing", explicit("qwen"), func(c *scene) {
			c.is(backend.ServerUnknown)
			c.gone()
		}, backend.CauseExternal, "ejected"},
		{"its idle time ran out", jit("qwen", noon, hour), func(c *scene) {
			c.after(hour - 65*time.Second).tells(jit("qwen", noon, hour))
			c.gone()
		}, backend.CauseTTL, "TTL 1h0m0s"},
		{"its idle time ran out while the laptop slept", jit("qwen", noon, hour), func(c *scene) {
			c.after(9 * hour).lists()
			c.after(5 * time.Second).lists()
		}, backend.CauseTTL, ""},
		{"its idle time ran out, its last use was read half a minute before", jit("qwen", noon, hour), func(c *scene) {
			c.after(hour - 55*time.Second).tells(jit("qwen", noon, hour))
			for range 10 {
				c.after(5 * time.Second).lists(one("qwen"))
			}
			c.gone()
		}, backend.CauseTTL, ""},
		{"it was used after its last use was read, and expired after that", jit("qwen", noon, hour), func(c *scene) {
			for range 24 * 60 {
				c.after(5 * time.Second).lists(one("qwen"))
			}
			c.gone()
		}, backend.CauseTTL, ""},
		{"it has a TTL, its last use is not known", func() backend.Instance {
			i := jit("qwen", noon, hour)
			i.LastUsedAt, i.ExpiresAt = nil, nil
			return i
		}(), func(c *scene) {
			c.after(2 * hour).lists(one("qwen"))
			c.gone()
		}, backend.CauseTTL, ""},
		{"the list itself told that it would expire", func() backend.Instance {
			i := one("qwen")
			i.ExpiresAt = backend.AtPtr(noon.Add(70 * time.Second))
			return i
		}(), func(c *scene) { c.gone() }, backend.CauseTTL, "TTL"},
		{"a request to another model evicted it", jit("qwen", noon, hour), func(c *scene) {
			c.gone(jit("gemma", noon.Add(time.Minute), hour))
		}, backend.CauseEvicted, "gemma"},
		{"it was evicted a look after the other one appeared", jit("qwen", noon, hour), func(c *scene) {
			other := jit("gemma", noon.Add(time.Minute), hour)
			c.lists(one("qwen"), other)
			c.gone(other)
		}, backend.CauseEvicted, "gemma"},
		{"it was replaced, and nobody knows how it had been loaded", one("qwen"), func(c *scene) {
			c.gone(one("gemma"))
		}, backend.CauseEvicted, "gemma"},
		{"it was loaded on purpose, so somebody switched to another one", explicit("qwen"), func(c *scene) {
			c.gone(explicit("gemma"))
		}, backend.CauseExternal, "gemma"},
		{"another model was there long before", explicit("qwen"), func(c *scene) {
			c.lists(one("qwen"), one("gemma"))
			c.after(time.Minute).lists(one("qwen"), one("gemma"))
			c.gone(one("gemma"))
		}, backend.CauseExternal, "ejected"},
		{"an embedding model appeared, which takes nobody's place", explicit("qwen"), func(c *scene) {
			c.gone(one("nomic"))
		}, backend.CauseExternal, "ejected"},
		{"a second instance of it appeared, which takes nobody's place", explicit("qwen"), func(c *scene) {
			c.gone(explicit("qwen:2"))
		}, backend.CauseExternal, "ejected"},
		{"somebody ejected it long before its TTL", jit("qwen", noon, hour), func(c *scene) {
			c.gone()
		}, backend.CauseExternal, "ejected"},
		{"its engine had crashed before it left the list", explicit("qwen"), func(c *scene) {
			c.state = c.state.CrashSeen("qwen", "The model has crashed.")
			c.gone()
		}, backend.CauseCrashed, "The model has crashed."},
		{"Pilotlight removed it after it had crashed", explicit("qwen"), func(c *scene) {
			c.state = c.state.CrashSeen("qwen", "The model has crashed.").UnloadAsked("qwen", backend.CauseKeepWarm)
			c.lists()
		}, backend.CauseCrashed, ""},
		{"nothing at all explains it", one("qwen"), func(c *scene) {
			c.gone()
		}, backend.CauseUnknown, "does not tell"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newScene(t)
			c.tells(tt.before)
			c.after(time.Minute)
			c.tells(tt.before)
			tt.then(c)
			last := c.rows[len(c.rows)-1]
			for _, r := range c.rows { // a newcomer may be told after it
				if r.Event == backend.Unloaded {
					last = r
				}
			}
			if last.Event != backend.Unloaded || last.InstanceID != "qwen" || last.Cause != tt.want {
				t.Fatalf("told %s %s %s (%s), want unloaded qwen %s", last.Event, last.InstanceID, last.Cause, last.Detail, tt.want)
			}
			if !strings.Contains(last.Detail, tt.detail) {
				t.Errorf("detail %q does not say %q", last.Detail, tt.detail)
			}
			if last.SizeBytes == nil || *last.SizeBytes != 40e9 || last.ContextActual == nil || *last.ContextActual != 8192 {
				t.Errorf("size or context missing: %+v", last)
			}
		})
	}
}

func TestUnloadIsDatedToTheFirstLookThatMissedIt(t *testing.T) {
	c := newScene(t)
	c.lists(explicit("qwen"))
	c.after(time.Minute).is(backend.ServerUnknown)
	c.after(time.Minute).lists()
	c.after(time.Minute).lists()
	if got, want := c.rows[1].At, backend.At(noon.Add(2*time.Minute)); got != want {
		t.Errorf("unloaded at %s, want %s", got, want)
	}
}

func TestUnloadByAnOutageIsDatedToItsBeginning(t *testing.T) {
	c := newScene(t)
	c.lists(explicit("qwen"))
	c.after(time.Minute).is(backend.ServerDown)
	c.after(time.Hour).is(backend.ServerDown)
	c.after(time.Hour).gone()
	if got, want := c.rows[1].At, backend.At(noon.Add(time.Minute)); got != want {
		t.Errorf("unloaded at %s, want %s", got, want)
	}
}

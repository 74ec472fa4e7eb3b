package watch_test

import (
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
)

// Who loaded what: each case is a whole scene.
func TestLoads(t *testing.T) {
	const here = "loaded qwen already_loaded"
	tests := []struct {
		name string
		play func(c *scene)
		want []string
	}{
		{"already there at the first look", func(c *scene) {
			c.lists(one("qwen"), one("nomic"))
		}, []string{"loaded nomic already_loaded", here}},
		{"two were there at the first look: neither made room for the other", func(c *scene) {
			c.lists(one("qwen"), one("gemma"))
			c.gone(one("gemma"))
		}, []string{"loaded gemma already_loaded", here, "unloaded qwen unknown"}},
		{"somebody loaded it later", func(c *scene) {
			c.lists()
			c.after(5 * time.Second).lists(one("qwen"))
		}, []string{"loaded qwen external"}},
		{"a second instance appears and goes", func(c *scene) {
			c.lists(one("qwen"))
			c.after(5*time.Second).lists(one("qwen"), one("qwen:2"))
			c.gone(one("qwen"))
		}, []string{here, "loaded qwen:2 external", "unloaded qwen:2 unknown"}},
		{"ours, held back while it runs, told when it ended", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.after(2 * time.Second).lists(one("qwen"))
			c.history()
			c.after(2 * time.Second).lists(one("qwen"))
			c.history()
			c.ends("qwen", "qwen", nil)
			c.lists(one("qwen"))
		}, []string{"loaded qwen keep_warm"}},
		{"ours, listed only after it ended", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.after(9 * time.Second)
			c.ends("qwen", "qwen", nil)
			c.after(5 * time.Second).lists()
			c.after(5 * time.Second).lists(one("qwen"))
		}, []string{"loaded qwen keep_warm"}},
		{"it ended with another id: that one is ours, the other is not", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.after(2 * time.Second).lists(one("qwen"))
			c.ends("qwen", "qwen:2", nil)
			c.lists(one("qwen"), one("qwen:2"))
		}, []string{"loaded qwen external", "loaded qwen:2 keep_warm"}},
		{"not asked for after all: the server was loading it for somebody else", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.after(time.Second).lists(one("qwen"))
			c.ends("qwen", "", &backend.Error{Code: backend.CodeBusy, Message: "It is loading it already."})
			c.after(time.Second).lists(one("qwen"))
		}, []string{"loaded qwen external"}},
		{"a load of another model explains nothing", func(c *scene) {
			c.lists()
			c.starts("gemma", 8192)
			c.after(2 * time.Second).lists(one("qwen"))
		}, []string{"loaded qwen external"}},
		{"it failed", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.ends("qwen", "", errFailed)
			c.after(5 * time.Second).lists(one("qwen"))
		}, []string{"load_failed keep_warm", "loaded qwen external"}},
		{"it failed after it had been listed for a while", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.after(2 * time.Second).lists(one("qwen"))
			c.ends("qwen", "", errPlain)
			c.gone()
			c.gone()
		}, []string{"load_failed keep_warm"}},
		{"its answer was lost, and the list shows it ten minutes later", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.ends("qwen", "", errLost)
			c.after(10 * time.Minute).lists(one("qwen"))
		}, []string{"load_failed keep_warm", "loaded qwen keep_warm"}},
		{"its answer was lost, and it never came", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.ends("qwen", "", errLost)
			c.after(31 * time.Minute).lists()
			c.after(5 * time.Second).lists(one("qwen"))
		}, []string{"load_failed keep_warm", "loaded qwen external"}},
		{"its answer was lost, then the clock was set back by years", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.ends("qwen", "", errLost)
			c.after(-2 * 365 * 24 * time.Hour).lists()
			c.after(time.Hour).lists(one("qwen"))
		}, []string{"load_failed keep_warm", "loaded qwen external"}},
		{"it ended, its instance never came, and a minute later somebody loads", func(c *scene) {
			c.lists()
			c.starts("qwen", 8192)
			c.ends("qwen", "qwen", nil)
			c.after(61 * time.Second).lists()
			c.after(5 * time.Second).lists(one("qwen"))
		}, []string{"loaded qwen external"}},
		{"reloaded by somebody, told by its reference", func(c *scene) {
			c.tells(reference(one("qwen"), "a"))
			c.after(5 * time.Second).lists(one("qwen"))
			c.after(5 * time.Second).tells(reference(one("qwen"), "b"))
		}, []string{here, "unloaded qwen unknown", "loaded qwen external"}},
		{"reloaded by somebody, told by its context", func(c *scene) {
			c.lists(one("qwen"))
			c.after(5 * time.Second).lists(context(one("qwen"), 4096))
		}, []string{here, "unloaded qwen unknown", "loaded qwen external"}},
		{"the same reference is the same load, whatever its context", func(c *scene) {
			c.tells(reference(one("qwen"), "a"))
			c.after(5 * time.Second).tells(reference(context(one("qwen"), 4096), "a"))
		}, []string{here}},
		{"a context that is not told is no other context", func(c *scene) {
			c.lists(one("qwen"))
			c.after(5 * time.Second).lists(backend.Instance{ID: "qwen"})
			c.after(5 * time.Second).lists(one("qwen"))
		}, []string{here}},
		{"reloaded in a restart that was seen", func(c *scene) {
			c.tells(reference(one("qwen"), "a"))
			c.after(5 * time.Second).is(backend.ServerDown)
			c.after(5 * time.Second).tells(reference(one("qwen"), "b"))
		}, []string{here, "unloaded qwen server_stopped", "loaded qwen external"}},
		{"unloaded and loaded by us between two looks", func(c *scene) {
			c.lists(one("qwen"))
			c.state = c.state.UnloadAsked("qwen", backend.CauseUser)
			c.starts("qwen", 8192)
			c.after(time.Second)
			c.ends("qwen", "qwen", nil)
			c.after(time.Second).lists(one("qwen"))
		}, []string{here, "unloaded qwen user", "loaded qwen keep_warm"}},
		{"one id now belongs to another model", func(c *scene) {
			c.lists(one("qwen"))
			moved := models()
			moved[1].Instances = []backend.Instance{one("qwen")}
			c.after(5 * time.Second).observe(backend.Observation{State: backend.ServerUp, Listed: true, Models: moved})
		}, []string{here, "unloaded qwen unknown", "loaded qwen external"}},
		{"embeddings have a history too", func(c *scene) {
			c.lists()
			c.after(5 * time.Second).lists(one("nomic"))
			c.gone()
		}, []string{"loaded nomic external", "unloaded nomic unknown"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := newScene(t)
			tt.play(c)
			c.history(tt.want...)
			for i := 1; i < len(c.rows); i++ {
				if id := c.rows[i].InstanceID; id == c.rows[i-1].InstanceID && c.rows[i].At.Before(c.rows[i-1].At.Time) && !strings.Contains(tt.name, "clock") {
					t.Errorf("%s: %s is dated before %s", id, c.rows[i].Event, c.rows[i-1].Event)
				}
			}
		})
	}
}

// Pilotlight itself was away; the history says that qwen was in memory then.
func TestPilotlightRestarted(t *testing.T) {
	tests := []struct {
		name string
		play func(c *scene)
		want []string
	}{
		{"still there: nothing to tell", func(c *scene) { c.lists(one("qwen")) }, nil},
		{"gone: nobody saw why", func(c *scene) { c.gone(); c.gone() }, []string{"unloaded qwen unknown"}},
		{"gone, and LM Studio was down at first", func(c *scene) {
			c.is(backend.ServerDown)
			c.gone()
		}, []string{"unloaded qwen unknown"}},
		{"another context: it was reloaded", func(c *scene) {
			c.lists(context(one("qwen"), 4096))
		}, []string{"unloaded qwen unknown", "loaded qwen already_loaded"}},
		{"a second instance came meanwhile", func(c *scene) {
			c.lists(one("qwen"), one("qwen:2"))
		}, []string{"loaded qwen:2 already_loaded"}},
		{"still there, and ejected later: it was ours, so loaded on purpose", func(c *scene) {
			c.lists(one("qwen"))
			c.gone()
		}, []string{"unloaded qwen external"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			other := row("elsewhere", backend.CauseKeepWarm)
			other.Server = "nas"
			c := newScene(t, row("qwen", backend.CauseKeepWarm), other)
			c.holds()
			tt.play(c)
			c.history(tt.want...)
		})
	}
}

func TestOursAlone(t *testing.T) {
	c := newScene(t, row("qwen", backend.CauseKeepWarm), row("qwen:2", backend.CauseExternal))
	c.starts("gemma", 8192)
	c.ends("gemma", "gemma", nil)
	c.lists(one("qwen"), one("qwen:2"), one("gemma"), one("nomic"))
	for id, want := range map[string]bool{"qwen": true, "qwen:2": false, "gemma": true, "nomic": false, "none": false} {
		if got := c.state.OursAlone(id); got != want {
			t.Errorf("%s: ours %t, want %t", id, got, want)
		}
	}
}

func TestLoadedRowTellsWhatWasAskedAndWhatCame(t *testing.T) {
	c := newScene(t)
	c.lists()
	c.starts("qwen", 65536)
	c.after(42 * time.Second)
	c.ends("qwen", "qwen", nil)
	c.after(5 * time.Second).lists(context(one("qwen"), 32768))
	r := c.rows[0]
	if *r.ContextRequested != 65536 || *r.ContextActual != 32768 || !strings.Contains(r.Detail, "32768") {
		t.Errorf("row %+v", r)
	}
	if *r.DurationSeconds != 42 || r.At != backend.At(noon.Add(42*time.Second)) || *r.SizeBytes != 40e9 {
		t.Errorf("took %v, at %s", *r.DurationSeconds, r.At)
	}
}

func TestLoadWithALostAnswerHasNoDuration(t *testing.T) {
	c := newScene(t)
	c.lists()
	c.starts("qwen", 8192)
	c.after(time.Minute)
	c.ends("qwen", "", errLost)
	c.after(time.Minute).lists(one("qwen"))
	if r := c.rows[1]; r.DurationSeconds != nil || r.At != backend.At(c.now) {
		t.Errorf("row %+v: when the load ended is not known", r)
	}
}

func TestLoadingSaysWhatRuns(t *testing.T) {
	c := newScene(t)
	if _, _, ok := c.state.Loading(); ok {
		t.Error("loading before anything was asked")
	}
	c.starts("qwen", 8192)
	if model, since, ok := c.state.Loading(); !ok || model != "qwen" || !since.Equal(noon) {
		t.Errorf("loading %q since %v, %t", model, since, ok)
	}
	c.ends("qwen", "qwen", nil)
	if _, _, ok := c.state.Loading(); ok {
		t.Error("still loading after the end")
	}
}

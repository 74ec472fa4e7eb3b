package lmstudio_test

import (
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// A list that says the same as the one before is not read anew; one that says
// anything else is, at once.
func TestTheSameListIsReadOnce(t *testing.T) {
	t.Parallel()
	models := lmstudiotest.DemoModels()
	fake := lmstudiotest.Start(t, lmstudiotest.Options{Models: models})
	c := lmstudio.New(lmstudio.Config{ID: "lmstudio", URL: fake.URL(), NoWebSocket: true})
	defer c.Close()
	look := func() backend.Observation {
		o := c.Look(t.Context(), time.Now)
		if !o.Listed || len(o.Models) == 0 {
			t.Fatalf("no list: %+v", o)
		}
		return o
	}
	first, second := look(), look()
	if &first.Models[0] != &second.Models[0] {
		t.Error("the same list was read twice")
	}
	fake.LoadExplicit(models[0].Key, 8192)
	loaded := look()
	if &loaded.Models[0] == &second.Models[0] || len(loaded.Models[0].Instances) != 1 {
		t.Errorf("after a load it is %+v", loaded.Models[0])
	}
	if len(second.Models[0].Instances) != 0 {
		t.Error("what was handed out changed")
	}
	fake.FaultOn(lmstudiotest.FaultHTML, "/api/")
	if o := c.Look(t.Context(), time.Now); o.Listed {
		t.Error("an answer that is no list was taken for the last one")
	}
	fake.FaultOn(lmstudiotest.FaultNone, "")
	if o := look(); len(o.Models[0].Instances) != 1 {
		t.Errorf("after the fault it is %+v", o.Models[0])
	}
}

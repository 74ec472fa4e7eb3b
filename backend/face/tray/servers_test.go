package tray_test

import (
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/tray"
)

// The menu offers what can be done, and says where, when there is more than one.
func TestMenuOfSeveralServers(t *testing.T) {
	t.Parallel()
	loads, serves := &backend.Tells{Loaded: true, Load: true, Unload: true}, &backend.Tells{Loaded: true}
	there := []backend.Instance{{ID: "m"}}
	st := &backend.Status{
		Keep: backend.Keep{State: backend.KeepWarm, Server: "box", Model: "m", InstanceID: "m"},
		Servers: []backend.Server{
			{ID: "lmstudio", Name: "LM Studio", State: backend.ServerUp, Tells: loads, Models: []backend.Model{{Key: "m", Name: "Hero", Instances: there}}},
			{ID: "box", Name: "LM Studio on box", State: backend.ServerUp, Tells: loads, Models: []backend.Model{{Key: "m", Name: "Hero", Instances: there}}},
			{ID: "vllm", Name: "vLLM", State: backend.ServerUp, Tells: serves, Models: []backend.Model{{Key: "v", Name: "Served", Instances: there}}},
		},
	}
	m := tray.View(st, time.Now(), tray.Extra{})
	find := func(id string) tray.Item {
		i := slices.IndexFunc(m.Items, func(it tray.Item) bool { return it.ID == id })
		if i < 0 {
			t.Fatalf("there is no %q in %+v", id, m.Items)
		}
		return m.Items[i]
	}
	// The same model elsewhere can still be chosen, and what is always there cannot.
	if got := find("another").Children; len(got) != 1 || got[0].Text != "Hero · LM Studio · in memory" || got[0].Do.Target.Server != "lmstudio" {
		t.Errorf("it can be kept instead: %+v", got)
	}
	if got := find("unload").Do; got.Server != "box" || got.Instance != "m" {
		t.Errorf("unloads %+v", got)
	}
}

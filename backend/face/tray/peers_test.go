package tray_test

import (
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/tray"
)

func TestMenuOfOtherMachines(t *testing.T) {
	t.Parallel()
	find := func(st *backend.Status) (tray.Item, bool) {
		m := tray.View(st, time.Now(), tray.Extra{})
		i := slices.IndexFunc(m.Items, func(it tray.Item) bool { return it.ID == "peers" })
		if i < 0 {
			return tray.Item{}, false
		}
		return m.Items[i], true
	}
	if it, ok := find(&backend.Status{}); ok {
		t.Errorf("there is none, and the menu has %+v", it)
	}
	kept := &backend.PeerView{
		Servers: []backend.Server{{ID: "s", State: backend.ServerUp, Models: []backend.Model{{Key: "m", Name: "MiniMax"}}}},
		Keep:    &backend.Keep{Server: "s", Model: "m", State: backend.KeepPaused},
	}
	it, _ := find(&backend.Status{Peers: []backend.Peer{
		{ID: "1", Name: "studio\nby the window", State: backend.PeerUp, Seen: kept},
		{ID: "2", Name: "box", State: backend.PeerDown},
	}})
	if it.Text != "Other machines (1 not reached)" || len(it.Children) != 2 {
		t.Fatalf("got %+v", it)
	}
	for i, want := range []string{"studio by the window: Keeping MiniMax is paused", "box: not reached"} {
		if got := it.Children[i]; got.Text != want || got.Do.Verb != tray.DoOpen {
			t.Errorf("got %+v, want %q", got, want)
		}
	}
}

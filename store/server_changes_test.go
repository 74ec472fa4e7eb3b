package store_test

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/store"
)

func change(t *testing.T, s *store.Store, c backend.ServerChange) backend.ServerChange {
	t.Helper()
	stored, err := s.AddServerChange(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestAddServerChange(t *testing.T) {
	s := open(t, tempDB(t))
	c := backend.ServerChange{ID: 9, Server: "a", State: "dreaming", Code: backend.CodeNetwork, Detail: strings.Repeat("é\x00", 400), Until: ptr(backend.At(clock))}
	got := change(t, s, c)
	if got.ID != 1 || !got.At.Equal(clock) || got.Until != nil || got.State != "dreaming" || got.Code != c.Code || len(got.Detail) > 300 {
		t.Errorf("stored %+v", got)
	}
	// One that comes late ends where the other begins.
	c.At = backend.At(clock.Add(-time.Hour))
	if got = change(t, s, c); got.Until == nil || !got.Until.Equal(clock) {
		t.Errorf("stored %+v", got)
	}
	for _, bad := range []backend.ServerChange{{Server: "a"}, {State: "up"}, {Server: strings.Repeat("x", 129), State: "up"},
		{Server: "a", State: backend.ServerState(strings.Repeat("x", 129))}} {
		_, err := s.AddServerChange(t.Context(), bad)
		wantError(t, err, backend.CodeInvalid)
	}
}

// The answer is that of going over all changes in order.
func TestServerChanges(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	s := open(t, tempDB(t))
	var all []backend.ServerChange
	at := func() backend.Time { return backend.At(clock.Add(time.Duration(random.IntN(60)) * time.Minute)) }
	for range 80 {
		c := backend.ServerChange{At: at(), Server: []string{"a", "b", "c"}[random.IntN(3)], State: backend.ServerUp}
		if random.IntN(2) == 0 {
			c.State, c.Code, c.Detail = backend.ServerOff, backend.CodeServerOff, "off"
		}
		c.ID = change(t, s, c).ID
		all = append(all, c)
	}
	slices.SortStableFunc(all, func(a, b backend.ServerChange) int { return a.At.Compare(b.At.Time) })
	for range 300 {
		server, since, until := []string{"", "a", "b", "none"}[random.IntN(4)], at(), at()
		want := naiveChanges(all, server, since, until)
		got, err := s.ServerChanges(t.Context(), server, since, until)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%q from %s to %s: %v\ngave %+v\nwant %+v", server, since, until, err, got, want)
		}
	}
}

func naiveChanges(all []backend.ServerChange, server string, since, until backend.Time) []backend.ServerChange {
	want := []backend.ServerChange{}
	for i, c := range all {
		ends := slices.IndexFunc(all[i+1:], func(n backend.ServerChange) bool { return n.Server == c.Server })
		if ends >= 0 {
			c.Until = &all[i+1+ends].At
		}
		within := !c.At.Before(since.Time) && !c.At.After(until.Time)
		inForce := !c.At.After(since.Time) && !since.After(until.Time) && (c.Until == nil || c.Until.After(since.Time))
		if (server == "" || server == c.Server) && (within || inForce) {
			want = append(want, c)
		}
	}
	return want
}

// What was loaded at a moment is what going over the events up to it leaves.
func TestLoadedAtAndLoadsBetween(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	s := open(t, tempDB(t))
	var all []backend.Load
	at := func() backend.Time { return backend.At(clock.Add(time.Duration(random.IntN(200)) * time.Minute)) }
	for range 200 {
		l := backend.Load{At: at(), Server: []string{"a", "b"}[random.IntN(2)], Model: "m", InstanceID: []string{"m", "m:2", "m:3"}[random.IntN(3)],
			Event: []backend.LoadEvent{backend.Loaded, backend.Unloaded, backend.LoadFailed}[random.IntN(3)], Cause: backend.CauseUser}
		all = append(all, add(t, s, l)[0])
	}
	slices.SortStableFunc(all, func(a, b backend.Load) int { return a.At.Compare(b.At.Time) })
	for range 100 {
		since, until, limit := at(), at(), 1+random.IntN(30)
		loaded, between := map[[2]string]backend.Load{}, []backend.Load{}
		for _, l := range all {
			key := [2]string{l.Server, l.InstanceID}
			switch {
			case l.At.After(until.Time):
				continue
			case l.Event == backend.Loaded:
				loaded[key] = l
			case l.Event == backend.Unloaded:
				delete(loaded, key)
			}
			if !l.At.Before(since.Time) && len(between) < limit {
				between = append(between, l)
			}
		}
		got, err := s.LoadsBetween(t.Context(), since, until, limit)
		if err != nil || !reflect.DeepEqual(got, between) {
			t.Fatalf("from %s to %s: %v\ngave %+v\nwant %+v", since, until, err, got, between)
		}
		now, err := s.LoadedAt(t.Context(), until)
		if err != nil || len(now) != len(loaded) || !slices.IsSortedFunc(now, func(a, b backend.Load) int { return b.At.Compare(a.At.Time) }) {
			t.Fatalf("at %s: %d loaded, %v; want %d", until, len(now), err, len(loaded))
		}
		for _, l := range now {
			if want := loaded[[2]string{l.Server, l.InstanceID}]; !reflect.DeepEqual(l, want) {
				t.Fatalf("at %s: loaded %+v, want %+v", until, l, want)
			}
		}
	}
	_, err := s.LoadsBetween(t.Context(), backend.At(clock), backend.At(clock), -1)
	wantError(t, err, backend.CodeInvalid)
}

// What was loaded long ago and still is counts, however old.
func TestLoadedAtLongAgo(t *testing.T) {
	s := open(t, tempDB(t))
	old := sample(0)
	old.At, old.InstanceID = backend.At(clock.AddDate(-1, 0, 0)), "old"
	gone := old
	gone.InstanceID = "gone"
	bye := gone
	bye.Event, bye.At = backend.Unloaded, backend.At(clock)
	stored := add(t, s, old, gone, bye)
	got, err := s.LoadedAt(t.Context(), backend.At(clock))
	if err != nil || !reflect.DeepEqual(got, stored[:1]) {
		t.Errorf("loaded %+v, %v", got, err)
	}
	if got, err := s.LoadedAt(t.Context(), backend.At(clock.AddDate(-2, 0, 0))); err != nil || len(got) != 0 {
		t.Errorf("before it was loaded: %+v, %v", got, err)
	}
}

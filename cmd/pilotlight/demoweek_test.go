package main

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/store"
)

// TestTheDemosWeekIsOneStory: what it tells of loads, servers, use and turns agrees, as
// what was really seen would.
func TestTheDemosWeekIsOneStory(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)
	models := lmstudiotest.DemoModels()
	w := newDemoWeek(now, models)
	path := filepath.Join(t.TempDir(), "history.db")
	if err := w.write(t.Context(), path, demoMachine{models: models}); err != nil {
		t.Fatal(err)
	}
	db, _, err := store.Open(t.Context(), path, func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if left, err := db.Present(t.Context()); err != nil || len(left) > 0 {
		t.Errorf("in memory at its end: %v, %v; the simulated LM Studio begins with nothing loaded", left, err)
	}
	if !slices.IsSortedFunc(w.servers, func(a, b backend.ServerChange) int { return a.At.Compare(b.At.Time) }) {
		t.Error("the servers' changes are not in their order")
	}
	hero := models[0].Key
	answering := func(at time.Time) bool {
		up := false
		for _, c := range w.servers {
			if !c.At.After(at) {
				up = c.State == backend.ServerUp
			}
		}
		return up && slices.ContainsFunc(w.instances(at), func(i lmstudiotest.Instance) bool { return i.Key == hero })
	}
	for _, turn := range w.turns {
		if crashed := turn.Failures[0] == "crashed"; answering(turn.At) != crashed {
			t.Errorf("at %s it fell back for %q, and its model answered: %t", turn.At, turn.Failures[0], !crashed)
		}
	}
	for _, u := range w.uses {
		held := slices.ContainsFunc(w.stays, func(s demoStay) bool {
			return s.model.Key == u.Model && !u.From.Before(s.from) && !u.Until.After(s.until)
		})
		if !held || u.UsedUntil.Before(u.From.Time) || u.Until.Before(u.UsedUntil.Time) {
			t.Errorf("%s was used from %s to %s and left at %s, while it was not in memory", u.Model, u.From, u.UsedUntil, u.Until)
		}
	}
	for _, before := range []time.Duration{time.Minute, 30 * time.Hour, 6 * 24 * time.Hour} {
		to := now.Add(-before)
		got, err := db.Samples(t.Context(), backend.SampleQuery{From: backend.At(to.Add(-time.Hour)), To: backend.At(to), Points: 10})
		if err != nil || len(got.Items) == 0 {
			t.Errorf("nothing was read in the hour before %s: %v", to, err)
		}
	}
}

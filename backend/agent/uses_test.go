package agent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// untilUses waits for the hero's lane to show what is wanted.
func (r *room) untilUses(what string, ok func([]backend.UseSpan) bool) []backend.UseSpan {
	r.Helper()
	deadline := time.Now().Add(patient)
	for {
		line, err := r.api.Timeline(context.Background(), nil, nil)
		if err != nil {
			r.Fatalf("timeline: %v", err)
		}
		var uses []backend.UseSpan
		for _, l := range line.Lanes {
			if l.Model == hero {
				uses = l.Uses
			}
		}
		if ok(uses) {
			return uses
		}
		if time.Now().After(deadline) {
			r.Fatalf("never came: %s; the lane has %+v", what, uses)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func last(uses []backend.UseSpan) backend.UseSpan {
	if len(uses) == 0 {
		return backend.UseSpan{}
	}
	return uses[len(uses)-1]
}

func seconds(u backend.UseSpan) float64 { return u.To.Sub(u.From.Time).Seconds() }

// While nobody looks: a model is idle, somebody uses it for a while, then it is
// idle again; and so it was, says the next Pilotlight, also of the time between.
func TestTheTimelineTellsIdleFromInUse(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{})
	r.untilListed()
	r.fake.LoadExplicit(hero, 8192)
	r.untilStory(hero + " loaded external")
	if uses := r.untilUses("a lane", func([]backend.UseSpan) bool { return true }); len(uses) > 0 {
		t.Errorf("of a model that was never used it is said %+v", uses)
	}
	began := time.Now()
	r.fake.Use(hero)
	r.fake.SetBusy(hero, true)
	r.untilUses("in use for a while", func(u []backend.UseSpan) bool { return last(u).State == backend.InUse && seconds(last(u)) > 2 })
	r.fake.SetBusy(hero, false)
	ended := time.Now()
	uses := r.untilUses("idle for a while", func(u []backend.UseSpan) bool { return last(u).State == backend.Idle && seconds(last(u)) > 2 })
	if len(uses) != 2 || uses[0].State != backend.InUse || uses[0].Count != 1 || uses[0].From.Before(began.Add(-time.Second)) || uses[0].To.After(ended.Add(time.Second)) {
		t.Errorf("from %s to %s it was in use, and the lane has %+v", began, ended, uses)
	}
	r.stop()
	r.run()
	again := r.untilUses("idle since before the restart", func(u []backend.UseSpan) bool { return last(u).To.After(last(uses).To.Time) })
	if len(again) != 2 || again[1].From != uses[1].From || again[0] != uses[0] {
		t.Errorf("before the restart %+v, after it %+v", uses, again)
	}
	r.fake.Eject(hero)
	r.untilStory(hero+" loaded external", hero+" unloaded external")
	var out bytes.Buffer
	if err := r.api.ExportUses(context.Background(), &out, "jsonl", nil); err != nil {
		t.Fatal(err)
	}
	var row backend.Use
	if err := json.Unmarshal(out.Bytes(), &row); err != nil || row.From != uses[0].From || row.UsedUntil == nil || *row.UsedUntil != uses[0].To {
		t.Errorf("exported %s: %v", out.String(), err)
	}
}

// A server that does not tell when it was used, nor what it is doing, is never
// called idle.
func TestWhatIsNotToldIsNotIdle(t *testing.T) {
	t.Parallel()
	r := start(t, lmstudiotest.Options{NoWebSocket: true})
	r.untilListed()
	r.fake.LoadExplicit(hero, 8192)
	r.untilStory(hero + " loaded external")
	r.fake.Use(hero)
	used := time.Now()
	r.until("some looks", func(st *backend.Status) bool { return st.Servers[0].CheckedAt.Sub(used) > 2*time.Second })
	if uses := r.untilUses("the lane", func([]backend.UseSpan) bool { return true }); len(uses) > 0 {
		t.Errorf("it is said %+v", uses)
	}
}

package sim

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/source/openclaw"
	"pilotlight/store"
)

// bend is a fault made on purpose, to see that the checks find it.
type bend struct {
	turn  func(k *keep.State)           // before every step
	disk  func(s storage) agent.Storage // in place of the disk
	look  func(o *backend.Observation)  // what a look brings
	idle  bool                          // whoever asks is told: idle
	blunt bool                          // a load that was not asked for after all is a failure
	keep  func(set *keep.Settings)      // other periods than the checks go by

	config func(r *openclaw.Reading) // what is read of OpenClaw's config
	queue  bool                      // a request waits for every server that hangs
	hurry  float64                   // by how much of its spread a look comes sooner; 0: as it falls
}

// mostSeeds is within how many lives each fault has to be found.
const mostSeeds = 600

// TestSimFindsFaults proves that the checks can fail: each of these faults, made on
// purpose, is found, and by the check that is there for it.
func TestSimFindsFaults(t *testing.T) {
	for _, f := range []fault{
		{name: "the keep ignores a pause", found: "paused it", bend: bend{turn: func(k *keep.State) { k.Pause = nil }}},
		{name: "it forgets what a person ejected", found: "ejected the model", bend: bend{turn: func(k *keep.State) {
			if k.Pause != nil && k.Pause.Reason != nil {
				k.Pause = nil
			}
		}}},
		{name: "it forgets to back off", found: "back-off", bend: bend{turn: func(k *keep.State) { k.Next, k.Started = time.Time{}, time.Time{} }}},
		{name: "it forgets that the server refused", found: "back-off", bend: bend{turn: func(k *keep.State) { k.Block, k.Refusals = nil, 0 }}},
		{name: "it forgets how often the engine failed", found: "back-off", bend: bend{turn: func(k *keep.State) { k.FailedAt, k.Block = nil, nil }}},
		{name: "it waits for no load whose answer was lost", found: "stacked", bend: bend{keep: func(set *keep.Settings) { set.LostHold = 0 }}},
		{name: "what was asked for is not written", found: "somebody else's", bend: bend{disk: func(s storage) agent.Storage { return oblivious{s} }}},
		{name: "a failed look is an empty list", found: "", bend: bend{look: func(o *backend.Observation) {
			if !o.Listed {
				o.State, o.Listed, o.Models, o.Err = backend.ServerUp, true, nil, nil
			}
		}}},
		{name: "a list without a model is not believed", found: "shown", bend: bend{look: func(o *backend.Observation) {
			o.Listed = o.Listed && len(o.Models) > 0 && holdsAny(o.Models)
		}}},
		{name: "everybody is idle", found: "cut off", bend: bend{idle: true}},
		{name: "a load that was not asked for counts as failed", found: "failed too often", bend: bend{blunt: true}},
		{name: "a write is lost", found: "", bend: bend{disk: func(s storage) agent.Storage { return &losing{storage: s} }}},
		{name: "a write is made twice", found: "twice", bend: bend{disk: func(s storage) agent.Storage { return doubling{s} }}},
		{name: "what is kept is not written", found: "not on the disk", bend: bend{disk: func(s storage) agent.Storage { return forgetful{s} }}},
		{name: "how far the log was read runs ahead of the rows", found: "lost", bend: bend{disk: func(s storage) agent.Storage { return ahead{s} }}, first: []act{
			{time.Second, "server-off", 0}, {time.Second, "run", 0}, {4 * time.Second, "kill", 0}, {time.Second, "start", 0}, {time.Second, "app-on", 0},
		}},
	} {
		f.isFound(t, 1)
	}
}

// fault is one that is made on purpose, and a word of the check that finds it.
type fault struct {
	name, found string
	bend
	first []act // what each life begins with, where that is rare
}

// isFound plays lives until it is found, of seeds that are a multiple of each.
func (f fault) isFound(t *testing.T, each uint64) {
	t.Run(f.name, func(t *testing.T) {
		t.Parallel()
		for n := uint64(1); n <= mostSeeds; n++ {
			s := write(n * each)
			s.Acts = append(slices.Clone(f.first), s.Acts...)
			if w := play(s, &f.bend, false); w.failure != "" {
				if !strings.Contains(w.failure, f.found) {
					continue // it shows in another way too
				}
				t.Logf("found by seed %d: %s", n*each, w.failure)
				return
			}
		}
		t.Errorf("not found within %d lives", mostSeeds)
	})
}

func holdsAny(list []backend.Model) bool {
	for _, m := range list {
		if len(m.Instances) > 0 {
			return true
		}
	}
	return false
}

// losing says of every third write of rows that it was made.
type losing struct {
	storage
	n int
}

func (s *losing) AddLoads(ctx context.Context, rows []backend.Load) ([]backend.Load, error) {
	if s.n++; s.n%3 == 0 {
		return rows, nil
	}
	return s.storage.AddLoads(ctx, rows)
}

type doubling struct{ storage }

func (s doubling) AddLoads(ctx context.Context, rows []backend.Load) ([]backend.Load, error) {
	if _, err := s.storage.AddLoads(ctx, rows); err != nil {
		return nil, err
	}
	return s.storage.AddLoads(ctx, rows)
}

// forgetful keeps no pause.
type forgetful struct{ storage }

func (s forgetful) SetState(ctx context.Context, name string, value []byte) error {
	var k keep.State
	if name == "keep" && json.Unmarshal(value, &k) == nil && k.Pause != nil {
		return nil
	}
	return s.storage.SetState(ctx, name, value)
}

// oblivious keeps no loads that were asked for.
type oblivious struct{ storage }

func (s oblivious) SetState(ctx context.Context, name string, value []byte) error {
	if name == "asked" {
		return nil
	}
	return s.storage.SetState(ctx, name, value)
}

// ahead writes the cursors before the rows, each by itself.
type ahead struct{ storage }

func (s ahead) RecordJournal(ctx context.Context, j store.Journal) ([]backend.Fallback, error) {
	if _, err := s.storage.RecordJournal(ctx, store.Journal{Cursors: j.Cursors}); err != nil {
		return nil, err
	}
	if s.l.dead || s.killIn == 0 && s.l.w.now%7 == 0 {
		return nil, killed
	}
	return s.storage.RecordJournal(ctx, j)
}

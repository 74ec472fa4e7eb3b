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
	"pilotlight/backend/rule/watch"
	"pilotlight/backend/source/openclaw"
)

// TestSimFindsFaultsFar is TestSimFindsFaults where there are several servers.
func TestSimFindsFaultsFar(t *testing.T) {
	var last openclaw.Reading
	for _, f := range []fault{
		{name: "the keep acts on the wrong server", found: "was told to keep", bend: bend{turn: func(k *keep.State) {
			if k.Target != nil && k.Target.Server == denName {
				wrong := *k.Target
				wrong.Server = mainID
				k.Target = &wrong
			}
		}}},
		{name: "it forgets what a person ejected on the other server", found: "on den", bend: bend{turn: func(k *keep.State) {
			if k.Target != nil && k.Target.Server == denName && k.Pause != nil && k.Pause.Reason != nil {
				k.Pause = nil
			}
		}}, first: []act{{20 * time.Second, "far-keep", 0}, {3 * time.Minute, "far-eject", 0}}},
		{name: "rows are told under the main server's id", found: "lmstudio", bend: bend{disk: func(s storage) agent.Storage { return misplacing{s} }}},
		{name: "what was asked of the other server is not written", found: "asked LM Studio on den", bend: bend{disk: func(s storage) agent.Storage { return nearsighted{s} }}, first: []act{
			{20 * time.Second, "far-load", 0}, {3 * time.Second, "kill", 0}, {2 * time.Second, "start", 0},
		}},
		{name: "a server that the config names no more is still asked", found: "has not named it", bend: bend{config: func(r *openclaw.Reading) {
			for name, p := range last.Providers {
				if _, there := r.Providers[name]; !there {
					r.Providers[name] = p
				}
			}
			last = *r
		}}},
		{name: "a server that is new to the config is not watched", found: "is to be watched", bend: bend{config: func(r *openclaw.Reading) { delete(r.Providers, gateName) }}},
		{name: "a failed look at the other server is an empty list", found: "on den", bend: bend{look: func(o *backend.Observation) {
			if o.Server == denName && !o.Listed {
				o.State, o.Engine, o.Listed, o.Err = backend.ServerUp, backend.EngineLMStudio, true, nil
				o.Models = models(&lmstudio{}, nil, nil)
			}
		}}},
		{name: "an empty list of the other server is not believed", found: "on den has in memory", bend: bend{look: func(o *backend.Observation) {
			o.Listed = o.Listed && (o.Server != denName || holdsAny(o.Models))
		}}},
		{name: "a server that hangs holds the others up", found: "LM Studio is ", bend: bend{queue: true}},
		{name: "the others are looked at as often as the main one", found: "looked at", bend: bend{hurry: 5}},
	} {
		f.isFound(t, farEach)
	}
}

// TestSimFindsFaultsBeside is the same where two servers are on this machine.
func TestSimFindsFaultsBeside(t *testing.T) {
	for _, f := range []fault{
		{name: "what a load took is told with what came beside it", found: "is measured with", bend: bend{disk: func(s storage) agent.Storage { return misreading{s} }}},
		{name: "the other server here is taken for one of another machine", found: "on the same machine", bend: bend{config: func(r *openclaw.Reading) {
			if p, ok := r.Providers[denName]; ok {
				p.BaseURL = strings.Replace(p.BaseURL, "127.0.0.1:1235", elsewhere, 1)
				r.Providers[denName] = p
			}
		}}, first: []act{{2 * time.Second, "look", 100}, {2 * time.Second, "far-load", 1}, {5 * time.Second, "keep", 0}}},
	} {
		f.isFound(t, besideEach)
	}
}

// misreading measures more than a load took.
type misreading struct{ storage }

func (s misreading) SetMeasured(ctx context.Context, id, bytes int64) (backend.Load, error) {
	return s.storage.SetMeasured(ctx, id, bytes+1e9)
}

// misplacing tells of every server as of the main one.
type misplacing struct{ storage }

func (s misplacing) AddLoads(ctx context.Context, rows []backend.Load) ([]backend.Load, error) {
	rows = slices.Clone(rows)
	for i := range rows {
		rows[i].Server = mainID
	}
	return s.storage.AddLoads(ctx, rows)
}

// nearsighted keeps only what was asked of the main server.
type nearsighted struct{ storage }

func (s nearsighted) SetState(ctx context.Context, name string, value []byte) error {
	var list []watch.Asked
	if name == "asked" && json.Unmarshal(value, &list) == nil && len(value) > 0 {
		list = slices.DeleteFunc(list, func(a watch.Asked) bool { return a.Server != mainID })
		value, _ = json.Marshal(list)
	}
	return s.storage.SetState(ctx, name, value)
}

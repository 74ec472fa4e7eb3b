package agent

import (
	"context"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/use"
)

// recalled is what the history says of the instances that are in memory.
type recalled struct {
	loads []backend.Load
	uses  []backend.Use
}

// recall reads it. What is left out with an error will be told anew.
func recall(ctx context.Context, db Storage) (r recalled, err error) {
	if r.loads, err = db.Present(ctx); err != nil {
		return r, err
	}
	r.uses, err = db.LatestUses(ctx)
	return r, err
}

// after takes in rows that are newer, or the same.
func (r recalled) after(rows []backend.Load) recalled {
	for _, row := range rows {
		if row.Event != backend.Loaded && row.Event != backend.Unloaded {
			continue
		}
		r.loads = slices.DeleteFunc(r.loads, func(l backend.Load) bool { return l.Server == row.Server && l.InstanceID == row.InstanceID })
		if row.Event == backend.Loaded {
			r.loads = append(r.loads, row)
		}
	}
	return r
}

// noteUses takes in what a look told of when instances were last used, and asks on
// where one may still be.
func (a *Agent) noteUses(w *watched, o backend.Observation, now time.Time) {
	seen := map[string]time.Time{}
	for _, m := range w.server().Models {
		for _, i := range m.Instances {
			seen[i.ID] = i.SeenLoadedAt.Time
		}
	}
	var asks []string
	for _, m := range o.Models {
		for _, i := range m.Instances {
			loaded, known := seen[i.ID]
			if !known || i.LastUsedAt == nil {
				continue
			}
			a.rec.uses(w.uses.Saw(now, use.Seen{Model: m.Key, Instance: i.ID, LoadedAt: loaded, LastUsed: i.LastUsedAt}))
			if w.uses.Asks(i.ID) {
				asks = append(asks, i.ID)
			}
		}
	}
	if !a.cast.watched() && !w.asking { // for a page all are asked anyway
		a.askBusy(w, asks, func(string, backend.Processing, error) {})
	}
}

// noteBusy takes in an instance's answer to what it is doing.
func (a *Agent) noteBusy(w *watched, id string, busy bool) {
	for _, m := range w.server().Models {
		for _, i := range m.Instances {
			if i.ID == id {
				a.rec.uses(w.uses.Saw(a.cfg.Now(), use.Seen{
					Model: m.Key, Instance: id, LoadedAt: i.SeenLoadedAt.Time, Busy: &busy,
				}))
			}
		}
	}
}

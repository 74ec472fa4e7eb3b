package agent

import (
	"maps"
	"slices"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw/journal"
	"pilotlight/store"
)

// due is what reading on brought and what is to be written at once: how far the
// files were read never runs ahead of the records from them.
type due struct {
	rows     changed
	cursors  map[string]backend.Cursor // by path
	gone     map[string]bool
	backfill bool // none of it is news
	any      bool
}

// take adds how far a batch got.
func (d *due) take(b journal.Batch) {
	if d.cursors == nil {
		d.cursors, d.gone = map[string]backend.Cursor{}, map[string]bool{}
	}
	for _, path := range b.Gone {
		delete(d.cursors, path)
		d.gone[path] = true
	}
	for _, c := range b.Cursors {
		d.cursors[c.Path] = c
	}
	d.backfill = b.Backfill && (d.backfill || !d.any)
	d.any = true
}

func (d *due) empty() bool { return !d.any && len(d.rows.list) == 0 }

// journal is what the store is told beside the records.
func (d *due) journal() store.Journal {
	return store.Journal{
		Cursors: slices.Collect(maps.Values(d.cursors)), Gone: slices.Collect(maps.Keys(d.gone)),
	}
}

// changed keeps the newest record of each run, in the order in which the runs
// came up.
type changed struct {
	list []backend.Fallback
	at   map[string]int
}

func (c *changed) add(rows []backend.Fallback) {
	if c.at == nil {
		c.at = map[string]int{}
	}
	for _, r := range rows {
		if i, ok := c.at[r.Key]; ok {
			c.list[i] = r
			continue
		}
		c.at[r.Key] = len(c.list)
		c.list = append(c.list, r)
	}
}

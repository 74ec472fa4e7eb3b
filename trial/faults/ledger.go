package main

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"pilotlight/backend"
)

// ledger is what the agent showed or acknowledged, and must still have afterwards.
type ledger struct {
	mu        sync.Mutex
	loads     map[int64]backend.Load
	falls     map[int64]string     // run ids
	runs      map[string]time.Time // what OpenClaw recorded, and since when it can be known
	revisions map[int64]string     // hashes
}

func newLedger() *ledger {
	return &ledger{loads: map[int64]backend.Load{}, falls: map[int64]string{}, runs: map[string]time.Time{}, revisions: map[int64]string{}}
}

func (k *ledger) addLoad(l backend.Load) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l.ID != 0 {
		k.loads[l.ID] = l
	}
}

func (k *ledger) addRun(id string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.runs[id] = time.Now()
}

func (k *ledger) addRevision(r backend.Revision) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.revisions[r.ID] = r.Hash
}

// forget lets go of what a lost database held. What OpenClaw's log still has must
// come back; of a log that was turned over since, only what was told already would.
func (k *ledger) forget(turned bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if turned {
		clear(k.runs)
	}
	for run := range k.runs {
		k.runs[run] = time.Now()
	}
	clear(k.loads)
	clear(k.falls)
	clear(k.revisions)
}

// forgetRuns no longer requires what OpenClaw recorded so far; what was told of stays.
func (k *ledger) forgetRuns() {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.runs)
}

// compareLoads holds the whole history against the ledger, and takes in what is new.
func (l *lane) compareLoads(ctx context.Context) error {
	all := map[int64]backend.Load{}
	twice := map[string]int64{}
	q := backend.LoadQuery{Limit: 1000}
	for {
		page, err := l.Client().Loads(ctx, q)
		if err != nil {
			return err
		}
		for _, row := range page.Items {
			all[row.ID] = row
			name := fmt.Sprint(row.At, row.InstanceID, row.Event)
			if was, ok := twice[name]; ok {
				return fmt.Errorf("rows %d and %d tell of the same: %+v", was, row.ID, row)
			}
			twice[name] = row.ID
		}
		if page.Next == "" {
			break
		}
		if q.Before, err = strconv.ParseInt(page.Next, 10, 64); err != nil {
			return err
		}
	}
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	for id, was := range l.known.loads {
		if now, ok := all[id]; !ok || now.At != was.At || now.Event != was.Event || now.InstanceID != was.InstanceID {
			return fmt.Errorf("row %d was %+v and is now %+v", id, was, now)
		}
	}
	l.known.loads = all
	return nil
}

// compareFalls holds the history of fallbacks against the ledger. missing are the
// runs that OpenClaw recorded so long ago, or longer, and the agent does not tell of.
func (l *lane) compareFalls(ctx context.Context, ago time.Duration) (missing []string, err error) {
	all, seen := map[int64]string{}, map[string]int64{}
	q := backend.FallbackQuery{Limit: 1000}
	for {
		page, err := l.Client().Fallbacks(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, f := range page.Items {
			if was, ok := seen[f.RunID]; ok && f.RunID != "" {
				return nil, fmt.Errorf("the fallbacks %d and %d tell of the same run %s", was, f.ID, f.RunID)
			}
			all[f.ID], seen[f.RunID] = f.RunID, f.ID
		}
		if page.Next == "" {
			break
		}
		q.Before = page.Next
	}
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	for id, run := range l.known.falls {
		if run != "" && all[id] != run { // which run it was may be known only later
			return nil, fmt.Errorf("fallback %d was of the run %s and is now of %q", id, run, all[id])
		}
	}
	l.known.falls = all
	for run, since := range l.known.runs {
		if seen[run] == 0 && time.Since(since) > ago {
			missing = append(missing, run)
		}
	}
	return missing, nil
}

// compareRevisions holds the states of the config against the ledger.
func (l *lane) compareRevisions(ctx context.Context) error {
	all := map[int64]string{}
	for before := int64(0); ; {
		page, err := l.Client().Revisions(ctx, before, 200)
		if err != nil {
			return err
		}
		for _, r := range page.Items {
			all[r.ID] = r.Hash
		}
		if page.Next == "" {
			break
		}
		if before, err = strconv.ParseInt(page.Next, 10, 64); err != nil {
			return err
		}
	}
	l.known.mu.Lock()
	defer l.known.mu.Unlock()
	for id, was := range l.known.revisions {
		if all[id] != was {
			return fmt.Errorf("revision %d was %s and is now %q", id, was, all[id])
		}
	}
	l.known.revisions = all
	return nil
}

package agent

import (
	"context"
	"reflect"
	"slices"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fallback"
	"pilotlight/backend/source/openclaw/journal"
	"pilotlight/store"
)

// journalState is under what the store keeps the runs that are not over.
const journalState = "journal"

// follower turns what OpenClaw records into the history of fallbacks, beside
// the loop: reading a day's log must not hold anything up.
type follower struct {
	agent *Agent
	store Storage

	mu      sync.Mutex // of what follows
	asm     *fallback.Assembler
	due     due       // taken in and not written yet
	stirred time.Time // when anything was last taken in
	filling time.Time // when a back-fill last brought anything
	flushed time.Time // when due was last written, or tried to be
	waiting bool      // flushSoon waits
	failing bool      // due could not be written the last time, and the person is told so
}

const (
	// fillEvery is how often a back-fill is written, and mostDue after how many
	// records at the latest: every write saves the runs under way too.
	fillEvery = 500 * time.Millisecond
	mostDue   = 2000
	// filledFor is how long after its last batch a back-fill is over.
	filledFor = 3 * time.Second
)

// silentFor is how long after the last trace a run can still be waiting for its
// end; then there is nothing that a tick could find.
const silentFor = 20 * time.Minute

// newFollower picks up the runs that were under way when Pilotlight ended.
func newFollower(ctx context.Context, a *Agent, db Storage) (*follower, error) {
	f := &follower{agent: a, store: db, stirred: a.cfg.Now()}
	saved, err := db.State(ctx, journalState)
	if err != nil {
		return nil, err
	}
	if saved != nil {
		if f.asm, err = fallback.Restore(saved); err == nil {
			return f, nil
		}
		// What was read stays in the history; only runs amid their attempts are
		// forgotten.
		a.cfg.Log.Warn("runs under way were forgotten", "error", err)
	}
	told, err := db.Fallbacks(ctx, backend.FallbackQuery{Limit: fallback.MostRecalled})
	if err != nil {
		a.cfg.Log.Warn("what was told of OpenClaw's runs is not known: one may be told again", "error", err)
	}
	slices.Reverse(told.Items)
	f.asm = fallback.Recall(told.Items)
	return f, nil
}

// run reads until ctx ends.
func (f *follower) run(ctx context.Context) {
	cursors, err := f.store.Cursors(ctx)
	if err != nil {
		// Reading everything anew would only repeat records under the same keys.
		f.agent.cfg.Log.Warn("where reading stopped is not known", "error", err)
	}
	reader := journal.New(journal.Config{Places: f.agent.places, Now: f.agent.cfg.Now, Log: f.agent.cfg.Log}, cursors)
	f.agent.journal.Store(reader)
	err = reader.Run(ctx, f.deliver)
	if err != nil && ctx.Err() == nil {
		f.agent.cfg.Log.Error("OpenClaw's records are not read any more", "error", err)
	}
}

// deliver takes a batch in. An error brings the same batch again; what of it
// was taken in already is not taken in twice.
func (f *follower) deliver(ctx context.Context, b journal.Batch) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.agent.cfg.Now()
	if len(b.Traces) > 0 {
		f.stirred = now
	}
	for _, t := range b.Traces {
		f.due.rows.add(f.asm.Take(t))
	}
	f.due.take(b)
	if b.Backfill {
		f.filling = now
		if abs(now.Sub(f.flushed)) < fillEvery && len(f.due.rows.list) < mostDue {
			f.flushSoon()
			return nil // a day's log is written in steps, each with how far it was read
		}
	}
	return f.flush(ctx)
}

// flushSoon has what is due written when the next step is, unless it was by then.
func (f *follower) flushSoon() {
	if f.waiting {
		return
	}
	f.waiting = true
	f.agent.beside(func(ctx context.Context) {
		if !f.agent.sleep(ctx, fillEvery) {
			return
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		f.waiting = false
		if !f.due.empty() {
			_ = f.flush(ctx) // what cannot be written stays due, and the person is told
		}
	})
}

// tick lets silence decide what became of runs that said nothing for long, and
// writes what a back-fill left.
func (f *follower) tick(ctx context.Context) {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.agent.cfg.Now()
	// Amid a back-fill silence means nothing: the other record of the same runs
	// may not have been read yet.
	if !f.isFilling(now) && abs(now.Sub(f.stirred)) < silentFor {
		f.due.rows.add(f.asm.Tick(now))
	}
	if !f.due.empty() {
		_ = f.flush(ctx) // what cannot be written stays due, and the person is told
	}
}

// isFilling says whether a back-fill brought something a moment ago.
func (f *follower) isFilling(now time.Time) bool { return abs(now.Sub(f.filling)) < filledFor }

// fillingAt is isFilling for the loop, which must not wait for the disk: whoever holds
// the follower takes something in or writes it.
func (f *follower) fillingAt(now time.Time) bool {
	if !f.mu.TryLock() {
		return true
	}
	defer f.mu.Unlock()
	return f.isFilling(now)
}

// flush explains what is due and writes it with everything that belongs to it
// in one transaction.
func (f *follower) flush(ctx context.Context) error {
	f.flushed = f.agent.cfg.Now()
	stored, err := f.record(ctx, f.due.journal(), f.due.rows.list)
	if err != nil {
		f.failing = true
		f.agent.post(func() { f.agent.wrote(byFollower, err) })
		return err
	}
	if f.failing {
		f.failing = false
		f.agent.post(func() { f.agent.wrote(byFollower, nil) })
	}
	backfill := f.due.backfill
	f.due = due{}
	f.agent.post(func() { f.agent.fellBack(stored, backfill) })
	return nil
}

// record explains rows and writes them, with what j says and the runs that are
// not over.
func (f *follower) record(ctx context.Context, j store.Journal, rows []backend.Fallback) ([]backend.Fallback, error) {
	for i := range rows {
		why, err := f.context(ctx, rows[i])
		if err != nil {
			return nil, err
		}
		rows[i] = fallback.Complete(rows[i], why.Chain)
		rows[i].Cause = fallback.Explain(rows[i], why)
		if rows[i].OpenClawVersion == "" {
			rows[i].OpenClawVersion = why.Version
		}
	}
	j.Fallbacks, j.State = rows, f.asm.Save()
	return f.store.RecordJournal(ctx, j)
}

const (
	// aroundBefore and aroundAfter are how far around a run our own history is
	// asked for what explains it.
	aroundBefore = time.Hour
	aroundAfter  = 10 * time.Minute
	// mostAround bounds the loads of that time.
	mostAround = 500
	// nearNow is how old a run may be for the machine's memory of now to be that
	// of then.
	nearNow = 2 * time.Minute
)

// context gathers what is known of the moment of a run.
func (f *follower) context(ctx context.Context, row backend.Fallback) (fallback.Context, error) {
	a := f.agent
	st := a.Status()
	c := fallback.Context{Now: a.cfg.Now(), Servers: st.Servers, Cold: map[string]fallback.ColdLoad{}}
	c.Kept = kept(st)
	if oc := st.OpenClaw; oc != nil {
		c.Chain, c.Version = oc.Chain, oc.Version
	}
	ended := row.At.Time
	if row.EndedAt != nil {
		ended = row.EndedAt.Time
	}
	if st.Machine != nil && abs(c.Now.Sub(ended)) < nearNow {
		c.Memory = st.Machine
	}
	for _, hop := range c.Chain {
		if hop.Server == "" || hop.Ref != row.Requested {
			continue
		}
		median, p95, n, err := f.store.LoadSeconds(ctx, hop.Server, hop.Key)
		if err != nil {
			return c, err
		}
		c.Cold[hop.Key] = fallback.ColdLoad{Median: median, P95: p95, N: n}
	}
	first, err := f.since(ctx, st, row.Requested)
	if err != nil {
		return c, err
	}
	if first == nil || ended.Add(aroundAfter).Before(*first) {
		return c, nil // we were not there
	}
	c.Since = *first
	since, until := backend.At(row.At.Add(-aroundBefore)), backend.At(ended.Add(aroundAfter))
	if c.Changes, err = f.store.ServerChanges(ctx, "", since, until); err != nil {
		return c, err
	}
	if c.Loads, err = f.store.LoadsBetween(ctx, since, until, mostAround); err != nil {
		return c, err
	}
	if !row.At.Before(*first) {
		c.Present, err = f.store.LoadedAt(ctx, row.At)
	}
	return c, err
}

// since is when the server of a model was first watched; where the model is on
// none, or on somebody's service, when the main one was. nil is never.
func (f *follower) since(ctx context.Context, st *backend.Status, ref string) (*time.Time, error) {
	h, _ := hop(st, ref)
	i := slices.IndexFunc(st.Servers, func(s backend.Server) bool { return s.ID == h.Server })
	if i <= 0 || st.Servers[i].Engine == backend.EngineHosted {
		return f.agent.watchedSince.Load(), nil
	}
	at, err := f.store.WatchedSince(ctx, h.Server)
	if err != nil || at == nil {
		return nil, err
	}
	return &at.Time, nil
}

// kept is the key of the model that is kept loaded, "" while none is.
func kept(st *backend.Status) string {
	if st.Keep.State == backend.KeepOff || st.Keep.State == backend.KeepPaused {
		return ""
	}
	return st.Keep.Model
}

// again is how long a record may still be explained better: the server comes
// back, a load ends, a look shows what was wrong.
const again = 30 * time.Minute

// reconsider explains the newest records once more. It holds nothing up: what
// is read meanwhile is written first, and a record that it changed is left alone.
func (f *follower) reconsider(ctx context.Context) {
	since := backend.At(f.agent.cfg.Now().Add(-again))
	page, err := f.store.Fallbacks(ctx, backend.FallbackQuery{Since: &since, Limit: mostAgain})
	if err != nil {
		return // the recorder tells of a broken store
	}
	var better []backend.Fallback
	for _, was := range page.Items {
		why, err := f.context(ctx, was)
		if err != nil {
			return
		}
		is := was
		if is.Cause = fallback.Explain(is, why); !sameCause(was.Cause, is.Cause) && f.replace(ctx, was, &is) {
			better = append(better, is)
		}
	}
	if len(better) > 0 {
		f.agent.post(func() { f.agent.explained(better) })
	}
}

// mostAgain is how many records are explained again at once.
const mostAgain = 20

// replace writes a record that is explained better, unless it is another by now.
func (f *follower) replace(ctx context.Context, was backend.Fallback, is *backend.Fallback) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	now, err := f.store.Fallback(ctx, was.ID)
	if err != nil || !reflect.DeepEqual(now, was) {
		return false
	}
	stored, err := f.store.RecordJournal(ctx, store.Journal{Fallbacks: []backend.Fallback{*is}})
	if err != nil || len(stored) != 1 {
		f.agent.cfg.Log.Warn("a fallback was not explained again", "error", err)
		return false
	}
	*is = stored[0]
	return true
}

// sessions is what is known of OpenClaw's conversations.
func (f *follower) sessions() []fallback.Session {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asm.Sessions()
}

func abs(d time.Duration) time.Duration {
	if d < 0 {
		return -d
	}
	return d
}

package agent

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"pilotlight/backend"
)

const (
	// mostQueued bounds the rows that wait for a disk that cannot be written;
	// the oldest are dropped first, and counted.
	mostQueued = 10_000
	// pruneEvery is how often old rows are removed.
	pruneEvery = 24 * time.Hour
	// firstPrune lets the start go by undisturbed.
	firstPrune = 40 * time.Second
	// firstRetry and rarestRetry are how long after a write that failed the next try
	// comes, where nothing new comes before: so long a person who made room is still
	// told that there is none. It wakes nothing that the looks would let sleep.
	firstRetry  = time.Second
	rarestRetry = 5 * time.Second
	// lastWrites is how long an ending agent tries to write what is queued.
	lastWrites = 3 * time.Second
)

// recorder writes to the store beside the loop, in order, and tries again
// what could not be written.
type recorder struct {
	store Storage
	log   *slog.Logger
	// tell is given rows that were written, with their ids, or that wait for the disk,
	// without; and none where a change of a server was written.
	tell func(rows []backend.Load)
	// wrote is given why not all that is queued could be written, and nil once it is.
	wrote func(err error)
	// pruned is called when old rows were removed, which takes memory for a moment.
	pruned func()

	failing bool          // the last pass could not write all; only passes use it
	pause   time.Duration // until the next try

	mu      sync.Mutex
	rows    []backend.Load
	writing []backend.Load // what a pass has taken of them
	changes []backend.ServerChange
	states  map[string][]byte
	flush   bool            // samples and uses are due to be written
	passing []chan struct{} // closed when what is queued by then was written, or could not be
	dropped int
	wake    chan struct{} // holds one token when there is something to do
}

func newRecorder(s Storage, log *slog.Logger) *recorder {
	return &recorder{store: s, log: log, states: map[string][]byte{}, wake: make(chan struct{}, 1)}
}

// loads queues rows; it never blocks.
func (r *recorder) loads(rows []backend.Load) {
	r.mu.Lock()
	r.rows = append(r.rows, rows...)
	if over := len(r.rows) - mostQueued; over > 0 {
		r.rows, r.dropped = r.rows[over:], r.dropped+over
		r.log.Error("history rows dropped", "count", over)
	}
	r.mu.Unlock()
	r.signal()
}

// change queues a change of a server's state; it never blocks.
func (r *recorder) change(c backend.ServerChange) {
	r.mu.Lock()
	r.changes = append(r.changes, c)
	if over := len(r.changes) - mostQueued; over > 0 {
		r.changes, r.dropped = r.changes[over:], r.dropped+over
	}
	r.mu.Unlock()
	r.signal()
}

// state queues the newest value of a named state; an older one is superseded.
func (r *recorder) state(name string, value []byte) {
	r.mu.Lock()
	r.states[name] = value
	r.mu.Unlock()
	r.signal()
}

// passLimit is how long somebody waits for the disk who only wants to know that a
// choice is there.
const passLimit = 2 * time.Second

// passed waits until what is queued by now was written. Where it cannot be, or the
// disk takes too long, it waits no longer: the person is told of that elsewhere.
func (r *recorder) passed(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, passLimit)
	defer cancel()
	select {
	case <-r.nextPass():
	case <-ctx.Done():
	}
}

// nextPass is closed when what is queued by now was written, or could not be.
func (r *recorder) nextPass() <-chan struct{} {
	done := make(chan struct{})
	r.mu.Lock()
	r.passing = append(r.passing, done)
	r.mu.Unlock()
	r.signal()
	return done
}

// sample takes a reading of the machine in; it never blocks. The store gathers
// them, so that the disk is written once a minute.
func (r *recorder) sample(s *backend.Sample) {
	if !r.store.AddSample(s.At, s.Readings()) {
		return
	}
	r.mu.Lock()
	r.flush = true
	r.mu.Unlock()
	r.signal()
}

// uses takes stretches in which instances were in use or idle; it never blocks.
// The store gathers them too.
func (r *recorder) uses(list []backend.Use) {
	if len(list) == 0 || !r.store.AddUses(list) {
		return
	}
	r.mu.Lock()
	r.flush = true
	r.mu.Unlock()
	r.signal()
}

func (r *recorder) signal() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// run writes until ctx ends, and then what is still queued.
func (r *recorder) run(ctx context.Context) {
	prune := time.NewTimer(firstPrune)
	defer prune.Stop()
	retry := time.NewTimer(0)
	defer retry.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrites)
			defer cancel()
			r.last(last)
			return
		case <-prune.C:
			r.prune(ctx)
			prune.Reset(pruneEvery)
			continue
		case <-r.wake:
		case <-retry.C:
		}
		if again := r.pass(ctx); again > 0 {
			retry.Reset(again)
		}
	}
}

// pass writes what is queued, and says after how long to try again what could not
// be written; 0 is when there is something new.
func (r *recorder) pass(ctx context.Context) time.Duration {
	err := r.write(ctx)
	if err == nil {
		if r.failing {
			r.log.Info("store written again")
			r.wrote(nil)
		}
		r.failing = false
		return 0
	}
	if ctx.Err() == nil { // an agent that ends writes the rest once more
		if !r.failing {
			r.log.Warn("store not written, trying again", "error", err)
		}
		r.wrote(err)
	}
	if !r.failing {
		r.failing, r.pause = true, firstRetry
	}
	again := r.pause
	r.pause = min(2*r.pause, rarestRetry)
	return again
}

// last writes what is queued, samples too, once more before the end.
func (r *recorder) last(ctx context.Context) {
	r.mu.Lock()
	r.flush = true
	r.mu.Unlock()
	if err := r.write(ctx); err != nil {
		r.log.Error("store not written at the end", "error", err)
	}
}

// write writes all that is queued, or as much as it can, and says why not the rest.
func (r *recorder) write(ctx context.Context) error {
	r.mu.Lock()
	rows, changes, states, flush, passed := r.rows, r.changes, r.states, r.flush, r.passing
	r.rows, r.changes, r.states, r.flush, r.passing = nil, nil, map[string][]byte{}, false, nil
	r.writing = rows
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.writing = nil
		r.mu.Unlock()
		for _, done := range passed {
			close(done)
		}
	}()

	var failed error
	if len(rows) > 0 {
		written, err := r.store.AddLoads(ctx, rows)
		if err == nil {
			rows = written
		}
		failed = err
		r.tell(rows)
	}
	waiting := len(changes)
	for len(changes) > 0 {
		if _, err := r.store.AddServerChange(ctx, changes[0]); err != nil {
			failed = err
			break
		}
		changes = changes[1:]
	}
	if len(changes) < waiting {
		r.tell(nil)
	}
	for _, name := range slices.Sorted(maps.Keys(states)) { // in one order, so that a life replays
		if err := r.store.SetState(ctx, name, states[name]); err != nil {
			failed = err
			continue
		}
		delete(states, name)
	}
	if flush {
		if err := r.store.Flush(ctx); err != nil {
			failed = err
		} else {
			flush = false
		}
	}
	if failed != nil {
		r.putBack(rows, changes, states, flush)
	}
	return failed
}

// unwritten are the rows that may not be in the store yet, in their order.
func (r *recorder) unwritten() []backend.Load {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Concat(r.writing, r.rows)
}

// putBack returns to the queue what could not be written. Rows with an id are
// in the database.
func (r *recorder) putBack(rows []backend.Load, changes []backend.ServerChange, states map[string][]byte, flush bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush = r.flush || flush
	r.changes = append(changes, r.changes...)
	if len(rows) > 0 && rows[0].ID == 0 {
		r.rows = append(rows, r.rows...)
	}
	for name, value := range states {
		if _, newer := r.states[name]; !newer {
			r.states[name] = value
		}
	}
}

func (r *recorder) prune(ctx context.Context) {
	n, err := r.store.Prune(ctx)
	if err != nil {
		r.log.Warn("old history not removed", "error", err)
		return
	}
	if n > 0 {
		r.log.Info("old history removed", "rows", n)
	}
	r.pruned()
}

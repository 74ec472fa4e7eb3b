package journal

import (
	"context"
	"hash/maphash"
	"log/slog"
	"math"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pilotlight/backend"
)

// Config is what a Reader works with.
type Config struct {
	// Places says where OpenClaw's files are; asked before every look.
	Places func() Places
	Now    func() time.Time // time.Now if nil
	Log    *slog.Logger     // gets paths and counts, never a line; nothing if nil
}

// Batch is what a Reader hands over at once: traces, and the cursors that go with
// them. What is stored of one must be stored with the other, or with neither.
type Batch struct {
	Traces  []backend.Trace
	Cursors []backend.Cursor // those that changed
	Gone    []string         // paths of cursors whose files are gone
	// Backfill says that all of it was there before Run began.
	Backfill bool
}

// Bounds of a batch.
const (
	maxTraces   = 1000
	maxProgress = 32 << 20 // bytes of a file without a batch
)

// Reader observes OpenClaw's files. Run does the work in its caller's goroutine;
// what helps it, to watch and to read much at once, ends before Run returns.
type Reader struct {
	cfg     Config
	scan    *scanner
	hash    *maphash.Hash
	deliver func(ctx context.Context, b Batch) error

	stored      map[string]backend.Cursor // by path: what the caller keeps
	logs        []*follow                 // also those that are not among the places now
	emptied     []*follow                 // what log files were before they were emptied
	transcripts map[string]*follow        // by path
	indexes     map[string]*index         // by path
	states      map[string]*state         // by path
	keys        map[string]string         // session keys by session id, the newest maxKeys
	first       bool                      // the first look of this Run
	handed      int                       // batches delivered
	forget      time.Duration
	span        int64 // bytes that a worker reads at once

	awake chan struct{} // holds one token when an untold look may come along
	due   atomic.Int64  // since when it may, in Unix nanoseconds; never while it looks

	mu     sync.Mutex
	health Health
}

// never is when a look is due that is under way.
const never = math.MaxInt64

// Awake says that the program is awake for something else: a look that is about due
// comes along. It never blocks, and costs nothing while none is.
func (r *Reader) Awake() {
	if time.Now().UnixNano() < r.due.Load() {
		return
	}
	select {
	case r.awake <- struct{}{}:
	default:
	}
}

// forgetAfter is how long a log file may be missing before its cursor is given
// up: a rotation moves it through names that no look may find.
const forgetAfter = time.Minute

// maxKeys bounds the session keys that are known by their session's id.
const maxKeys = 4096

// New makes a Reader that goes on where the cursors left off.
func New(cfg Config, cursors []backend.Cursor) *Reader {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	r := &Reader{
		cfg: cfg, scan: newScanner(), hash: new(maphash.Hash), forget: forgetAfter, span: spanSize, first: true,
		awake:  make(chan struct{}, 1),
		stored: map[string]backend.Cursor{}, transcripts: map[string]*follow{},
		indexes: map[string]*index{}, states: map[string]*state{}, keys: map[string]string{},
	}
	r.due.Store(never)
	for _, c := range cursors {
		c.Head = slices.Clone(c.Head)
		r.stored[c.Path] = c
		switch kindOf(c.Path) {
		case kindLog:
			r.logs = append(r.logs, newFollow(c, logLines{}))
		case kindIndex:
			r.indexes[c.Path] = &index{known: parseMark(c.Mark)}
		case kindState:
			r.states[c.Path] = newState(c.Path, c.Mark)
		}
	}
	return r
}

// kind is what a cursor's file is, known by its path.
type kind int

const (
	kindLog kind = iota
	kindTranscript
	kindIndex
	kindState
)

func kindOf(path string) kind {
	sessions := filepath.Base(filepath.Dir(path)) == "sessions" && filepath.Base(filepath.Dir(filepath.Dir(filepath.Dir(path)))) == "agents"
	switch {
	case sessions && filepath.Base(path) == "sessions.json":
		return kindIndex
	case sessions:
		return kindTranscript
	case filepath.Ext(path) == ".sqlite":
		return kindState
	}
	return kindLog
}

// Run reads what is there, the oldest first, and then what comes, until ctx ends;
// then it returns nil. It may be called once. deliver is called from one
// goroutine, with one batch after the other, and returns when the batch is safe. A
// batch whose delivery fails is delivered again, so nothing is lost, and nothing
// more is read meanwhile.
func (r *Reader) Run(ctx context.Context, deliver func(ctx context.Context, b Batch) error) error {
	r.deliver = deliver
	w := r.newWatch()
	defer w.close()
	for {
		places := r.cfg.Places()
		due := w.aim(places)
		if err := r.pass(ctx, places, due); err != nil {
			break
		}
		r.scan.rested()
		if !w.wait(ctx, r.soonest()) {
			break
		}
	}
	return nil
}

// pass looks once at everything that is due. Its only errors are ctx's.
func (r *Reader) pass(ctx context.Context, places Places, due dirty) error {
	if due.has(logDir(places)) {
		if err := r.readLogs(ctx, places); err != nil {
			return err
		}
	}
	for _, agent := range places.agents() {
		if due.has(places.sessionsDir(agent)) {
			if err := r.readIndex(ctx, filepath.Join(places.sessionsDir(agent), "sessions.json")); err != nil {
				return err
			}
			if err := r.readTranscripts(ctx, places, agent); err != nil {
				return err
			}
		}
		file := places.stateFile(agent)
		if s := r.states[file]; due.has(filepath.Dir(file)) || s != nil && s.later {
			if err := r.readState(ctx, places, agent); err != nil {
				return err
			}
		}
	}
	if err := r.forgetGone(ctx, due); err != nil {
		return err
	}
	r.first = false
	return nil
}

func logDir(p Places) string {
	if p.LogFile != "" {
		return filepath.Dir(p.LogFile)
	}
	return p.LogDir
}

// hand delivers a batch until it is delivered. Its only error is ctx's.
func (r *Reader) hand(ctx context.Context, b Batch) error {
	pause := 250 * time.Millisecond
	for told := false; ; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := r.deliver(ctx, b)
		if err == nil {
			break
		}
		if !told && ctx.Err() == nil {
			told = true
			r.cfg.Log.Warn("what OpenClaw recorded could not be kept; trying again", "error", err)
		}
		if !sleep(ctx, pause) {
			return ctx.Err()
		}
		pause = min(2*pause, 5*time.Second)
	}
	r.handed++
	for _, path := range b.Gone {
		delete(r.stored, path)
	}
	for _, c := range b.Cursors {
		r.stored[c.Path] = c
	}
	return nil
}

// sleep waits, and says whether it was not interrupted.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

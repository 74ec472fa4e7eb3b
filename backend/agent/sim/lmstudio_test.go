package sim

import (
	"fmt"
	"slices"
	"time"

	"pilotlight/backend"
)

// The models that the played LM Studio has.
var shelf = []struct {
	key  string
	size int64
	kind backend.ModelType
}{
	{"acme/hero-8b", 9e9, backend.TypeLLM},
	{"acme/second-4b", 5e9, backend.TypeLLM},
	{"nomic/embed", 1e8, backend.TypeEmbedding},
}

// maxContext is what every model of the shelf can at most, ram all memory.
const (
	maxContext = 32768
	ram        = int64(64e9)
)

// lmstudio is what LM Studio really is and has in memory. Pilotlight sees it only
// through source.
type lmstudio struct {
	app, on, token bool // it runs; its server is on; it wants a token that we lack
	socket         bool // tells TTL, use and reference, and what is busy
	broke          bool // a standing connection broke since the last look
	gone           bool // the first model's files are away
	in             []*instance
	jobs           []*job
	loads          int // ever made, for references

	guardrail, failing, vanish, small bool
	hog                               int64 // what other programs take of the memory
	slow                              time.Duration

	// How often still it lies or fails in these ways.
	stale, miss, odd, late, lose, cut, twice int
	shown                                    []instance // what the last honest list showed
}

// instance is a model in memory.
type instance struct {
	id, key  string
	context  int
	ttl      time.Duration // 0: loaded on purpose
	used     time.Duration // when it was last used, or is free again
	busyFrom time.Duration // when it began to answer without a pause
	ref      string
	crashed  bool
	ours     bool
	from     time.Duration
	job      *job // what loaded it; nil where it came otherwise
	rival    bool // another instance of the model was in memory beside it
}

func (i *instance) busy(now time.Duration) bool { return now < i.used }

// answers has it busy for a while, after what it is busy with already.
func (i *instance) answers(now, busy time.Duration) {
	if !i.busy(now) {
		i.busyFrom, i.used = now, now
	}
	i.used += busy
}

// job is a load that runs in the server.
type job struct {
	key     string
	context int
	ttl     time.Duration
	ours    bool
	keeps   bool // asked for by the keep
	known   bool // a Pilotlight that is killed now knows of it later: the disk works
	came    int  // instances of the model while it ran, its own too
	asked   time.Duration
	ended   bool
	id      string
	err     error
}

func failure(code backend.Code, message string) error {
	return &backend.Error{Code: code, Message: message, Hint: "It is played."}
}

// state is what a look at it finds.
func (s *lmstudio) state() backend.ServerState {
	switch {
	case !s.app:
		return backend.ServerDown
	case !s.on:
		return backend.ServerOff
	case s.token:
		return backend.ServerNeedsToken
	}
	return backend.ServerUp
}

// refuses is the error that every request gets, if any.
func (s *lmstudio) refuses() error {
	switch s.state() {
	case backend.ServerDown:
		return failure(backend.CodeAppOff, "LM Studio does not run.")
	case backend.ServerOff:
		return failure(backend.CodeServerOff, "Its server is off.")
	case backend.ServerNeedsToken:
		return failure(backend.CodeNeedsToken, "It wants a token.")
	}
	return nil
}

func (s *lmstudio) has(key string) bool { return !s.gone || key != shelf[0].key || s.of(key) != nil }

func (s *lmstudio) find(id string) *instance {
	for _, i := range s.in {
		if i.id == id {
			return i
		}
	}
	return nil
}

func (s *lmstudio) of(key string) *instance {
	for _, i := range s.in {
		if i.key == key {
			return i
		}
	}
	return nil
}

// free is the memory that a load could have.
func (s *lmstudio) free() int64 {
	left := ram - 8e9 - s.hog
	for _, i := range s.in {
		left -= sizeOf(i.key)
	}
	return max(left, 0)
}

func sizeOf(key string) int64 {
	for _, m := range shelf {
		if m.key == key {
			return m.size
		}
	}
	return 0
}

// changed notes that what is really there is another than before.
func (w *world) changed() {
	w.quietFrom = w.now
	w.check.unsure()
}

// add puts an instance into memory.
func (w *world) add(key string, context int, ttl time.Duration, ours bool) *instance {
	s := &w.lm
	if context == 0 {
		context = 8192
	}
	if s.small {
		context = min(context, 4096)
	}
	if ttl > 0 { // a load by a request evicts what another one loaded
		for _, i := range slices.Clone(s.in) {
			if i.ttl > 0 && i.key != key {
				w.remove(i, "evicted")
			}
		}
	}
	id := key
	for n := 2; s.find(id) != nil; n++ {
		id = fmt.Sprintf("%s:%d", key, n)
	}
	s.loads++
	i := &instance{id: id, key: key, context: context, ttl: ttl, used: w.now, ref: fmt.Sprint(s.loads), ours: ours, from: w.now}
	for _, o := range s.in {
		if o.key == key {
			o.rival, i.rival = true, true
		}
	}
	for _, j := range s.jobs {
		if j.key == key {
			j.came++
		}
	}
	s.in = append(s.in, i)
	w.note("LM Studio has %s in memory (context %d, ttl %s)", id, context, ttl)
	w.changed()
	w.check.appeared(i)
	w.expireLater(i)
	return i
}

func (w *world) remove(i *instance, why string) {
	n := len(w.lm.in)
	w.lm.in = slices.DeleteFunc(w.lm.in, func(o *instance) bool { return o == i })
	if len(w.lm.in) == n {
		return
	}
	w.note("%s is out of memory: %s", i.id, why)
	w.changed()
	w.check.vanished(i, why)
}

// expireLater ends an instance when it has been idle for its TTL.
func (w *world) expireLater(i *instance) {
	if i.ttl == 0 {
		return
	}
	w.after(i.used+i.ttl-w.now, func() {
		if w.lm.find(i.id) != i {
			return
		}
		if w.now-i.used < i.ttl {
			w.expireLater(i)
			return
		}
		w.remove(i, "ttl")
	})
}

// stop ends the program or its server; with the program everything in memory goes.
func (w *world) stop(app bool) {
	s := &w.lm
	s.on = false
	w.changed()
	if !app {
		return
	}
	s.app, s.broke = false, true
	for _, j := range slices.Clone(s.jobs) {
		w.finish(j, "", failure(backend.CodeNetwork, "The connection broke."))
	}
	for _, i := range slices.Clone(s.in) {
		w.remove(i, "app closed")
	}
}

// load begins a load in the server.
func (w *world) load(key string, context int, ttl time.Duration, ours, keeps bool) *job {
	s := &w.lm
	j := &job{key: key, context: context, ttl: ttl, ours: ours, keeps: keeps, known: w.disk.works(), asked: w.now}
	s.jobs = append(s.jobs, j)
	w.changed()
	took := s.slow
	switch {
	case s.guardrail || ttl == 0 && sizeOf(key) > s.free():
		took = 300 * time.Millisecond
		w.after(took, func() {
			w.finish(j, "", failure(backend.CodeGuardrail, "insufficient system resources"))
		})
		return j
	case s.failing:
		took /= 2
	}
	w.after(took, func() { w.loaded(j) })
	return j
}

func (w *world) loaded(j *job) {
	s := &w.lm
	switch {
	case j.ended:
	case s.failing:
		w.finish(j, "", failure(backend.CodeLoadFailed, "The engine could not load it."))
	case s.vanish && j.ours:
		w.finish(j, j.key, nil)
	default:
		i := w.add(j.key, j.context, j.ttl, j.ours)
		i.job = j
		w.finish(j, i.id, nil)
	}
}

func (w *world) finish(j *job, id string, err error) {
	if j.ended {
		return
	}
	j.ended, j.id, j.err = true, id, err
	w.lm.jobs = slices.DeleteFunc(w.lm.jobs, func(o *job) bool { return o == j })
	w.changed()
}

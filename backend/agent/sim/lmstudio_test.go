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

// lmstudio is what an LM Studio really is and has in memory. Pilotlight sees it only
// through source. A server that is no LM Studio is played by one that shows less of
// itself: plain and stranger are the ways to it.
type lmstudio struct {
	*world
	name  string // for who reads what happened
	url   string // where it is, without a path
	here  bool   // it is on this machine, and takes of its memory
	plain bool   // it lists models and answers, and says nothing else of itself
	cloud bool   // somebody's service

	app, on, token bool // it runs; its server is on; it wants a token that we lack
	hangs          bool // it takes connections and says nothing
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
	lies                                     int        // lists that were not the truth

	quietFrom time.Duration
	left      bool // it was left hanging when all else was healed
	seen      sight
}

// instance is a model in memory.
type instance struct {
	on       *lmstudio
	id, key  string
	context  int
	ttl      time.Duration // 0: loaded on purpose
	used     time.Duration // when it was last used, or is free again
	busyFrom time.Duration // when it began to answer without a pause
	ref      string
	crashed  bool
	ours     bool
	from     time.Duration
	counted  string // the id under which its coming was last counted
	job      *job   // what loaded it; nil where it came otherwise
	rival    bool   // another instance of the model was in memory beside it
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
	on      *lmstudio
	key     string
	context int
	ttl     time.Duration
	ours    bool
	keeps   bool // asked for by the keep
	known   bool // a Pilotlight that is killed now knows of it later: the disk works
	came    int  // instances of the model while it ran, its own too
	asked   time.Duration
	takes   time.Duration // how long, where it succeeds
	waits   *life         // which waits for its answer
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
	case s.cloud:
		return backend.ServerUp
	case s.hangs:
		return backend.ServerUnknown
	case !s.app, !s.on && s != s.lm: // of another machine nobody can tell the two apart
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
	case backend.ServerUnknown:
		return tooLate
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

// loadsOurs says whether a load of a model that Pilotlight asked for runs.
func (s *lmstudio) loadsOurs(key string) bool {
	return slices.ContainsFunc(s.jobs, func(j *job) bool { return j.ours && j.key == key })
}

// free is the memory of its machine that a load could have.
func (s *lmstudio) free() int64 {
	if !s.here {
		return max(ram-8e9-s.taken(), 0)
	}
	left := ram - 8e9
	for _, o := range s.servers {
		if o.here {
			left -= o.taken()
		}
	}
	return max(left, 0)
}

// taken is what is in memory there, or on its way into it.
func (s *lmstudio) taken() int64 {
	taken := s.hog
	for _, i := range s.in {
		taken += sizeOf(i.key)
	}
	for _, j := range s.jobs {
		if j.takes > 0 {
			taken += int64(float64(sizeOf(j.key)) * min(1, float64(s.now-j.asked)/float64(j.takes)))
		}
	}
	return taken
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
func (s *lmstudio) changed() {
	s.quietFrom = s.now
	s.check.unsure(s)
}

// add puts an instance into memory.
func (s *lmstudio) add(key string, context int, ttl time.Duration, ours bool) *instance {
	if context == 0 {
		context = 8192
	}
	if s.small {
		context = min(context, 4096)
	}
	if ttl > 0 { // a load by a request evicts what another one loaded
		for _, i := range slices.Clone(s.in) {
			if i.ttl > 0 && i.key != key {
				s.remove(i, "evicted")
			}
		}
	}
	id := key
	for n := 2; s.find(id) != nil; n++ {
		id = fmt.Sprintf("%s:%d", key, n)
	}
	s.loads++
	if !ours {
		s.disturbs(s)
	}
	i := &instance{on: s, id: id, key: key, context: context, ttl: ttl, used: s.now, ref: fmt.Sprint(s.loads), ours: ours, from: s.now}
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
	s.note("%s has %s in memory (context %d, ttl %s)", s.name, id, context, ttl)
	s.changed()
	s.check.appeared(i)
	s.expireLater(i)
	return i
}

func (s *lmstudio) remove(i *instance, why string) {
	n := len(s.in)
	s.in = slices.DeleteFunc(s.in, func(o *instance) bool { return o == i })
	if len(s.in) == n {
		return
	}
	s.note("%s has %s out of memory: %s", s.name, i.id, why)
	s.changed()
	if why != byPilotlight {
		s.disturbs(s)
	}
	s.check.vanished(i, why)
}

// expireLater ends an instance when it has been idle for its TTL.
func (s *lmstudio) expireLater(i *instance) {
	if i.ttl == 0 {
		return
	}
	s.after(i.used+i.ttl-s.now, func() {
		if s.find(i.id) != i {
			return
		}
		if s.now-i.used < i.ttl {
			s.expireLater(i)
			return
		}
		s.remove(i, "ttl")
	})
}

// stop ends the program or its server; with the program everything in memory goes.
func (s *lmstudio) stop(app bool) {
	s.on = false
	s.changed()
	if !app {
		return
	}
	s.app, s.broke = false, true
	for _, j := range slices.Clone(s.jobs) {
		s.finish(j, "", failure(backend.CodeNetwork, "The connection broke."))
	}
	for _, i := range slices.Clone(s.in) {
		s.remove(i, "app closed")
	}
}

// load begins a load in the server.
func (s *lmstudio) load(key string, context int, ttl time.Duration, ours, keeps bool) *job {
	room := s.free()
	j := &job{on: s, key: key, context: context, ttl: ttl, ours: ours, keeps: keeps, known: s.disk.works(), asked: s.now}
	s.jobs = append(s.jobs, j)
	s.changed()
	took := s.slow
	switch {
	case s.guardrail || ttl == 0 && sizeOf(key) > room:
		took = 300 * time.Millisecond
		s.after(took, func() {
			s.finish(j, "", failure(backend.CodeGuardrail, "insufficient system resources"))
		})
		return j
	case s.failing:
		took /= 2
	}
	j.takes = took
	if !ours {
		s.disturbs(s)
	}
	s.after(took, func() { s.loaded(j) })
	return j
}

func (s *lmstudio) loaded(j *job) {
	switch {
	case j.ended:
	case s.failing:
		s.finish(j, "", failure(backend.CodeLoadFailed, "The engine could not load it."))
	case s.vanish && j.ours:
		s.disturbs(s)
		s.finish(j, j.key, nil)
	default:
		i := s.add(j.key, j.context, j.ttl, j.ours)
		i.job = j
		s.finish(j, i.id, nil)
	}
}

func (s *lmstudio) finish(j *job, id string, err error) {
	if j.ended {
		return
	}
	j.ended, j.id, j.err = true, id, err
	s.jobs = slices.DeleteFunc(s.jobs, func(o *job) bool { return o == j })
	if !j.ours {
		s.disturbs(s)
	}
	s.changed()
}

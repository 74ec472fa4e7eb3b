package lmstudiotest

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"
)

// instance is a model in memory.
type instance struct {
	id        string
	model     *Model
	config    loadConfig
	context   int           // tokens it really got
	ttl       time.Duration // 0 = none
	jit       bool
	loadedAt  time.Time
	lastUsed  time.Time // zero = never
	held      bool      // SetBusy
	running   int       // requests being answered
	waiting   int       // requests behind a held instance
	crashed   bool
	gone      bool
	reference string // differs for every load
}

// loadConfig is what a load asked for; nil fields were not given.
type loadConfig struct {
	Context        *int
	EvalBatch      *int
	Parallel       *int
	NumExperts     *int
	FlashAttention *bool
	OffloadKV      *bool
}

func (i *instance) busy() bool { return i.held || i.running > 0 }

// idleSince is when the idle time began; meaningless while busy.
func (i *instance) idleSince() time.Time {
	if i.lastUsed.After(i.loadedAt) {
		return i.lastUsed
	}
	return i.loadedAt
}

// Instance is an instance as the other side of the wire knows it, which is more
// than any of LM Studio's own lists tells.
type Instance struct {
	ID        string        `json:"id"`
	Key       string        `json:"key"`
	Context   int           `json:"context"` // tokens
	TTL       time.Duration `json:"ttl"`     // 0 = none
	LastUsed  time.Time     `json:"last_used"`
	JIT       bool          `json:"jit"`
	Busy      bool          `json:"busy"`
	Crashed   bool          `json:"crashed"`
	Reference string        `json:"reference"`
}

// Instances lists what is in memory, in the order of loading.
func (s *Server) Instances() []Instance {
	s.lock()
	defer s.mu.Unlock()
	list := make([]Instance, 0, len(s.instances))
	for _, i := range s.instances {
		list = append(list, Instance{
			ID: i.id, Key: i.model.Key, Context: i.context, TTL: i.ttl, LastUsed: i.lastUsed,
			JIT: i.jit, Busy: i.busy(), Crashed: i.crashed, Reference: i.reference,
		})
	}
	return list
}

// Loading lists the keys of what is being loaded, one for each load.
func (s *Server) Loading() []string {
	s.lock()
	defer s.mu.Unlock()
	keys := make([]string, 0, len(s.loads))
	for _, l := range s.loads {
		keys = append(keys, l.model.Key)
	}
	return keys
}

// lock takes the lock and first unloads what has been idle for too long. Time
// has no other effect, so nobody can tell this from a timer.
func (s *Server) lock() {
	s.mu.Lock()
	now := s.opts.Now()
	for _, i := range slices.Clone(s.instances) {
		if i.ttl > 0 && !i.busy() && i.waiting == 0 && now.Sub(i.idleSince()) >= i.ttl {
			s.remove(i)
		}
	}
}

// bump tells everybody who waits that something changed. Called with the lock.
func (s *Server) bump() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// await blocks until ok, which is called with the lock held, is true. It fails
// when the context ends first.
func (s *Server) await(ctx context.Context, ok func() bool) error {
	for {
		s.lock()
		done, changed := ok(), s.changed
		s.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Server) remove(i *instance) {
	i.gone = true
	s.instances = slices.DeleteFunc(s.instances, func(o *instance) bool { return o == i })
	s.bump()
}

// add puts a model into memory. Called with the lock.
func (s *Server) add(id string, m *Model, c loadConfig, jit bool, ttl time.Duration) *instance {
	now := s.opts.Now()
	i := &instance{
		id: id, model: m, config: c, context: s.contextFor(m, c.Context),
		jit: jit, ttl: ttl, loadedAt: now, reference: rand.Text(),
	}
	if jit {
		i.lastUsed = now
	}
	s.instances = append(s.instances, i)
	s.bump()
	return i
}

// contextFor is the context length a load really gets. MLX models fit it to the
// memory and do not say so (lmstudio-bug-tracker #2318, #2304).
func (s *Server) contextFor(m *Model, asked *int) int {
	context := m.DefaultContext
	if context == 0 {
		context = 8192 // since 0.4.16; 4096 before
		if !s.version.atLeast(0, 4, 16) {
			context = 4096
		}
	}
	if asked != nil {
		context = *asked
	}
	if s.override > 0 && m.Format == MLX {
		context = s.override
	}
	return min(context, m.MaxContext)
}

// freeID is the id the next instance of a model gets: its key, then "key:2".
// Loads under way count, which is how requests that race end up with several
// instances (lmstudio-bug-tracker #1751).
func (s *Server) freeID(key string) string {
	for n := 1; ; n++ {
		id := key
		if n > 1 {
			id = fmt.Sprintf("%s:%d", key, n)
		}
		if !s.idTaken(id) {
			return id
		}
	}
}

func (s *Server) idTaken(id string) bool {
	return s.byID(id) != nil ||
		slices.ContainsFunc(s.loads, func(l *load) bool { return l.id == id })
}

func (s *Server) byID(id string) *instance {
	for _, i := range s.instances {
		if i.id == id {
			return i
		}
	}
	return nil
}

// byKey finds a downloaded model. Case does not matter in keys, as it does in
// instance ids.
func (s *Server) byKey(key string) *Model {
	for _, m := range s.models {
		if strings.EqualFold(m.Key, key) {
			return m
		}
	}
	return nil
}

// instanceOf is the instance that answers for a model's key: the one whose id
// is the key, however small, else the oldest.
func (s *Server) instanceOf(m *Model) *instance {
	if i := s.byID(m.Key); i != nil {
		return i
	}
	for _, i := range s.instances {
		if i.model == m {
			return i
		}
	}
	return nil
}

// evict unloads what was loaded by requests, to make room for another such
// load; those that are answering too (lmstudio-bug-tracker #671, #1796). It
// returns what it unloaded. Called with the lock.
func (s *Server) evict() []*instance {
	if s.opts.NoAutoEvict {
		return nil
	}
	var evicted []*instance
	for _, i := range slices.Clone(s.instances) {
		if i.jit {
			evicted = append(evicted, i)
			s.remove(i)
		}
	}
	return evicted
}

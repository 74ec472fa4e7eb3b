package lmstudiotest

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// The methods here are what happens at the other side: what a person does in
// the app, what other programs ask of it, and what goes wrong. Those that name
// a model or an instance panic when there is none by that name, because then
// the test is wrong; Do returns an error instead.

// LoadExplicit loads as a person does in the app: at once, without a TTL, and
// as "key:2" when the model is there already. A context of 0 is the default.
// It returns the instance's id.
func (s *Server) LoadExplicit(key string, context int) string {
	id, err := s.loadNow(key, context)
	must(err)
	return id
}

func (s *Server) loadNow(key string, context int) (string, error) {
	s.lock()
	defer s.mu.Unlock()
	m, err := s.downloaded(key)
	if err != nil {
		return "", err
	}
	var c loadConfig
	if context > 0 {
		c.Context = &context
	}
	return s.add(s.freeID(m.Key), m, c, false, 0).id, nil
}

// JIT is a request for a model that was answered: it loads the model at once if
// it is not there, with this TTL or the default, and unloads others that were
// loaded so. It returns the id of the instance that answered.
func (s *Server) JIT(key string, ttl time.Duration) string {
	id, err := s.jitNow(key, ttl)
	must(err)
	return id
}

func (s *Server) jitNow(key string, ttl time.Duration) (string, error) {
	s.lock()
	defer s.mu.Unlock()
	m, err := s.downloaded(key)
	if err != nil {
		return "", err
	}
	if i := s.instanceOf(m); i != nil {
		i.lastUsed = s.opts.Now()
		s.bump()
		return i.id, nil
	}
	if ttl <= 0 {
		ttl = s.opts.JITTTL
	}
	s.evict()
	return s.add(s.freeID(m.Key), m, loadConfig{}, true, ttl).id, nil
}

// Chat asks the model something over HTTP, as a program does: where it is not there, the
// request loads it and takes as long. It returns when there is an answer, whatever that is.
func (s *Server) Chat(key string) error {
	res, err := http.Post(s.URL()+"/v1/chat/completions", "application/json", strings.NewReader(`{"model":"`+key+`","messages":[]}`))
	if err != nil {
		return err
	}
	return res.Body.Close()
}

func (s *Server) downloaded(key string) (*Model, error) {
	if s.app == nil {
		return nil, fmt.Errorf("cannot load %q: the app is off", key)
	}
	if m := s.byKey(key); m != nil {
		return m, nil
	}
	return nil, fmt.Errorf("no model %q is downloaded", key)
}

// Eject is a person pressing Eject.
func (s *Server) Eject(id string) { must(s.with(id, func(i *instance) { s.remove(i) })) }

// Crash kills an instance's engine. Either the instance disappears, or it stays
// in every list as if nothing had happened and only requests find out.
func (s *Server) Crash(id string, stayListed bool) { must(s.crash(id, stayListed)) }

func (s *Server) crash(id string, stayListed bool) error {
	return s.with(id, func(i *instance) {
		i.crashed = true
		if stayListed {
			s.bump()
			return
		}
		s.remove(i)
	})
}

// SetBusy makes an instance work on something until it is set free; requests to
// it wait meanwhile.
func (s *Server) SetBusy(id string, busy bool) { must(s.setBusy(id, busy)) }

func (s *Server) setBusy(id string, busy bool) error {
	return s.with(id, func(i *instance) {
		i.held = busy
		i.lastUsed = s.opts.Now()
		s.bump()
	})
}

// Use is a request that was answered just now.
func (s *Server) Use(id string) { must(s.use(id)) }

func (s *Server) use(id string) error {
	return s.with(id, func(i *instance) {
		i.lastUsed = s.opts.Now()
		s.bump()
	})
}

func (s *Server) with(id string, do func(*instance)) error {
	s.lock()
	defer s.mu.Unlock()
	i := s.byID(id)
	if i == nil {
		return fmt.Errorf("no instance %q is loaded", id)
	}
	do(i)
	return nil
}

// SetToken demands this API token from now on; "" demands none. Connections
// that are open stay so.
func (s *Server) SetToken(token string) { s.set(func() { s.token = token }) }

// SetMemory changes the guardrail, in bytes; 0 switches it off.
func (s *Server) SetMemory(bytes int64) { s.set(func() { s.memory = bytes }) }

// SetLoadTime changes how long loads take that begin from now on.
func (s *Server) SetLoadTime(d time.Duration) { s.set(func() { s.loadTime = d }) }

// SetAnswerTime is how long an instance is busy with each request.
func (s *Server) SetAnswerTime(d time.Duration) { s.set(func() { s.answerTime = d }) }

// OverrideContext gives MLX models this context whatever was asked for, from
// the next load on; 0 ends it.
func (s *Server) OverrideContext(tokens int) { s.set(func() { s.override = tokens }) }

// FailLoads makes every load end halfway with this message, "" stops that. It
// is the part after "Failed to load LLM 'X': ", for example "Error: Engine
// process exited with SIGABRT".
func (s *Server) FailLoads(message string) { s.set(func() { s.failure = message }) }

func (s *Server) set(change func()) {
	s.lock()
	defer s.mu.Unlock()
	change()
	s.bump()
}

func must(err error) {
	if err != nil {
		panic("lmstudiotest: " + err.Error())
	}
}

package openaitest

import (
	"fmt"
	"strings"
	"time"
)

// SetModels replaces what the server has.
func (s *Server) SetModels(list []Model) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.models = nil
	for _, m := range list {
		m = m.withDefaults()
		s.models = append(s.models, &model{Model: m, loaded: s.servesAll() || m.Loaded, context: m.Context})
	}
}

// SetToken wants another key from now on, "" for none.
func (s *Server) SetToken(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = token
}

// Fail gives every answer a fault from now on, Fault{} for none.
func (s *Server) Fail(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// SetLoading has llama.cpp's server answer as while it loads its model.
func (s *Server) SetLoading(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loading = on
}

// SetSleeping has llama.cpp's server go to sleep, or wake up.
func (s *Server) SetSleeping(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sleeping = on
}

// Sleeping says whether it sleeps: some questions wake it.
func (s *Server) Sleeping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sleeping
}

// SetBusy has a model answer n requests.
func (s *Server) SetBusy(id string, n int) { s.with(id, func(m *model) { m.busy = n }) }

// SetContext changes the context that a model has in memory, in tokens.
func (s *Server) SetContext(id string, n int) { s.with(id, func(m *model) { m.context = n }) }

// Load loads a model as somebody else would: for five minutes, as Ollama does for
// a request, or for good with keep 0.
func (s *Server) Load(id string, keep time.Duration) {
	s.with(id, func(m *model) {
		m.loaded, m.coming, m.failed = true, time.Time{}, false
		m.expires = time.Time{}
		if keep > 0 {
			m.expires = s.opts.Now().Add(keep)
		}
	})
}

// Unload takes a model out of memory.
func (s *Server) Unload(id string) { s.with(id, func(m *model) { m.loaded, m.busy = false, 0 }) }

// FailLoad has the next load of a model fail.
func (s *Server) FailLoad(id string) { s.with(id, func(m *model) { m.failed = true }) }

// Loaded are the ids of what is in memory.
func (s *Server) Loaded() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	var ids []string
	for _, m := range s.models {
		if m.loaded {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// KeptForever says whether a model is in memory without an end.
func (s *Server) KeptForever(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settle()
	m := s.find(id)
	return m != nil && m.loaded && m.expires.IsZero()
}

// with changes one model. An unknown id is a mistake in the test.
func (s *Server) with(id string, change func(*model)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(id)
	if m == nil {
		panic(fmt.Sprintf("openaitest: no model %q", id))
	}
	change(m)
}

// find is called with mu held. Ollama adds :latest to a name without a tag.
func (s *Server) find(id string) *model {
	for _, m := range s.models {
		if m.ID == id || s.opts.Engine == Ollama && tagged(m.ID) == tagged(id) {
			return m
		}
	}
	return nil
}

func tagged(id string) string {
	if strings.Contains(id[strings.LastIndexByte(id, '/')+1:], ":") {
		return id
	}
	return id + ":latest"
}

// settle ends loads and keeps whose time has come. It is called with mu held.
func (s *Server) settle() {
	now := s.opts.Now()
	for _, m := range s.models {
		if !m.coming.IsZero() && !now.Before(m.coming) {
			m.coming = time.Time{}
			m.loaded = !m.failed
		}
		if m.loaded && !m.expires.IsZero() && now.After(m.expires) {
			m.loaded, m.busy = false, 0
		}
	}
}

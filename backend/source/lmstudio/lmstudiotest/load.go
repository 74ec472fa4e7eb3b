package lmstudiotest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// loadSteps is how many progress reports a load gives.
const loadSteps = 20

// load is a load under way or over. Its fields are guarded by the server's lock.
type load struct {
	id       string
	model    *Model
	config   loadConfig
	jit      bool
	ttl      time.Duration
	evicted  []*instance
	progress float64 // 0 to 1
	cancel   context.CancelFunc
	canceled bool
	done     bool
	took     time.Duration
	instance *instance // when done and err is nil
	err      error
}

// loadOrder is what a load is asked to be.
type loadOrder struct {
	model      *Model
	identifier string // "" = the next free one
	config     loadConfig
	jit        bool
	ttl        time.Duration
}

var (
	errAppOff   = errors.New("LM Studio is quitting")
	errCanceled = errors.New("Operation canceled.") //nolint:staticcheck // LM Studio's words
)

// beginLoad starts a load and returns at once; what cannot even start is
// returned as a load that is over. It always starts another one, also when the
// model is loaded already or just loading: LM Studio's load is not idempotent.
func (s *Server) beginLoad(o loadOrder) *load {
	s.lock()
	defer s.mu.Unlock()
	l := &load{id: o.identifier, model: o.model, config: o.config, jit: o.jit, ttl: o.ttl}
	if err := s.refuse(l); err != nil {
		l.done, l.err = true, err
		return l
	}
	if l.id == "" {
		l.id = s.freeID(o.model.Key)
	}
	if l.jit {
		l.evicted = s.evict()
	}
	s.loads = append(s.loads, l)
	s.bump()
	app := s.app
	ctx, cancel := context.WithCancel(app.ctx)
	l.cancel = cancel
	duration := o.model.LoadTime
	if duration == 0 {
		duration = s.loadTime
	}
	app.loads.Go(func() {
		defer cancel()
		s.runLoad(ctx, app, l, duration)
	})
	return l
}

// refuse says why a load cannot start, nil when it can. The guardrail does not
// count what an eviction would free (lmstudio-bug-tracker #1562).
func (s *Server) refuse(l *load) error {
	if s.app == nil {
		return errAppOff
	}
	if l.id != "" && s.idTaken(l.id) {
		return fmt.Errorf("Model with identifier %q is already loaded.", l.id) //nolint:staticcheck // LM Studio's words
	}
	weights, kv := l.model.need(s.contextFor(l.model, l.config.Context))
	if need := weights + kv; s.memory > 0 && need > s.memory {
		return errors.New(guardrailText(need))
	}
	return nil
}

// guardrailText is LM Studio's refusal word for word.
func guardrailText(need int64) string {
	return fmt.Sprintf("Error: Model loading was stopped due to insufficient system resources. "+
		"Under the current settings, this model requires approximately %.2f GB of memory, "+
		"and continuing to load it would likely overload your system and cause it to freeze. "+
		"If you think this is incorrect, you can adjust the model loading guardrails in settings.",
		float64(need)/1e9)
}

// runLoad plays the load. A client that goes away does not end it; the app's
// end does.
func (s *Server) runLoad(ctx context.Context, app *appRun, l *load, duration time.Duration) {
	started := time.Now()
	steps := loadSteps
	if duration <= 0 {
		steps = 0
	}
	for n := 1; n <= steps; n++ {
		select {
		case <-time.After(duration / loadSteps):
		case <-ctx.Done():
		}
		if !s.stepLoad(app, l, float64(n)/loadSteps) {
			break
		}
	}
	s.lock()
	defer s.mu.Unlock()
	s.endLoad(app, l)
	l.took = time.Since(started)
}

// stepLoad reports progress; false ends the load early.
func (s *Server) stepLoad(app *appRun, l *load, progress float64) bool {
	s.lock()
	defer s.mu.Unlock()
	l.progress = progress
	s.bump()
	return s.app == app && !l.canceled && (s.failure == "" || progress < 0.5)
}

func (s *Server) endLoad(app *appRun, l *load) {
	l.done = true
	defer s.bump()
	if s.app != app {
		l.err = errAppOff
		return
	}
	s.loads = slices.DeleteFunc(s.loads, func(o *load) bool { return o == l })
	switch {
	case l.canceled:
		l.err = errCanceled
	case s.failure != "":
		l.err = errors.New(s.failure)
	default:
		l.progress = 1
		l.instance = s.add(l.id, l.model, l.config, l.jit, l.ttl)
	}
}

// finish waits for the end of a load, or of the context: then the load goes on.
func (s *Server) finish(ctx context.Context, l *load) (*instance, error) {
	if err := s.await(ctx, func() bool { return l.done }); err != nil {
		return nil, err
	}
	return l.instance, l.err
}

// loading reports whether a load of the model is under way. Called with the lock.
func (s *Server) loading(m *Model) bool {
	return slices.ContainsFunc(s.loads, func(l *load) bool { return l.model == m })
}

func (s *Server) cancelLoad(l *load) {
	s.lock()
	defer s.mu.Unlock()
	l.canceled = true
	if l.cancel != nil {
		l.cancel()
	}
}

// loadErrorText is how the HTTP routes word a load that failed.
func loadErrorText(m *Model, err error) string {
	if strings.HasPrefix(err.Error(), "Failed to load") {
		return err.Error()
	}
	kind := "LLM"
	if m.Type == Embedding {
		kind = "embedding model"
	}
	return fmt.Sprintf("Failed to load %s '%s': %s", kind, m.Key, err)
}

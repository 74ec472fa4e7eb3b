package sim

import (
	"context"
	"time"

	"pilotlight/backend"
)

// plain is the way to a server that says nothing of itself but a list, or of which
// nobody knows yet what it is: an LM Studio is known by its greeting.
type plain struct{ *source }

var (
	tellsList  = &backend.Tells{WarmBy: backend.WarmByRequest}
	tellsNever = &backend.Tells{WarmBy: backend.WarmNever}
	cannot     = failure(backend.CodeUnsupported, "It cannot be told to.")
)

// Look reads the list.
func (s plain) Look(_ context.Context, now func() time.Time) backend.Observation {
	s.w.check.looks(s.source)
	lm := s.lm
	o := backend.Observation{Server: s.id, State: backend.ServerUnknown}
	err := s.sends(2 * lookLimit)
	switch {
	case err != nil:
		o.Err = backend.AsError(err)
	case lm.cloud:
		o.State, o.Engine, o.Tells = backend.ServerUp, backend.EngineHosted, tellsNever
	case !lm.plain && lm.app && lm.on:
		o.State, o.Engine = backend.ServerUp, backend.EngineLMStudio
	case lm.refuses() != nil:
		o.State, o.Err = lm.state(), backend.AsError(lm.refuses())
	case lm.isOdd():
		o.Err = notAList
	default:
		o.State, o.API, o.Engine, o.Tells, o.Listed = backend.ServerUp, backend.APIOpenAI, backend.EngineGateway, tellsList, true
		o.Models = models(lm, nil, nil)
	}
	if s.returns() {
		o.At = now()
	}
	if b := s.w.bend; b != nil && b.look != nil {
		b.look(&o)
	}
	return o
}

// Detail, Processing, Estimate, Load and Unload are not to be had.

func (s plain) Detail(context.Context, func() time.Time, backend.Observation) (backend.Observation, error) {
	return backend.Observation{}, cannot
}

func (s plain) Processing(context.Context, string) (backend.Processing, error) {
	return backend.Processing{}, cannot
}

func (s plain) Estimate(context.Context, backend.LoadRequest) (backend.Estimate, error) {
	return backend.Estimate{}, cannot
}

func (s plain) Load(context.Context, backend.LoadRequest, func(float64)) (backend.LoadResult, error) {
	s.w.fail("a load is asked of %s, which cannot", s.lm.name)
	return backend.LoadResult{}, cannot
}

func (s plain) Unload(context.Context, string) error {
	s.w.fail("an unload is asked of %s, which cannot", s.lm.name)
	return cannot
}

// Ping asks for one token, which is all that keeps a model warm there.
func (s plain) Ping(_ context.Context, model string) error {
	if s.l.dead || s.closed {
		return noAnswer
	}
	s.w.check.pings(s.lm, model)
	defer s.w.check.acting(s.lm)()
	if err := s.sends(pingLimit); err != nil {
		return err
	}
	if err := s.lm.refuses(); err != nil {
		return err
	}
	if !s.wait() {
		return noAnswer
	}
	return nil
}

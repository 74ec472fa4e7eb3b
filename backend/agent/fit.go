package agent

import (
	"context"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

// estimateLimit is how long a what-if waits for the server's own estimates.
const estimateLimit = 3 * time.Second

// gpuFreshFor is how old what a GPU has in use may be to be reckoned with.
const gpuFreshFor = time.Minute

// fit reckons one more load of a model on this machine, beside what srv has in
// memory. nil where the server runs elsewhere or is no LM Studio, or nothing is
// known of the model's size. It is called for every model at every look, so it must be cheap.
func (a *Agent) fit(w *watched, srv backend.Server, m backend.Model, length *int) *backend.Fit {
	if !w.fits() {
		return nil
	}
	return fit.Of(a.ask(w, srv, m, length))
}

// ask gathers what is known for reckoning a load.
func (a *Agent) ask(w *watched, srv backend.Server, m backend.Model, length *int) fit.Ask {
	ask := fit.Ask{Model: m, Context: w.contextOf(m, length), On: a.machineOf(w, a.machine), Shape: w.shapes.of(m.Key), Learned: w.learned[m.Key]}
	for _, i := range m.Instances {
		ask.Slots = max(ask.Slots, valueOr(i.Parallel, 0)) // the next one gets as many
	}
	ask.Holds = fit.HoldsFor(srv, m.Key, w.shapes.of)
	if e := w.estimate; e.of(m.Key, bounded(m, valueOr(length, 0))) && e.fresh(a.cfg.Now()) {
		ask.Estimate = e.value
	}
	return chosen(ask, length)
}

// chosen leaves the context out where the server chose it for its estimate: what
// it usually gives may not be what it gives this model.
func chosen(ask fit.Ask, length *int) fit.Ask {
	if ask.Estimate != nil && length == nil {
		ask.Context = nil
	}
	return ask
}

// contextOf is the context that a load would get, as far as it is known.
func (w *watched) contextOf(m backend.Model, length *int) *int {
	if length == nil {
		return w.shapes.usualContext(m)
	}
	n := bounded(m, *length)
	return &n
}

// bounded is a context that the model can have.
func bounded(m backend.Model, length int) int {
	if m.MaxContextLength != nil {
		return min(length, *m.MaxContextLength)
	}
	return length
}

// machineOf is the memory that loads take from, by a sample: nothing is known of
// another machine's.
func (a *Agent) machineOf(w *watched, s *backend.Sample) fit.Machine {
	if s == nil || !w.local {
		return fit.Machine{Unified: a.cfg.Unified && w.local}
	}
	on := fit.Machine{Unified: a.cfg.Unified, Memory: s.Memory, GPUs: s.GPUs}
	if s.ReadAt == nil || s.ReadAt.GPUs != nil && s.At.Sub(s.ReadAt.GPUs.Time) <= gpuFreshFor {
		return on
	}
	on.GPUs = slices.Clone(s.GPUs)
	for i := range on.GPUs {
		on.GPUs[i].MemoryUsedBytes = nil // carried over from too long ago; the limit stays
	}
	return on
}

// readNow reads memory and GPUs beside the loop, where the newest figures matter.
func (a *Agent) readNow(ctx context.Context) *backend.Sample {
	return a.sample(ctx, backend.Want{Memory: true, GPUs: true})
}

// Fit says what a load would take. It loads nothing and changes nothing. Of a
// server that is no LM Studio nothing is known of that.
func (a *Agent) Fit(ctx context.Context, q backend.FitQuery) (backend.WhatIf, error) {
	var w *watched
	var src Source
	var shape *backend.Shape
	m, err := inLoop(ctx, a, func() (m backend.Model, err error) {
		if w, err = a.on(q.Server); err != nil {
			return m, err
		}
		m, err = w.findModel(q.Model)
		src, shape = w.src, w.shapes.of(m.Key)
		return m, err
	})
	if err != nil {
		return backend.WhatIf{}, err
	}
	says := a.estimates(ctx, src, m, shape, q)
	sample := a.readNow(ctx)
	return inLoop(ctx, a, func() (backend.WhatIf, error) { return a.whatIf(w, m, q, says, sample), nil })
}

// estimates are the server's own for a what-if: the one at the context that is
// asked about, and those of the curve. Empty where it makes none.
type estimates struct {
	one   *backend.Estimate
	curve []fit.Sample
}

// estimates asks the server, beside the loop. A cache of another type than the
// server's own, or another number of slots, is not in its figures.
func (a *Agent) estimates(ctx context.Context, src Source, m backend.Model, shape *backend.Shape, q backend.FitQuery) (e estimates) {
	if q.KVCache != "" || q.Parallel != nil {
		return e
	}
	ctx, cancel := context.WithTimeout(ctx, estimateLimit)
	defer cancel()
	ask := func(length *int) *backend.Estimate {
		return a.estimateOnce(ctx, src, backend.LoadRequest{Model: m.Key, ContextLength: length})
	}
	var length *int
	if q.ContextLength != nil {
		n := bounded(m, *q.ContextLength)
		length = &n
	}
	if e.one = ask(length); e.one == nil || !q.Curve {
		return e
	}
	longest := longestOf(m, shape)
	if longest == nil {
		return e
	}
	for _, length := range fit.Contexts(shape, *longest) {
		got := ask(&length)
		if got == nil {
			return estimates{one: e.one}
		}
		e.curve = append(e.curve, fit.Sample{Context: length, Estimate: *got})
	}
	return e
}

// longestOf is the longest context that a model can have, nil when nobody says.
func longestOf(m backend.Model, s *backend.Shape) *int {
	switch {
	case m.MaxContextLength != nil:
		return m.MaxContextLength
	case s != nil && s.MaxContext > 0:
		return &s.MaxContext
	}
	return nil
}

// whatIf reckons in the loop, with the machine as it was just read.
func (a *Agent) whatIf(w *watched, m backend.Model, q backend.FitQuery, says estimates, sample *backend.Sample) backend.WhatIf {
	answer := backend.WhatIf{Server: w.id, Model: m.Key}
	if !w.lmstudio {
		return answer
	}
	ask := a.ask(w, w.server(), m, q.ContextLength)
	ask.On = a.machineOf(w, sample)
	ask.Estimate, ask.Cache, ask.Slots = says.one, fit.Cache(q.KVCache), valueOr(q.Parallel, ask.Slots)
	answer.Fit, answer.MaxContextLength = fit.Of(chosen(ask, q.ContextLength)), longestOf(m, ask.Shape)
	if q.Curve && answer.MaxContextLength != nil {
		answer.Curve = fit.Curve(ask, *answer.MaxContextLength, says.curve)
		answer.FitsUpTo = fit.LongestFitting(answer.Curve)
	}
	return answer
}

package agent

import (
	"cmp"
	"context"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/fit"
)

const (
	// settleFor is how long after a load the memory in use is read, unless the
	// Config says otherwise: engines give back what only the loading took.
	settleFor = 5 * time.Second
	// measureWithin is how long after that a measurement can still be about the
	// load alone.
	measureWithin = 2 * time.Minute
)

// measuring is one load of ours: what it was reckoned to take, and what was in
// use before it, nil where that cannot be told from what the load took.
type measuring struct {
	on       *watched
	model    string
	context  *int
	estimate *int64
	before   *inUse

	instance string    // once it is listed
	loadedAt time.Time // zero until then
	row      int64     // 0 until it is recorded
	reading  bool      // what is in use after it
}

// inUse is memory that a model would be in, at one moment.
type inUse struct {
	of    backend.LimitOf
	bytes int64
}

// expectLoad begins to follow a load that is about to be asked for, and says
// whether what is in use before it is worth reading: only of a load of ours is
// that known, what was unloaded a moment ago may not all be given back yet, and what
// another server of this machine is loading takes ever more.
func (a *Agent) expectLoad(w *watched, r backend.LoadRequest, now time.Time) (*measuring, bool) {
	if w.local {
		a.measuring = nil
	}
	m, err := w.findModel(r.Model)
	if err != nil || !w.fits() {
		return nil, false
	}
	srv := w.server()
	ask := a.ask(w, srv, m, r.ContextLength)
	a.measuring = &measuring{on: w, model: m.Key, context: ask.Context, estimate: fit.AtLoad(ask)}
	calm := now.Sub(a.restless)
	return a.measuring, !a.loadingHere() && (calm < 0 || calm >= a.settle())
}

// readBefore reads beside the loop what is in use before a load.
func (a *Agent) readBefore(ctx context.Context, m *measuring) {
	sample := a.readNow(ctx)
	a.post(func() {
		if before, ok := a.inUse(m.on, sample); ok && a.measuring == m {
			m.before = &before
		}
	})
}

// inUse is what a sample tells of the memory that models go into: that of the
// GPUs, or RAM where they work in it and tell nothing. false where that is not
// known, or was not read for this sample.
func (a *Agent) inUse(w *watched, s *backend.Sample) (inUse, bool) {
	if s == nil || s.ReadAt != nil && !(s.Fresh().GPUs && s.Fresh().Memory) {
		return inUse{}, false
	}
	of, bytes, ok := fit.InUse(a.machineOf(w, s))
	return inUse{of, bytes}, ok
}

// estimateOnce asks the server for its estimate of a load that a person wants,
// so that there is something to hold the measurement against. nil where it
// makes none, or not at once.
func (a *Agent) estimateOnce(ctx context.Context, src Source, r backend.LoadRequest) *backend.Estimate {
	ctx, cancel := context.WithTimeout(ctx, estimateLimit)
	defer cancel()
	got, err := src.Estimate(ctx, r)
	if err != nil {
		return nil
	}
	return &got
}

// reckoned takes such an estimate in.
func (w *watched) reckoned(model string, length *int, e *backend.Estimate, at time.Time) {
	if e != nil && !w.estimate.asking {
		w.estimate, w.shown = estimate{model: model, context: valueOr(length, 0), value: e, at: at}, nil
	}
}

// settle is how long after a load or an unload memory counts as settled.
func (a *Agent) settle() time.Duration { return cmp.Or(a.cfg.SettleLoad, settleFor) }

// learnFromRows notes in new rows of the history what their loads were reckoned
// to take, and follows the one that is being measured. Anything else that comes
// or goes on this machine meanwhile spoils the measurement.
func (a *Agent) learnFromRows(w *watched, rows []backend.Load, now time.Time) {
	if !w.local {
		return
	}
	a.restless = now
	for i := range rows {
		r := &rows[i]
		ours := a.measuring != nil && a.measuring.on == w && a.measuring.loadedAt.IsZero() && r.Event == backend.Loaded && r.Model == a.measuring.model &&
			(r.Cause == backend.CauseUser || r.Cause == backend.CauseKeepWarm)
		if r.Event == backend.Loaded && r.Cause != backend.CauseAlreadyLoaded {
			r.EstimatedBytes = a.estimateOf(w, *r, ours)
		}
		if !ours {
			a.measuring = nil
			continue
		}
		a.measuring.instance, a.measuring.loadedAt = r.InstanceID, now
	}
}

// estimateOf is what a load was reckoned to take, at the context that it got.
func (a *Agent) estimateOf(w *watched, r backend.Load, ours bool) *int64 {
	if m := a.measuring; ours && m.estimate != nil && (r.ContextActual == nil || m.context == nil || *m.context == *r.ContextActual) {
		return m.estimate
	}
	m, err := w.findModel(r.Model)
	if err != nil || r.ContextActual == nil || !w.fits() {
		return nil
	}
	return fit.AtLoad(a.ask(w, w.server(), m, r.ContextActual))
}

// learnFromRecorded learns the id of the row that is being measured.
func (a *Agent) learnFromRecorded(rows []backend.Load) {
	m := a.measuring
	for _, r := range rows {
		if m != nil && r.Server == m.on.id && !m.loadedAt.IsZero() && r.Event == backend.Loaded && r.InstanceID == m.instance && r.Model == m.model {
			m.row = r.ID
		}
	}
}

// learnIfSettled measures once the load has settled. Looks are its clock.
func (a *Agent) learnIfSettled(now time.Time) {
	m := a.measuring
	if m == nil || m.before == nil || m.loadedAt.IsZero() {
		return
	}
	// The look that brought the row began a little before it; a clock that was
	// set back makes more than that of it.
	since, settle := now.Sub(m.loadedAt), a.settle()
	if since < -freshFor || since > settle+measureWithin || m.on.acting != "" || m.on.answering(m.instance) {
		a.measuring = nil
		return
	}
	if since < settle || m.row == 0 || m.reading {
		return
	}
	m.reading = true
	a.beside(func(ctx context.Context) {
		sample := a.readNow(ctx)
		a.post(func() {
			if a.measuring == m { // nothing came or went while it was read
				a.measuring = nil
				a.measured(m, sample)
			}
		})
	})
}

// measured takes in what is in use after a load.
func (a *Agent) measured(m *measuring, sample *backend.Sample) {
	after, ok := a.inUse(m.on, sample)
	took := after.bytes - m.before.bytes
	if !ok || after.of != m.before.of || took <= 0 {
		return
	}
	a.cfg.Log.Info("load measured", "model", m.model, "bytes", took, "estimated", valueOr(m.estimate, 0), "of", after.of)
	a.beside(func(ctx context.Context) {
		if _, err := a.rec.store.SetMeasured(ctx, m.row, took); err != nil {
			a.cfg.Log.Warn("measured memory not recorded", "error", err)
			return
		}
		a.readLearned(ctx, m.on)
	})
}

// answering says whether the instance, or what became of it, is known to be busy:
// an answer takes memory that the load did not.
func (w *watched) answering(instance string) bool {
	for _, m := range w.server().Models {
		for _, i := range m.Instances {
			if i.ID == instance {
				return i.Busy != nil && *i.Busy
			}
		}
	}
	return true // gone
}

// readLearned reads beside the loop what the measured loads teach.
func (a *Agent) readLearned(ctx context.Context, w *watched) {
	rows, err := a.rec.store.Measured(ctx, w.id)
	if err != nil {
		return // a correction is a nicety; the recorder tells of a broken store
	}
	byModel := map[string][]backend.Load{}
	for _, r := range rows {
		byModel[r.Model] = append(byModel[r.Model], r)
	}
	learned := map[string]*backend.Learned{}
	for model, history := range byModel {
		if l := fit.Learn(history); l != nil {
			learned[model] = l
		}
	}
	a.post(func() { w.learned, w.shown = learned, nil })
}

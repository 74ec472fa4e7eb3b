package sim

import (
	"context"
	"time"

	"pilotlight/backend"
)

// source is the way from Pilotlight to the played LM Studio, with all that can go
// wrong on it. It is an agent.Source.
type source struct {
	w *world
	l *life
}

func (source) ID() string  { return "lmstudio" }
func (source) URL() string { return "http://127.0.0.1:1234" }
func (source) Local() bool { return true }
func (source) Close() error {
	return nil
}

var (
	tellsAll  = &backend.Tells{Loaded: true, Context: true, Load: true, Unload: true, WarmBy: backend.WarmByLoad}
	noAnswer  = failure(backend.CodeNetwork, "The connection broke.")
	tooLate   = failure(backend.CodeTimeout, "No answer in time.")
	noSocket  = failure(backend.CodeUnsupported, "It has no WebSocket.")
	nothing   = failure(backend.CodeNotFound, "No such instance is loaded.")
	downModel = failure(backend.CodeModelCrashed, "The model has crashed without additional information.")
)

// wait is how long a request takes one way.
func (s source) wait() bool { return s.l.Sleep(s.w.latency()) }

// Look reads the list.
func (s source) Look(_ context.Context, now func() time.Time) backend.Observation {
	if !s.wait() {
		return backend.Observation{Server: "lmstudio", At: now(), State: backend.ServerUnknown, Err: backend.AsError(noAnswer)}
	}
	w, lm := s.w, &s.w.lm
	o := backend.Observation{Server: "lmstudio", State: lm.state(), Engine: backend.EngineLMStudio, Tells: tellsAll, Latency: 20 * time.Millisecond}
	if err := lm.refuses(); err != nil {
		o.Err = backend.AsError(err)
	} else if lm.odd > 0 {
		lm.odd--
		w.changed()
		o.State, o.Err = backend.ServerUnknown, &backend.Error{Code: backend.CodeProtocol, Message: "It answers, but not with a list.", Hint: "It is played."}
	} else {
		o.API, o.Listed, o.Models = backend.APIv1, true, s.list()
	}
	if lm.broke && lm.socket && o.State != backend.ServerDown && o.State != backend.ServerOff {
		o.Reconnected = true
		w.check.reconnected = w.now
	}
	lm.broke = lm.broke && o.State == backend.ServerUnknown
	if lm.late > 0 {
		lm.late--
		w.changed()
		if !s.l.Sleep(1900 * time.Millisecond) {
			return o
		}
		w.changed()
	} else if !s.wait() {
		return o
	}
	o.At = now()
	if b := w.bend; b != nil && b.look != nil {
		b.look(&o)
	}
	return o
}

// list is what the list shows: the truth, or what it was before, or the truth but
// for one instance, as one that is read while it changes.
func (s source) list() []backend.Model {
	w, lm := s.w, &s.w.lm
	var show []instance
	switch {
	case lm.stale > 0:
		lm.stale--
		w.lies++
		w.changed()
		show = lm.shown
	default:
		for _, i := range lm.in {
			show = append(show, *i)
		}
		if lm.miss > 0 && len(show) > 0 {
			lm.miss--
			w.lies++
			w.changed()
			show = show[1:]
		} else {
			lm.shown = show
		}
	}
	w.check.listed(show)
	return models(lm, show, func(i instance) backend.Instance {
		return backend.Instance{ID: i.id, ContextLength: &i.context}
	})
}

func models(lm *lmstudio, show []instance, as func(instance) backend.Instance) []backend.Model {
	list := make([]backend.Model, 0, len(shelf))
	longest := maxContext
	for at := range shelf {
		m := &shelf[at]
		if !lm.has(m.key) {
			continue
		}
		bm := backend.Model{Key: m.key, Name: m.key, Type: m.kind, SizeBytes: &m.size, MaxContextLength: &longest}
		for _, i := range show {
			if i.key == m.key {
				bm.Instances = append(bm.Instances, as(i))
			}
		}
		list = append(list, bm)
	}
	return list
}

// Detail reads the list with what only the WebSocket tells.
func (s source) Detail(_ context.Context, now func() time.Time, last backend.Observation) (backend.Observation, error) {
	w, lm := s.w, &s.w.lm
	if !s.wait() {
		return backend.Observation{}, noAnswer
	}
	if !lm.socket || lm.refuses() != nil {
		return backend.Observation{}, noSocket
	}
	o := last
	o.Server, o.State, o.Err, o.Listed, o.Detailed = "lmstudio", backend.ServerUp, nil, true, true
	if o.Reconnected, lm.broke = lm.broke, false; o.Reconnected {
		w.check.reconnected = w.now
	}
	show := make([]instance, len(lm.in))
	for at, i := range lm.in {
		show[at] = *i
	}
	lm.shown = show
	w.check.listed(show)
	o.Models = models(lm, show, func(i instance) backend.Instance {
		onPurpose := i.ttl == 0
		bi := backend.Instance{ID: i.id, ContextLength: &i.context, Reference: i.ref, Explicit: &onPurpose}
		bi.LastUsedAt = backend.AtPtr(w.wallAt(min(i.used, w.now)))
		if !onPurpose {
			ttl := i.ttl.Seconds()
			bi.TTLSeconds = &ttl
		}
		return bi
	})
	if !s.wait() {
		return o, nil
	}
	o.At = now()
	return o, nil
}

// Processing tells what an instance is doing.
func (s source) Processing(_ context.Context, id string) (backend.Processing, error) {
	if !s.wait() {
		return backend.Processing{}, noAnswer
	}
	lm := &s.w.lm
	if !lm.socket || lm.refuses() != nil {
		return backend.Processing{}, noSocket
	}
	i := lm.find(id)
	if i == nil {
		return backend.Processing{}, nothing
	}
	if b := s.w.bend; b != nil && b.idle {
		return backend.Processing{}, nil
	}
	return backend.Processing{Busy: i.busy(s.w.now)}, nil
}

// Estimate is the server's own reckoning.
func (s source) Estimate(_ context.Context, r backend.LoadRequest) (backend.Estimate, error) {
	if !s.wait() {
		return backend.Estimate{}, noAnswer
	}
	if !s.w.lm.socket || s.w.lm.refuses() != nil {
		return backend.Estimate{}, noSocket
	}
	passes := sizeOf(r.Model) <= s.w.lm.free()
	return backend.Estimate{TotalBytes: sizeOf(r.Model), PassesGuardrails: &passes}, nil
}

// ModelPaths is not told.
func (source) ModelPaths(context.Context) (map[string]string, error) { return nil, noSocket }

// Load has the server load a model.
func (s source) Load(_ context.Context, r backend.LoadRequest, progress func(float64)) (backend.LoadResult, error) {
	w, lm := s.w, &s.w.lm
	if s.l.dead {
		return backend.LoadResult{}, noAnswer
	}
	keeps := s.l.hub.KeepState().Attempt != nil
	w.check.asksLoad(r, keeps)
	if !s.wait() {
		return backend.LoadResult{}, noAnswer
	}
	if err := lm.refuses(); err != nil {
		return backend.LoadResult{}, err
	}
	if !lm.has(r.Model) {
		return backend.LoadResult{}, failure(backend.CodeModelMissing, "It does not have that model.")
	}
	if lm.cut > 0 {
		lm.cut--
		return backend.LoadResult{}, noAnswer
	}
	context := 0
	if r.ContextLength != nil {
		context = *r.ContextLength
	}
	j := w.load(r.Model, context, 0, true, keeps)
	if lm.twice > 0 {
		lm.twice--
		w.load(r.Model, context, 0, true, keeps) // it was delivered twice
	}
	progress(0.1)
	if lm.lose > 0 {
		lm.lose--
		s.l.Sleep(2 * time.Second)
		w.note("the answer to the load is lost")
		return backend.LoadResult{}, tooLate
	}
	s.l.Wait(func() bool { return j.ended })
	if s.l.dead {
		return backend.LoadResult{}, noAnswer
	}
	progress(0.9)
	if j.err != nil {
		w.check.loadFailed(j)
	}
	return backend.LoadResult{InstanceID: j.id, Duration: w.now - j.asked}, j.err
}

// Unload has it unload one.
func (s source) Unload(_ context.Context, id string) error {
	w, lm := s.w, &s.w.lm
	if s.l.dead {
		return noAnswer
	}
	w.check.asksUnload(id)
	if !s.wait() {
		return noAnswer
	}
	if err := lm.refuses(); err != nil {
		return err
	}
	i := lm.find(id)
	if i == nil {
		return nothing
	}
	if lm.cut > 0 {
		lm.cut--
		return noAnswer
	}
	w.check.unloads(i)
	w.remove(i, "unloaded by Pilotlight")
	if lm.lose > 0 {
		lm.lose--
		s.l.Sleep(2 * time.Second)
		w.note("the answer to the unload is lost")
		return tooLate
	}
	if !s.wait() {
		return noAnswer
	}
	return nil
}

// Ping asks for one token. What is not in memory is loaded by it: that is
// LM Studio's habit, and none of ours.
func (s source) Ping(_ context.Context, id string) error {
	w, lm := s.w, &s.w.lm
	if s.l.dead {
		return noAnswer
	}
	w.check.pings(id)
	if !s.wait() {
		return noAnswer
	}
	if err := lm.refuses(); err != nil {
		return err
	}
	i := lm.find(id)
	switch {
	case i == nil:
		return nothing
	case i.crashed:
		return downModel
	}
	if i.busy(w.now) {
		s.l.Sleep(min(i.used-w.now, 2*time.Minute))
	}
	i.used = max(i.used, w.now)
	return nil
}

package sim

import (
	"context"
	"slices"
	"time"

	"pilotlight/backend"
)

// source is the way from Pilotlight to a played LM Studio, with all that can go wrong
// on it. It is an agent.Source.
type source struct {
	w      *world
	l      *life
	lm     *lmstudio
	id     string // what Pilotlight calls it
	closed bool
}

func (s *source) ID() string  { return s.id }
func (s *source) URL() string { return s.lm.url }
func (s *source) Local() bool { return s.lm.here }
func (s *source) Close() error {
	s.closed = true
	s.w.leaves(s)
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

// For how long a server that says nothing is waited for.
const (
	lookLimit   = 2 * time.Second
	unloadLimit = time.Minute
	pingLimit   = 3 * time.Minute
	loadLimit   = time.Hour
)

// wait is how long a request takes one way.
func (s *source) wait() bool { return s.l.Sleep(s.w.latency()) && !s.closed }

// sends is a request on its way there; an error says why the server never had it.
func (s *source) sends(limit time.Duration) error {
	if s.l.dead || s.closed {
		return noAnswer
	}
	s.w.check.asks(s)
	if !s.wait() {
		return noAnswer
	}
	late := false
	e := s.w.after(limit, func() { late = true })
	if b := s.w.bend; b != nil && b.queue {
		s.l.Wait(func() bool {
			return s.closed || !slices.ContainsFunc(s.w.servers, func(o *lmstudio) bool { return o.hangs })
		})
	} else if s.lm.hangs {
		s.l.Wait(func() bool { return late || s.closed || !s.lm.hangs })
	}
	e.do = nil
	switch {
	case s.l.dead, s.closed:
		return noAnswer
	case late:
		return tooLate
	}
	return nil
}

// Look reads the list.
func (s *source) Look(_ context.Context, now func() time.Time) backend.Observation {
	s.w.check.looks(s)
	w, lm := s.w, s.lm
	if err := s.sends(lookLimit); err != nil {
		return backend.Observation{Server: s.id, At: now(), State: backend.ServerUnknown, Err: backend.AsError(err)}
	}
	o := backend.Observation{Server: s.id, State: lm.state(), Engine: backend.EngineLMStudio, Tells: tellsAll, Latency: 20 * time.Millisecond}
	if err := lm.refuses(); err != nil {
		o.Err = backend.AsError(err)
	} else if lm.isOdd() {
		o.State, o.Err = backend.ServerUnknown, notAList
	} else {
		o.API, o.Listed, o.Models = backend.APIv1, true, s.list()
	}
	if lm.broke && lm.socket && o.State != backend.ServerDown && o.State != backend.ServerOff {
		o.Reconnected = true
		lm.seen.reconnected = w.now
	}
	lm.broke = lm.broke && o.State == backend.ServerUnknown
	if !s.returns() {
		return o
	}
	o.At = now()
	if b := w.bend; b != nil && b.look != nil {
		b.look(&o)
	}
	return o
}

var notAList = &backend.Error{Code: backend.CodeProtocol, Message: "It answers, but not with a list.", Hint: "It is played."}

// isOdd says whether it answers with no list this time.
func (s *lmstudio) isOdd() bool {
	if s.odd == 0 {
		return false
	}
	s.odd--
	s.changed()
	return true
}

// returns is the answer on its way back, which may be late.
func (s *source) returns() bool {
	lm := s.lm
	if lm.late == 0 {
		return s.wait()
	}
	lm.late--
	lm.changed()
	if !s.l.Sleep(1900*time.Millisecond) || s.closed {
		return false
	}
	lm.changed()
	return true
}

// list is what the list shows: the truth, or what it was before, or the truth but
// for one instance, as one that is read while it changes.
func (s *source) list() []backend.Model {
	w, lm := s.w, s.lm
	var show []instance
	switch {
	case lm.stale > 0:
		lm.stale--
		lm.lies++
		lm.changed()
		show = lm.shown
	default:
		for _, i := range lm.in {
			show = append(show, *i)
		}
		if lm.miss > 0 && len(show) > 0 {
			lm.miss--
			lm.lies++
			lm.changed()
			show = show[1:]
		} else {
			lm.shown = show
		}
	}
	w.check.listed(lm, show)
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
func (s *source) Detail(_ context.Context, now func() time.Time, last backend.Observation) (backend.Observation, error) {
	w, lm := s.w, s.lm
	if err := s.sends(lookLimit); err != nil {
		return backend.Observation{}, err
	}
	if !lm.socket || lm.refuses() != nil {
		return backend.Observation{}, noSocket
	}
	o := last
	o.Server, o.State, o.Err, o.Listed, o.Detailed = s.id, backend.ServerUp, nil, true, true
	if o.Reconnected, lm.broke = lm.broke, false; o.Reconnected {
		lm.seen.reconnected = w.now
	}
	show := make([]instance, len(lm.in))
	for at, i := range lm.in {
		show[at] = *i
	}
	lm.shown = show
	w.check.listed(lm, show)
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
func (s *source) Processing(_ context.Context, id string) (backend.Processing, error) {
	if err := s.sends(lookLimit); err != nil {
		return backend.Processing{}, err
	}
	lm := s.lm
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
func (s *source) Estimate(_ context.Context, r backend.LoadRequest) (backend.Estimate, error) {
	if err := s.sends(lookLimit); err != nil {
		return backend.Estimate{}, err
	}
	if !s.lm.socket || s.lm.refuses() != nil {
		return backend.Estimate{}, noSocket
	}
	passes := sizeOf(r.Model) <= s.lm.free()
	return backend.Estimate{TotalBytes: sizeOf(r.Model), PassesGuardrails: &passes}, nil
}

// ModelPaths is not told.
func (*source) ModelPaths(context.Context) (map[string]string, error) { return nil, noSocket }

// Load has the server load a model.
func (s *source) Load(_ context.Context, r backend.LoadRequest, progress func(float64)) (backend.LoadResult, error) {
	res, err := s.load(r, progress)
	switch busy := backend.CodeOf(err) == backend.CodeBusy; {
	case busy && s.w.bend != nil && s.w.bend.blunt:
		err = failure(backend.CodeLoadFailed, "It is loading it already.")
	case err != nil && !busy:
		s.w.check.failures.happened[r.Model]++
	}
	return res, err
}

func (s *source) load(r backend.LoadRequest, progress func(float64)) (backend.LoadResult, error) {
	w, lm := s.w, s.lm
	if s.l.dead || s.closed {
		return backend.LoadResult{}, noAnswer
	}
	keeps := w.check.asksLoad(lm, r)
	defer w.check.acting(lm)()
	if err := s.sends(loadLimit); err != nil {
		return backend.LoadResult{}, err
	}
	if err := lm.refuses(); err != nil {
		return backend.LoadResult{}, err
	}
	if !lm.has(r.Model) {
		return backend.LoadResult{}, failure(backend.CodeModelMissing, "It does not have that model.")
	}
	if lm.socket && (lm.of(r.Model) != nil || len(lm.jobs) > 0) { // one that tells more than its list tells that too
		w.note("it has %s already, or is loading something: no load is asked for", r.Model)
		return backend.LoadResult{}, failure(backend.CodeBusy, "It is loading it already.")
	}
	if lm.cut > 0 {
		lm.cut--
		return backend.LoadResult{}, noAnswer
	}
	context := 0
	if r.ContextLength != nil {
		context = *r.ContextLength
	}
	j := lm.load(r.Model, context, 0, true, keeps)
	if lm.twice > 0 {
		lm.twice--
		lm.load(r.Model, context, 0, true, keeps) // it was delivered twice
		w.disturbs(lm)
	}
	j.waits = s.l
	defer func() { j.waits = nil }()
	progress(0.1)
	if lm.lose > 0 {
		lm.lose--
		s.l.Sleep(2 * time.Second)
		w.note("the answer to the load is lost")
		return backend.LoadResult{}, tooLate
	}
	s.l.Wait(func() bool { return j.ended || s.closed })
	if s.l.dead || s.closed {
		return backend.LoadResult{}, noAnswer
	}
	progress(0.9)
	if j.err != nil {
		w.check.loadFailed(j)
	}
	return backend.LoadResult{InstanceID: j.id, Duration: w.now - j.asked}, j.err
}

// Unload has it unload one.
func (s *source) Unload(_ context.Context, id string) error {
	w, lm := s.w, s.lm
	if s.l.dead || s.closed {
		return noAnswer
	}
	w.check.asksUnload(lm, id)
	defer w.check.acting(lm)()
	if err := s.sends(unloadLimit); err != nil {
		return err
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
	lm.remove(i, byPilotlight)
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
func (s *source) Ping(_ context.Context, id string) error {
	w, lm := s.w, s.lm
	if s.l.dead || s.closed {
		return noAnswer
	}
	w.check.pings(lm, id)
	defer w.check.acting(lm)()
	if err := s.sends(pingLimit); err != nil {
		return err
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

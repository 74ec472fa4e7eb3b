package keep_test

import (
	"fmt"
	"slices"
	"time"

	"pilotlight/backend"
)

// simServer is a small LM Studio on a simulated clock: what it really has in
// memory, which Pilotlight only sees when it looks.
type simServer struct {
	now     time.Time // real time; clocks are this and a skew
	skew    time.Duration
	state   backend.ServerState
	broke   bool // a standing connection broke since the last look
	socket  bool // has the WebSocket
	in      []*simInstance
	jobs    []*simJob
	version int // grows with every change of what is in memory
	loads   int

	failing, guardrail, loses, vanishes, small bool // what happens to loads
	slow                                       time.Duration
}

type simInstance struct {
	id, model string
	context   int
	ttl       time.Duration // 0: loaded on purpose
	used      time.Time     // real time
	busyUntil time.Time
	crashed   bool
	ref       string
}

func (i *simInstance) busy(now time.Time) bool { return now.Before(i.busyUntil) }

// simJob is a load that runs in the server.
type simJob struct {
	model   string
	context int
	ttl     time.Duration
	done    time.Time
	end     func(id string, err error)
}

// advance lets time pass: loads end, idle time runs out.
func (s *simServer) advance(d time.Duration) {
	s.now = s.now.Add(d)
	for _, j := range slices.Clone(s.jobs) {
		if !s.now.Before(j.done) {
			s.jobs = slices.DeleteFunc(s.jobs, func(x *simJob) bool { return x == j })
			s.finish(j)
		}
	}
	for _, i := range slices.Clone(s.in) {
		idle := i.used
		if i.busyUntil.After(idle) {
			idle = i.busyUntil
		}
		if i.ttl > 0 && !i.busy(s.now) && s.now.Sub(idle) >= i.ttl {
			s.remove(i.id)
		}
	}
}

func (s *simServer) finish(j *simJob) {
	tell := func(id string, err error) {
		if j.end == nil {
			return
		}
		if s.loses {
			id, err = "", fault(backend.CodeTimeout)
		}
		j.end(id, err)
	}
	ours := j.ttl == 0
	switch {
	case ours && s.guardrail:
		tell("", fault(backend.CodeGuardrail))
	case ours && s.failing:
		tell("", fault(backend.CodeLoadFailed))
	case ours && s.vanishes:
		tell(j.model, nil)
	default:
		tell(s.add(j.model, j.context, j.ttl).id, nil)
	}
}

func (s *simServer) add(model string, context int, ttl time.Duration) *simInstance {
	if s.small {
		context = min(context, 16384)
	}
	if ttl > 0 { // a load by a request evicts what another one loaded
		for _, i := range slices.Clone(s.in) {
			if i.ttl > 0 && i.model != model {
				s.remove(i.id)
			}
		}
	}
	id := model
	for n := 2; s.find(id) != nil; n++ {
		id = fmt.Sprintf("%s:%d", model, n)
	}
	s.loads++
	i := &simInstance{id: id, model: model, context: context, ttl: ttl, used: s.now, ref: fmt.Sprint(s.loads)}
	s.in = append(s.in, i)
	s.version++
	return i
}

func (s *simServer) remove(id string) {
	s.in = slices.DeleteFunc(s.in, func(i *simInstance) bool { return i.id == id })
	s.version++
}

func (s *simServer) find(id string) *simInstance {
	for _, i := range s.in {
		if i.id == id {
			return i
		}
	}
	return nil
}

func (s *simServer) of(model string) []*simInstance {
	var of []*simInstance
	for _, i := range s.in {
		if i.model == model {
			of = append(of, i)
		}
	}
	return of
}

// stop ends the program, and with it what is in memory and what loads.
func (s *simServer) stop(state backend.ServerState) {
	s.state = state
	if state == backend.ServerOff { // its models stay
		return
	}
	s.in, s.broke = nil, true
	s.version++
	jobs := s.jobs
	s.jobs = nil
	for _, j := range jobs {
		if j.end != nil {
			j.end("", fault(backend.CodeNetwork))
		}
	}
}

func (s *simServer) clock() time.Time { return s.now.Add(s.skew) }

// look is what an observation of it brings.
func (s *simServer) look() backend.Observation {
	o := backend.Observation{Server: "mac", At: s.clock(), State: s.state}
	if s.state != backend.ServerUp {
		o.Err = &backend.Error{Code: backend.CodeNetwork, Message: "No."}
		return o
	}
	o.Listed, o.Detailed, o.Reconnected, o.Models = true, s.socket, s.socket && s.broke, s.models()
	s.broke = false
	return o
}

func (s *simServer) models() []backend.Model {
	size, longest := int64(40e9), 131072
	list := []backend.Model{
		{Key: "qwen", Name: "Qwen", Type: backend.TypeLLM, SizeBytes: &size, MaxContextLength: &longest},
		{Key: "gemma", Name: "Gemma", Type: backend.TypeLLM},
		{Key: "nomic", Name: "Nomic", Type: backend.TypeEmbedding},
	}
	for _, i := range s.in {
		for k := range list {
			if list[k].Key == i.model {
				list[k].Instances = append(list[k].Instances, s.tell(i))
			}
		}
	}
	return list
}

// tell is what the list says of an instance: little without the WebSocket.
func (s *simServer) tell(i *simInstance) backend.Instance {
	v := backend.Instance{ID: i.id, ContextLength: &i.context}
	if !s.socket {
		return v
	}
	explicit := i.ttl == 0
	v.Explicit, v.Reference = &explicit, i.ref
	used := i.used.Add(s.skew)
	v.LastUsedAt = backend.AtPtr(used)
	if !explicit {
		sec := i.ttl.Seconds()
		v.TTLSeconds, v.ExpiresAt = &sec, backend.AtPtr(used.Add(i.ttl))
	}
	return v
}

package main

import (
	"encoding/json"
	"os"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/machine"
)

// newSampler makes the agent's eyes for the machine. What must not be loaded
// into a process that lives on it asks of this program, started once more.
func (e *env) newSampler(poll time.Duration) *machine.Sampler {
	o := machine.Options{Now: e.now, Poll: poll}
	if exe, err := os.Executable(); err == nil {
		o.MetalProbe = []string{exe, "probe", "metal"}
	}
	return machine.New(o)
}

func (e *env) lookAtMemory() backend.MemoryProbe {
	s := machine.New(machine.Options{Now: e.now})
	defer s.Close()
	sample, err := s.Sample(e.ctx, backend.Want{Memory: true})
	if sample.Memory != nil {
		err = nil // what else could not be read is not asked here
	}
	return backend.MemoryProbe{Memory: sample.Memory, Err: err}
}

// probeCmd is what the agent starts of itself to ask what must not be loaded
// into a process that lives on. It is not for people.
type probeCmd struct {
	Metal probeMetalCmd `cmd:"" help:"How much memory Metal lets programs take for the GPU."`
}

type probeMetalCmd struct{}

// Run prints a machine.WorkingSet.
func (probeMetalCmd) Run(e *env) error {
	w, err := machine.ReadWorkingSet()
	if err != nil {
		return err
	}
	return json.NewEncoder(e.out).Encode(w)
}

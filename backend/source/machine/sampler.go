package machine

import (
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"pilotlight/backend"
)

// Options are what a Sampler is made of. Only Now is needed.
type Options struct {
	Now func() time.Time
	// Poll is the longest time between two readings of memory while all is
	// well; 5 s when 0. It tells sleep from patience: see between.
	Poll time.Duration
	// Proc and Sys are the kernel's folders on Linux; /proc and /sys when "".
	Proc, Sys string
	// NVML are the paths at which NVIDIA's library is looked for: where its
	// drivers put it when nil, nowhere when empty.
	NVML []string
	// MetalProbe is a program, with its arguments, that prints a WorkingSet; on
	// macOS the limit of the GPU's memory is not known without.
	MetalProbe []string
	// Limit bounds each reader; 2 s when 0.
	Limit time.Duration
}

// The longest periods at which somebody asks for the groups, beside Poll. A
// rate is reckoned over three of them at most.
const (
	memoryPeriod  = 5 * time.Second
	gpuPeriod     = 10 * time.Second
	processPeriod = 30 * time.Second
)

// Sampler reads the machine. It keeps only what the next reading needs: the
// counters of the last one, and what is slow to find out. It starts nothing by
// itself. It is safe for use by several goroutines; they wait for each other.
type Sampler struct {
	opts Options

	memory    *memoryReader
	cpu       *cpuReader
	gpus      *gpus
	processes *processes
	readers   readers

	mu   sync.Mutex
	last backend.Sample
	used cpuTimes
}

// readers are bounded each by itself: a sick driver takes only its own figures.
type readers struct{ memory, cpu, processes bounded }

// New makes a Sampler. It reads nothing yet. Close ends it.
func New(o Options) *Sampler {
	o.Proc, o.Sys = or(o.Proc, "/proc"), or(o.Sys, "/sys")
	o.Limit, o.Poll = or(o.Limit, Limit), max(o.Poll, memoryPeriod)
	s := &Sampler{opts: o, memory: newMemoryReader(o), cpu: newCPUReader(o)}
	s.gpus = newGPUs(o)
	s.processes = newProcesses(newProcessTable(o), os.Getpid(), runtime.NumCPU(), max(o.Poll, processPeriod))
	s.last = backend.Sample{GPUs: []backend.GPU{}, Processes: []backend.Process{}}
	s.readers.memory = bounded{name: "memory", limit: o.Limit}
	s.readers.cpu = bounded{name: "cpu", limit: o.Limit}
	s.readers.processes = bounded{name: "processes", limit: o.Limit}
	return s
}

// Sample reads the groups that are wanted, at the same time, and gives all that
// is known: what was not wanted is carried over with the time of its reading.
// The first sample has no rates, nor has the first after a gap.
//
// It takes Limit at most. The sample is good with an error too: the error joins
// what could not be read, which is absent.
func (s *Sampler) Sample(ctx context.Context, want backend.Want) (backend.Sample, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.opts.Now()
	at := backend.At(now)
	next := s.last
	next.At = at
	read := backend.ReadAt{}
	if next.ReadAt != nil {
		read = *next.ReadAt
	}
	next.ReadAt = &read
	var waits []func() error
	if want.Memory {
		read.Memory = &at
		waits = append(waits, s.beginMemory(ctx, now, &next)...)
	}
	if want.GPUs {
		read.GPUs = &at
		waits = append(waits, s.beginGPUs(ctx, now, &next))
	}
	if want.Processes {
		read.Processes = &at
		waits = append(waits, s.beginProcesses(ctx, now, want.Search, &next))
	}
	var errs []error
	for _, wait := range waits {
		errs = append(errs, wait())
	}
	s.last = next
	next.GPUs, next.Processes = slices.Clone(next.GPUs), slices.Clone(next.Processes)
	return next, errors.Join(errs...)
}

// beginMemory starts reading RAM and CPU; the functions that it gives wait for
// them and put them into next.
func (s *Sampler) beginMemory(ctx context.Context, now time.Time, next *backend.Sample) []func() error {
	ram := begin(ctx, &s.readers.memory, func(ctx context.Context) (*backend.Memory, error) { return s.memory.read(ctx, now) })
	times := begin(ctx, &s.readers.cpu, func(ctx context.Context) (cpuTimes, error) {
		return s.cpu.read(ctx, now)
	})
	return []func() error{
		func() (err error) {
			next.Memory, err = ram.wait()
			return err
		},
		func() error {
			next.CPU = nil
			t, err := times.wait()
			if err != nil {
				s.used = cpuTimes{}
				return err
			}
			next.CPU, s.used = t.use(s.used, s.opts.Poll), t
			return nil
		},
	}
}

func (s *Sampler) beginGPUs(ctx context.Context, now time.Time, next *backend.Sample) func() error {
	wait := s.gpus.begin(ctx, now)
	return func() (err error) {
		next.GPUs, err = wait()
		return err
	}
}

// beginProcesses is begun after the GPUs and so waited for after them: what
// NVIDIA's driver tells of each process is theirs.
func (s *Sampler) beginProcesses(ctx context.Context, now time.Time, search bool, next *backend.Sample) func() error {
	table := begin(ctx, &s.readers.processes, func(ctx context.Context) ([]backend.Process, error) {
		return s.processes.read(ctx, now, search)
	})
	return func() error {
		all, err := table.wait()
		if err != nil {
			all = []backend.Process{}
		}
		for i := range all {
			if bytes, ok := s.gpus.byPID[all[i].PID]; ok {
				all[i].GPUMemoryBytes = ptr(bytes)
			}
		}
		next.Processes = all
		return err
	}
}

// closeWait is how long Close waits for readers that hang.
const closeWait = 5 * time.Second

// Close gives back what the readers hold and waits for those that are out. The
// error names readers that still hang; their goroutines end when the driver
// answers or the process ends.
func (s *Sampler) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), min(closeWait, 2*s.opts.Limit))
	defer cancel()
	return errors.Join(s.readers.memory.drain(ctx), s.readers.cpu.drain(ctx), s.readers.processes.drain(ctx), s.gpus.close(ctx))
}

func or[T comparable](v, other T) T {
	var none T
	if v == none {
		return other
	}
	return v
}

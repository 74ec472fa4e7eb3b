package machine

import (
	"context"
	"errors"
	"slices"
	"time"

	"pilotlight/backend"
)

// processTable is the system's list of processes.
type processTable interface {
	pids() ([]int, error)
	// describe gives a program's path and arguments; false where it is gone or
	// is somebody else's.
	describe(pid int) (exe string, args []string, ok bool)
	// measure costs a call or two.
	measure(pid int) (usage, error)
	// gpuMemory is what a process has on GPUs with memory of their own, in
	// bytes; nil where the table cannot know. It costs a call for each file
	// that the process has open.
	gpuMemory(pid int) *int64
	source() string
}

// usage is what a process uses at one moment.
type usage struct {
	started uint64 // tells a process from an earlier one of the same number
	memory  int64  // bytes
	cpu     time.Duration
}

const (
	searchEvery = 30 * time.Second
	// recheckEvery is how many searches lie between two that look at every
	// process again, since numbers are used again.
	recheckEvery = 10
	// settledAfter is in how many searches a process must have been nothing to
	// us before it is skipped: one that was just started may still be the shell.
	settledAfter = 2
	maxProcesses = 64
)

// processes follows the programs that matter. The whole table costs
// milliseconds, so it is searched seldom, and in it only what is new.
type processes struct {
	table  processTable
	self   int
	cores  int
	period time.Duration // the longest between two readings

	known    map[int]*follow
	seen     map[int]uint8 // in how many searches a process was nothing to us
	spare    map[int]uint8 // for the next search, so that none leaves garbage
	searched time.Time
	searches int
}

// follow is a process that matters.
type follow struct {
	name, role string
	started    uint64
	at         time.Time
	cpu        time.Duration
}

func newProcesses(table processTable, self, cores int, period time.Duration) *processes {
	return &processes{
		table: table, self: self, cores: max(cores, 1), period: period,
		known: make(map[int]*follow), seen: make(map[int]uint8), spare: make(map[int]uint8),
	}
}

// read gives the programs that matter, by role and number. search looks for new
// ones even where that was done lately.
func (p *processes) read(ctx context.Context, now time.Time, search bool) ([]backend.Process, error) {
	if p.table == nil {
		return nil, errors.ErrUnsupported
	}
	if since := now.Round(0).Sub(p.searched); search || since >= searchEvery || since < 0 {
		if err := p.search(ctx, now); err != nil {
			return nil, err
		}
	}
	all := make([]backend.Process, 0, len(p.known))
	for pid, f := range p.known {
		u, err := p.table.measure(pid)
		if err != nil || f.started != 0 && u.started != f.started {
			delete(p.known, pid) // it ended; another may have its number now
			continue
		}
		out := backend.Process{PID: pid, Name: f.name, Role: f.role, MemoryBytes: u.memory, Source: p.table.source()}
		if f.role == backend.RoleModelWorker {
			out.GPUMemoryBytes = p.table.gpuMemory(pid)
		}
		if d, ok := between(f.at, now, p.period); ok && u.cpu >= f.cpu {
			out.CPU = ptr(share(float64(u.cpu-f.cpu) / float64(d) / float64(p.cores)))
		}
		f.started, f.at, f.cpu = u.started, now, u.cpu
		all = append(all, out)
	}
	slices.SortFunc(all, func(a, b backend.Process) int { return a.PID - b.PID })
	return all, nil
}

// search looks through the table for programs that matter.
func (p *processes) search(ctx context.Context, now time.Time) error {
	pids, err := p.table.pids()
	if err != nil {
		return err
	}
	if p.searches++; p.searches%recheckEvery == 0 {
		clear(p.seen)
	}
	seen := p.spare
	clear(seen)
	for _, pid := range pids {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if p.known[pid] != nil {
			continue
		}
		if n := p.seen[pid]; n >= settledAfter {
			seen[pid] = n
			continue
		}
		if name, role, ok := p.look(pid); !ok {
			seen[pid] = p.seen[pid] + 1
		} else if len(p.known) < maxProcesses {
			p.known[pid] = &follow{name: name, role: role}
		}
	}
	p.seen, p.spare, p.searched = seen, p.seen, now.Round(0)
	return nil
}

func (p *processes) look(pid int) (string, string, bool) {
	if pid == p.self {
		return "Pilotlight", backend.RolePilotlight, true
	}
	exe, args, ok := p.table.describe(pid)
	if !ok {
		return "", "", false
	}
	return role(exe, args)
}

package main

import (
	"context"
	"math"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// The simulated machine: a Mac Studio that has room for the demo's models. Its GPU
// works in the same RAM, up to the limit that macOS gives it.
const (
	demoMemory   = 512 << 30
	demoGPULimit = 464 << 30
	demoSystem   = 44 << 30
	demoCached   = 60 << 30
	demoCores    = 32
	demoDisk     = 4_000_000_000_000
	demoDiskFree = 1_280_000_000_000
)

// demoMachine is that machine at one moment: what the simulated LM Studio has in
// memory, and the rest.
type demoMachine struct {
	fake   *lmstudiotest.Server
	models []lmstudiotest.Model
	now    func() time.Time
}

// sample reads all of it; a simulated reading costs nothing.
func (d demoMachine) sample() backend.Sample { return d.at(d.now(), d.fake.Instances()) }

// at is all of it at a time when these were in memory.
func (d demoMachine) at(when time.Time, instances []lmstudiotest.Instance) backend.Sample {
	at := backend.At(when)
	s := backend.Sample{
		At: at, ReadAt: &backend.ReadAt{Memory: &at, GPUs: &at, Processes: &at}, Processes: []backend.Process{},
	}
	// A figure that never moves looks dead.
	sway := 0.5 + 0.5*math.Sin(float64(at.Unix())/9)
	weights, busy := int64(0), false
	for n, i := range instances {
		size := d.size(i)
		weights, busy = weights+size, busy || i.Busy
		use := 0.01
		if i.Busy {
			use = 0.04 + 0.02*sway
		}
		s.Processes = append(s.Processes, backend.Process{
			PID: 4001 + n, Name: "llmworker " + i.ID, Role: backend.RoleModelWorker, MemoryBytes: size, CPU: &use, Source: "demo",
		})
	}
	system := demoSystem + int64(sway*(2<<30))
	used, cached := system+weights, int64(demoCached)
	available := demoMemory - used
	wired, compressed, swap := weights+9<<30, int64(1<<30), int64(0)
	pressure := backend.PressureNormal
	if used > demoMemory*9/10 {
		pressure = backend.PressureWarning
	}
	s.Memory = &backend.Memory{
		TotalBytes: demoMemory, UsedBytes: used, AvailableBytes: &available, WiredBytes: &wired, CompressedBytes: &compressed,
		CachedBytes: &cached, SwapUsedBytes: &swap, Pressure: &pressure, Source: "demo",
	}
	gpuUse, power := 0.02+0.02*sway, 18.0
	if busy {
		gpuUse, power = 0.7+0.25*sway, 120+40*sway
	}
	total, limit, mapped := int64(demoMemory), int64(demoGPULimit), weights+2<<30
	s.GPUs = []backend.GPU{{
		ID: "demo", Name: "Apple M3 Ultra (simulated)", Vendor: "apple", Utilization: &gpuUse, PowerWatts: &power,
		MemoryUsedBytes: &mapped, MemoryTotalBytes: &total, MemoryLimitBytes: &limit, Source: "demo",
	}}
	s.CPU = &backend.CPU{Utilization: (1 + float64(len(s.Processes)) + 3*sway) / demoCores, Source: "demo"}
	return s
}

// checkup is what the doctor sees of that machine: one that goes to sleep by itself,
// which cuts an agent off, and has all else.
func (d demoMachine) checkup() agent.Checkup {
	yes, idle := true, 10.0
	return agent.Checkup{
		LMStudio: func(context.Context, []backend.Process) backend.LMStudioSeen {
			return backend.LMStudioSeen{Installed: &yes, Running: &yes}
		},
		Disk: func(context.Context, string) *backend.DiskSpace {
			return &backend.DiskSpace{Path: "/Users/demo/.lmstudio/models", FreeBytes: demoDiskFree, TotalBytes: demoDisk}
		},
		Sleep: func(context.Context) *backend.SleepRule {
			return &backend.SleepRule{IdleMinutes: &idle, Source: "demo"}
		},
		Listening: func(_ context.Context, srv backend.Server) *backend.Listening {
			return &backend.Listening{Server: srv.ID, Source: "demo"}
		},
	}
}

// size is what an instance has in memory, in bytes. MLX takes its cache as it is
// filled, llama.cpp all of it at load.
func (d demoMachine) size(i lmstudiotest.Instance) int64 {
	for _, m := range d.models {
		if m.Key != i.Key {
			continue
		}
		cache := m.KVBytesPerToken * int64(i.Context)
		if m.Format == lmstudiotest.MLX {
			cache /= 50
		}
		return m.SizeBytes + cache
	}
	return 0
}

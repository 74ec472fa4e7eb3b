package backend

import "strconv"

// Want says which groups of a sample to read. Each group has a pace of its own,
// since their costs lie far apart.
type Want struct {
	Memory    bool // RAM, swap, pressure and CPU: tens of microseconds
	GPUs      bool // every graphics processor
	Processes bool // the programs that are known already: a few reads for each
	Search    bool // with Processes: look through the whole process table now
}

// Any says that there is something to read.
func (w Want) Any() bool { return w.Memory || w.GPUs || w.Processes }

// Sample is what is known of the machine at one moment. Not all of it need be
// as new as At: ReadAt says when each group was read last. What could not be
// read is absent, never the value from before.
type Sample struct {
	At        Time      `json:"at" format:"date-time"`
	ReadAt    *ReadAt   `json:"read_at,omitempty"`
	Memory    *Memory   `json:"memory,omitempty"`
	GPUs      []GPU     `json:"gpus"`
	CPU       *CPU      `json:"cpu,omitempty"`
	Processes []Process `json:"processes"`
}

// ReadAt is when each group of a sample was read, or was tried to. A group that
// was never asked for has no time; "no GPU" with a time means that none is there.
type ReadAt struct {
	Memory    *Time `json:"memory,omitempty" format:"date-time" doc:"Of memory and cpu."`
	GPUs      *Time `json:"gpus,omitempty" format:"date-time"`
	Processes *Time `json:"processes,omitempty" format:"date-time"`
}

// Fresh says which groups were read for this very sample. The others are
// carried over from an earlier one and should not be counted again.
func (s *Sample) Fresh() Want {
	if s == nil || s.ReadAt == nil {
		return Want{}
	}
	now := func(t *Time) bool { return t != nil && t.Equal(s.At.Time) }
	return Want{Memory: now(s.ReadAt.Memory), GPUs: now(s.ReadAt.GPUs), Processes: now(s.ReadAt.Processes)}
}

// Memory is the machine's RAM, in bytes. In a container with a limit it is the
// container's: TotalBytes is the limit. AvailableBytes is what a program could
// still get without swapping; "free" alone says little.
//
// UsedBytes is what each system's own tool calls used: on macOS Activity
// Monitor's App + Wired + Compressed, on Linux total - free - buffers - cache,
// in a container the working set as Kubernetes reckons it. Weights that are
// mapped from a file count as cache, not as used, until something pins them.
type Memory struct {
	TotalBytes      int64   `json:"total_bytes"`
	PhysicalBytes   *int64  `json:"physical_bytes,omitempty" doc:"The machine's RAM, where total_bytes is a container's limit."`
	UsedBytes       int64   `json:"used_bytes"`
	AvailableBytes  *int64  `json:"available_bytes,omitempty"`
	AppBytes        *int64  `json:"app_bytes,omitempty" doc:"Activity Monitor's App Memory; macOS only."`
	WiredBytes      *int64  `json:"wired_bytes,omitempty"`
	CompressedBytes *int64  `json:"compressed_bytes,omitempty"`
	CachedBytes     *int64  `json:"cached_bytes,omitempty"`
	FreeBytes       *int64  `json:"free_bytes,omitempty"`
	SwapUsedBytes   *int64  `json:"swap_used_bytes,omitempty"`
	Pressure        *string `json:"pressure" enum:"normal,warning,critical" doc:"macOS: the kernel's own level. Linux: from the time that tasks wait for memory (PSI); null where that is off."`
	Source          string  `json:"source" doc:"How it was read: host_statistics64, gopsutil, cgroup, cgroup2."`
}

// GPU is one graphics processor. Utilization is 0 to 1; what the driver does
// not tell is absent. One that is there but gives nothing, as it sleeps or fell
// off the bus, says why in Note.
type GPU struct {
	ID                 string   `json:"id,omitempty" doc:"Stays the same across restarts: NVIDIA's UUID, a PCI address, a registry class."`
	Name               string   `json:"name"`
	Vendor             string   `json:"vendor" doc:"apple, nvidia, amd or intel."`
	Utilization        *float64 `json:"utilization,omitempty"`
	MemoryUsedBytes    *int64   `json:"memory_used_bytes,omitempty" doc:"Of a GPU that works in RAM, what of it is mapped for the GPU."`
	MemoryTotalBytes   *int64   `json:"memory_total_bytes,omitempty"`
	MemoryLimitBytes   *int64   `json:"memory_limit_bytes,omitempty" doc:"What programs may take at most, where that is less than the total: Metal's working set or iogpu.wired_limit_mb."`
	SharedUsedBytes    *int64   `json:"shared_used_bytes,omitempty" doc:"RAM that is mapped for a GPU with memory of its own (GTT)."`
	SharedTotalBytes   *int64   `json:"shared_total_bytes,omitempty"`
	PowerWatts         *float64 `json:"power_watts,omitempty"`
	TemperatureCelsius *float64 `json:"temperature_celsius,omitempty"`
	Note               string   `json:"note,omitempty" enum:"asleep,lost,denied" doc:"Why there are no figures: it sleeps and was not woken; the driver lost it; the driver does not let us."`
	Source             string   `json:"source" doc:"How it was read: iokit, ioreg, nvml, sysfs."`
}

// Key tells the GPU from others for as long as can be: by its id, or where it has
// none by its vendor and its place in the list.
func (g GPU) Key(place int) string {
	if g.ID != "" {
		return g.ID
	}
	return g.Vendor + strconv.Itoa(place)
}

// Why a GPU gives no figures.
const (
	GPUAsleep = "asleep" // switched off by its driver until somebody needs it; looking would wake it
	GPULost   = "lost"   // fell off the bus; mostly the machine must be started again
	GPUDenied = "denied" // the driver refuses this user
)

// CPU is the processor's use, 0 to 1 of all cores, since the reading before. In
// a container it is the machine's.
type CPU struct {
	Utilization float64 `json:"utilization"`
	Source      string  `json:"source,omitempty"`
}

// Process is a program that matters to the models' memory. MemoryBytes is the
// physical footprint on macOS (Activity Monitor's column), the resident set on
// Linux, which counts weights mapped from a file as far as they are in RAM.
type Process struct {
	PID            int      `json:"pid"`
	Name           string   `json:"name"`
	Role           string   `json:"role" doc:"model_worker, model_server, lmstudio_app, lmstudio_helper, openclaw_gateway, pilotlight, pilotlight_window."`
	MemoryBytes    int64    `json:"memory_bytes"`
	GPUMemoryBytes *int64   `json:"gpu_memory_bytes,omitempty" doc:"On GPUs with memory of their own; on a unified one it is in memory_bytes."`
	CPU            *float64 `json:"cpu,omitempty" doc:"0 to 1 of all cores, since the reading before."`
	Source         string   `json:"source,omitempty" doc:"How it was read: procfs, proc_pid_rusage."`
}

// What a process is to the models.
const (
	RoleModelWorker      = "model_worker"     // holds a model's weights
	RoleModelServer      = "model_server"     // answers for workers, holds none itself
	RoleLMStudioApp      = "lmstudio_app"     // LM Studio's window, or llmster without one
	RoleLMStudioHelper   = "lmstudio_helper"  // the rest of LM Studio's processes
	RoleOpenClawGateway  = "openclaw_gateway" // OpenClaw's resident process
	RolePilotlight       = "pilotlight"       // this agent
	RolePilotlightWindow = "pilotlight_window"
)

// Levels of memory pressure.
const (
	PressureNormal   = "normal"
	PressureWarning  = "warning"
	PressureCritical = "critical"
)

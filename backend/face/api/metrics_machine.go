package api

import (
	"strconv"

	"pilotlight/backend"
)

func writeMachine(x *exposition, s *backend.Sample) {
	if s.CPU != nil {
		x.gauge("pilotlight_machine_cpu_utilization_ratio", "The processor's use, of all cores.", s.CPU.Utilization)
	}
	if s.Memory != nil {
		writeMemory(x, s.Memory)
	}
	writeGPUs(x, s.GPUs[:min(len(s.GPUs), maxGPUs)])
	writeProcesses(x, s.Processes)
}

func writeMemory(x *exposition, m *backend.Memory) {
	x.gauge("pilotlight_machine_memory_total_bytes", "The machine's RAM, or what its container may use.", float64(m.TotalBytes))
	x.gauge("pilotlight_machine_memory_used_bytes", "RAM in use.", float64(m.UsedBytes))
	x.known("pilotlight_machine_memory_available_bytes", "RAM that a program could still get without swapping.", m.AvailableBytes)
	x.known("pilotlight_machine_memory_wired_bytes", "RAM that cannot be swapped, the models' on Apple silicon among it.", m.WiredBytes)
	x.known("pilotlight_machine_memory_compressed_bytes", "RAM that holds compressed pages.", m.CompressedBytes)
	x.known("pilotlight_machine_memory_cached_bytes", "RAM that holds files and can be taken.", m.CachedBytes)
	x.known("pilotlight_machine_swap_used_bytes", "Swap in use.", m.SwapUsedBytes)
	if m.Pressure != nil {
		for _, p := range []string{"normal", "warning", "critical"} {
			x.gauge("pilotlight_machine_memory_pressure", "The system's memory pressure: 1 for the level that it is at.", oneIf(*m.Pressure == p), label{"level", p})
		}
	}
}

// writeGPUs writes a family after the other: the samples of one belong together.
func writeGPUs(x *exposition, gpus []backend.GPU) {
	ratio := func(name, help string, of func(backend.GPU) *float64) {
		for i, g := range gpus {
			if v := of(g); v != nil {
				x.gauge(name, help, *v, gpuLabels(i, g)...)
			}
		}
	}
	bytes := func(name, help string, of func(backend.GPU) *int64) {
		for i, g := range gpus {
			x.known(name, help, of(g), gpuLabels(i, g)...)
		}
	}
	ratio("pilotlight_gpu_utilization_ratio", "The GPU's use.", func(g backend.GPU) *float64 { return g.Utilization })
	bytes("pilotlight_gpu_memory_used_bytes", "Memory that the GPU uses.", func(g backend.GPU) *int64 { return g.MemoryUsedBytes })
	bytes("pilotlight_gpu_memory_total_bytes", "Memory that the GPU has.", func(g backend.GPU) *int64 { return g.MemoryTotalBytes })
	bytes("pilotlight_gpu_memory_limit_bytes", "Memory that the GPU may use at most.", func(g backend.GPU) *int64 { return g.MemoryLimitBytes })
	ratio("pilotlight_gpu_power_watts", "What the GPU draws.", func(g backend.GPU) *float64 { return g.PowerWatts })
	ratio("pilotlight_gpu_temperature_celsius", "How hot the GPU is.", func(g backend.GPU) *float64 { return g.TemperatureCelsius })
}

func gpuLabels(i int, g backend.GPU) []label {
	return []label{{"gpu", gpuID(i, g)}, {"name", g.Name}, {"vendor", g.Vendor}}
}

// gpuID is what stays the same across restarts, where the driver tells it.
func gpuID(i int, g backend.GPU) string {
	if g.ID != "" {
		return g.ID
	}
	return strconv.Itoa(i)
}

// writeProcesses sums by role: a process by itself comes and goes.
func writeProcesses(x *exposition, list []backend.Process) {
	var roles []string
	sums := map[string]int64{}
	for _, p := range list {
		if _, ok := sums[p.Role]; !ok {
			roles = append(roles, p.Role)
		}
		sums[p.Role] += p.MemoryBytes
	}
	for _, role := range roles {
		x.gauge("pilotlight_processes_memory_bytes", "Memory of the programs that matter to the models, by what they do.", float64(sums[role]), label{"role", role})
	}
}

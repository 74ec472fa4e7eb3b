package backend

// Sample is one reading of the machine.
type Sample struct {
	At        Time      `json:"at" format:"date-time"`
	Memory    *Memory   `json:"memory,omitempty"`
	GPUs      []GPU     `json:"gpus"`
	CPU       *CPU      `json:"cpu,omitempty"`
	Processes []Process `json:"processes"`
}

// Memory is the machine's RAM. AvailableBytes is what a program could still get
// without swapping; "free" alone says little.
type Memory struct {
	TotalBytes      int64   `json:"total_bytes"`
	UsedBytes       int64   `json:"used_bytes"`
	AvailableBytes  *int64  `json:"available_bytes,omitempty"`
	WiredBytes      *int64  `json:"wired_bytes,omitempty"`
	CompressedBytes *int64  `json:"compressed_bytes,omitempty"`
	CachedBytes     *int64  `json:"cached_bytes,omitempty"`
	FreeBytes       *int64  `json:"free_bytes,omitempty"`
	SwapUsedBytes   *int64  `json:"swap_used_bytes,omitempty"`
	Pressure        *string `json:"pressure" enum:"normal,warning,critical"`
	Source          string  `json:"source"`
}

// GPU is one graphics processor. Utilization is 0 to 1.
type GPU struct {
	ID                 string   `json:"id,omitempty" doc:"Stays the same across restarts: NVIDIA's UUID, a PCI address, a registry class."`
	Name               string   `json:"name"`
	Vendor             string   `json:"vendor"`
	Utilization        *float64 `json:"utilization,omitempty"`
	MemoryUsedBytes    *int64   `json:"memory_used_bytes,omitempty"`
	MemoryTotalBytes   *int64   `json:"memory_total_bytes,omitempty"`
	MemoryLimitBytes   *int64   `json:"memory_limit_bytes,omitempty"`
	PowerWatts         *float64 `json:"power_watts,omitempty"`
	TemperatureCelsius *float64 `json:"temperature_celsius,omitempty"`
	Source             string   `json:"source"`
}

// CPU is the processor's use, 0 to 1 of all cores.
type CPU struct {
	Utilization float64 `json:"utilization"`
}

// Process is a program that matters to the models' memory.
type Process struct {
	PID         int      `json:"pid"`
	Name        string   `json:"name"`
	Role        string   `json:"role"`
	MemoryBytes int64    `json:"memory_bytes"`
	CPU         *float64 `json:"cpu,omitempty"`
}

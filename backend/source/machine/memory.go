// Package machine reads this machine's memory. It owns where the figures come
// from and decides nothing; what cannot be read is absent.
package machine

import (
	"fmt"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v3/mem"

	"pilotlight/backend"
)

// Read takes one sample of the machine's RAM and swap, in bytes, through
// gopsutil. It forks nothing. Used is what gopsutil calls used: on Linux
// total - free - buffers - cached, on macOS active + wired.
func Read(now time.Time) (*backend.Sample, error) {
	ram, err := mem.VirtualMemory()
	if err != nil {
		return nil, fmt.Errorf("read memory: %w", err)
	}
	m := backend.Memory{
		TotalBytes: int64(ram.Total), UsedBytes: int64(ram.Used), Source: "gopsutil",
		AvailableBytes: positive(ram.Available), FreeBytes: positive(ram.Free),
		WiredBytes: positive(ram.Wired), CachedBytes: positive(ram.Cached),
	}
	if swap, err := mem.SwapMemory(); err == nil {
		used := int64(swap.Used)
		m.SwapUsedBytes = &used
	}
	return &backend.Sample{
		At: backend.At(now), Memory: &m, GPUs: []backend.GPU{}, Processes: []backend.Process{},
	}, nil
}

// positive is nil for 0: gopsutil leaves at 0 what the system does not tell.
func positive(v uint64) *int64 {
	if v == 0 {
		return nil
	}
	n := int64(v)
	return &n
}

// Unified says whether the GPU works in this same RAM, as on every Apple
// silicon Mac. Elsewhere a GPU mostly has memory of its own, and free RAM does
// not tell whether a model fits.
func Unified() bool { return runtime.GOOS == "darwin" && runtime.GOARCH == "arm64" }

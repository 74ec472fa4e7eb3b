package machine

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/shirou/gopsutil/v3/mem"

	"pilotlight/backend"
)

// Unified says whether the GPU works in this same RAM, as on every Apple
// silicon Mac. Elsewhere a GPU mostly has memory of its own, and free RAM does
// not tell whether a model fits.
func Unified() bool { return runtime.GOOS == "darwin" && runtime.GOARCH == "arm64" }

// readRAM reads RAM and swap through gopsutil: /proc/meminfo on Linux. Used is
// what gopsutil calls used, on Linux total - free - buffers - cached.
//
// Its SwapMemory is not asked on Linux: it reads all of /proc/vmstat for
// counters that nobody needs, and meminfo has the rest.
func readRAM(ctx context.Context) (*backend.Memory, error) {
	ram, err := mem.VirtualMemoryWithContext(ctx)
	if err != nil {
		return nil, err
	}
	return memoryOf(ram)
}

func memoryOf(ram *mem.VirtualMemoryStat) (*backend.Memory, error) {
	if ram.Total == 0 {
		// gopsutil gives zeros, not an error, where the file is missing or garbage.
		return nil, errors.New("the system tells no size of its RAM")
	}
	if ram.Used > ram.Total || ram.Free > ram.Total {
		return nil, fmt.Errorf("the figures contradict each other: %d bytes used, %d free of %d", ram.Used, ram.Free, ram.Total)
	}
	m := &backend.Memory{
		TotalBytes: int64(ram.Total), UsedBytes: int64(ram.Used), Source: "gopsutil",
		AvailableBytes: known(min(ram.Available, ram.Total)), FreeBytes: known(ram.Free),
		WiredBytes: known(ram.Wired), CachedBytes: known(ram.Cached),
	}
	if runtime.GOOS == "linux" && ram.SwapFree <= ram.SwapTotal { // elsewhere gopsutil tells it in another call
		used := int64(ram.SwapTotal - ram.SwapFree)
		m.SwapUsedBytes = &used
	}
	return m, nil
}

// known is nil for 0: gopsutil leaves at 0 what the system does not tell.
func known(v uint64) *int64 {
	if v == 0 {
		return nil
	}
	n := int64(v)
	return &n
}

func ptr[T any](v T) *T { return &v }

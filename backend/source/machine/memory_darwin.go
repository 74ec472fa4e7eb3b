package machine

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"pilotlight/backend"
)

// memoryReader asks the kernel in-process. gopsutil tells no compressed and no
// purgeable memory, and what it calls used is not what Activity Monitor does;
// it is asked where the kernel's call cannot be found.
type memoryReader struct{ mach func() (*machHost, error) }

func newMemoryReader(Options) *memoryReader { return &memoryReader{mach: machOnce()} }

func (r *memoryReader) read(ctx context.Context, _ time.Time) (*backend.Memory, error) {
	m, err := r.own()
	if err != nil {
		if m, err = readRAM(ctx); err != nil {
			return nil, err
		}
	}
	if raw, err := unix.SysctlRaw("vm.swapusage"); err == nil {
		if used, err := parseSwapUsage(raw); err == nil {
			m.SwapUsedBytes = &used
		}
	}
	if level, err := unix.SysctlUint32("kern.memorystatus_vm_pressure_level"); err == nil {
		m.Pressure = pressureLevel(level)
	}
	return m, nil
}

func (r *memoryReader) own() (*backend.Memory, error) {
	h, err := r.mach()
	if err != nil {
		return nil, err
	}
	raw, err := h.vm()
	if err != nil {
		return nil, err
	}
	pages, err := parseVMStat(raw)
	if err != nil {
		return nil, err
	}
	total, err := unix.SysctlUint64("hw.memsize")
	if err != nil {
		return nil, fmt.Errorf("hw.memsize: %w", err)
	}
	return pages.memory(h.page, total)
}

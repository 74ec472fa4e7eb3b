package machine

import (
	"context"
	"time"
)

// cpuReader asks the kernel in-process: gopsutil does so with cgo alone, and
// with a library that has crashed on newer Macs (see cpu_linux.go).
type cpuReader struct {
	mach  func() (*machHost, error)
	ticks cpuTicks
}

func newCPUReader(Options) *cpuReader { return &cpuReader{mach: machOnce()} }

func (r *cpuReader) read(_ context.Context, now time.Time) (cpuTimes, error) {
	h, err := r.mach()
	if err != nil {
		return cpuTimes{}, err
	}
	raw, err := h.cpu()
	if err != nil {
		return cpuTimes{}, err
	}
	return r.ticks.next(raw, now)
}

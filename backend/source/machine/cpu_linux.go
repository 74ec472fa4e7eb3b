package machine

import (
	"context"
	"errors"
	"time"

	"github.com/shirou/gopsutil/v3/cpu"
)

// cpuReader reads /proc/stat through gopsutil, on Linux alone: on macOS its
// package cpu brings go-m1cpu, whose start crashed every program that linked it
// on newer Macs and systems before version 0.2.1 (shoenig/go-m1cpu#25, 2026-03).
type cpuReader struct{ proc string }

func newCPUReader(o Options) *cpuReader { return &cpuReader{proc: o.Proc} }

func (r *cpuReader) read(ctx context.Context, now time.Time) (cpuTimes, error) {
	all, err := cpu.TimesWithContext(underProc(ctx, r.proc), false)
	if err != nil {
		return cpuTimes{}, err
	}
	if len(all) != 1 {
		return cpuTimes{}, errors.New("the system tells no CPU times")
	}
	t := all[0]
	// Linux counts a guest's time in user and nice too, so it is left out.
	busy := t.User + t.System + t.Nice + t.Irq + t.Softirq + t.Steal
	return cpuTimes{at: now, busy: busy, total: busy + t.Idle + t.Iowait, source: "gopsutil"}, nil
}

package machine

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

func gpuReaders(o Options) []gpuReader {
	r := &appleReader{kit: sync.OnceValues(openIOKit)}
	if len(o.MetalProbe) > 0 {
		r.limits.run = func(ctx context.Context) ([]byte, error) { return output(ctx, 1<<12, o.MetalProbe...) }
	}
	return []gpuReader{r}
}

// appleReader reads what the I/O registry tells of GPUs, in-process; where the
// framework cannot be used, through the program ioreg.
type appleReader struct {
	kit    func() (*ioKit, error)
	limits metalLimits

	printed   []accelerator // by ioreg
	printedAt time.Time
}

func (*appleReader) name() string { return "gpu" }

func (r *appleReader) close() { r.limits.close() }

func (r *appleReader) read(ctx context.Context, now time.Time) (gpuReading, error) {
	source := "iokit"
	all, err := r.inProcess()
	if err != nil {
		source = "ioreg"
		if all, err = r.ioreg(ctx, now); err != nil {
			return gpuReading{}, err
		}
	}
	ram, _ := unix.SysctlUint64("hw.memsize")
	return gpuReading{gpus: gpusOf(all, source, r.limit(now), ram)}, nil
}

func (r *appleReader) inProcess() ([]accelerator, error) {
	kit, err := r.kit()
	if err != nil {
		return nil, err
	}
	return kit.accelerators()
}

// ioregEvery is how often ioreg is started at most: it costs more than
// everything else together.
const ioregEvery = 10 * time.Second

func (r *appleReader) ioreg(ctx context.Context, now time.Time) ([]accelerator, error) {
	if since := now.Sub(r.printedAt); !r.printedAt.IsZero() && since >= 0 && since < ioregEvery {
		return r.printed, nil
	}
	b, err := output(ctx, maxPlist, "/usr/sbin/ioreg", "-r", "-d", "1", "-w", "0", "-c", "IOAccelerator", "-a")
	if err != nil {
		return nil, err
	}
	all, err := parseIORegistry(b)
	if err != nil {
		return nil, err
	}
	r.printed, r.printedAt = all, now
	return all, nil
}

// limit is read anew each time: somebody may set it with sysctl at any moment.
func (r *appleReader) limit(now time.Time) *int64 {
	var wired uint64
	if raw, err := unix.SysctlRaw("iogpu.wired_limit_mb"); err == nil { // macOS 14 and later, Apple silicon
		wired, _ = parseCount(raw)
	}
	boot := ""
	if tv, err := unix.SysctlTimeval("kern.boottime"); err == nil {
		boot = fmt.Sprint(tv.Sec)
	}
	return gpuLimit(r.limits.get(fmt.Sprint(boot, " ", wired), now), wired)
}

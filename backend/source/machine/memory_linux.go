package machine

import (
	"context"
	"os"
	"path/filepath"

	"github.com/shirou/gopsutil/v3/common"

	"pilotlight/backend"
)

// memoryReader reads RAM, swap and pressure under one folder /proc.
type memoryReader struct{ proc string }

func newMemoryReader(o Options) *memoryReader { return &memoryReader{proc: o.Proc} }

// underProc tells gopsutil where /proc is; the environment would be a global.
func underProc(ctx context.Context, proc string) context.Context {
	return context.WithValue(ctx, common.EnvKey, common.EnvMap{common.HostProcEnvKey: proc})
}

// read gives the machine's memory, or the container's where it has a limit.
// Pressure is the machine's too, unless the container's own is told: one
// without a limit swaps when the machine does.
func (r *memoryReader) read(ctx context.Context) (*backend.Memory, error) {
	m, err := readRAM(underProc(ctx, r.proc))
	if err != nil {
		return nil, err
	}
	pressure := filepath.Join(r.proc, "pressure", "memory")
	if l, ok := tightest(r.groups(), m.TotalBytes); ok {
		m = l.within(m)
		if own := filepath.Join(l.dir, "memory.pressure"); l.v2 {
			if b, err := os.ReadFile(own); err == nil {
				return withPressure(m, b), nil
			}
		}
	}
	// Kernels without PSI, or booted with psi=0, have no such file, or one that
	// cannot be read (EOPNOTSUPP).
	if b, err := os.ReadFile(pressure); err == nil {
		m = withPressure(m, b)
	}
	return m, nil
}

func withPressure(m *backend.Memory, psi []byte) *backend.Memory {
	if level, err := parsePSI(psi); err == nil {
		m.Pressure = &level
	}
	return m
}

// groups are asked for each time: a program may be moved while it runs, and it
// is two small files.
func (r *memoryReader) groups() []group {
	self, err := os.ReadFile(filepath.Join(r.proc, "self", "cgroup"))
	if err != nil {
		return nil
	}
	mounts, err := os.ReadFile(filepath.Join(r.proc, "self", "mountinfo"))
	if err != nil {
		return nil
	}
	return groups(string(self), string(mounts))
}

package machine

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/shirou/gopsutil/v3/common"

	"pilotlight/backend"
)

// limitsEvery is how often a container's limit is looked for: it can be changed
// while it runs. Finding its folder takes longer than all the rest, so that is
// done only when the program was moved.
const limitsEvery = time.Minute

// memoryReader reads RAM, swap and pressure under one folder /proc.
type memoryReader struct {
	proc string

	self    string // the content of /proc/self/cgroup that groups are of
	groups  []group
	limit   limited // the group that limits us
	limits  bool    // there is one
	checked time.Time
}

func newMemoryReader(o Options) *memoryReader { return &memoryReader{proc: o.Proc} }

// underProc tells gopsutil where /proc is; the environment would be a global.
func underProc(ctx context.Context, proc string) context.Context {
	return context.WithValue(ctx, common.EnvKey, common.EnvMap{common.HostProcEnvKey: proc})
}

// read gives the machine's memory, or the container's where it has a limit.
// Pressure is the machine's too, unless the container's own is told: one
// without a limit swaps when the machine does.
func (r *memoryReader) read(ctx context.Context, now time.Time) (*backend.Memory, error) {
	m, err := readRAM(underProc(ctx, r.proc))
	if err != nil {
		return nil, err
	}
	pressure := filepath.Join(r.proc, "pressure", "memory")
	if l, ok := r.limited(m.TotalBytes, now); ok {
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

// limited is what the container allows and uses, false where there is none.
func (r *memoryReader) limited(ram int64, now time.Time) (limited, bool) {
	since := now.Round(0).Sub(r.checked)
	if !r.checked.IsZero() && since >= 0 && since < limitsEvery {
		if r.limits && r.limit.read() != nil {
			r.checked = time.Time{} // it is gone; look again
			return limited{}, false
		}
		return r.limit, r.limits
	}
	r.find()
	r.checked = now.Round(0)
	r.limit, r.limits = tightest(r.groups, ram)
	return r.limit, r.limits
}

// find looks where our groups' folders are, if we are in others than before.
func (r *memoryReader) find() {
	self, err := os.ReadFile(filepath.Join(r.proc, "self", "cgroup"))
	if err != nil || string(self) == r.self {
		return
	}
	mounts, err := os.ReadFile(filepath.Join(r.proc, "self", "mountinfo"))
	if err != nil {
		return
	}
	r.self, r.groups = string(self), groups(string(self), string(mounts))
}

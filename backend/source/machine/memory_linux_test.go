package machine

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"pilotlight/backend"
)

const meminfo = `MemTotal:       65536000 kB
MemFree:         8192000 kB
MemAvailable:   40960000 kB
Buffers:         1024000 kB
Cached:         30720000 kB
SwapCached:            0 kB
Active:         20480000 kB
Inactive:       20480000 kB
SReclaimable:    2048000 kB
SwapTotal:       4096000 kB
SwapFree:        3072000 kB
`

const psi = "some avg10=3.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"

// TestLinuxMemory reads a folder /proc of our own, through gopsutil.
func TestLinuxMemory(t *testing.T) {
	proc := t.TempDir()
	write(t, proc, map[string]string{"meminfo": meminfo, "pressure/memory": psi, "stat": "cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\n"})
	clock := start
	s := New(Options{Now: func() time.Time { return clock }, Proc: proc, Sys: t.TempDir(), NVML: []string{}})
	defer s.Close()
	sample := func() backend.Sample {
		t.Helper()
		got, err := s.Sample(t.Context(), backend.Want{Memory: true})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	got := sample()
	const k = 1024
	same(t, got.Memory, &backend.Memory{
		TotalBytes: 65536000 * k, UsedBytes: (65536000 - 8192000 - 1024000 - 30720000 - 2048000) * k, AvailableBytes: ptr(int64(40960000 * k)),
		CachedBytes: ptr(int64((30720000 + 2048000) * k)), FreeBytes: ptr(int64(8192000 * k)), SwapUsedBytes: ptr(int64(1024000 * k)),
		Pressure: ptr(backend.PressureWarning), Source: "gopsutil",
	})
	if got.CPU != nil {
		t.Errorf("a first CPU figure %s", show(got.CPU))
	}
	clock = clock.Add(5 * time.Second)
	write(t, proc, map[string]string{"stat": "cpu  130 0 120 850 0 0 0 0 0 0\n"})
	if got = sample(); got.CPU == nil || got.CPU.Utilization != 0.5 {
		t.Errorf("CPU %s, want a half", show(got.CPU))
	}
	clock = clock.Add(8 * time.Hour)
	write(t, proc, map[string]string{"stat": "cpu  990 0 990 860 0 0 0 0 0 0\n"})
	if got = sample(); got.CPU != nil {
		t.Errorf("after sleep the CPU is %s", show(got.CPU))
	}

	// The kernel tells no pressure; then the container has its own.
	if err := os.Remove(filepath.Join(proc, "pressure/memory")); err != nil {
		t.Fatal(err)
	}
	if got = sample(); got.Memory.Pressure != nil {
		t.Errorf("pressure %q was made up", *got.Memory.Pressure)
	}
	groups := t.TempDir()
	write(t, groups, map[string]string{
		"cgroup/memory.max": "17179869184\n", "cgroup/memory.current": "1000\n", "cgroup/memory.stat": "inactive_file 0\n",
		"cgroup/memory.pressure": "some avg10=90.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=80.00 avg60=0.00 avg300=0.00 total=1\n",
	})
	write(t, proc, map[string]string{"pressure/memory": psi, "self/cgroup": "0::/\n", "self/mountinfo": mounts(groups, v2Mount)})
	clock = clock.Add(limitsEvery)
	if m := sample().Memory; m.TotalBytes != 16<<30 || *m.PhysicalBytes != 65536000*k || m.Pressure == nil || *m.Pressure != backend.PressureCritical {
		t.Errorf("in a container: %s", show(m))
	}
	// Its use is followed at once, a change of the limit within a minute.
	write(t, groups, map[string]string{"cgroup/memory.current": "3000\n", "cgroup/memory.max": "8589934592\n"})
	clock = clock.Add(time.Second)
	if m := sample().Memory; m.UsedBytes != 3000 || m.TotalBytes != 16<<30 {
		t.Errorf("a second later: %s", show(m))
	}
	clock = clock.Add(limitsEvery)
	if m := sample().Memory; m.TotalBytes != 8<<30 {
		t.Errorf("a minute later: %s", show(m))
	}
	for name, garbage := range map[string]string{"empty": "", "words": "MemTotal: a lot\n", "contradiction": "MemTotal: 5 kB\nMemFree: 50 kB\n"} {
		write(t, proc, map[string]string{"meminfo": garbage})
		if got, err := s.Sample(t.Context(), backend.Want{Memory: true}); err == nil || got.Memory != nil {
			t.Errorf("%s: %s, %v", name, show(got.Memory), err)
		}
	}
}

// TestFIFOHangs: /proc/meminfo may be a FUSE file (lxcfs) that does not answer.
// A FIFO without a writer is one that does not either.
func TestFIFOHangs(t *testing.T) {
	proc := t.TempDir()
	write(t, proc, map[string]string{"stat": "cpu  100 0 100 800 0 0 0 0 0 0\n"})
	fifo := filepath.Join(proc, "meminfo")
	mkfifo(t, fifo)
	s := New(Options{Now: time.Now, Proc: proc, Sys: t.TempDir(), NVML: []string{}, Limit: 50 * time.Millisecond})
	for range 5 {
		got, err := s.Sample(t.Context(), backend.Want{Memory: true, GPUs: true, Processes: true})
		if err == nil || got.Memory != nil || got.ReadAt.Memory == nil {
			t.Fatalf("%s, %v", show(got), err)
		}
	}
	if s.Close() == nil {
		t.Error("closing is silent about what hangs")
	}
	if err := os.WriteFile(fifo, []byte(meminfo), 0); err != nil { // lets the reader go
		t.Fatal(err)
	}
	if err := s.readers.memory.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestGroupsAreCarriedOver: what nobody asked for keeps the time of its reading,
// and what failed is gone.
func TestGroupsAreCarriedOver(t *testing.T) {
	proc, sys := t.TempDir(), t.TempDir()
	write(t, proc, map[string]string{"meminfo": meminfo, "stat": "cpu  100 0 100 800 0 0 0 0 0 0\n"})
	if err := os.CopyFS(sys, amdCardFS("active")); err != nil {
		t.Fatal(err)
	}
	clock := start
	s := New(Options{Now: func() time.Time { return clock }, Proc: proc, Sys: sys, NVML: []string{}})
	defer s.Close()
	sample := func(after time.Duration, want backend.Want) backend.Sample {
		t.Helper()
		clock = start.Add(after)
		got, err := s.Sample(t.Context(), want)
		if err != nil {
			t.Fatal(err)
		}
		if got.Fresh() != (backend.Want{Memory: want.Memory, GPUs: want.GPUs, Processes: want.Processes}) || !got.At.Equal(clock) {
			t.Errorf("asked for %+v, %+v is fresh", want, got.Fresh())
		}
		return got
	}
	first := sample(0, backend.Want{Memory: true, GPUs: true})
	if len(first.GPUs) != 1 || first.Memory == nil {
		t.Fatalf("%s", show(first))
	}
	second := sample(5*time.Second, backend.Want{Memory: true})
	same(t, second.GPUs, first.GPUs)
	if !second.ReadAt.GPUs.Equal(start) || !second.ReadAt.Memory.Equal(clock) || !first.ReadAt.Memory.Equal(start) || second.ReadAt.Processes != nil {
		t.Errorf("read at %s, before that %s", show(second.ReadAt), show(first.ReadAt))
	}
	second.GPUs[0].Name = "changed by whoever got it"
	if third := sample(10*time.Second, backend.Want{Processes: true}); third.GPUs[0].Name != first.GPUs[0].Name || third.Memory == nil {
		t.Errorf("%s", show(third))
	}
	if err := os.RemoveAll(filepath.Join(sys, "class")); err != nil {
		t.Fatal(err)
	}
	if last := sample(20*time.Second, backend.Want{GPUs: true}); len(last.GPUs) != 0 || last.Memory == nil {
		t.Errorf("an unplugged card: %s", show(last))
	}
	if err := os.Remove(filepath.Join(proc, "meminfo")); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Sample(t.Context(), backend.Want{Memory: true}); err == nil || got.Memory != nil || !got.Fresh().Memory {
		t.Errorf("%s, %v", show(got), err)
	}
	if (&backend.Sample{}).Fresh() != (backend.Want{}) || (backend.Want{Search: true}).Any() {
		t.Error("a sample of nothing has something fresh")
	}
}

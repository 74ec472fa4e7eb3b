package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
	"unsafe"

	"github.com/ebitengine/purego"

	"pilotlight/backend"
)

// fakeNVML is a real shared library, built from testdata/nvml.c.
type fakeNVML struct {
	*testing.T
	path     string
	set, get uintptr
}

// built holds the libraries by their flags: each test loads a copy, which has a
// state of its own.
var built sync.Map

func compiled(t *testing.T, flags ...string) []byte {
	t.Helper()
	key := strings.Join(flags, " ")
	if b, ok := built.Load(key); ok {
		return b.([]byte)
	}
	cc, err := exec.LookPath("cc")
	if err != nil {
		t.Skip("no C compiler on this machine")
	}
	path := filepath.Join(t.TempDir(), "nvml.so")
	args := append([]string{"-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", path, "testdata/nvml.c", "-lpthread"}, flags...)
	if out, err := exec.Command(cc, args...).CombinedOutput(); err != nil {
		t.Fatalf("cc: %v\n%s", err, out)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	built.Store(key, b)
	return b
}

func buildNVML(t *testing.T, flags ...string) *fakeNVML {
	t.Helper()
	path := filepath.Join(t.TempDir(), "libnvidia-ml.so.1")
	if err := os.WriteFile(path, compiled(t, flags...), 0o700); err != nil {
		t.Fatal(err)
	}
	lib, err := purego.Dlopen(path, purego.RTLD_LAZY|purego.RTLD_LOCAL)
	if err != nil {
		t.Fatal(err)
	}
	f := &fakeNVML{T: t, path: path}
	for name, fn := range map[string]*uintptr{"fake_set": &f.set, "fake_get": &f.get} {
		if *fn, err = purego.Dlsym(lib, name); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

func (f *fakeNVML) does(index int, key string, v int64) {
	f.Helper()
	name := append([]byte(key), 0)
	r, _, _ := purego.SyscallN(f.set, uintptr(index), uintptr(unsafe.Pointer(&name[0])), uintptr(v))
	runtime.KeepAlive(name)
	if int32(r) != 0 {
		f.Fatalf("the fake has no habit %q", key)
	}
}

func (f *fakeNVML) count(key string) int64 {
	name := append([]byte(key), 0)
	r, _, _ := purego.SyscallN(f.get, uintptr(unsafe.Pointer(&name[0])))
	runtime.KeepAlive(name)
	return int64(r)
}

// twoGPUs is a machine with a busy card and an idle one.
func (f *fakeNVML) twoGPUs() {
	f.does(0, "count", 2)
	for i := range 2 {
		f.does(i, "percent", int64(87*(1-i)))
		f.does(i, "celsius", 61)
		f.does(i, "milliwatts", 312_500)
		f.does(i, "total", 80<<30)
		f.does(i, "reserved", 600<<20)
		f.does(i, "used", int64(40<<30*(1-i)))
	}
	f.does(0, "processes", 3)
}

// nothing is a /sys without a card that sleeps.
var nothing = fstest.MapFS{}

func (f *fakeNVML) reader() *nvmlReader {
	r := newNVML([]string{"libnothing-of-the-kind.so.1", f.path}, nothing)
	f.Cleanup(r.close)
	return r
}

func (f *fakeNVML) read(r *nvmlReader, now time.Time) gpuReading {
	f.Helper()
	got, err := r.read(f.Context(), now)
	if err != nil {
		f.Fatal(err)
	}
	return got
}

func TestNVMLReadsTwoGPUs(t *testing.T) {
	for _, flags := range [][]string{nil, {"-DOLD"}} {
		f := buildNVML(t, flags...)
		f.twoGPUs()
		got := f.read(f.reader(), start)
		if len(got.gpus) != 2 {
			t.Fatalf("%v: %d GPUs", flags, len(got.gpus))
		}
		want := backend.GPU{
			ID: "GPU-00000000-0000-0000-0000-000000000000", Name: "NVIDIA Fake A", Vendor: "nvidia", Source: "nvml",
			Utilization: ptr(0.87), MemoryUsedBytes: ptr(int64(40 << 30)), MemoryTotalBytes: ptr(int64(80 << 30)),
			PowerWatts: ptr(312.5), TemperatureCelsius: ptr(61.0),
		}
		if flags != nil { // the older call counts what is reserved
			want.MemoryUsedBytes = ptr(int64(40<<30 + 600<<20))
		}
		same(t, got.gpus[0], want)
		if idle := got.gpus[1]; idle.Utilization == nil || *idle.Utilization != 0 || idle.Name != "NVIDIA Fake B" {
			t.Errorf("%v: the idle one is %s", flags, show(idle))
		}
		same(t, got.byPID, map[int]int64{1000: 1e6, 1001: 2e6, 1002: 3e6})
	}
}

func TestNVMLNotTold(t *testing.T) {
	f := buildNVML(t)
	f.twoGPUs()
	f.does(0, "no_utilization", 1) // as MIG
	f.does(1, "no_memory", 1)      // as Grace
	f.does(1, "celsius", 0)
	f.does(1, "milliwatts", 0)
	f.does(0, "hidden", 1)
	got := f.read(f.reader(), start)
	if g := got.gpus[0]; g.Utilization != nil || g.MemoryUsedBytes == nil || g.Note != "" {
		t.Errorf("split GPU: %s", show(g))
	}
	if g := got.gpus[1]; g.Utilization == nil || g.MemoryUsedBytes != nil || g.MemoryTotalBytes != nil || g.PowerWatts != nil || g.TemperatureCelsius != nil {
		t.Errorf("GPU without memory of its own: %s", show(g))
	}
	if len(got.byPID) != 0 {
		t.Errorf("processes have %v, though it is not told", got.byPID)
	}
}

// TestNVMLDenied: a container may see a card that it was not given, and a user
// one whose figures are not theirs.
func TestNVMLDenied(t *testing.T) {
	f := buildNVML(t)
	f.twoGPUs()
	f.does(0, "code", int64(nvmlNoPermission))
	r := f.reader()
	want := backend.GPU{Name: "NVIDIA GPU", Vendor: "nvidia", Note: backend.GPUDenied, Source: "nvml"}
	same(t, f.read(r, start).gpus[0], want)
	f.does(1, "code", int64(nvmlNoPermission))
	got := f.read(r, start.Add(10*time.Minute)).gpus[1]
	same(t, got, backend.GPU{ID: got.ID, Name: "NVIDIA Fake B", Vendor: "nvidia", Note: backend.GPUDenied, Source: "nvml"})
	if n := f.count("inits"); n != 1 {
		t.Errorf("%d sessions were opened for a card that is denied", n)
	}
}

func TestNVMLGarbage(t *testing.T) {
	f := buildNVML(t)
	f.twoGPUs()
	f.does(0, "garbage", 1)
	f.does(0, "processes", 5000) // more than are asked for
	got := f.read(f.reader(), start)
	want := backend.GPU{ID: got.gpus[0].ID, Name: "NVIDIA Fake A", Vendor: "nvidia", Source: "nvml"}
	same(t, got.gpus[0], want)
}

func TestNVMLManyProcesses(t *testing.T) {
	f := buildNVML(t)
	f.twoGPUs()
	f.does(0, "processes", 500)
	f.does(1, "processes", 1)
	got := f.read(f.reader(), start)
	if len(got.byPID) != 500 || got.byPID[1499] != 500e6 || got.byPID[1000] != 2e6 {
		t.Errorf("%d processes, the last has %d and the first, on both cards, %d", len(got.byPID), got.byPID[1499], got.byPID[1000])
	}
}

// TestNVMLLosesAGPU lets a card fall off the bus and come back after a reset.
func TestNVMLLosesAGPU(t *testing.T) {
	f := buildNVML(t)
	f.twoGPUs()
	r := f.reader()
	f.read(r, start)
	f.does(0, "code", int64(nvmlGPUIsLost))
	got := f.read(r, start.Add(10*time.Second))
	want := backend.GPU{ID: "GPU-00000000-0000-0000-0000-000000000000", Name: "NVIDIA Fake A", Vendor: "nvidia", Note: backend.GPULost, Source: "nvml"}
	same(t, got.gpus[0], want)
	if len(got.gpus) != 2 || got.gpus[1].Utilization == nil {
		t.Errorf("the other one is gone too: %s", show(got.gpus))
	}
	f.read(r, start.Add(20*time.Second))
	if n := f.count("inits"); n != 1 {
		t.Errorf("%d sessions were opened for a card that is lost", n)
	}
	// A new session does not find it either, and still knows which one it was.
	same(t, f.read(r, start.Add(6*time.Minute)).gpus[0], want)
	f.does(0, "code", 0)
	if g := f.read(r, start.Add(12*time.Minute)).gpus[0]; g.Note != "" || g.MemoryUsedBytes == nil {
		t.Errorf("after its reset: %s", show(g))
	}
	if i, s := f.count("inits"), f.count("shutdowns"); i != 3 || s != 2 {
		t.Errorf("%d sessions were opened and %d closed", i, s)
	}
}

func TestNVMLWithoutADriver(t *testing.T) {
	for code, wantErr := range map[nvmlReturn]string{nvmlDriverNotLoaded: "", nvmlVersionMismatch: "restart the machine"} {
		f := buildNVML(t)
		f.twoGPUs()
		f.does(0, "init", int64(code))
		r := f.reader()
		for i := range 20 {
			got, err := r.read(t.Context(), start.Add(time.Duration(i)*10*time.Second))
			if len(got.gpus) != 0 || wantErr == "" && err != nil || wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr)) {
				t.Fatalf("code %d: %s, %v", code, show(got.gpus), err)
			}
		}
		f.does(0, "init", 0)
		if got := f.read(r, start.Add(6*time.Minute)); len(got.gpus) != 2 {
			t.Errorf("code %d: a driver that came later is not found", code)
		}
	}
}

func TestNVMLIsAnotherLibrary(t *testing.T) {
	f := buildNVML(t, "-DNOT_NVML")
	if _, err := f.reader().read(t.Context(), start); err == nil {
		t.Error("a library of another kind is taken for NVML")
	}
	none := newNVML([]string{"libnothing-of-the-kind.so.1"}, nothing)
	if got, err := none.read(t.Context(), start); err != nil || len(got.gpus) != 0 {
		t.Errorf("no library: %v, %v", got, err)
	}
}

func nvidiaSys(control, status string) fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s + "\n")} }
	const dir = "bus/pci/drivers/nvidia/0000:01:00.0/"
	return fstest.MapFS{
		dir + "class": file("0x030000"), dir + "power/control": file(control), dir + "power/runtime_status": file(status),
		"bus/pci/drivers/nvidia/0000:01:00.1/class":                file("0x040300"), // its sound
		"bus/pci/drivers/nvidia/0000:01:00.1/power/runtime_status": file("active"),
		"bus/pci/drivers/nvidia/module/version":                    file("570.1"),
	}
}

// TestNVMLLetsALaptopSleep: a session that is open keeps the card awake, and
// opening one wakes it up.
func TestNVMLLetsALaptopSleep(t *testing.T) {
	f := buildNVML(t)
	f.twoGPUs()
	f.does(0, "count", 1)
	r := f.reader()
	r.sys = nvidiaSys("auto", "active")
	if got := f.read(r, start); len(got.gpus) != 1 || got.gpus[0].Utilization == nil {
		t.Fatalf("awake: %s", show(got.gpus))
	}
	if f.count("inits") != f.count("shutdowns") {
		t.Error("the session stays open")
	}
	r.sys = nvidiaSys("auto", "suspended")
	calls := f.count("calls")
	got := f.read(r, start.Add(10*time.Second))
	want := backend.GPU{ID: "GPU-00000000-0000-0000-0000-000000000000", Name: "NVIDIA Fake A", Vendor: "nvidia", Note: backend.GPUAsleep, Source: "nvml"}
	same(t, got.gpus, []backend.GPU{want})
	if f.count("calls") != calls || f.count("inits") != 1 {
		t.Error("a card that slept was asked")
	}
	r.sys = nvidiaSys("on", "active")
	f.read(r, start.Add(20*time.Second))
	f.read(r, start.Add(30*time.Second))
	if f.count("inits") != 2 || f.count("shutdowns") != 1 {
		t.Error("a card that never sleeps got a session for each reading")
	}
}

// TestNVMLHangs: the library does not come back. The other readers answer, the
// stuck call is left alone, and its late answer is not shown as new.
func TestNVMLHangs(t *testing.T) {
	f := buildNVML(t)
	f.twoGPUs()
	sys := t.TempDir()
	if err := os.CopyFS(sys, amdCardFS("active")); err != nil {
		t.Fatal(err)
	}
	s := New(Options{Now: time.Now, Sys: sys, NVML: []string{f.path}, Limit: 500 * time.Millisecond})
	defer s.Close()
	want := backend.Want{Memory: true, GPUs: true}
	got, err := s.Sample(t.Context(), want)
	if err != nil || len(got.GPUs) != 3 {
		t.Fatalf("%s, %v", show(got.GPUs), err)
	}
	f.does(0, "hang", 1)
	before := runtime.NumGoroutine()
	for range 10 {
		got, err = s.Sample(t.Context(), want)
		if err == nil || !strings.Contains(err.Error(), "nvml: no answer") || len(got.GPUs) != 1 || got.GPUs[0].Vendor != "amd" || got.Memory == nil {
			t.Fatalf("%s, %v", show(got), err)
		}
	}
	if n := f.count("waiting"); n != 1 {
		t.Errorf("%d calls hang", n)
	}
	noMoreThan(t, before+1)
	if err := s.Close(); err == nil || !strings.Contains(err.Error(), "nvml") {
		t.Errorf("closing says %v", err)
	}
	f.does(0, "hang", 0)
	if err := s.gpus.ways[0].drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Sample(t.Context(), want); err != nil || len(got.GPUs) != 3 {
		t.Errorf("after that: %s, %v", show(got.GPUs), err)
	}
}

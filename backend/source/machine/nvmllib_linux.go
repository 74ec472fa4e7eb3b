package machine

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// nvmlPaths are where NVIDIA's driver puts its library: in the loader's own
// path, NixOS's folder, or that of Windows' subsystem for Linux.
var nvmlPaths = []string{"libnvidia-ml.so.1", "/run/opengl-driver/lib/libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1"}

// nvmlLib is the loaded library. A function that it lacks, as older drivers do,
// is 0. It stays loaded: it keeps threads and state, and is not made to go.
type nvmlLib struct {
	init, shutdown, count, handle, name, uuid        uintptr
	utilization, memory, memory2, temperature, power uintptr
	computeV3, computeV2, graphicsV3, graphicsV2     uintptr
}

// nvmlDevice is an nvmlDevice_t, good until the library is shut down.
type nvmlDevice uintptr

func openNVML(paths []string) (*nvmlLib, error) {
	var lib uintptr
	err := errors.New("NVIDIA's library is not looked for")
	for _, path := range paths {
		if lib, err = purego.Dlopen(path, purego.RTLD_LAZY|purego.RTLD_LOCAL); err == nil {
			break
		}
	}
	if lib == 0 {
		return nil, err
	}
	l := &nvmlLib{}
	for name, fn := range map[string]*uintptr{
		"nvmlInit_v2": &l.init, "nvmlShutdown": &l.shutdown,
		"nvmlDeviceGetCount_v2": &l.count, "nvmlDeviceGetHandleByIndex_v2": &l.handle,
		"nvmlDeviceGetName": &l.name, "nvmlDeviceGetUUID": &l.uuid,
		"nvmlDeviceGetUtilizationRates": &l.utilization, "nvmlDeviceGetTemperature": &l.temperature,
		"nvmlDeviceGetMemoryInfo": &l.memory, "nvmlDeviceGetMemoryInfo_v2": &l.memory2, "nvmlDeviceGetPowerUsage": &l.power,
		"nvmlDeviceGetComputeRunningProcesses_v3": &l.computeV3, "nvmlDeviceGetComputeRunningProcesses_v2": &l.computeV2,
		"nvmlDeviceGetGraphicsRunningProcesses_v3": &l.graphicsV3, "nvmlDeviceGetGraphicsRunningProcesses_v2": &l.graphicsV2,
	} {
		*fn, _ = purego.Dlsym(lib, name)
	}
	if l.init == 0 || l.shutdown == 0 || l.count == 0 || l.handle == 0 {
		return nil, fmt.Errorf("the library is not NVML: %w", nvmlFunctionMissing)
	}
	return l, nil
}

// call calls a function of the library. What the arguments point to is kept in
// place and alive while it runs.
//
//go:uintptrescapes
func call(fn uintptr, args ...uintptr) nvmlReturn {
	if fn == 0 {
		return nvmlFunctionMissing
	}
	r, _, _ := purego.SyscallN(fn, args...)
	return nvmlReturn(uint32(r))
}

func (l *nvmlLib) devices() (int, nvmlReturn) {
	var n uint32
	r := call(l.count, uintptr(unsafe.Pointer(&n)))
	return int(n), r
}

func (l *nvmlLib) device(index int) (nvmlDevice, nvmlReturn) {
	var d nvmlDevice
	r := call(l.handle, uintptr(index), uintptr(unsafe.Pointer(&d)))
	return d, r
}

// text asks for a string. 96 is NVML_DEVICE_NAME_V2_BUFFER_SIZE and _UUID_V2_.
func (l *nvmlLib) text(fn uintptr, d nvmlDevice) string {
	b := make([]byte, 96)
	if call(fn, uintptr(d), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b))) != nvmlSuccess {
		return ""
	}
	return cString(b)
}

func (l *nvmlLib) number(fn uintptr, d nvmlDevice) (uint32, nvmlReturn) {
	var n uint32
	r := call(fn, uintptr(d), uintptr(unsafe.Pointer(&n)))
	return n, r
}

func (l *nvmlLib) celsius(d nvmlDevice) (uint32, nvmlReturn) {
	var n uint32
	r := call(l.temperature, uintptr(d), 0, uintptr(unsafe.Pointer(&n))) // 0: NVML_TEMPERATURE_GPU
	return n, r
}

func (l *nvmlLib) rates(d nvmlDevice) (nvmlUtilization, nvmlReturn) {
	var u nvmlUtilization
	r := call(l.utilization, uintptr(d), uintptr(unsafe.Pointer(&u)))
	return u, r
}

// sizes asks the newer function first, which nvidia-smi uses from driver 510 on.
func (l *nvmlLib) sizes(d nvmlDevice) (used, total uint64, r nvmlReturn) {
	v2 := nvmlMemoryV2{version: nvmlMemoryV2Version}
	if r = call(l.memory2, uintptr(d), uintptr(unsafe.Pointer(&v2))); r == nvmlSuccess {
		return v2.used, v2.total, r //nolint:nilerr // the code of success
	}
	if r.note() != "" {
		return 0, 0, r
	}
	var v1 nvmlMemoryV1
	r = call(l.memory, uintptr(d), uintptr(unsafe.Pointer(&v1)))
	return v1.used, v1.total, r
}

// manyProcesses is how many there is room for at first, mostProcesses ever.
const (
	manyProcesses = 64
	mostProcesses = 4096
)

// processes asks for one of the lists; the second function is of drivers
// before 510.
func (l *nvmlLib) processes(d nvmlDevice, v3, v2 uintptr) []nvmlProcess {
	fn := v3
	if fn == 0 {
		fn = v2
	}
	for room := uint32(manyProcesses); ; {
		list, n := make([]nvmlProcess, room), room
		r := call(fn, uintptr(d), uintptr(unsafe.Pointer(&n)), uintptr(unsafe.Pointer(&list[0])))
		if r == nvmlSuccess {
			return list[:min(n, room)]
		}
		if r != nvmlInsufficientSize || n <= room || n > mostProcesses {
			return nil
		}
		room = min(n+16, mostProcesses) // some may start meanwhile
	}
}

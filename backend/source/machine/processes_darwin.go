package machine

import (
	"errors"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
	"golang.org/x/sys/unix"
)

const rusageInfoV2 = 2 // RUSAGE_INFO_V2

// libProc asks the kernel about processes in-process. gopsutil knows no
// footprint, and without cgo starts ps and lsof for what it does know.
type libProc struct{ calls func() (*procCalls, error) }

type procCalls struct {
	rusage uintptr
	base   timebase
}

func newProcessTable(Options) processTable { return libProc{sync.OnceValues(openLibProc)} }

func openLibProc() (*procCalls, error) {
	lib, err := purego.Dlopen("/usr/lib/libSystem.B.dylib", purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, err
	}
	c := &procCalls{}
	if c.rusage, err = purego.Dlsym(lib, "proc_pid_rusage"); err != nil {
		return nil, err
	}
	info, err := purego.Dlsym(lib, "mach_timebase_info")
	if err != nil {
		return nil, err
	}
	_, _, _ = purego.SyscallN(info, uintptr(unsafe.Pointer(&c.base)))
	return c, nil
}

func (libProc) source() string { return "proc_pid_rusage" }

func (libProc) pids() ([]int, error) {
	all, err := unix.SysctlKinfoProcSlice("kern.proc.all")
	if err != nil {
		return nil, err
	}
	pids := make([]int, 0, len(all))
	for i := range all {
		pids = append(pids, int(all[i].Proc.P_pid))
	}
	return pids, nil
}

// describe is refused for other users' processes.
func (libProc) describe(pid int) (string, []string, bool) {
	b, err := unix.SysctlRaw("kern.procargs2", pid)
	if err != nil {
		return "", nil, false
	}
	exe, args, err := parseProcArgs(b)
	return exe, args, err == nil
}

func (l libProc) measure(pid int) (usage, error) {
	c, err := l.calls()
	if err != nil {
		return usage{}, err
	}
	var b [2 * rusageSize]byte
	if r, _, _ := purego.SyscallN(c.rusage, uintptr(pid), rusageInfoV2, uintptr(unsafe.Pointer(&b[0]))); int32(r) != 0 {
		return usage{}, errors.New("the process is gone or somebody else's")
	}
	return parseRusage(b[:rusageSize], c.base)
}

// gpuMemory is unified with the footprint.
func (libProc) gpuMemory(int) *int64 { return nil }

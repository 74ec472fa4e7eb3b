package machine

import (
	"fmt"
	"os"
	"sync"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Flavors of <mach/host_info.h>, and the size of what each fills in, in 32-bit
// words. The kernel lowers the size to what it has.
const (
	hostCPULoadInfo      = 3
	hostCPULoadInfoCount = 4
	hostVMInfo64         = 4
	hostVMInfo64Count    = 38
)

// machHost is the kernel's statistics call. mach_host_self takes another port
// right each time it is called, so one lives as long as its reader.
type machHost struct {
	statistics, statistics64 uintptr
	host                     uint32
	page                     uint64 // bytes
}

func machOnce() func() (*machHost, error) { return sync.OnceValues(openMach) }

func openMach() (*machHost, error) {
	lib, err := purego.Dlopen("/usr/lib/libSystem.B.dylib", purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err != nil {
		return nil, err
	}
	var self uintptr
	h := &machHost{}
	for name, fn := range map[string]*uintptr{
		"host_statistics": &h.statistics, "host_statistics64": &h.statistics64, "mach_host_self": &self,
	} {
		if *fn, err = purego.Dlsym(lib, name); err != nil {
			return nil, err
		}
	}
	host, _, _ := purego.SyscallN(self)
	h.host, h.page = uint32(host), uint64(os.Getpagesize())
	return h, nil
}

func (h *machHost) vm() ([]byte, error) {
	return h.ask(h.statistics64, hostVMInfo64, hostVMInfo64Count)
}

func (h *machHost) cpu() ([]byte, error) {
	return h.ask(h.statistics, hostCPULoadInfo, hostCPULoadInfoCount)
}

func (h *machHost) ask(call uintptr, flavor, size uint32) ([]byte, error) {
	words := make([]uint32, size)
	count := size
	kr, _, _ := purego.SyscallN(call, uintptr(h.host), uintptr(flavor),
		uintptr(unsafe.Pointer(&words[0])), uintptr(unsafe.Pointer(&count)))
	if int32(kr) != 0 {
		return nil, fmt.Errorf("the kernel gives no statistics %d: error %d", flavor, int32(kr))
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), 4*min(count, size)), nil
}

package platform

import (
	"runtime"

	"golang.org/x/sys/unix"

	"pilotlight/backend"
)

// Sysctls reads the kernel's values that Pilotlight reckons with: the memory
// there is, in bytes, and on Apple silicon the most that the GPU may wire, in
// MB, where 0 stands for the system's own choice.
func Sysctls() []backend.Sysctl {
	names := []string{"hw.memsize"}
	if runtime.GOARCH == "arm64" {
		names = append(names, "iogpu.wired_limit_mb")
	}
	var read []backend.Sysctl
	for _, name := range names {
		read = append(read, sysctl(name))
	}
	return read
}

// sysctl reads a value of 8 or of 4 bytes: which one it is differs between
// names, and may between releases.
func sysctl(name string) backend.Sysctl {
	wide, err := unix.SysctlUint64(name)
	if err == nil {
		return backend.Sysctl{Name: name, Value: &wide}
	}
	narrow, err := unix.SysctlUint32(name)
	if err != nil {
		return backend.Sysctl{Name: name, Err: err}
	}
	wide = uint64(narrow)
	return backend.Sysctl{Name: name, Value: &wide}
}

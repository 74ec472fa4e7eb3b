package machine

import (
	"errors"
	"unsafe"

	"github.com/ebitengine/purego"
)

// ReadWorkingSet asks Metal. It loads the framework into this process, which
// should end soon after. Without CoreGraphics a program without windows gets no
// default device (Apple's documentation of MTLCreateSystemDefaultDevice).
func ReadWorkingSet() (WorkingSet, error) {
	if _, err := purego.Dlopen("/System/Library/Frameworks/CoreGraphics.framework/CoreGraphics", purego.RTLD_LAZY|purego.RTLD_GLOBAL); err != nil {
		return WorkingSet{}, err
	}
	metal, err := purego.Dlopen("/System/Library/Frameworks/Metal.framework/Metal", purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err != nil {
		return WorkingSet{}, err
	}
	objc, err := purego.Dlopen("/usr/lib/libobjc.A.dylib", purego.RTLD_LAZY|purego.RTLD_GLOBAL)
	if err != nil {
		return WorkingSet{}, err
	}
	var create, send, selector uintptr
	for _, s := range []struct {
		lib  uintptr
		name string
		fn   *uintptr
	}{{metal, "MTLCreateSystemDefaultDevice", &create}, {objc, "objc_msgSend", &send}, {objc, "sel_registerName", &selector}} {
		if *s.fn, err = purego.Dlsym(s.lib, s.name); err != nil {
			return WorkingSet{}, err
		}
	}
	device, _, _ := purego.SyscallN(create)
	if device == 0 {
		return WorkingSet{}, errors.New("Metal has no device")
	}
	name := []byte("recommendedMaxWorkingSetSize\x00")
	sel, _, _ := purego.SyscallN(selector, uintptr(unsafe.Pointer(&name[0])))
	size, _, _ := purego.SyscallN(send, device, sel)
	return WorkingSet{Bytes: uint64(size)}, nil
}

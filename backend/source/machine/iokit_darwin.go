package machine

import (
	"errors"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"
)

// Constants of CFString.h and CFPropertyList.h.
const (
	cfUTF8       = 0x08000100 // kCFStringEncodingUTF8
	cfPlistBytes = 200        // kCFPropertyListBinaryFormat_v1_0
)

// ioKit are the calls that walk the I/O registry. What they give is turned into
// a property list's bytes at once, so that the same parser reads it as reads
// ioreg's output.
type ioKit struct {
	matching, services, next, property, releaseObject uintptr // IOKit
	str, release, data, length, bytes                 uintptr // CoreFoundation
}

func openIOKit() (*ioKit, error) {
	k := &ioKit{}
	for framework, fns := range map[string]map[string]*uintptr{
		"IOKit": {
			"IOServiceMatching": &k.matching, "IOServiceGetMatchingServices": &k.services, "IOIteratorNext": &k.next,
			"IORegistryEntryCreateCFProperty": &k.property, "IOObjectRelease": &k.releaseObject,
		},
		"CoreFoundation": {
			"CFStringCreateWithCString": &k.str, "CFRelease": &k.release, "CFPropertyListCreateData": &k.data,
			"CFDataGetLength": &k.length, "CFDataGetBytes": &k.bytes,
		},
	} {
		lib, err := purego.Dlopen(fmt.Sprintf("/System/Library/Frameworks/%s.framework/%[1]s", framework), purego.RTLD_LAZY|purego.RTLD_GLOBAL)
		if err != nil {
			return nil, err
		}
		for name, fn := range fns {
			if *fn, err = purego.Dlsym(lib, name); err != nil {
				return nil, err
			}
		}
	}
	return k, nil
}

// accelerators lists the registry's GPUs. No match at all is none, no error.
func (k *ioKit) accelerators() ([]accelerator, error) {
	name := []byte("IOAccelerator\x00")
	match, _, _ := purego.SyscallN(k.matching, uintptr(unsafe.Pointer(&name[0])))
	if match == 0 {
		return nil, errors.New("the I/O registry cannot be asked")
	}
	var iterator uint32
	// It takes the dictionary over; the first argument is kIOMainPortDefault.
	if kr, _, _ := purego.SyscallN(k.services, 0, match, uintptr(unsafe.Pointer(&iterator))); int32(kr) != 0 {
		return nil, fmt.Errorf("the I/O registry answers with error %#x", uint32(kr))
	}
	defer purego.SyscallN(k.releaseObject, uintptr(iterator))
	var all []accelerator
	for len(all) < maxGPUs {
		entry, _, _ := purego.SyscallN(k.next, uintptr(iterator))
		if uint32(entry) == 0 {
			break
		}
		a, err := k.accelerator(uintptr(uint32(entry)))
		_, _, _ = purego.SyscallN(k.releaseObject, uintptr(uint32(entry)))
		if err != nil {
			return nil, err
		}
		if a.statistics != nil {
			all = append(all, a)
		}
	}
	return all, nil
}

func (k *ioKit) accelerator(entry uintptr) (accelerator, error) {
	var a accelerator
	b := k.plist(entry, "PerformanceStatistics")
	if b == nil {
		return a, nil
	}
	var err error
	if a.statistics, err = parseStatistics(b); err != nil {
		return a, err
	}
	a.class, a.model = k.text(entry, "IOClass"), k.text(entry, "model")
	return a, nil
}

func (k *ioKit) text(entry uintptr, key string) string {
	b := k.plist(entry, key)
	if b == nil {
		return ""
	}
	v, err := parsePlist(b)
	if err != nil {
		return ""
	}
	return text(v)
}

// plist gives a property of an entry as a binary property list, nil for none.
func (k *ioKit) plist(entry uintptr, key string) []byte {
	name := append([]byte(key), 0)
	cfKey, _, _ := purego.SyscallN(k.str, 0, uintptr(unsafe.Pointer(&name[0])), cfUTF8)
	if cfKey == 0 {
		return nil
	}
	defer purego.SyscallN(k.release, cfKey)
	value, _, _ := purego.SyscallN(k.property, entry, cfKey, 0, 0)
	if value == 0 {
		return nil
	}
	defer purego.SyscallN(k.release, value)
	data, _, _ := purego.SyscallN(k.data, 0, value, cfPlistBytes, 0, 0)
	if data == 0 {
		return nil
	}
	defer purego.SyscallN(k.release, data)
	n, _, _ := purego.SyscallN(k.length, data)
	if n == 0 || n > maxPlist {
		return nil
	}
	b := make([]byte, n)
	// A CFRange goes as two numbers, in registers on both of Apple's processors.
	_, _, _ = purego.SyscallN(k.bytes, data, 0, n, uintptr(unsafe.Pointer(&b[0])))
	return b
}

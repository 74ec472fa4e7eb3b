package machine

import (
	"encoding/binary"
	"errors"

	"pilotlight/backend"
)

// vmPages is what struct vm_statistics64 of <mach/vm_statistics.h> tells that
// we need, in pages.
type vmPages struct {
	free, active, inactive, wired, speculative, purgeable, compressor, external uint64
}

// vmStatSize is the least that holds all of them: older systems give less than
// the 152 bytes of today, and everything from macOS 10.9 on gives this.
const vmStatSize = 144

// parseVMStat reads what host_statistics64(HOST_VM_INFO64) fills in, in this
// machine's own byte order: every Mac's is little-endian.
func parseVMStat(b []byte) (vmPages, error) {
	if len(b) < vmStatSize {
		return vmPages{}, errors.New("host_statistics64 gave less than it should")
	}
	at := func(offset int) uint64 { return uint64(binary.LittleEndian.Uint32(b[offset:])) }
	return vmPages{
		free: at(0), active: at(4), inactive: at(8), wired: at(12), // four counts, then 64-bit counters
		purgeable: at(88), speculative: at(92),
		compressor: at(128), external: at(136),
	}, nil
}

// memory is Activity Monitor's view: Memory Used = App + Wired + Compressed.
// App is all that is in use but what is wired, compressed, purgeable or a
// file's (the formula on which Stats and macmon agree). The counts are not
// taken at one instant, so a difference may come out below 0.
func (p vmPages) memory(pageSize, total uint64) (*backend.Memory, error) {
	if total == 0 || pageSize == 0 {
		return nil, errors.New("the system tells no size of its RAM")
	}
	cached := p.purgeable + p.external
	used := less(p.active+p.inactive+p.speculative+p.wired+p.compressor, cached)
	app := less(used, p.wired+p.compressor)
	bytes := func(pages uint64) *int64 {
		if pages > total/pageSize {
			pages = total / pageSize
		}
		return ptr(int64(pages * pageSize))
	}
	u := bytes(used)
	return &backend.Memory{
		TotalBytes: int64(total), UsedBytes: *u, AvailableBytes: ptr(int64(total) - *u),
		AppBytes: bytes(app), WiredBytes: bytes(p.wired), CompressedBytes: bytes(p.compressor),
		// The kernel counts speculative pages as free, vm_stat and people do not.
		CachedBytes: bytes(cached), FreeBytes: bytes(less(p.free, p.speculative)), Source: "host_statistics64",
	}, nil
}

// less is a - b, 0 where that is below it.
func less(a, b uint64) uint64 {
	if b > a {
		return 0
	}
	return a - b
}

// parseSwapUsage reads struct xsw_usage of <sys/sysctl.h>: total, available
// and used bytes, then the page size.
func parseSwapUsage(b []byte) (used int64, err error) {
	if len(b) < 24 {
		return 0, errors.New("vm.swapusage is shorter than it should be")
	}
	total, n := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[16:])
	if n > total || n > 1<<50 {
		return 0, errors.New("vm.swapusage contradicts itself")
	}
	return int64(n), nil
}

// pressureLevel is what kern.memorystatus_vm_pressure_level means: the colour
// of Activity Monitor's graph.
func pressureLevel(level uint32) *string {
	switch level {
	case 1:
		return ptr(backend.PressureNormal)
	case 2:
		return ptr(backend.PressureWarning)
	case 4:
		return ptr(backend.PressureCritical)
	}
	return nil
}

// parseCount reads a sysctl value of 4 or 8 bytes: which it is depends on the
// system's version.
func parseCount(b []byte) (uint64, error) {
	switch len(b) {
	case 4:
		return uint64(binary.LittleEndian.Uint32(b)), nil
	case 8:
		return binary.LittleEndian.Uint64(b), nil
	}
	return 0, errors.New("a value of neither 4 nor 8 bytes")
}

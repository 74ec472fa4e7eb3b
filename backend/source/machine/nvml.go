package machine

import (
	"fmt"
	"math"

	"pilotlight/backend"
)

// What NVML's functions give and fill in, from nvml.h of CUDA 12 (the values
// and layouts are NVIDIA's promise to keep). It was read against a library of
// ours only, made from testdata/nvml.c: no NVIDIA machine was at hand (2026-11).
//
// nvidia-smi is never run: it loads the same library, so where that cannot be
// loaded nvidia-smi cannot either, and a process for each reading costs more
// than all other readings together.

// nvmlReturn is an nvmlReturn_t.
type nvmlReturn uint32

const (
	nvmlSuccess          nvmlReturn = 0
	nvmlUninitialized    nvmlReturn = 1
	nvmlNotSupported     nvmlReturn = 3
	nvmlNoPermission     nvmlReturn = 4
	nvmlInsufficientSize nvmlReturn = 7
	nvmlDriverNotLoaded  nvmlReturn = 9
	nvmlTimeout          nvmlReturn = 10
	nvmlFunctionMissing  nvmlReturn = 13
	nvmlGPUIsLost        nvmlReturn = 15
	nvmlResetRequired    nvmlReturn = 16
	nvmlVersionMismatch  nvmlReturn = 18
	nvmlGPUNotFound      nvmlReturn = 28
)

// Error says what the code means for a person.
func (r nvmlReturn) Error() string {
	switch r {
	case nvmlUninitialized:
		return "the library has been shut down"
	case nvmlNotSupported:
		return "this GPU does not tell it"
	case nvmlNoPermission:
		return "the driver does not let this user"
	case nvmlDriverNotLoaded:
		return "NVIDIA's driver is not running"
	case nvmlTimeout:
		return "the driver does not answer"
	case nvmlFunctionMissing:
		return "NVIDIA's library lacks the function"
	case nvmlGPUIsLost, nvmlGPUNotFound:
		return "the GPU fell off the bus"
	case nvmlResetRequired:
		return "the GPU must be reset"
	case nvmlVersionMismatch:
		return "NVIDIA's library and driver are of different versions; restart the machine after a driver update"
	}
	return fmt.Sprintf("NVML error %d", uint32(r))
}

// note is what a code says about a whole GPU, "" for nothing.
func (r nvmlReturn) note() string {
	switch r {
	case nvmlGPUIsLost, nvmlGPUNotFound, nvmlResetRequired:
		return backend.GPULost
	case nvmlNoPermission:
		return backend.GPUDenied
	}
	return ""
}

// nvmlMemoryV2 is an nvmlMemory_v2_t, in bytes. Unlike the first version it
// does not count what the driver reserves as used, as nvidia-smi does not.
type nvmlMemoryV2 struct {
	version               uint32
	_                     uint32
	total, reserved, free uint64
	used                  uint64
}

// nvmlMemoryV2Version is nvmlMemory_v2: the structure's size and its version.
const nvmlMemoryV2Version = 40 | 2<<24

// nvmlMemoryV1 is an nvmlMemory_t, in bytes.
type nvmlMemoryV1 struct{ total, free, used uint64 }

// nvmlUtilization is an nvmlUtilization_t, in percent over the driver's own
// last period of up to a second.
type nvmlUtilization struct{ gpu, memory uint32 }

// nvmlProcess is an nvmlProcessInfo_v2_t.
type nvmlProcess struct {
	pid       uint32
	_         uint32
	usedBytes uint64
	instances [2]uint32 // of MIG
}

// nvmlNotAvailable stands for what the driver does not tell, as where the
// display's driver model keeps the memory.
const nvmlNotAvailable = math.MaxUint64

// setMemory takes sizes that make sense. Parts without memory of their own
// (Grace, GB10) say not supported, or nothing of nothing.
func setMemory(g *backend.GPU, used, total uint64) {
	if total == 0 || total > math.MaxInt64 || used > total {
		return
	}
	g.MemoryUsedBytes, g.MemoryTotalBytes = ptr(int64(used)), ptr(int64(total))
}

// setUtilization takes percent; a GPU that is split (MIG) does not tell it.
func setUtilization(g *backend.GPU, percent uint32) {
	if percent <= 100 {
		g.Utilization = ptr(float64(percent) / 100)
	}
}

// hottest and strongest bound what is believed, in °C and mW.
const (
	hottest   = 150
	strongest = 5_000_000
)

func setTemperature(g *backend.GPU, celsius uint32) {
	if celsius > 0 && celsius <= hottest {
		g.TemperatureCelsius = ptr(float64(celsius))
	}
}

func setPower(g *backend.GPU, milliwatts uint32) {
	if milliwatts <= strongest {
		g.PowerWatts = ptr(float64(milliwatts) / 1000)
	}
}

// addProcesses adds what processes have on one GPU. A process that computes and
// draws is in both lists with all it has, so the lists of one GPU make a
// maximum, the GPUs a sum.
func addProcesses(all map[int]int64, lists ...[]nvmlProcess) {
	here := make(map[int]int64)
	for _, list := range lists {
		for _, p := range list {
			if p.usedBytes != nvmlNotAvailable && p.usedBytes <= math.MaxInt64 {
				here[int(p.pid)] = max(here[int(p.pid)], int64(p.usedBytes))
			}
		}
	}
	for pid, bytes := range here {
		all[pid] += bytes
	}
}

// cString is what a C function wrote, up to the first zero byte.
func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

package machine

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// What macOS's kernel fills in about a process, as bytes.

// parseProcArgs reads sysctl kern.procargs2: the count of arguments, the
// program's path, zeros, then each argument with a zero behind it. After them
// comes the environment, which is not ours to read.
func parseProcArgs(b []byte) (exe string, args []string, err error) {
	if len(b) < 5 {
		return "", nil, errors.New("kern.procargs2 is shorter than it should be")
	}
	n := int(int32(binary.LittleEndian.Uint32(b)))
	path, rest, ok := bytes.Cut(b[4:], []byte{0})
	if !ok || n < 0 {
		return "", nil, errors.New("kern.procargs2 is cut off")
	}
	rest = bytes.TrimLeft(rest, "\x00")
	for range min(n, maxArgs) {
		arg, more, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			break // more than the kernel had room for
		}
		args, rest = append(args, strings.Clone(string(arg))), more
	}
	return string(path), args, nil
}

// Offsets in struct rusage_info_v2 of <sys/resource.h>, which begins with 16
// bytes of UUID.
const (
	rusageUser      = 16
	rusageSystem    = 24
	rusageFootprint = 72
	rusageStarted   = 80
	rusageSize      = 160
)

// timebase turns the kernel's own time units into nanoseconds: 125/3 on Apple
// silicon, 1/1 on Intel.
type timebase struct{ numer, denom uint32 }

// duration is 0 where the timebase is not known.
func (t timebase) duration(units uint64) time.Duration {
	if t.denom == 0 {
		return 0
	}
	// In two parts, since the product of a year does not fit.
	whole, rest := units/uint64(t.denom), units%uint64(t.denom)
	return time.Duration(whole*uint64(t.numer) + rest*uint64(t.numer)/uint64(t.denom))
}

// parseRusage reads what proc_pid_rusage fills in. The footprint is Activity
// Monitor's column Memory; unlike the resident set it counts what is mapped for
// the GPU.
func parseRusage(b []byte, t timebase) (usage, error) {
	if len(b) < rusageSize {
		return usage{}, errors.New("proc_pid_rusage gave less than it should")
	}
	at := func(offset int) uint64 { return binary.LittleEndian.Uint64(b[offset:]) }
	footprint := at(rusageFootprint)
	if footprint > maxBytes {
		return usage{}, errors.New("the process's footprint makes no sense")
	}
	return usage{started: at(rusageStarted), memory: int64(footprint), cpu: t.duration(at(rusageUser) + at(rusageSystem))}, nil
}

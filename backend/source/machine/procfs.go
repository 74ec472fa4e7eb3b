package machine

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
	"time"
)

// The files of /proc/PID (proc(5)). gopsutil reads them too, but several for
// every figure, and its process table costs milliseconds.

// clockTick is the unit of times in /proc: USER_HZ is 100 on every system that
// Go runs on.
const clockTick = 10 * time.Millisecond

// parseStat reads the processor time and the start, in ticks since boot, of
// /proc/PID/stat. The program's name stands in parentheses and may hold
// anything, parentheses and spaces too.
func parseStat(b []byte) (cpu time.Duration, started uint64, err error) {
	_, rest, ok := strings.Cut(string(b[bytes.LastIndexByte(b, ')')+1:]), " ")
	f := strings.Fields(rest)
	const utime, stime, starttime = 14 - 3, 15 - 3, 22 - 3 // field 3 comes first here
	if !ok || len(f) <= starttime {
		return 0, 0, errors.New("the process's state cannot be read")
	}
	if f[0] == "Z" || f[0] == "X" {
		return 0, 0, errors.New("the process has ended")
	}
	var n [3]uint64
	for i, field := range []int{utime, stime, starttime} {
		if n[i], err = strconv.ParseUint(f[field], 10, 63); err != nil {
			return 0, 0, err
		}
	}
	return time.Duration(n[0]+n[1]) * clockTick, n[2], nil
}

// parseStatm reads the resident set of /proc/PID/statm, in bytes.
func parseStatm(b []byte, page int) (int64, error) {
	f := strings.Fields(string(b))
	if len(f) < 2 {
		return 0, errors.New("the process's memory cannot be read")
	}
	pages, err := strconv.ParseInt(f[1], 10, 64)
	if err != nil || pages < 0 || pages > maxBytes/int64(page) {
		return 0, errors.New("the process's memory makes no sense")
	}
	return pages * int64(page), nil
}

// splitArgs takes apart what /proc/PID/cmdline has: each argument ends with a
// zero, a title that a program gave itself fills the first and leaves zeros.
func splitArgs(b []byte) []string {
	s := strings.TrimRight(string(b), "\x00")
	if s == "" {
		return nil
	}
	args := strings.Split(s, "\x00")
	return args[:min(len(args), maxArgs)]
}

// maxArgs is how many arguments are looked at.
const maxArgs = 64

// drmClient is what a program's handle of a graphics card says of it in
// /proc/PID/fdinfo (kernel documentation: gpu/drm-usage-stats.rst).
type drmClient struct {
	id    string // the card and the client: several handles may be of one
	bytes int64  // resident in the card's own memory
}

// parseFDInfo reads a handle. Newer kernels tell what is resident, older ones
// one figure for each place; RAM that is mapped for the card (gtt, system) is
// counted with the process already.
func parseFDInfo(b []byte) (drmClient, bool) {
	var c drmClient
	var card, client string
	resident, whole := int64(-1), int64(-1)
	for line := range strings.Lines(string(b)) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		value = strings.TrimSpace(value)
		switch {
		case key == "drm-pdev":
			card = value
		case key == "drm-client-id":
			client = value
		case strings.HasPrefix(key, "drm-resident-vram"), strings.HasPrefix(key, "drm-resident-local"):
			resident = max(resident, 0) + sizeWithUnit(value)
		case strings.HasPrefix(key, "drm-memory-vram"), strings.HasPrefix(key, "drm-memory-local"):
			whole = max(whole, 0) + sizeWithUnit(value)
		}
	}
	if c.bytes = resident; resident < 0 {
		c.bytes = whole
	}
	c.id = card + " " + client
	return c, client != "" && c.bytes >= 0
}

// sizeWithUnit is "123 KiB" in bytes, 0 where it is no size.
func sizeWithUnit(s string) int64 {
	number, unit, _ := strings.Cut(s, " ")
	n, err := strconv.ParseInt(number, 10, 64)
	shift, known := map[string]uint{"": 0, "KiB": 10, "MiB": 20}[unit] // no other is written
	if err != nil || !known || n < 0 || n > maxBytes>>shift {
		return 0
	}
	return n << shift
}

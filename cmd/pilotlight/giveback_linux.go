package main

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// giveBackPages returns the pages of the program that only the start, or the
// reading of a page, needed: more than half of it and of GTK is never run again,
// and the memory is the models'. The kernel would take those pages when it runs
// short; this is before that. What other programs use too stays where it is
// (madvise(2), MADV_PAGEOUT, Linux 5.4), and what is needed after all comes back
// by itself, page by page (MADV_RANDOM): reading ahead would bring the neighbours
// back too, 4 MB of them. Nothing depends on it, so a kernel that refuses is none of our
// business.
func giveBackPages() {
	trimHeaps()
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		var from, to uintptr
		var mode, offset, device string
		var inode uint64
		if _, err := fmt.Sscanf(line, "%x-%x %s %s %s %d", &from, &to, &mode, &offset, &device, &inode); err != nil {
			continue
		}
		// Files, and of them what is never written: nothing has to be saved.
		if inode == 0 || strings.Contains(mode, "w") {
			continue
		}
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_PAGEOUT)
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_RANDOM)
	}
}

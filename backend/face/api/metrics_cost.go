package api

import (
	"fmt"
	"os"
	"runtime"
	"time"

	"golang.org/x/sys/unix"

	"pilotlight/backend"
)

// writeCost writes what the agent itself costs, under the names that Prometheus'
// own clients use. What this system does not tell is left out.
func writeCost(x *exposition, st *backend.Status) {
	var use unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &use) == nil {
		cpu := time.Duration(use.Utime.Nano() + use.Stime.Nano())
		x.counter("process_cpu_seconds_total", "Processor time that the agent used.", cpu.Seconds())
	}
	if rss, ok := resident(st.Machine); ok {
		x.gauge("process_resident_memory_bytes", "The agent's resident memory.", float64(rss))
	}
	x.gauge("process_start_time_seconds", "When the agent started, as Unix time.", float64(st.StartedAt.UnixMilli())/1000)
	if files, err := os.ReadDir("/dev/fd"); err == nil {
		x.gauge("process_open_fds", "Files that the agent has open.", float64(len(files)-1)) // the folder itself was one
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	x.gauge("go_memstats_heap_inuse_bytes", "Go's heap in use.", float64(mem.HeapInuse))
	x.gauge("go_goroutines", "Goroutines of the agent.", float64(runtime.NumGoroutine()))
}

// resident is the agent's memory in bytes: as Linux tells it, elsewhere as it was
// last sampled (proc_pid_statm(5): the second figure, in pages).
func resident(s *backend.Sample) (int64, bool) {
	var all, pages int64
	if raw, err := os.ReadFile("/proc/self/statm"); err == nil {
		if _, err := fmt.Sscan(string(raw), &all, &pages); err == nil {
			return pages * int64(os.Getpagesize()), true
		}
	}
	if s != nil {
		for _, p := range s.Processes {
			if p.PID == os.Getpid() {
				return p.MemoryBytes, true
			}
		}
	}
	return 0, false
}

package api

import (
	"os"
	"runtime"
	"time"

	"github.com/shirou/gopsutil/v3/process"
	"golang.org/x/sys/unix"
)

// writeCost writes what the agent itself costs, under the names that Prometheus'
// own clients use. What this system does not tell is left out.
func writeCost(x *exposition) {
	var use unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &use) == nil {
		cpu := time.Duration(use.Utime.Nano() + use.Stime.Nano())
		x.counter("process_cpu_seconds_total", "Processor time that the agent used.", cpu.Seconds())
	}
	if self, err := process.NewProcess(int32(os.Getpid())); err == nil {
		if mem, err := self.MemoryInfo(); err == nil {
			x.gauge("process_resident_memory_bytes", "The agent's resident memory.", float64(mem.RSS))
		}
		if at, err := self.CreateTime(); err == nil {
			x.gauge("process_start_time_seconds", "When the agent started, as Unix time.", float64(at)/1000)
		}
		if n, err := self.NumFDs(); err == nil && n > 0 {
			x.gauge("process_open_fds", "Files that the agent has open.", float64(n))
		}
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	x.gauge("go_memstats_heap_inuse_bytes", "Go's heap in use.", float64(mem.HeapInuse))
	x.gauge("go_goroutines", "Goroutines of the agent.", float64(runtime.NumGoroutine()))
}

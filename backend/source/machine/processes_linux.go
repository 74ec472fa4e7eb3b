package machine

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// procTable reads a folder /proc.
type procTable struct {
	proc string
	page int
}

func newProcessTable(o Options) processTable { return procTable{o.Proc, os.Getpagesize()} }

func (procTable) source() string { return "procfs" }

func (t procTable) file(pid int, name string) string {
	return filepath.Join(t.proc, strconv.Itoa(pid), name)
}

func (t procTable) pids() ([]int, error) {
	d, err := os.Open(t.proc)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	names, err := d.Readdirnames(-1) // ReadDir would ask for the kind of each
	if err != nil {
		return nil, err
	}
	pids := make([]int, 0, len(names))
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && pid > 0 {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// describe reads the arguments of everybody's processes, but the program's path
// of our own user's only; for others the first argument has to do. The kernel's
// threads have no arguments.
func (t procTable) describe(pid int) (string, []string, bool) {
	b, err := os.ReadFile(t.file(pid, "cmdline"))
	args := splitArgs(b)
	if err != nil || len(args) == 0 {
		return "", nil, false
	}
	exe, err := os.Readlink(t.file(pid, "exe"))
	if err != nil {
		exe = args[0]
	}
	return strings.TrimSuffix(exe, " (deleted)"), args, true // as after an update
}

func (t procTable) measure(pid int) (usage, error) {
	var u usage
	b, err := os.ReadFile(t.file(pid, "stat"))
	if err != nil {
		return u, err
	}
	if u.cpu, u.started, err = parseStat(b); err != nil {
		return u, err
	}
	if b, err = os.ReadFile(t.file(pid, "statm")); err != nil {
		return u, err
	}
	u.memory, err = parseStatm(b, t.page)
	return u, err
}

// gpuMemory adds up what a process has in the memory of AMD's and Intel's
// cards, nil where it has no handle of one. NVIDIA's driver tells through NVML.
func (t procTable) gpuMemory(pid int) *int64 {
	fds, err := os.ReadDir(t.file(pid, "fd"))
	if err != nil {
		return nil
	}
	clients := make(map[string]int64)
	for _, fd := range fds {
		to, err := os.Readlink(t.file(pid, "fd/"+fd.Name()))
		if err != nil || !strings.HasPrefix(to, "/dev/dri/") {
			continue
		}
		b, err := os.ReadFile(t.file(pid, "fdinfo/"+fd.Name()))
		if err != nil {
			continue
		}
		if c, ok := parseFDInfo(b); ok {
			clients[c.id] = c.bytes
		}
	}
	if len(clients) == 0 {
		return nil
	}
	sum := int64(0)
	for _, bytes := range clients {
		sum += bytes
	}
	return &sum
}

package machine

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"pilotlight/backend"
)

// A container sees the whole machine in /proc/meminfo, but gets no more than
// its control group's limit (kernel documentation: admin-guide/cgroup-v2.rst,
// cgroup-v1/memory.rst). What counts is a limit on a group that holds the
// models' programs as well as ours: a container or a slice, not our own unit.

// group is a control group's folder, and which version's files lie in it.
type group struct {
	dir string
	v2  bool
}

// groups finds the folders from our own memory group up to the topmost that can
// be seen, given /proc/self/cgroup and /proc/self/mountinfo.
func groups(self, mounts string) []group {
	for _, v2 := range []bool{false, true} { // on a hybrid system memory is v1's
		at, ok := memoryGroup(self, v2)
		if !ok {
			continue
		}
		root, mount, ok := groupMount(mounts, v2)
		if !ok {
			continue
		}
		// In a container the mount begins at the container's group, of which the
		// path may or may not tell.
		rel, under := strings.CutPrefix(at, strings.TrimSuffix(root, "/"))
		if !under || rel != "" && rel[0] != '/' || strings.HasPrefix(rel, "/..") {
			rel = ""
		}
		var found []group
		for rel = path.Clean("/" + rel); ; rel = path.Dir(rel) {
			if !ownUnit(path.Base(rel)) {
				found = append(found, group{filepath.Join(mount, rel), v2})
			}
			if rel == "/" {
				return found
			}
		}
	}
	return nil
}

// ownUnit says that a group is a service's or a scope's of systemd, which holds
// one program. Container engines name their scopes after themselves.
func ownUnit(name string) bool {
	if scope, ok := strings.CutSuffix(name, ".scope"); ok {
		for _, engine := range []string{"docker-", "libpod-", "crio-", "cri-containerd-", "nerdctl-", "machine-"} {
			if strings.HasPrefix(scope, engine) {
				return false
			}
		}
		return true
	}
	return strings.HasSuffix(name, ".service")
}

// memoryGroup is our path in the hierarchy that rules memory.
func memoryGroup(self string, v2 bool) (string, bool) {
	for line := range strings.Lines(self) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		if len(f) != 3 {
			continue
		}
		if v2 && f[0] == "0" && f[1] == "" {
			return f[2], true
		}
		if !v2 && hasWord(f[1], "memory") {
			return f[2], true
		}
	}
	return "", false
}

// groupMount is where the hierarchy is mounted, and which of its groups the
// mount begins at. A line of mountinfo has its fields before " - ", and the
// type, source and options of the file system behind (proc_pid_mountinfo(5)).
func groupMount(mounts string, v2 bool) (root, mount string, ok bool) {
	for line := range strings.Lines(mounts) {
		before, behind, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " - ")
		f, fs := strings.Fields(before), strings.Fields(behind)
		if len(f) < 6 || len(fs) < 3 {
			continue
		}
		if v2 && fs[0] == "cgroup2" || !v2 && fs[0] == "cgroup" && hasWord(fs[2], "memory") {
			return f[3], f[4], true
		}
	}
	return "", "", false
}

func hasWord(list, word string) bool {
	for w := range strings.SplitSeq(list, ",") {
		if w == word {
			return true
		}
	}
	return false
}

// limited is what a control group allows and uses, in bytes.
type limited struct {
	group
	limit, used int64
	cached      int64
	swap        *int64
}

// tightest reads the groups and gives the one with the least limit below ram,
// the machine's own size; none where nothing is limited.
func tightest(found []group, ram int64) (limited, bool) {
	var best limited
	ok := false
	for _, g := range found {
		// No limit is "max" in v2 and a number near 2^63 in v1; the root has no file.
		if limit, err := g.number("memory.limit_in_bytes", "memory.max"); err == nil && limit > 0 && limit < ram && (!ok || limit < best.limit) {
			best, ok = limited{group: g, limit: limit}, true
		}
	}
	if !ok || best.read() != nil {
		return limited{}, false
	}
	return best, true
}

// read takes the usage. Cache that nobody has used lately can go at once, so
// it is no use of memory (the working set, as cAdvisor and Kubernetes reckon it).
func (l *limited) read() error {
	usage, err := l.number("memory.usage_in_bytes", "memory.current")
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(l.dir, "memory.stat"))
	if err != nil {
		return err
	}
	stat := keyed(string(b))
	prefix := "total_"
	if l.v2 {
		prefix = ""
	}
	l.cached = min(stat[prefix+"inactive_file"], usage)
	l.used = min(usage-l.cached, l.limit)
	if l.v2 {
		if swap, err := l.number("", "memory.swap.current"); err == nil {
			l.swap = &swap
		}
	} else if swap, ok := stat["total_swap"]; ok {
		l.swap = &swap
	}
	return nil
}

func (g group) number(v1, v2 string) (int64, error) {
	name := v1
	if g.v2 {
		name = v2
	}
	b, err := os.ReadFile(filepath.Join(g.dir, name))
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(b)), 10, 64)
	if err != nil || n < 0 {
		return 0, errors.New(name + " is no size")
	}
	return n, nil
}

// keyed reads lines of a name and a number.
func keyed(text string) map[string]int64 {
	all := make(map[string]int64)
	for line := range strings.Lines(text) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if n, err := strconv.ParseInt(value, 10, 64); err == nil && n >= 0 {
			all[key] = n
		}
	}
	return all
}

// within is the machine's memory as a program in that group has it.
func (l limited) within(m *backend.Memory) *backend.Memory {
	available := l.limit - l.used
	if m.AvailableBytes != nil {
		available = min(available, *m.AvailableBytes) // the machine may have less than the group may take
	}
	source := "cgroup"
	if l.v2 {
		source = "cgroup2"
	}
	return &backend.Memory{
		TotalBytes: l.limit, PhysicalBytes: ptr(m.TotalBytes), UsedBytes: l.used, AvailableBytes: &available,
		CachedBytes: ptr(l.cached), FreeBytes: ptr(max(0, l.limit-l.used-l.cached)), SwapUsedBytes: l.swap,
		Pressure: m.Pressure, Source: source,
	}
}

package machine

import (
	"path/filepath"
	"strings"
	"testing"

	"pilotlight/backend"
)

const (
	v2Mount = "31 24 0:26 / %s/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
	v1Mount = "32 31 0:29 /docker/3f9a %s/cgroup/memory rw - cgroup cgroup rw,memory\n33 31 0:30 / %[1]s/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
)

func mounts(dir string, lines string) string {
	return "22 27 0:21 / /proc rw - proc proc rw\n" + strings.NewReplacer("%[1]s", dir, "%s", dir).Replace(lines)
}

func TestLimitOfAContainer(t *testing.T) {
	const gib = 1 << 30
	for name, tc := range map[string]struct {
		self, mounts string
		files        map[string]string
		want         *backend.Memory
	}{
		"v2, the container's own root": {
			self: "0::/\n", mounts: v2Mount,
			files: map[string]string{
				"cgroup/memory.max": "17179869184\n", "cgroup/memory.current": "9663676416\n", "cgroup/memory.swap.current": "1048576\n",
				"cgroup/memory.stat": "anon 4294967296\nfile 5368709120\ninactive_file 3221225472\nactive_file 2147483648\n",
			},
			want: &backend.Memory{
				TotalBytes: 16 * gib, PhysicalBytes: ptr(int64(64 * gib)), UsedBytes: 6 * gib, AvailableBytes: ptr(int64(10 * gib)),
				CachedBytes: ptr(int64(3 * gib)), FreeBytes: ptr(int64(7 * gib)), SwapUsedBytes: ptr(int64(1 << 20)), Source: "cgroup2",
			},
		},
		"v1, docker": {
			self: "4:memory:/docker/3f9a\n3:cpuset:/\n", mounts: v1Mount,
			files: map[string]string{
				"cgroup/memory/memory.limit_in_bytes": "8589934592\n", "cgroup/memory/memory.usage_in_bytes": "8589934592\n",
				"cgroup/memory/memory.stat": "inactive_file 1\ntotal_inactive_file 4294967296\ntotal_swap 0\n",
			},
			want: &backend.Memory{
				TotalBytes: 8 * gib, PhysicalBytes: ptr(int64(64 * gib)), UsedBytes: 4 * gib, AvailableBytes: ptr(int64(4 * gib)),
				CachedBytes: ptr(int64(4 * gib)), FreeBytes: ptr(int64(0)), SwapUsedBytes: ptr(int64(0)), Source: "cgroup",
			},
		},
		"v1 without a limit": {
			self: "4:memory:/process/1\n", mounts: strings.Replace(v1Mount, "/docker/3f9a", "/", 1),
			files: map[string]string{"cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "cgroup/memory/process/1/memory.limit_in_bytes": "9223372036854771712\n"},
		},
		"v2 without a limit": {self: "0::/app\n", mounts: v2Mount, files: map[string]string{"cgroup/app/memory.max": "max\n"}},
		"our own service's limit says nothing of the models": {
			self: "0::/user.slice/user-1000.slice/user@1000.service/app.slice/pilotlight.service\n", mounts: v2Mount,
			files: map[string]string{"cgroup/user.slice/user-1000.slice/user@1000.service/app.slice/pilotlight.service/memory.max": "104857600\n"},
		},
		"a container's scope, seen from the machine's own groups": {
			self: "0::/machine.slice/libpod-12.scope\n", mounts: v2Mount,
			files: map[string]string{
				"cgroup/machine.slice/libpod-12.scope/memory.max": "4294967296\n", "cgroup/machine.slice/libpod-12.scope/memory.current": "1073741824\n",
				"cgroup/machine.slice/libpod-12.scope/memory.stat": "inactive_file 0\n", "cgroup/machine.slice/memory.max": "8589934592\n",
			},
			want: &backend.Memory{
				TotalBytes: 4 * gib, PhysicalBytes: ptr(int64(64 * gib)), UsedBytes: gib, AvailableBytes: ptr(int64(3 * gib)),
				CachedBytes: ptr(int64(0)), FreeBytes: ptr(int64(3 * gib)), Source: "cgroup2",
			},
		},
		"a path outside of what is mounted": {self: "0::/../../other\n", mounts: v2Mount, files: map[string]string{"other/memory.max": "1\n", "cgroup/memory.max": "max\n"}},
		"a limit without figures":           {self: "0::/\n", mounts: v2Mount, files: map[string]string{"cgroup/memory.max": "4294967296\n"}},
		"a limit above the RAM":             {self: "0::/\n", mounts: v2Mount, files: map[string]string{"cgroup/memory.max": "137438953472\n"}},
		"garbage":                           {self: "0:\n::\nx\n0::/\n", mounts: "a b c\n - \n" + v2Mount, files: map[string]string{"cgroup/memory.max": "-5\n"}},
		"nothing mounted":                   {self: "0::/\n", mounts: ""},
	} {
		dir := t.TempDir()
		write(t, dir, tc.files)
		machine := &backend.Memory{TotalBytes: 64 * gib, UsedBytes: 20 * gib, AvailableBytes: ptr(int64(40 * gib)), Source: "gopsutil"}
		l, ok := tightest(groups(tc.self, mounts(dir, tc.mounts)), machine.TotalBytes)
		if ok != (tc.want != nil) {
			t.Errorf("%s: limited %v: %+v", name, ok, l)
			continue
		}
		if ok {
			t.Log(name)
			same(t, l.within(machine), tc.want)
		}
	}
}

// TestGroupsClimb: from our own group to the topmost that is seen.
func TestGroupsClimb(t *testing.T) {
	got := groups("0::/user.slice/app.slice/run-1.scope\n", mounts("/sys", v2Mount))
	same(t, dirs(got), []string{"/sys/cgroup/user.slice/app.slice", "/sys/cgroup/user.slice", "/sys/cgroup"})
	// A hybrid system rules memory with v1.
	got = groups("4:cpu,memory:/a\n0::/b\n", mounts("/sys", "1 1 0:1 / %s/one rw - cgroup none rw,cpu,memory\n"+v2Mount))
	same(t, dirs(got), []string{"/sys/one/a", "/sys/one"})
}

func dirs(all []group) []string {
	var out []string
	for _, g := range all {
		out = append(out, filepath.ToSlash(g.dir))
	}
	return out
}

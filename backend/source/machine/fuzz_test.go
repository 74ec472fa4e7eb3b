package machine

import (
	"strings"
	"testing"
	"unicode"

	"pilotlight/backend"
)

// FuzzIORegistry holds what a dashboard may take for granted of GPUs, whatever a
// driver, or who stands in for ioreg, prints.
func FuzzIORegistry(f *testing.F) {
	for _, s := range []string{
		"", registry(m4 + statistics("21", "351141888", "1574862848")), registry(iris+statistics("3", "100", "200"), egpu),
		registry(m4 + statistics("-3", "18446744073709551615", "0")), `<plist version="1.0"><array/></plist>`, "bplist00\xd0", "{a=(<0fbd>);}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = parseStatistics(b)
		all, err := parseIORegistry(b)
		if err != nil && all != nil {
			t.Fatalf("an error and a list: %v", err)
		}
		ids := map[string]bool{}
		for _, g := range gpusOf(all, "test", ptr(int64(1)), 1<<36) {
			if g.ID == "" || g.Name == "" || ids[g.ID] {
				t.Fatalf("GPU %+v", g)
			}
			ids[g.ID] = true
			if u := g.Utilization; u != nil && !(*u >= 0 && *u <= 1) {
				t.Fatalf("utilization %v", *u)
			}
			for _, n := range []*int64{g.MemoryUsedBytes, g.MemoryTotalBytes, g.MemoryLimitBytes} {
				if n != nil && *n < 0 {
					t.Fatalf("memory of %d", *n)
				}
			}
		}
		if len(ids) > maxGPUs {
			t.Fatalf("%d GPUs", len(ids))
		}
	})
}

// FuzzKernelTexts holds that no text of /proc, of a control group or of sysfs makes a
// figure that cannot be: a process writes some of them itself (its name, its
// arguments, the fdinfo of a driver).
func FuzzKernelTexts(f *testing.F) {
	for _, s := range []string{
		"", "some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=9.50 avg60=0.00 avg300=0.00 total=0\n", "some avg10=NaN",
		"7 (a) b) S 1 7 7 0 -1 4194560 1 0 0 0 12 34 0 0 20 0 1 0 5678 1 2 3", "100 50 1 1 0 1 0", "\x02\x00\x00\x00/bin/a\x00\x00a\x00--model\x00",
		"drm-pdev: 0000:03:00.0\ndrm-client-id: 7\ndrm-resident-vram0: 9 MiB\ndrm-memory-vram: 1125899906842624\n",
		"0::/user.slice/a.scope\n4:memory,cpu:/docker/x\n", "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n", "inactive_file 1\ntotal_swap -1\n",
		`{"recommended_max_working_set_bytes":498216206336}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if level, err := parsePSI(b); (err == nil) != (level == backend.PressureNormal || level == backend.PressureWarning || level == backend.PressureCritical) {
			t.Fatalf("pressure %q, %v", level, err)
		}
		if cpu, _, err := parseStat(b); err == nil && cpu < 0 {
			t.Fatalf("processor time %v", cpu)
		}
		if n, err := parseStatm(b, 4096); n < 0 || n > maxBytes || err != nil && n != 0 {
			t.Fatalf("%d bytes, %v", n, err)
		}
		if c, ok := parseFDInfo(b); ok && c.bytes < 0 {
			t.Fatalf("%+v", c)
		}
		if args := splitArgs(b); len(args) > maxArgs {
			t.Fatalf("%d arguments", len(args))
		}
		for _, g := range groups(string(b), string(b)) {
			if strings.Contains(g.dir, "/../") || strings.HasSuffix(g.dir, "/..") {
				t.Fatalf("a group outside its mount: %q", g.dir)
			}
		}
		for name, n := range keyed(string(b)) {
			if n < 0 || strings.ContainsFunc(name, unicode.IsControl) && strings.Contains(name, "\n") {
				t.Fatalf("%q is %d", name, n)
			}
		}
		if n, err := parseWorkingSet(b); (err == nil) != (n > 0 && n <= maxBytes) {
			t.Fatalf("a working set of %d, %v", n, err)
		}
	})
}

// FuzzKernelBytes does the same for what macOS's kernel fills in.
func FuzzKernelBytes(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00/bin/a\x00\x00a\x00--model\x00"), uint32(125), uint32(3))
	f.Add(make([]byte, 160), uint32(1), uint32(1))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, uint32(0), uint32(0))
	f.Fuzz(func(t *testing.T, b []byte, numer, denom uint32) {
		if exe, args, err := parseProcArgs(b); len(args) > maxArgs || err != nil && (exe != "" || args != nil) {
			t.Fatalf("%q, %d arguments, %v", exe, len(args), err)
		}
		if u, err := parseRusage(b, timebase{numer, denom}); err == nil && (u.memory < 0 || u.memory > maxBytes) {
			t.Fatalf("%+v", u)
		}
		if used, err := parseSwapUsage(b); used < 0 || err != nil && used != 0 {
			t.Fatalf("%d of swap, %v", used, err)
		}
		_, _ = parseCount(b)
		pages, err := parseVMStat(b)
		if err != nil {
			return
		}
		const total = 64 << 30
		m, err := pages.memory(16384, total)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []*int64{&m.UsedBytes, m.AvailableBytes, m.AppBytes, m.WiredBytes, m.CompressedBytes, m.CachedBytes, m.FreeBytes} {
			if *n < 0 || *n > total {
				t.Fatalf("%+v", m)
			}
		}
	})
}

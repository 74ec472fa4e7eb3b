package machine

import (
	"encoding/binary"
	"testing"
	"time"

	"pilotlight/backend"
)

func TestPressureFromPSI(t *testing.T) {
	for text, want := range map[string]string{
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=1085386\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=245287\n": backend.PressureNormal,
		"some avg10=0.99 avg60=9.00 avg300=9.00 total=1\nfull avg10=0.20 avg60=0.00 avg300=0.00 total=1\n":            backend.PressureNormal,
		"some avg10=1.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.50 avg60=0.00 avg300=0.00 total=1\n":            backend.PressureWarning,
		"some avg10=64.10 avg60=0.00 avg300=0.00 total=1\nfull avg10=5.00 avg60=0.00 avg300=0.00 total=1\n":           backend.PressureWarning,
		"some avg10=64.10 avg60=0.00 avg300=0.00 total=1\nfull avg10=5.01 avg60=0.00 avg300=0.00 total=1\n":           backend.PressureCritical,
		"some avg10=2.00 avg60=0.00 avg300=0.00 total=1\n":                                                            backend.PressureWarning, // kernels before 5.13 in a group
		"":                             "",
		"full avg10=9.00 total=1\n":    "",
		"some avg10=bananas total=1\n": "",
		"some avg10=-1 total=1\n":      "",
		"some avg60=1 avg10=1\n":       "",
		"some avg10=NaN total=1\n":     "",
	} {
		got, err := parsePSI([]byte(text))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", text, got, err, want)
		}
	}
}

// vmStat is struct vm_statistics64 as macOS fills it in.
func vmStat(pages map[int]uint32) []byte {
	b := make([]byte, 152)
	for i := range b[16:88] { // the counters between are large
		b[16+i] = 0xfe
	}
	for offset, n := range pages {
		binary.LittleEndian.PutUint32(b[offset:], n)
	}
	return b
}

// TestActivityMonitorsFormula uses a 64 GB Mac with 16 kB pages and a model of
// 24 GB wired: app + wired + compressed, and files are cache.
func TestActivityMonitorsFormula(t *testing.T) {
	const page, total = 16384, 64 << 30
	gib := func(n float64) uint32 { return uint32(n * (1 << 30) / page) }
	b := vmStat(map[int]uint32{0: gib(9.5), 4: gib(13), 8: gib(12), 12: gib(26), 88: gib(0.5), 92: gib(1), 128: gib(2), 132: 7, 136: gib(10), 140: gib(16)})
	p, err := parseVMStat(b)
	if err != nil {
		t.Fatal(err)
	}
	m, err := p.memory(page, total)
	if err != nil {
		t.Fatal(err)
	}
	bytes := func(n float64) *int64 { return ptr(int64(gib(n)) * page) }
	same(t, m, &backend.Memory{
		TotalBytes: total, UsedBytes: *bytes(43.5), AvailableBytes: bytes(20.5), // 13+12+1+26+2 - 0.5 - 10
		AppBytes: bytes(15.5), WiredBytes: bytes(26), CompressedBytes: bytes(2), CachedBytes: bytes(10.5), FreeBytes: bytes(8.5),
		Source: "host_statistics64",
	})
	if _, err := parseVMStat(b[:140]); err == nil {
		t.Error("a structure that is cut off is read")
	}
	if _, err := parseVMStat(b[:144]); err != nil {
		t.Errorf("an older, shorter structure: %v", err)
	}
	if _, err := p.memory(page, 0); err == nil {
		t.Error("memory of no size")
	}
}

// TestFormulaNeverRunsUnder: the counts are not of one instant.
func TestFormulaNeverRunsUnder(t *testing.T) {
	p := vmPages{free: 5, active: 10, inactive: 10, wired: 50, speculative: 9, purgeable: 30, compressor: 10, external: 90}
	m, err := p.memory(4096, 100*4096)
	if err != nil {
		t.Fatal(err)
	}
	if m.UsedBytes != 0 || *m.AppBytes != 0 || *m.FreeBytes != 0 || *m.CachedBytes != 100*4096 || *m.AvailableBytes != 100*4096 {
		t.Errorf("%s", show(m))
	}
	p = vmPages{free: 1 << 32, active: 1 << 32, wired: 1 << 32}
	if m, err = p.memory(4096, 100*4096); err != nil || m.UsedBytes != m.TotalBytes || *m.AvailableBytes != 0 || *m.FreeBytes > m.TotalBytes {
		t.Errorf("more than there is: %s, %v", show(m), err)
	}
}

func TestSwapUsage(t *testing.T) {
	b := make([]byte, 32)
	binary.LittleEndian.PutUint64(b, 4<<30)
	binary.LittleEndian.PutUint64(b[8:], 3<<30)
	binary.LittleEndian.PutUint64(b[16:], 1<<30)
	if used, err := parseSwapUsage(b); err != nil || used != 1<<30 {
		t.Errorf("%d, %v", used, err)
	}
	if _, err := parseSwapUsage(b[:20]); err == nil {
		t.Error("cut off, and read")
	}
	binary.LittleEndian.PutUint64(b[16:], 5<<30)
	if _, err := parseSwapUsage(b); err == nil {
		t.Error("more used than there is, and read")
	}
}

func TestPressureLevelOfMacOS(t *testing.T) {
	for level, want := range map[uint32]string{0: "", 1: backend.PressureNormal, 2: backend.PressureWarning, 3: "", 4: backend.PressureCritical, 1 << 31: ""} {
		got := pressureLevel(level)
		if (got == nil) != (want == "") || got != nil && *got != want {
			t.Errorf("level %d is %s", level, show(got))
		}
	}
	for _, b := range [][]byte{{0x10, 0x27, 0, 0}, {0x10, 0x27, 0, 0, 0, 0, 0, 0}} {
		if n, err := parseCount(b); err != nil || n != 10000 {
			t.Errorf("%d bytes: %d, %v", len(b), n, err)
		}
	}
	if _, err := parseCount([]byte{1, 2}); err == nil {
		t.Error("two bytes are read")
	}
}

func ticks(user, system, idle, nice uint32) []byte {
	b := make([]byte, 16)
	for i, n := range []uint32{user, system, idle, nice} {
		binary.LittleEndian.PutUint32(b[4*i:], n)
	}
	return b
}

// TestCPUOverTime follows the counters through what happens to them.
func TestCPUOverTime(t *testing.T) {
	var c cpuTicks
	var before cpuTimes
	for _, step := range []struct {
		name  string
		after time.Duration // since the start
		b     []byte
		want  float64 // -1 for none
	}{
		{"first", 0, ticks(100, 100, 4294967000, 0), -1},
		{"a quarter, and idle begins anew", 5 * time.Second, ticks(200, 120, 64, 0), 0.25},
		{"all of it", 10 * time.Second, ticks(200, 320, 64, 100), 1},
		{"nothing happened", 15 * time.Second, ticks(200, 320, 64, 100), -1},
		{"idle", 20 * time.Second, ticks(200, 320, 1064, 100), 0},
		{"it slept for 8 hours", 8 * time.Hour, ticks(300, 320, 1064, 100), -1},
		{"then goes on", 8*time.Hour + 5*time.Second, ticks(350, 320, 1114, 100), 0.5},
		{"ran backwards", 8*time.Hour + 10*time.Second, ticks(340, 320, 1115, 100), -1},
		{"the clock was set back", 2 * time.Hour, ticks(400, 320, 1200, 100), -1},
		{"and goes on", 2*time.Hour + 2*time.Second, ticks(401, 320, 1209, 100), 0.1},
	} {
		now, err := c.next(step.b, start.Add(step.after))
		if err != nil {
			t.Fatal(err)
		}
		got := now.use(before, 5*time.Second)
		if (got == nil) != (step.want < 0) || got != nil && (got.Utilization-step.want > 1e-9 || step.want-got.Utilization > 1e-9) {
			t.Errorf("%s: %s, want %v", step.name, show(got), step.want)
		}
		before = now
	}
	if _, err := c.next(make([]byte, 12), start); err == nil {
		t.Error("cut off, and read")
	}
}

func TestBetween(t *testing.T) {
	mono := time.Now() // has a monotonic reading, as a real clock's times have
	for name, tc := range map[string]struct {
		before, now time.Time
		want        time.Duration // 0 for none
	}{
		"never read": {time.Time{}, start, 0},
		"a period":   {start, start.Add(5 * time.Second), 5 * time.Second},
		"three":      {start, start.Add(15 * time.Second), 15 * time.Second},
		"more":       {start, start.Add(16 * time.Second), 0},
		"a day":      {start, start.Add(24 * time.Hour), 0},
		"back":       {start, start.Add(-time.Second), 0},
		"at once":    {start, start, 0},
		"monotonic":  {mono, mono.Add(5 * time.Second), 5 * time.Second},
	} {
		got, ok := between(tc.before, tc.now, 5*time.Second)
		if ok != (tc.want != 0) || ok && got != tc.want {
			t.Errorf("%s: %v, %v; want %v", name, got, ok, tc.want)
		}
	}
}

// TestClocksApart: the monotonic clock stands still while the machine sleeps.
func TestClocksApart(t *testing.T) {
	for name, tc := range map[string]struct {
		ran, wall time.Duration
		want      bool
	}{
		"alike":                  {5 * time.Second, 5 * time.Second, true},
		"the wall clock trimmed": {5 * time.Second, 6 * time.Second, true},
		"slept for 8 hours":      {5 * time.Second, 8 * time.Hour, false},
		"slept for a moment":     {time.Second, 4 * time.Second, false},
		"set back an hour":       {5 * time.Second, -time.Hour, false},
		"set back a little":      {9 * time.Second, 2 * time.Second, true},
		"a late look":            {time.Minute, time.Minute, false},
	} {
		if got := steady(tc.ran, tc.wall, 5*time.Second); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

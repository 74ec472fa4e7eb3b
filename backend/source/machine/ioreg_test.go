package machine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"howett.net/plist"

	"pilotlight/backend"
)

// statistics is what an M-series driver tells. The key that ends in "(driver)"
// comes first and is no part of what is in use.
func statistics(device, inUse, alloc string) string {
	return `<key>PerformanceStatistics</key><dict>
		<key>In use system memory (driver)</key><integer>0</integer>
		<key>Alloc system memory</key><integer>` + alloc + `</integer>
		<key>Tiler Utilization %</key><integer>20</integer>
		<key>recoveryCount</key><integer>0</integer>
		<key>lastRecoveryTime</key><integer>0</integer>
		<key>Renderer Utilization %</key><integer>19</integer>
		<key>TiledSceneBytes</key><integer>98304</integer>
		<key>Device Utilization %</key><integer>` + device + `</integer>
		<key>SplitSceneCount</key><integer>0</integer>
		<key>In use system memory</key><integer>` + inUse + `</integer></dict>`
}

func registry(entries ...string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><array><dict>` + strings.Join(entries, "</dict><dict>") + "</dict></array></plist>\n"
}

const (
	m4      = `<key>IOClass</key><string>AGXAcceleratorG16G</string><key>model</key><string>Apple M4</string><key>gpu-core-count</key><integer>10</integer>`
	m3Ultra = `<key>model</key><string>Apple M3 Ultra</string><key>IOClass</key><string>AGXAcceleratorG15X</string>`
	// Intel's driver gives the model as bytes that end with a zero.
	iris = `<key>IOClass</key><string>IntelAccelerator</string><key>model</key><data>SW50ZWwgSXJpcyBQbHVzAA==</data>`
	egpu = `<key>IOClass</key><string>AMDRadeonX6000_AMDNavi21GraphicsAccelerator</string><key>model</key><string>AMD Radeon RX 6800 XT</string>
		<key>PerformanceStatistics</key><dict><key>vramUsedBytes</key><integer>3221225472</integer><key>GPU Activity(%)</key><integer>55</integer>
		<key>Temperature(C)</key><integer>61</integer><key>Fan Speed(%)</key><integer>30</integer><key>Core Clock(MHz)</key><integer>2100</integer></dict>`
)

func TestIORegistry(t *testing.T) {
	limit := ptr(int64(498216206336)) // of a 512 GB M3 Ultra
	apple := func(class, model string, use float64, inUse int64) backend.GPU {
		return backend.GPU{
			ID: class + "#0", Name: model, Vendor: "apple", Utilization: &use, MemoryUsedBytes: &inUse,
			MemoryTotalBytes: ptr(int64(512 << 30)), MemoryLimitBytes: limit, Source: "ioreg",
		}
	}
	for name, tc := range map[string]struct {
		in   string
		want []backend.GPU
	}{
		"normal":               {registry(m4 + statistics("21", "351141888", "1574862848")), []backend.GPU{apple("AGXAcceleratorG16G", "Apple M4", 0.21, 351141888)}},
		"idle":                 {registry(m4 + statistics("0", "0", "0")), []backend.GPU{apple("AGXAcceleratorG16G", "Apple M4", 0, 0)}},
		"statistics first":     {registry(statistics("34", "7688503296", "14511046656") + m3Ultra), []backend.GPU{apple("AGXAcceleratorG15X", "Apple M3 Ultra", 0.34, 7688503296)}},
		"beyond 2^37":          {registry(m3Ultra + statistics("99", "412316860416", "429496729600")), []backend.GPU{apple("AGXAcceleratorG15X", "Apple M3 Ultra", 0.99, 412316860416)}},
		"over 100 %":           {registry(m4 + statistics("117", "1", "2")), []backend.GPU{apple("AGXAcceleratorG16G", "Apple M4", 1, 1)}},
		"none":                 {"", nil},
		"blank":                {" \n", nil},
		"no statistics":        {registry(m4), nil},
		"an empty list":        {`<plist version="1.0"><array/></plist>`, nil},
		"something else in it": {`<plist version="1.0"><array><string>x</string></array></plist>`, nil},
		"negative and huge": {registry(m4 + statistics("-3", "18446744073709551615", "0")), []backend.GPU{{
			ID: "AGXAcceleratorG16G#0", Name: "Apple M4", Vendor: "apple", MemoryTotalBytes: ptr(int64(512 << 30)), MemoryLimitBytes: limit, Source: "ioreg",
		}}},
		"missing keys": {registry(`<key>PerformanceStatistics</key><dict><key>In use system memory (driver)</key><integer>5</integer></dict>`), []backend.GPU{{ID: "IOAccelerator#0", Name: "GPU", Source: "ioreg"}}},
		"Intel Mac with a second GPU": {registry(iris+statistics("3", "100", "200"), egpu), []backend.GPU{
			{ID: "IntelAccelerator#0", Name: "Intel Iris Plus", Vendor: "intel", Utilization: ptr(0.03), MemoryUsedBytes: ptr(int64(100)), Source: "ioreg"},
			{ID: "AMDRadeonX6000_AMDNavi21GraphicsAccelerator#0", Name: "AMD Radeon RX 6800 XT", Vendor: "amd", Utilization: ptr(0.55), MemoryUsedBytes: ptr(int64(3221225472)), TemperatureCelsius: ptr(61.0), Source: "ioreg"},
		}},
	} {
		all, err := parseIORegistry([]byte(tc.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if tc.want == nil {
			tc.want = []backend.GPU{}
		}
		t.Log(name)
		same(t, gpusOf(all, "ioreg", limit, 512<<30), tc.want)
	}
	two, _ := parseIORegistry([]byte(registry(egpu, egpu)))
	if g := gpusOf(two, "ioreg", nil, 0); len(g) != 2 || g[0].ID == g[1].ID || g[0].MemoryTotalBytes != nil {
		t.Errorf("two of a kind: %s", show(g))
	}
}

// TestRandomKeyOrder: the registry's dictionaries have no order.
func TestRandomKeyOrder(t *testing.T) {
	keys := []string{"In use system memory (driver)", "Alloc system memory", "Device Utilization %", "In use system memory", "recoveryCount"}
	values := []int{0, 14511046656, 34, 7688503296, 0}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		var b strings.Builder
		for _, i := range rng.Perm(len(keys)) {
			fmt.Fprintf(&b, "<key>%s</key><integer>%d</integer>", keys[i], values[i])
		}
		all, err := parseIORegistry([]byte(registry("<key>PerformanceStatistics</key><dict>" + b.String() + "</dict>" + m4)))
		if err != nil || len(all) != 1 {
			t.Fatal(err)
		}
		if g := all[0].gpu(0); *g.MemoryUsedBytes != 7688503296 || *g.Utilization != 0.34 {
			t.Fatalf("%s of %s", show(g), b.String())
		}
	}
}

// TestIORegistryCutOff cuts the answer at every byte: what is read is whole or
// an error, and never makes the program fail.
func TestIORegistryCutOff(t *testing.T) {
	whole := []byte(strings.TrimSpace(registry(m4 + statistics("21", "351141888", "1574862848"))))
	for n := 1; n < len(whole); n++ {
		if all, err := parseIORegistry(whole[:n]); err == nil && len(all) > 0 && len(all[0].statistics) != 10 {
			t.Fatalf("of %q there is %+v", whole[:n], all)
		}
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		b := bytes.Clone(whole)
		for range 1 + rng.IntN(4) {
			b[rng.IntN(len(b))] = byte(rng.IntN(256))
		}
		_, _ = parseIORegistry(b)
	}
	for _, garbage := range []string{"ioreg: error: can't obtain something", "{", "<plist>", "bplist00", "bplist00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", strings.Repeat("<array>", 5000)} {
		if all, err := parseIORegistry([]byte(garbage)); err == nil {
			t.Errorf("%.40q is read as %+v", garbage, all)
		}
	}
	if _, err := parseIORegistry(bytes.Repeat([]byte("x"), maxPlist+1)); err == nil {
		t.Error("more than the most is read")
	}
}

// TestBinaryStatistics: in-process the same comes as a binary property list.
func TestBinaryStatistics(t *testing.T) {
	b, err := plist.Marshal(map[string]any{"Device Utilization %": 41, "In use system memory": uint64(1) << 38, "In use system memory (driver)": 0}, plist.BinaryFormat)
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseStatistics(b)
	if err != nil {
		t.Fatal(err)
	}
	if g := (accelerator{class: "AGXAcceleratorG17X", statistics: s}).gpu(0); *g.MemoryUsedBytes != 1<<38 || *g.Utilization != 0.41 || g.Vendor != "apple" {
		t.Errorf("%s", show(g))
	}
	name, err := plist.Marshal("Apple M5 Pro", plist.BinaryFormat)
	if err != nil {
		t.Fatal(err)
	}
	if v, err := parsePlist(name); err != nil || text(v) != "Apple M5 Pro" {
		t.Errorf("%v, %v", v, err)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		c := bytes.Clone(b)
		for range 1 + rng.IntN(3) {
			c[rng.IntN(len(c))] = byte(rng.IntN(256))
		}
		_, _ = parseStatistics(c[:1+rng.IntN(len(c))])
	}
}

func TestGPULimit(t *testing.T) {
	const gib = 1 << 30
	for _, tc := range []struct{ metal, wired, want uint64 }{
		{0, 0, 0}, {107 * gib, 0, 107 * gib}, {107 * gib, 120 << 10, 107 * gib}, {107 * gib, 100 << 10, 100 * gib},
		{0, 100 << 10, 100 * gib}, {107 * gib, 1 << 62, 107 * gib}, {1 << 60, 0, 0},
	} {
		got := gpuLimit(tc.metal, tc.wired)
		if (got == nil) != (tc.want == 0) || got != nil && uint64(*got) != tc.want {
			t.Errorf("Metal %d, wired %d MB: %s, want %d", tc.metal, tc.wired, show(got), tc.want)
		}
	}
}

// TestMetalIsAskedOnce runs real programs in Metal's place.
func TestMetalIsAskedOnce(t *testing.T) {
	dir := t.TempDir()
	script := func(name, body string) *metalLimits {
		write(t, dir, map[string]string{name: "echo run >>" + dir + "/" + name + ".runs\n" + body})
		return &metalLimits{run: func(ctx context.Context) ([]byte, error) { return output(ctx, 1000, "/bin/sh", dir+"/"+name) }}
	}
	runs := func(name string) int { return strings.Count(readFile(t, dir+"/"+name+".runs"), "run") }
	settle := func(m *metalLimits, key string, now time.Time) uint64 {
		m.get(key, now)
		m.mu.Lock()
		done := m.done
		m.mu.Unlock()
		if done != nil {
			<-done
		}
		return m.get(key, now)
	}
	m := script("good", `echo '{"recommended_max_working_set_bytes":115448725504}'`)
	defer m.close()
	if n := m.get("boot 0", start); n != 0 {
		t.Errorf("%d before anybody was asked", n)
	}
	if n := settle(m, "boot 0", start); n != 115448725504 {
		t.Errorf("Metal said %d", n)
	}
	for i := range 100 {
		settle(m, "boot 0", start.Add(time.Duration(i)*time.Hour))
	}
	if n := runs("good"); n != 1 {
		t.Errorf("it was asked %d times", n)
	}
	if n := settle(m, "boot 110000", start); n == 0 || runs("good") != 2 {
		t.Errorf("after a new limit: %d, asked %d times", n, runs("good"))
	}
	for name, body := range map[string]string{
		"fails": "exit 1", "garbage": "echo nonsense", "zero": `echo '{"recommended_max_working_set_bytes":0}'`,
		"negative": `echo '{"recommended_max_working_set_bytes":-1}'`, "flood": "yes", "silent": "",
	} {
		m := script(name, body)
		for i := range 5 {
			if n := settle(m, "boot 0", start.Add(time.Duration(i)*time.Minute)); n != 0 {
				t.Errorf("%s: %d", name, n)
			}
		}
		if n := runs(name); n != 1 {
			t.Errorf("%s: asked %d times in five minutes", name, n)
		}
		if settle(m, "boot 0", start.Add(2*time.Hour)); runs(name) != 2 {
			t.Errorf("%s: not asked again", name)
		}
		m.close()
	}
	hangs := script("hangs", "exec sleep 60")
	if hangs.get("boot 0", start) != 0 || hangs.get("boot 0", start.Add(2*time.Hour)) != 0 {
		t.Error("a probe that hangs has a result")
	}
	hangs.close() // ends it; goleak sees if not
	if n := (&metalLimits{}).get("boot 0", start); n != 0 {
		t.Errorf("without a probe %d", n)
	}
}

func TestReadWorkingSetElsewhere(t *testing.T) {
	if w, err := ReadWorkingSet(); err == nil && w.Bytes == 0 {
		t.Error("no size and no error")
	}
	if _, err := parseWorkingSet([]byte("{")); err == nil {
		t.Error("garbage is read")
	}
	if _, err := output(t.Context(), 10, "/nonexistent/program"); err == nil || errors.Is(err, context.Canceled) {
		t.Errorf("a missing program: %v", err)
	}
}

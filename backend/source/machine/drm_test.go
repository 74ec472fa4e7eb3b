package machine

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pilotlight/backend"
)

func drmFS(card string, files map[string]string) fstest.MapFS {
	m := fstest.MapFS{}
	for name, text := range files {
		m["class/drm/"+card+"/"+name] = &fstest.MapFile{Data: []byte(text + "\n")}
	}
	return m
}

// amdCardFS is a Radeon as amdgpu shows it, with its plugs beside it.
func amdCardFS(status string) fstest.MapFS {
	m := drmFS("card1", map[string]string{
		"device/vendor": "0x1002", "device/device": "0x744c", "device/revision": "0xc8",
		"device/uevent":               "DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_SLOT_NAME=0000:03:00.0",
		"device/power/runtime_status": status,
		"device/gpu_busy_percent":     "41",
		"device/mem_info_vram_used":   "12884901888", "device/mem_info_vram_total": "25753026560",
		"device/mem_info_gtt_used": "104857600", "device/mem_info_gtt_total": "67000000000",
		"device/hwmon/hwmon3/name": "amdgpu", "device/hwmon/hwmon3/temp1_input": "54000", "device/hwmon/hwmon3/power1_average": "187000000",
	})
	// A discrete card's table of metrics: 120 bytes, format 1.3.
	m["class/drm/card1/device/gpu_metrics"] = &fstest.MapFile{Data: append([]byte{120, 0, 1, 3}, make([]byte, 116)...)}
	m["class/drm/card1-HDMI-A-1/status"] = &fstest.MapFile{Data: []byte("connected\n")}
	m["class/drm/renderD128/dev"] = &fstest.MapFile{Data: []byte("226:128\n")}
	return m
}

var amdIDs = fstest.MapFS{"amdgpu.ids": {Data: []byte("# List of AMDGPU IDs\n1.0.0\n744C,\tC4,\tAMD Radeon RX 7900 GRE\n744C,\tC8,\tAMD Radeon RX 7900 XTX\n")}}

func TestAMDCard(t *testing.T) {
	sys := amdCardFS("active")
	r := newAMD(sys, amdIDs)
	got, err := r.read(t.Context(), start)
	if err != nil {
		t.Fatal(err)
	}
	want := backend.GPU{
		ID: "0000:03:00.0", Name: "AMD Radeon RX 7900 XTX", Vendor: "amd", Source: "sysfs", Utilization: ptr(0.41),
		MemoryUsedBytes: ptr(int64(12884901888)), MemoryTotalBytes: ptr(int64(25753026560)),
		SharedUsedBytes: ptr(int64(104857600)), SharedTotalBytes: ptr(int64(67000000000)),
		PowerWatts: ptr(187.0), TemperatureCelsius: ptr(54.0),
	}
	same(t, got.gpus, []backend.GPU{want})

	// It falls asleep: nothing is asked of it, and its name is known.
	asleep := &touched{MapFS: amdCardFS("suspended")}
	r.sys = asleep
	got, _ = r.read(t.Context(), start)
	same(t, got.gpus, []backend.GPU{{ID: "0000:03:00.0", Name: "AMD Radeon RX 7900 XTX", Vendor: "amd", Source: "sysfs", Note: backend.GPUAsleep}})
	for _, name := range asleep.names {
		for _, wakes := range []string{"busy", "mem_info", "hwmon", "gpu_metrics"} {
			if strings.Contains(name, wakes) {
				t.Errorf("%s was read, which wakes it up", name)
			}
		}
	}
	// It is unplugged.
	r.sys = fstest.MapFS{}
	if got, err := r.read(t.Context(), start); err != nil || len(got.gpus) != 0 {
		t.Errorf("without it: %s, %v", show(got.gpus), err)
	}
}

// touched notes what is opened.
type touched struct {
	fstest.MapFS
	names []string
}

func (f *touched) ReadFile(name string) ([]byte, error) {
	f.names = append(f.names, name)
	return f.MapFS.ReadFile(name)
}

// TestAMDInTheProcessor is a Strix Halo: 512 MB set aside, the model in GTT.
func TestAMDInTheProcessor(t *testing.T) {
	for _, format := range []byte{2, 3} {
		sys := drmFS("card0", map[string]string{
			"device/vendor": "0x1002", "device/device": "0x1586", "device/revision": "0xc1", "device/uevent": "PCI_SLOT_NAME=0000:c5:00.0",
			"device/power/runtime_status": "active", "device/gpu_busy_percent": "0", "device/product_name": "",
			"device/mem_info_vram_used": "400000000", "device/mem_info_vram_total": "536870912",
			"device/mem_info_gtt_used": "64000000000", "device/mem_info_gtt_total": "115964116992",
		})
		// 264 bytes is 08 01, and a table of 0x0120 would begin with a space.
		sys["class/drm/card0/device/gpu_metrics"] = &fstest.MapFile{Data: append([]byte{' ', 1, format, 0}, make([]byte, 260)...)}
		got, _ := newAMD(sys, fstest.MapFS{}).read(t.Context(), start)
		same(t, got.gpus, []backend.GPU{{
			ID: "0000:c5:00.0", Name: "AMD GPU 0x1586", Vendor: "amd", Source: "sysfs", Utilization: ptr(0.0),
			MemoryUsedBytes: ptr(int64(64400000000)), MemoryTotalBytes: ptr(int64(116500987904)),
		}})
	}
}

func TestAMDGarbage(t *testing.T) {
	sys := amdCardFS("active")
	for name, text := range map[string]string{
		"gpu_busy_percent": "137", "mem_info_vram_used": "99999999999999999999", "mem_info_gtt_used": "-1",
		"hwmon/hwmon3/temp1_input": "511000", "hwmon/hwmon3/power1_average": "",
	} {
		sys["class/drm/card1/device/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	got, _ := newAMD(sys, amdIDs).read(t.Context(), start)
	same(t, got.gpus, []backend.GPU{{ID: "0000:03:00.0", Name: "AMD Radeon RX 7900 XTX", Vendor: "amd", Source: "sysfs", Utilization: ptr(1.0)}})
}

func TestIntel(t *testing.T) {
	card := map[string]string{
		"device/vendor": "0x8086", "device/device": "0xe20b", "device/uevent": "DRIVER=xe\nPCI_SLOT_NAME=0000:0b:00.0",
		"device/power/runtime_status": "active",
		"device/hwmon/hwmon4/name":    "xe", "device/hwmon/hwmon4/energy1_input": "5000000000", "device/hwmon/hwmon4/temp2_input": "48000",
		"lmem_total_bytes": "12000000000", "lmem_avail_bytes": "9000000000",
	}
	r := newIntel(drmFS("card0", card), gpuPeriod)
	read := func(after time.Duration, microjoule, status string) backend.GPU {
		t.Helper()
		c := maps.Clone(card)
		c["device/hwmon/hwmon4/energy1_input"], c["device/power/runtime_status"] = microjoule, status
		r.sys = drmFS("card0", c)
		got, err := r.read(t.Context(), start.Add(after))
		if err != nil || len(got.gpus) != 1 {
			t.Fatalf("%s, %v", show(got.gpus), err)
		}
		return got.gpus[0]
	}
	want := backend.GPU{
		ID: "0000:0b:00.0", Name: "Intel GPU 0xe20b", Vendor: "intel", Source: "sysfs", TemperatureCelsius: ptr(48.0),
		MemoryUsedBytes: ptr(int64(3e9)), MemoryTotalBytes: ptr(int64(12e9)),
	}
	same(t, read(0, "5000000000", "active"), want) // a first reading has no rate
	want.PowerWatts = ptr(75.0)
	same(t, read(10*time.Second, "5750000000", "active"), want)
	want.PowerWatts = nil
	same(t, read(20*time.Second, "1000", "active"), want)      // it was off, and the counter began anew
	same(t, read(8*time.Hour, "999000000000", "active"), want) // the machine slept
	same(t, read(7*time.Hour, "999900000000", "active"), want) // the clock was set back
	if g := read(7*time.Hour+10*time.Second, "999950000000", "suspended"); g.Note != backend.GPUAsleep || g.PowerWatts != nil {
		t.Errorf("asleep: %s", show(g))
	}
	same(t, read(7*time.Hour+20*time.Second, "999960000000", "active"), want)

	// One in a processor shows nothing.
	r.sys = drmFS("card0", map[string]string{"device/vendor": "0x8086", "device/device": "0x46a6", "device/uevent": "DRIVER=i915\nPCI_SLOT_NAME=0000:00:02.0", "device/power/runtime_status": "active"})
	if got, err := r.read(t.Context(), start); err != nil || len(got.gpus) != 0 {
		t.Errorf("%s, %v", show(got.gpus), err)
	}
}

package machine

import (
	"context"
	"io/fs"
	"strings"
	"time"

	"pilotlight/backend"
)

// amdReader reads AMD's cards as their driver amdgpu shows them (kernel
// documentation: gpu/amdgpu/driver-misc.rst and thermal.rst).
type amdReader struct {
	sys  fs.FS
	ids  fs.FS // holds amdgpu.ids of libdrm, which knows the cards' names
	seen map[string]*amdCard
}

// amdCard is what is asked of a card once.
type amdCard struct {
	name string
	// apu is a GPU that works in RAM: the part of it that the firmware set
	// aside is shown as its memory, but weights lie in the rest (GTT).
	apu bool
}

func newAMD(sys, ids fs.FS) *amdReader {
	return &amdReader{sys: sys, ids: ids, seen: make(map[string]*amdCard)}
}

func (*amdReader) name() string { return "amdgpu" }

func (*amdReader) close() {}

func (r *amdReader) read(context.Context, time.Time) (gpuReading, error) {
	var out gpuReading
	for _, card := range drmCards(r.sys, "0x1002") {
		out.gpus = append(out.gpus, r.one(card))
	}
	return out, nil
}

func (r *amdReader) one(card drmCard) backend.GPU {
	g := backend.GPU{ID: card.address, Name: "AMD GPU " + card.device, Vendor: "amd", Source: "sysfs"}
	known := r.seen[card.dir+card.address]
	if known != nil {
		g.Name = known.name
	}
	if card.asleep() {
		g.Note = backend.GPUAsleep
		return g
	}
	if known == nil {
		known = &amdCard{name: or(r.nameOf(card), g.Name), apu: isAPU(card.raw("device/gpu_metrics"))}
		r.seen[card.dir+card.address], g.Name = known, known.name
	}
	if n, err := card.number("device/gpu_busy_percent"); err == nil {
		g.Utilization = ptr(share(float64(n) / 100))
	}
	vramUsed, vramTotal, vram := card.pair("device/mem_info_vram_used", "device/mem_info_vram_total")
	gttUsed, gttTotal, gtt := card.pair("device/mem_info_gtt_used", "device/mem_info_gtt_total")
	switch {
	case known.apu && vram && gtt:
		g.MemoryUsedBytes, g.MemoryTotalBytes = ptr(vramUsed+gttUsed), ptr(vramTotal+gttTotal)
	case vram:
		g.MemoryUsedBytes, g.MemoryTotalBytes = &vramUsed, &vramTotal
		if gtt {
			g.SharedUsedBytes, g.SharedTotalBytes = &gttUsed, &gttTotal
		}
	}
	sensors := card.hwmon()
	if n, ok := card.sensor(sensors, "temp1_input"); ok { // thousandths of a degree
		setTemperature(&g, uint32(min(n/1000, hottest+1)))
	}
	if n, ok := card.sensor(sensors, "power1_average", "power1_input"); ok { // microwatts
		setPower(&g, uint32(min(n/1000, strongest+1)))
	}
	return g
}

// maxBytes is more memory than any card or machine has, in bytes.
const maxBytes = 1 << 50

// pair reads what is used of a total, in bytes, if both make sense.
func (c drmCard) pair(usedName, totalName string) (used, total int64, ok bool) {
	u, err := c.number(usedName)
	if err != nil {
		return 0, 0, false
	}
	t, err := c.number(totalName)
	if err != nil || t == 0 || t > maxBytes || u > t {
		return 0, 0, false
	}
	return int64(u), int64(t), true
}

// nameOf asks the driver, which knows it of a few cards only, then libdrm's
// list, whose lines are "744C, C8, AMD Radeon RX 7900 XTX".
func (r *amdReader) nameOf(card drmCard) string {
	if name := card.text("device/product_name"); name != "" {
		return name
	}
	b, err := fs.ReadFile(r.ids, "amdgpu.ids")
	if err != nil {
		return ""
	}
	return amdName(string(b), card.device, card.rev)
}

func amdName(ids, device, rev string) string {
	device, rev = strings.TrimPrefix(device, "0x"), strings.TrimPrefix(rev, "0x")
	for line := range strings.Lines(ids) {
		f := strings.SplitN(line, ",", 3)
		if len(f) == 3 && strings.EqualFold(strings.TrimSpace(f[0]), device) && strings.EqualFold(strings.TrimSpace(f[1]), rev) {
			return strings.TrimSpace(f[2])
		}
	}
	return ""
}

// isAPU looks at the head of the driver's table of metrics: two bytes of size,
// then its format, which is 1 for cards and 2 or 3 for GPUs in a processor
// (struct metrics_table_header, kgd_pp_interface.h). A driver without the table
// is taken to be a card's.
func isAPU(metrics []byte) bool {
	return len(metrics) > 2 && (metrics[2] == 2 || metrics[2] == 3)
}

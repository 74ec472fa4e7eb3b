package machine

import (
	"context"
	"io/fs"
	"time"

	"pilotlight/backend"
)

// intelReader reads what Intel's drivers i915 and xe show without privileges,
// which is little: energy and temperature of cards, memory and use on some
// systems only. One in a processor tells nothing and is not listed: its memory
// is the machine's, and nobody runs a big model on it unnoticed.
type intelReader struct {
	sys    fs.FS
	period time.Duration // the longest between two readings
	energy map[string]energy
}

// energy is a counter in microjoules, at its reading.
type energy struct {
	at         time.Time
	microjoule uint64
}

func newIntel(sys fs.FS, period time.Duration) *intelReader {
	return &intelReader{sys: sys, period: period, energy: make(map[string]energy)}
}

func (*intelReader) name() string { return "intel" }

func (*intelReader) close() {}

func (r *intelReader) read(_ context.Context, now time.Time) (gpuReading, error) {
	var out gpuReading
	for _, card := range drmCards(r.sys, "0x8086") {
		if g, tells := r.one(card, now); tells {
			out.gpus = append(out.gpus, g)
		}
	}
	return out, nil
}

func (r *intelReader) one(card drmCard, now time.Time) (g backend.GPU, tells bool) {
	g = backend.GPU{ID: card.address, Name: "Intel GPU " + card.device, Vendor: "intel", Source: "sysfs"}
	sensors := card.hwmon()
	if card.asleep() {
		delete(r.energy, card.address)
		g.Note = backend.GPUAsleep
		return g, sensors != ""
	}
	if n, ok := card.sensor("device", "gpu_busy_percent"); ok {
		g.Utilization, tells = ptr(share(float64(n)/100)), true
	}
	if used, total, ok := card.lmem(); ok {
		g.MemoryUsedBytes, g.MemoryTotalBytes, tells = &used, &total, true
	}
	if n, ok := card.sensor(sensors, "temp1_input", "temp2_input"); ok {
		setTemperature(&g, uint32(min(n/1000, hottest+1)))
		tells = true
	}
	if n, ok := card.sensor(sensors, "energy1_input", "energy2_input"); ok {
		g.PowerWatts, tells = watts(r.energy[card.address], energy{now, n}, r.period), true
		r.energy[card.address] = energy{now, n}
	}
	return g, tells
}

// lmem is a card's own memory in bytes, under the names that kernels have used.
func (c drmCard) lmem() (used, total int64, ok bool) {
	if used, total, ok = c.pair("device/mem_info_lmem_used", "device/mem_info_lmem_total"); ok {
		return used, total, ok
	}
	free, total, ok := c.pair("lmem_avail_bytes", "lmem_total_bytes")
	return total - free, total, ok
}

// watts is the power between two readings of an energy counter, nil over a gap
// and where the counter ran backwards, as it does when the card was off.
func watts(before, after energy, period time.Duration) *float64 {
	d, ok := between(before.at, after.at, period)
	if !ok || after.microjoule < before.microjoule {
		return nil
	}
	w := float64(after.microjoule-before.microjoule) / 1e6 / d.Seconds()
	if w > strongest/1000 {
		return nil
	}
	return &w
}

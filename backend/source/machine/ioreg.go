package machine

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"howett.net/plist"

	"pilotlight/backend"
)

// macOS's I/O registry has an entry of class IOAccelerator for each GPU, with
// the driver's own figures under PerformanceStatistics. They come as a property
// list: asked in-process, or printed by ioreg -a.

// accelerator is what an entry tells that we need.
type accelerator struct {
	class, model string
	statistics   map[string]any
}

// maxPlist bounds what is parsed, in bytes. One entry is about 1 kB; ioreg's
// whole answer is 46 kB where it is asked for children too, which we never do.
const maxPlist = 1 << 20

// parseIORegistry reads what "ioreg -r -d 1 -w 0 -c IOAccelerator -a" printed:
// an array of entries, or nothing at all where no GPU has a driver.
func parseIORegistry(b []byte) ([]accelerator, error) {
	if len(bytes.TrimSpace(b)) == 0 {
		return nil, nil
	}
	v, err := parsePlist(b)
	if err != nil {
		return nil, err
	}
	entries, ok := v.([]any)
	if !ok {
		return nil, errors.New("ioreg printed no list")
	}
	var all []accelerator
	for _, e := range entries {
		entry, ok := e.(map[string]any)
		if !ok || len(all) == maxGPUs {
			continue
		}
		a := accelerator{class: text(entry["IOClass"]), model: text(entry["model"])}
		if a.statistics, ok = entry["PerformanceStatistics"].(map[string]any); ok {
			all = append(all, a)
		}
	}
	return all, nil
}

// parseStatistics reads one entry's PerformanceStatistics by itself.
func parseStatistics(b []byte) (map[string]any, error) {
	v, err := parsePlist(b)
	if err != nil {
		return nil, err
	}
	m, ok := v.(map[string]any)
	if !ok {
		return nil, errors.New("the GPU's statistics are no dictionary")
	}
	return m, nil
}

// parsePlist reads a property list in XML or binary form. The library gives up
// on some nonsense with a panic.
func parsePlist(b []byte) (v any, err error) {
	if len(b) > maxPlist {
		return nil, fmt.Errorf("a property list of %d bytes", len(b))
	}
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("read property list: %v", p)
		}
	}()
	if _, err := plist.Unmarshal(b, &v); err != nil {
		return nil, fmt.Errorf("read property list: %w", err)
	}
	return v, nil
}

// text is a string, which older drivers give as bytes that end with a zero.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []byte:
		return strings.TrimSpace(cString(v))
	}
	return ""
}

// figure is the first of some keys that has a number that can be.
func figure(statistics map[string]any, keys ...string) (uint64, bool) {
	for _, key := range keys {
		switch n := statistics[key].(type) {
		case uint64:
			return n, true
		case int64:
			if n >= 0 {
				return uint64(n), true
			}
		}
	}
	return 0, false
}

// gpusOf are accelerators as the domain knows them. Several of one class are
// told apart by their order.
func gpusOf(all []accelerator, source string, limit *int64, ram uint64) []backend.GPU {
	out := make([]backend.GPU, 0, len(all))
	number := make(map[string]int)
	for _, a := range all {
		g := a.gpu(number[a.class])
		number[a.class]++
		g.Source = source
		if a.unified() {
			g.MemoryLimitBytes = limit
			if ram > 0 && ram <= maxBytes {
				g.MemoryTotalBytes = ptr(int64(ram))
			}
		}
		out = append(out, g)
	}
	return out
}

// gpu is one accelerator.
//
// "In use system memory" is what is resident of the memory that is mapped for
// the GPU, of all programs together; weights appear there within a second of a
// load. The key with "(driver)" behind is the driver's own and no part of it.
// Utilization is the driver's recent average, and goes a little beyond 100.
func (a accelerator) gpu(index int) backend.GPU {
	g := backend.GPU{ID: fmt.Sprintf("%s#%d", or(a.class, "IOAccelerator"), index), Name: or(a.model, "GPU"), Vendor: a.vendor()}
	if n, ok := figure(a.statistics, "Device Utilization %", "GPU Activity(%)"); ok {
		g.Utilization = ptr(share(float64(n) / 100))
	}
	if n, ok := figure(a.statistics, "In use system memory", "vramUsedBytes"); ok && n <= maxBytes {
		g.MemoryUsedBytes = ptr(int64(n))
	}
	if n, ok := figure(a.statistics, "Temperature(C)"); ok {
		setTemperature(&g, uint32(min(n, hottest+1)))
	}
	if n, ok := figure(a.statistics, "Total Power(W)"); ok && n <= strongest/1000 {
		g.PowerWatts = ptr(float64(n))
	}
	return g
}

// vendor is told by the driver's class: AGX is Apple's own.
func (a accelerator) vendor() string {
	both := strings.ToLower(a.class + " " + a.model)
	for _, v := range []struct{ word, vendor string }{
		{"agx", "apple"}, {"apple", "apple"}, {"amd", "amd"}, {"radeon", "amd"}, {"intel", "intel"}, {"nvidia", "nvidia"}, {"geforce", "nvidia"},
	} {
		if strings.Contains(both, v.word) {
			return v.vendor
		}
	}
	return ""
}

// unified says that the GPU works in the machine's RAM.
func (a accelerator) unified() bool { return a.vendor() == "apple" }

// gpuLimit is how much memory programs may take for the GPU, in bytes: what
// Metal recommends, or the limit that somebody set with sysctl where that is
// less. No rule of thumb stands in for what is not known (0): Apple has changed
// its shares more than once.
func gpuLimit(metal, wiredLimitMB uint64) *int64 {
	limit := metal
	if set := wiredLimitMB << 20; wiredLimitMB > 0 && wiredLimitMB <= maxBytes>>20 && (limit == 0 || set < limit) {
		limit = set
	}
	if limit == 0 || limit > maxBytes {
		return nil
	}
	return ptr(int64(limit))
}

package fit

import "pilotlight/backend"

// Machine is the memory that a load would take from.
type Machine struct {
	Memory *backend.Memory // nil when the server runs elsewhere or nothing was read
	GPUs   []backend.GPU
	// Unified says that weights go into this same RAM, as on Apple silicon.
	// Where a GPU has memory of its own, RAM alone says nothing about fitting.
	Unified bool
}

const (
	// leastReserve and reserveShare are what the system and other programs are
	// left with: the larger of the two.
	leastReserve = 4 * gigabyte
	reserveShare = 10 // percent of all memory
	// leastGPUReserve and gpuReserveShare are the same of what a GPU may use:
	// windows are drawn with it too.
	leastGPUReserve = gigabyte / 2
	gpuReserveShare = 3
)

// Reserve is the RAM to leave free of a total, in bytes.
func Reserve(total int64) int64 { return max(leastReserve, total*reserveShare/100) }

// Reserved is what the fit leaves free of its limit, in bytes; 0 without a limit.
func Reserved(f *backend.Fit) int64 {
	switch {
	case f.ReserveBytes != nil:
		return *f.ReserveBytes
	case f.LimitBytes != nil:
		return Reserve(*f.LimitBytes)
	}
	return 0
}

// pool is one memory with a limit. A load needs all that it is given.
type pool struct {
	of      backend.LimitOf
	limit   int64
	inUse   *int64 // nil is not known
	reserve int64
	spill   *pool // where what this one has no room for goes, and runs slowly
}

// free is what could still be taken, nil when that is not known.
func (p pool) free() *int64 {
	if p.inUse == nil {
		return nil
	}
	left := max(p.limit-*p.inUse, 0)
	return &left
}

// pools are the memories that a load would take from. On unified memory it
// takes from RAM, and from the share of it that the GPU may use; elsewhere from
// the memory of the GPUs, and from RAM what they have no room for.
func (m Machine) pools() []pool {
	ram, known := m.ram()
	gpu, found := m.gpu()
	if !m.Unified {
		if !found {
			return nil
		}
		gpu.spill = &ram // of which nothing may be known
		return []pool{gpu}
	}
	var list []pool
	if known {
		list = append(list, ram)
	}
	if found {
		list = append(list, gpu)
	}
	return list
}

func (m Machine) ram() (pool, bool) {
	if m.Memory == nil || m.Memory.TotalBytes <= 0 {
		return pool{}, false
	}
	p := pool{of: backend.LimitRAM, limit: m.Memory.TotalBytes, reserve: Reserve(m.Memory.TotalBytes)}
	if free := m.Memory.AvailableBytes; free != nil {
		used := max(p.limit-*free, 0)
		p.inUse = &used
	}
	return p, true
}

// gpu is all GPUs together: a server spreads a model over them. One that tells
// of no memory of its own, as a small one beside a large one, does not count;
// one that does not tell what of it is used makes the sum of that unknown.
func (m Machine) gpu() (pool, bool) {
	p, used, all, found := pool{of: backend.LimitGPU}, int64(0), true, false
	for _, g := range m.GPUs {
		limit := g.MemoryLimitBytes
		if limit == nil && !m.Unified {
			limit = g.MemoryTotalBytes
		}
		if limit == nil || *limit <= 0 {
			continue
		}
		found = true
		p.limit = min(p.limit+min(*limit, most), most)
		if g.MemoryUsedBytes == nil || *g.MemoryUsedBytes < 0 {
			all = false
			continue
		}
		used = min(used+min(*g.MemoryUsedBytes, most), most)
	}
	if all {
		p.inUse = &used
	}
	p.reserve = max(leastGPUReserve, p.limit/100*gpuReserveShare)
	return p, found
}

// InUse is what is in use of the memory that models go into, in bytes: that of
// the GPUs, or RAM where the GPU works in it and tells nothing. false where it
// is not known; a model may be in a GPU that does not tell.
func InUse(m Machine) (of backend.LimitOf, bytes int64, ok bool) {
	known := false
	for _, g := range m.GPUs {
		switch {
		case g.MemoryUsedBytes != nil:
			bytes, known = sum(bytes, *g.MemoryUsedBytes), true
		case !m.Unified && (g.MemoryLimitBytes != nil || g.MemoryTotalBytes != nil):
			return "", 0, false
		}
	}
	switch {
	case known:
		return backend.LimitGPU, bytes, true
	case m.Unified && m.Memory != nil:
		return backend.LimitRAM, m.Memory.UsedBytes, true
	}
	return "", 0, false
}

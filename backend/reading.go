package backend

// Reading is one figure of a sample, named as its series is.
type Reading struct {
	Name  string
	Unit  Unit
	GPU   string // the GPU's id
	Label string // the GPU's name
	Value float64
}

// Readings are the figures of a sample, those that are there and were read for
// this very sample; all that are there where it does not say when they were read.
// A GPU without an id goes by its vendor and its place in the list.
func (s *Sample) Readings() []Reading {
	fresh := s.Fresh()
	if s.ReadAt == nil {
		fresh = Want{Memory: true, GPUs: true, Processes: true}
	}
	r := readings{list: make([]Reading, 0, 16)}
	if fresh.Memory {
		r.memory(s.Memory)
		if s.CPU != nil {
			r.add("cpu.utilization", UnitRatio, &s.CPU.Utilization)
		}
	}
	if fresh.Processes {
		r.models(s.Processes)
	}
	if fresh.GPUs {
		for i, g := range s.GPUs {
			r.gpu(i, g)
		}
	}
	return r.list
}

type readings struct{ list []Reading }

func (r *readings) add(name string, unit Unit, v *float64) {
	if v != nil {
		r.list = append(r.list, Reading{Name: name, Unit: unit, Value: *v})
	}
}

func (r *readings) bytes(name string, n *int64) {
	if n != nil {
		r.list = append(r.list, Reading{Name: name, Unit: UnitBytes, Value: float64(*n)})
	}
}

func (r *readings) memory(m *Memory) {
	if m == nil {
		return
	}
	r.bytes("memory.total", &m.TotalBytes)
	r.bytes("memory.used", &m.UsedBytes)
	r.bytes("memory.available", m.AvailableBytes)
	r.bytes("memory.wired", m.WiredBytes)
	r.bytes("memory.compressed", m.CompressedBytes)
	r.bytes("memory.cached", m.CachedBytes)
	r.bytes("memory.swap", m.SwapUsedBytes)
	if m.Pressure != nil {
		if level, ok := pressureLevels[*m.Pressure]; ok {
			r.add("memory.pressure", UnitLevel, &level)
		}
	}
}

var pressureLevels = map[string]float64{PressureNormal: 0, PressureWarning: 1, PressureCritical: 2}

// models adds up what the models' processes take. No such process is no figure:
// it may be that they could not be found.
func (r *readings) models(list []Process) {
	var sum int64
	found := false
	for _, p := range list {
		if p.Role == RoleModelWorker {
			sum, found = sum+p.MemoryBytes, true
		}
	}
	if found {
		r.bytes("models.memory", &sum)
	}
}

func (r *readings) gpu(i int, g GPU) {
	id := g.Key(i)
	first := len(r.list)
	prefix := "gpu." + id + "."
	r.add(prefix+"utilization", UnitRatio, g.Utilization)
	r.bytes(prefix+"memory_used", g.MemoryUsedBytes)
	limit := g.MemoryLimitBytes
	if limit == nil {
		limit = g.MemoryTotalBytes
	}
	r.bytes(prefix+"memory_limit", limit)
	r.add(prefix+"power", UnitWatts, g.PowerWatts)
	r.add(prefix+"temperature", UnitCelsius, g.TemperatureCelsius)
	for j := first; j < len(r.list); j++ {
		r.list[j].GPU, r.list[j].Label = id, g.Name
	}
}

package fit

import (
	"slices"

	"pilotlight/backend"
)

// Holds is what instances that have to do with a load hold at least, in bytes.
type Holds struct {
	Replaced  int64 // the model's own: a load through Pilotlight comes in their place
	Evictable int64 // others that were loaded for a request and are idle
	IDs       []string
}

// HoldsFor looks through a server's instances for a load of the model. shape
// tells a model's shape, nil where it is not known.
//
// Evictable are only those that are known to be idle and known to have been
// loaded by a request: LM Studio unloads these when another request needs a
// model, and never for a load on purpose.
func HoldsFor(srv backend.Server, model string, shape func(key string) *backend.Shape) Holds {
	var h Holds
	for at := range srv.Models { // hundreds, and asked for each of them: not one is copied
		m := &srv.Models[at]
		for _, i := range m.Instances {
			held := instanceBytes(m, i, shape)
			switch {
			case m.Key == model:
				h.Replaced = sum(h.Replaced, held)
			case held > 0 && evictable(i):
				h.Evictable = sum(h.Evictable, held)
				h.IDs = append(h.IDs, i.ID)
			}
		}
	}
	slices.Sort(h.IDs)
	return h
}

func evictable(i backend.Instance) bool {
	jit := i.TTLSeconds != nil || i.Explicit != nil && !*i.Explicit
	return jit && i.Busy != nil && !*i.Busy && !i.Missing
}

// instanceBytes is what an instance holds at least: its weights, and its cache
// where the engine takes that at the load.
func instanceBytes(m *backend.Model, i backend.Instance, shape func(string) *backend.Shape) int64 {
	s := shape(m.Key)
	size := sizeOf(*m, s)
	if s == nil || size == 0 || i.ContextLength == nil || isLazy(m.Format) {
		return size
	}
	kv, _ := KV(*s, *i.ContextLength, 1, Q4) // whatever type its cache is in
	return sum(size, kv)
}

package machine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"pilotlight/backend"
)

// nvmlAgain is how long a library that could not be loaded or started, or that
// lost a GPU, is left alone: a driver may be installed or a GPU reset meanwhile.
const nvmlAgain = 5 * time.Minute

// nvmlReader reads NVIDIA's processors. Its session stays open from one reading
// to the next, but for cards that may fall asleep: opening one takes up to
// seconds where nothing else holds the driver. The price is that a card is in
// use to nvidia-smi --gpu-reset while the agent runs.
type nvmlReader struct {
	paths []string
	sys   fs.FS

	lib     *nvmlLib
	open    bool // between init and shutdown
	known   []nvmlKnown
	failed  error
	retryAt time.Time
}

// nvmlKnown is a processor as the session has it. The name and UUID outlive a
// processor that is lost.
type nvmlKnown struct {
	device   nvmlDevice
	result   nvmlReturn // why there is no handle, nvmlSuccess where there is
	id, name string
}

func newNVML(paths []string, sys fs.FS) *nvmlReader { return &nvmlReader{paths: paths, sys: sys} }

func (*nvmlReader) name() string { return "nvml" }

func (r *nvmlReader) read(_ context.Context, now time.Time) (gpuReading, error) {
	asleep, sleepy := nvidiaPower(r.sys)
	if len(asleep) > 0 {
		// Starting the library would wake them all up.
		r.close()
		return gpuReading{gpus: r.sleeping(asleep)}, nil
	}
	if err := r.start(now); err != nil || !r.open {
		return gpuReading{}, err
	}
	if sleepy {
		defer r.close() // a session that is open keeps a card from falling asleep
	}
	out := gpuReading{byPID: make(map[int]int64)}
	for i := range r.known {
		g, result := r.one(&r.known[i], out.byPID)
		if result == nvmlUninitialized {
			r.close()
			return gpuReading{}, result
		}
		if g.Note == backend.GPULost && r.retryAt.IsZero() {
			r.retryAt = now.Add(nvmlAgain)
		}
		out.gpus = append(out.gpus, g)
	}
	return out, nil
}

// start opens a session where none is open. A machine without NVIDIA's library
// is no error: most have none.
func (r *nvmlReader) start(now time.Time) error {
	early := !r.retryAt.IsZero() && now.Before(r.retryAt) && r.retryAt.Sub(now) <= nvmlAgain
	if r.open && (r.retryAt.IsZero() || early) {
		return nil
	}
	if early {
		return r.failed
	}
	r.close()
	r.failed, r.retryAt = nil, now.Add(nvmlAgain)
	if r.lib == nil {
		lib, err := openNVML(r.paths)
		if errors.Is(err, nvmlFunctionMissing) {
			r.failed = err
		}
		if r.lib = lib; err != nil {
			return r.failed
		}
	}
	if result := call(r.lib.init); result != nvmlSuccess {
		if result != nvmlDriverNotLoaded { // the library may be there without a card
			r.failed = fmt.Errorf("NVIDIA's library does not start: %w", result)
		}
		return r.failed
	}
	r.open, r.retryAt = true, time.Time{}
	return r.find()
}

// find lists the processors of a new session.
func (r *nvmlReader) find() error {
	n, result := r.lib.devices()
	if result != nvmlSuccess {
		r.close()
		return fmt.Errorf("NVIDIA's library lists no GPUs: %w", result)
	}
	before := r.known
	r.known = make([]nvmlKnown, min(n, maxGPUs))
	for i := range r.known {
		k := &r.known[i]
		if i < len(before) {
			k.id, k.name = before[i].id, before[i].name
		}
		if k.device, k.result = r.lib.device(i); k.result != nvmlSuccess {
			continue
		}
		k.id = or(r.lib.text(r.lib.uuid, k.device), k.id)
		k.name = or(r.lib.text(r.lib.name, k.device), k.name)
	}
	return nil
}

// one reads a processor. Each figure is by itself: one that is not to be had
// leaves the others as they are.
func (r *nvmlReader) one(k *nvmlKnown, byPID map[int]int64) (backend.GPU, nvmlReturn) {
	g := backend.GPU{ID: k.id, Name: or(k.name, "NVIDIA GPU"), Vendor: "nvidia", Source: "nvml"}
	if k.result != nvmlSuccess {
		g.Note = k.result.note()
		return g, k.result
	}
	used, total, result := r.lib.sizes(k.device)
	switch {
	case result == nvmlSuccess:
		setMemory(&g, used, total)
	case result == nvmlUninitialized:
		return g, result //nolint:nilerr // a code, and not nil
	case result.note() == backend.GPULost:
		g.Note = backend.GPULost
		return g, result
	default:
		g.Note = result.note()
	}
	if u, result := r.lib.rates(k.device); result == nvmlSuccess {
		setUtilization(&g, u.gpu)
	}
	if n, result := r.lib.celsius(k.device); result == nvmlSuccess {
		setTemperature(&g, n)
	}
	if n, result := r.lib.number(r.lib.power, k.device); result == nvmlSuccess {
		setPower(&g, n)
	}
	compute := r.lib.processes(k.device, r.lib.computeV3, r.lib.computeV2)
	graphics := r.lib.processes(k.device, r.lib.graphicsV3, r.lib.graphicsV2)
	addProcesses(byPID, compute, graphics)
	if g.Utilization != nil || g.MemoryUsedBytes != nil {
		g.Note = ""
	}
	return g, nvmlSuccess
}

// sleeping lists cards that are switched off, by what is known of them.
func (r *nvmlReader) sleeping(asleep []string) []backend.GPU {
	var all []backend.GPU
	for i, address := range asleep {
		g := backend.GPU{ID: address, Name: "NVIDIA GPU", Vendor: "nvidia", Note: backend.GPUAsleep, Source: "nvml"}
		if len(r.known) == len(asleep) {
			g.ID, g.Name = or(r.known[i].id, g.ID), or(r.known[i].name, g.Name)
		}
		all = append(all, g)
	}
	return all
}

func (r *nvmlReader) close() {
	if r.open {
		_ = call(r.lib.shutdown) // nothing can be done about an error
	}
	r.open = false
}

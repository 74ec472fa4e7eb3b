package machine

import (
	"context"
	"errors"
	"time"

	"pilotlight/backend"
)

// gpuReader is one way to graphics processors. Each is bounded by itself, so
// its read is never called twice at once.
type gpuReader interface {
	name() string
	// read gives the processors that it knows; with an error, those of which it
	// still knows that they are there.
	read(ctx context.Context, now time.Time) (gpuReading, error)
	// close gives back what is held between two readings.
	close()
}

// gpuReading is what one reader found.
type gpuReading struct {
	gpus []backend.GPU
	// byPID is the memory on GPUs with memory of their own that each process
	// has, in bytes; nil where the driver does not tell.
	byPID map[int]int64
}

// maxGPUs bounds what a driver may make us believe.
const maxGPUs = 64

// boundedGPU is a reader with its bound.
type boundedGPU struct {
	bounded
	gpuReader
}

// gpus are all ways to graphics processors on this system.
type gpus struct {
	ways  []*boundedGPU
	byPID map[int]int64 // of the last reading
}

func newGPUs(o Options) *gpus {
	g := &gpus{}
	for _, r := range gpuReaders(o) {
		g.ways = append(g.ways, &boundedGPU{bounded{name: r.name(), limit: o.Limit}, r})
	}
	return g
}

// begin starts every reader; the function that it gives waits for all of them.
func (g *gpus) begin(ctx context.Context, now time.Time) func() ([]backend.GPU, error) {
	waiting := make([]pending[gpuReading], len(g.ways))
	for i, w := range g.ways {
		waiting[i] = begin(ctx, &w.bounded, func(ctx context.Context) (gpuReading, error) { return w.read(ctx, now) })
	}
	return func() ([]backend.GPU, error) {
		all, byPID := []backend.GPU{}, map[int]int64(nil)
		var errs []error
		for _, w := range waiting {
			r, err := w.wait()
			errs = append(errs, err)
			all = append(all, r.gpus...)
			if byPID == nil {
				byPID = r.byPID
			}
		}
		g.byPID = byPID
		return all, errors.Join(errs...)
	}
}

// close closes every reader that is not out; one that hangs keeps what it has.
func (g *gpus) close(ctx context.Context) error {
	var errs []error
	for _, w := range g.ways {
		if err := w.drain(ctx); err != nil {
			errs = append(errs, err)
			continue
		}
		w.gpuReader.close()
	}
	return errors.Join(errs...)
}

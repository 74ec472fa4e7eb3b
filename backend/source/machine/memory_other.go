//go:build !linux && !darwin

package machine

import (
	"context"
	"errors"
	"time"

	"pilotlight/backend"
)

type memoryReader struct{}

func newMemoryReader(Options) *memoryReader { return &memoryReader{} }

func (*memoryReader) read(ctx context.Context, _ time.Time) (*backend.Memory, error) {
	return readRAM(ctx)
}

type cpuReader struct{}

func newCPUReader(Options) *cpuReader { return &cpuReader{} }

func (*cpuReader) read(context.Context, time.Time) (cpuTimes, error) {
	return cpuTimes{}, errors.ErrUnsupported
}

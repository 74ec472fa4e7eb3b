package machine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"
)

// WorkingSet is what the program that is named in Options.MetalProbe prints.
type WorkingSet struct {
	// Bytes is Metal's recommendedMaxWorkingSetSize of the default device.
	Bytes uint64 `json:"recommended_max_working_set_bytes"`
}

// parseWorkingSet reads what the probe printed.
func parseWorkingSet(b []byte) (uint64, error) {
	var w WorkingSet
	if err := json.Unmarshal(b, &w); err != nil {
		return 0, fmt.Errorf("read Metal's answer: %w", err)
	}
	if w.Bytes == 0 || w.Bytes > maxBytes {
		return 0, errors.New("Metal recommends no size") //nolint:staticcheck // a name
	}
	return w.Bytes, nil
}

const (
	metalLimit = 10 * time.Second // for the probe; loading Metal takes a part of one
	metalAgain = time.Hour        // until one that failed is tried again
)

// metalLimits asks Metal for its limit in a process of its own, which ends at
// once: Metal loaded into this one would stay, with megabytes of memory. The
// answer holds as long as the key, the boot and what limits the GPU, is the
// same, so it is one process a start. It is not waited for: the first reading
// has no limit.
type metalLimits struct {
	run func(context.Context) ([]byte, error)

	mu    sync.Mutex
	key   string
	value uint64 // in bytes, 0 while not known
	tried time.Time
	stop  context.CancelFunc
	done  chan struct{} // closed when the probe that is out ends; nil for none
}

// get gives the limit in bytes for a key, 0 where it is not known (yet).
func (m *metalLimits) get(key string, now time.Time) uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.run == nil {
		return 0
	}
	if m.key == key && m.value != 0 {
		return m.value
	}
	since := now.Sub(m.tried)
	if m.done != nil || m.key == key && since >= 0 && since < metalAgain {
		return 0
	}
	ctx, stop := context.WithTimeout(context.Background(), metalLimit)
	m.key, m.value, m.tried, m.stop, m.done = key, 0, now, stop, make(chan struct{})
	go m.probe(ctx, m.done)
	return 0
}

func (m *metalLimits) probe(ctx context.Context, done chan struct{}) {
	defer close(done)
	value := uint64(0)
	if b, err := m.run(ctx); err == nil {
		value, _ = parseWorkingSet(b) // without an answer the limit stays unknown
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stop()
	m.value, m.done = value, nil
}

// close ends a probe that is out and waits for it.
func (m *metalLimits) close() {
	m.mu.Lock()
	done := m.done
	if done != nil {
		m.stop()
	}
	m.mu.Unlock()
	if done != nil {
		<-done
	}
}

// output runs a program and gives what it printed, at most max bytes. Whoever
// holds its output open longer than a second is not waited for.
func output(ctx context.Context, max int, argv ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	out := &limitedBuffer{max: max}
	cmd.Stdout, cmd.WaitDelay = out, time.Second
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run %s: %w", argv[0], err)
	}
	return out.b, nil
}

// limitedBuffer keeps the first max bytes; more is an error, which ends the
// program that writes it.
type limitedBuffer struct {
	b   []byte
	max int
}

func (l *limitedBuffer) Write(p []byte) (int, error) {
	if len(l.b)+len(p) > l.max {
		return 0, fmt.Errorf("more than %d bytes", l.max)
	}
	l.b = append(l.b, p...)
	return len(p), nil
}

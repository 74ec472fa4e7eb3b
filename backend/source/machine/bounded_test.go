package machine

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestWhatHangsIsLeftAlone: one goroutine, however often it is asked.
func TestWhatHangsIsLeftAlone(t *testing.T) {
	b := bounded{name: "driver", limit: 10 * time.Millisecond}
	release := make(chan struct{})
	var calls atomic.Int32
	ask := func() (int, error) {
		return begin(t.Context(), &b, func(context.Context) (int, error) {
			calls.Add(1)
			<-release
			return 7, nil
		}).wait()
	}
	before := runtime.NumGoroutine()
	for range 100 {
		if n, err := ask(); n != 0 || !errors.Is(err, errHangs) || !strings.HasPrefix(err.Error(), "driver: ") {
			t.Fatalf("%d, %v", n, err)
		}
	}
	if noMoreThan(t, before+1); calls.Load() != 1 {
		t.Errorf("it was called %d times", calls.Load())
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := b.drain(ctx); !errors.Is(err, errHangs) {
		t.Errorf("drained: %v", err)
	}
	close(release)
	if err := b.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	// Its answer came too late and is gone; the next one is new.
	if n, err := ask(); n != 7 || err != nil || calls.Load() != 2 {
		t.Errorf("%d, %v after %d calls", n, err, calls.Load())
	}
}

func TestBoundedFails(t *testing.T) {
	b := bounded{name: "driver", limit: time.Minute}
	gone := errors.New("gone")
	if n, err := begin(t.Context(), &b, func(context.Context) (int, error) { return 3, gone }).wait(); n != 3 || !errors.Is(err, gone) {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := begin(t.Context(), &b, func(context.Context) (int, error) { panic("garbage") }).wait(); err == nil || !strings.Contains(err.Error(), "garbage") {
		t.Errorf("a panic is %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	p := begin(ctx, &b, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
	cancel()
	if _, err := p.wait(); !errors.Is(err, context.Canceled) || errors.Is(err, errHangs) {
		t.Errorf("when it is no longer wanted: %v", err)
	}
	if err := b.drain(t.Context()); err != nil {
		t.Error(err)
	}
}

package machine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Limit is how long a reader may take before its figures are absent.
const Limit = 2 * time.Second

// errHangs is what a reader gives that did not answer within Limit, now or at
// an earlier try that is still out.
var errHangs = errors.New("no answer; not asked again while it hangs")

// bounded runs a call that may never come back: a driver's library, a file of
// a sick driver or of a FUSE mount. At most one call is out at a time, so what
// hangs costs one goroutine however often it is wanted.
type bounded struct {
	name  string
	limit time.Duration

	mu  sync.Mutex
	out chan struct{} // closed when the call that is out ends; nil for none
}

// pending is a call that was begun.
type pending[T any] struct {
	name   string
	ctx    context.Context
	cancel context.CancelFunc
	done   <-chan outcome[T]
	err    error
}

type outcome[T any] struct {
	value T
	err   error
}

// begin starts f unless the last call is still out. f gets a context that ends
// with the limit; whether it heeds that is its own business. A panic in f is an
// error of that reading.
func begin[T any](ctx context.Context, b *bounded, f func(context.Context) (T, error)) pending[T] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.out != nil {
		return pending[T]{name: b.name, err: errHangs}
	}
	out, done := make(chan struct{}), make(chan outcome[T], 1)
	b.out = out
	ctx, cancel := context.WithTimeout(ctx, b.limit) //nolint:gosec // wait calls it
	go func() {
		v, err := guarded(ctx, f)
		b.mu.Lock()
		b.out = nil
		b.mu.Unlock()
		done <- outcome[T]{v, err}
		close(out)
	}()
	return pending[T]{name: b.name, ctx: ctx, cancel: cancel, done: done}
}

func guarded[T any](ctx context.Context, f func(context.Context) (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f(ctx)
}

// wait gives what the call found, or the reason why there is nothing. What
// comes after the limit is thrown away: it would be shown as new.
func (p pending[T]) wait() (T, error) {
	var none T
	if p.err != nil {
		return none, fmt.Errorf("%s: %w", p.name, p.err)
	}
	defer p.cancel()
	select {
	case o := <-p.done:
		return p.take(o)
	case <-p.ctx.Done():
	}
	select { // both at once: what came counts
	case o := <-p.done:
		return p.take(o)
	default:
	}
	if errors.Is(p.ctx.Err(), context.Canceled) {
		return none, fmt.Errorf("%s: %w", p.name, p.ctx.Err())
	}
	return none, fmt.Errorf("%s: %w", p.name, errHangs)
}

func (p pending[T]) take(o outcome[T]) (T, error) {
	if o.err != nil {
		return o.value, fmt.Errorf("%s: %w", p.name, o.err)
	}
	return o.value, nil
}

// drain waits until no call is out, for as long as ctx allows.
func (b *bounded) drain(ctx context.Context) error {
	b.mu.Lock()
	out := b.out
	b.mu.Unlock()
	if out == nil {
		return nil
	}
	select {
	case <-out:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", b.name, errHangs)
	}
}

package openclawtest

import (
	"context"
	"time"
)

// clock is the time that a turn passes in.
type clock interface {
	now() time.Time
	wait(ctx context.Context, d time.Duration) error
}

// paper is a clock that only counts: a turn is written all at once, with the
// times that it would have had.
type paper struct {
	at    time.Time
	scale float64
}

func (p *paper) now() time.Time { return p.at }

func (p *paper) wait(ctx context.Context, d time.Duration) error {
	p.at = p.at.Add(time.Duration(float64(d) * p.scale))
	return ctx.Err()
}

// wall is the caller's clock; it really waits, a share of the time.
type wall struct {
	clock func() time.Time
	pace  float64
}

func (w *wall) now() time.Time { return w.clock() }

func (w *wall) wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(time.Duration(float64(d) * w.pace))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

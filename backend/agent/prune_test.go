package agent

import (
	"context"
	"errors"
	"log/slog"
	"testing"
)

// shelf is a store of which only the removing of old rows is asked.
type shelf struct {
	Storage
	err error
}

func (s shelf) Prune(context.Context) (int64, error) { return 0, s.err }

// TestItSaysWhenOldRowsWereRemoved: memory is given back then, also where there were
// none, because looking for them took it; and not where the store could not look.
func TestItSaysWhenOldRowsWereRemoved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  error
		want int
	}{{nil, 1}, {errors.New("disk full"), 0}} {
		r, said := newRecorder(shelf{err: c.err}, slog.New(slog.DiscardHandler)), 0
		r.pruned = func() { said++ }
		r.prune(t.Context())
		if said != c.want {
			t.Errorf("with %v it was said %d times, want %d", c.err, said, c.want)
		}
	}
}

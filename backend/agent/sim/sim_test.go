package sim

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

var (
	seeds  = flag.Int("seeds", 0, "how many lives to play; 0: lives, or 200 with -short")
	seed   = flag.Uint64("seed", 1, "the first of them")
	traces = flag.Bool("trace", false, "show what happened, also where all went well")
)

// lives is how many CI plays.
const lives = 10_000

// TestMain has the memory of one life live on into the next: collecting it takes a
// third of the time else.
func TestMain(m *testing.M) {
	debug.SetGCPercent(800)
	goleak.VerifyTestMain(m)
}

// TestSim plays lives from seeds, one after the other.
func TestSim(t *testing.T) {
	n := *seeds
	switch {
	case n > 0:
	case testing.Short():
		n = 200
	default:
		n = lives
	}
	sum := playAll(t, *seed, n)
	t.Logf("%d lives, %s of simulated time (%s of it asleep), %d steps of the hub, %d acts, %d loads measured",
		n, years(sum.awake+sum.asleep), years(sum.asleep), sum.steps, sum.acts, sum.measured)
}

func years(d time.Duration) string { return fmt.Sprintf("%.2f years", d.Hours()/24/365) }

type total struct {
	awake, asleep time.Duration
	steps, acts   int
	measured      int
}

// playAll plays n seeds on all cores, and shows the shortest script of the first
// that fails.
func playAll(t *testing.T, first uint64, n int) (sum total) {
	var next atomic.Uint64
	var bad atomic.Pointer[world]
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for bad.Load() == nil {
				i := next.Add(1) - 1
				if i >= uint64(n) {
					return
				}
				w := play(write(first+i), nil, *traces && n == 1)
				mu.Lock()
				sum.awake, sum.asleep = sum.awake+w.now, sum.asleep+w.asleep
				sum.measured += w.measured
				sum.steps, sum.acts = sum.steps+w.steps, sum.acts+len(w.script.Acts)
				mu.Unlock()
				if w.failure != "" {
					bad.CompareAndSwap(nil, w)
				} else if *traces && n == 1 {
					t.Log("\n" + strings.Join(w.trace, "\n"))
				}
			}
		})
	}
	wg.Wait()
	if w := bad.Load(); w != nil {
		tell(t, w.script, nil)
	}
	return sum
}

// tell shows a failure with the shortest script that brings it about.
func tell(t *testing.T, s script, b *bend) {
	t.Helper()
	s = shrink(s, b)
	w := play(s, b, true)
	name := fmt.Sprintf("%s/pilotlight-sim-%d.txt", os.TempDir(), s.Seed)
	_ = os.WriteFile(name, []byte(s.String()), 0o600)
	t.Errorf("seed %d: %s\n\n%s\n%s\nKept as %s; a fault that is mended goes to testdata.", s.Seed, w.failure, s, strings.Join(w.trace, "\n"), name)
}

package sim

import (
	"context"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"
)

const (
	day = 24 * time.Hour
	// warmUp is what is left out of the judgement: what is kept in mind is bounded, and
	// fills up first.
	warmUp = 2 * day
	// ownHeap and ownShare are by how much the heap may be larger at the end: the
	// simulation itself remembers every row that was committed, some 2 KB for each thing
	// that happened, and 256 runs of OpenClaw's are more than happen in two days.
	ownHeap  = 2 << 20
	ownShare = 0.25
	// perMinute and perEvent bound what the database may grow by, in bytes: the figures
	// of a minute, and a load or a fallback with all that is told of it.
	perMinute = 200
	perEvent  = 6 << 10
	// walMost is the largest write-ahead log; SQLite folds it in at 4 MB.
	walMost = 5 << 20
)

// TestWeek plays a week that is awake from its beginning to its end, with a look every
// five seconds and SQLite on the disk: nothing of it may take more at the end than once
// it had begun. Its days are on the simulated clock, so that what is due once an hour or
// once a day comes as often as it does.
func TestWeek(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a while")
	}
	s, busy := week()
	w := newWorld(s, nil)
	w.disk.files = &files{dir: shared(t), w: w}
	w.start()
	costs := []cost{}
	for _, a := range s.Acts {
		for next := w.now + a.After; w.now < next && w.failure == ""; {
			hour := w.now.Truncate(time.Hour) + time.Hour
			w.until(min(next, hour))
			if w.now == hour && hour%(6*time.Hour) == 0 {
				costs = append(costs, w.cost(t))
			}
			if w.now == hour && hour%day == 0 {
				w.prune()
			}
		}
		if w.failure != "" {
			break
		}
		acts[a.Do].do(w, a.N)
		if w.life != nil {
			w.life.settle()
		}
	}
	w.calm()
	w.kill()
	if w.failure == "" {
		w.failure = w.differs()
	}
	w.close()
	if w.failure != "" {
		t.Fatalf("%s\n%s", w.failure, s)
	}
	if len(w.disk.loads) < 2*busy.ejects || len(w.disk.falls) < busy.falls {
		t.Errorf("too little happened: %d loads and unloads, %d fallbacks", len(w.disk.loads), len(w.disk.falls))
	}
	t.Logf("%d steps of the hub, %d loads and unloads, %d fallbacks", w.steps, len(w.disk.loads), len(w.disk.falls))
	judge(t, costs, len(w.disk.loads)+len(w.disk.falls))
}

// cost is what it takes at a moment.
type cost struct {
	at         time.Duration
	heap       float64 // bytes that live
	goroutines int
	files      int // open; 0 is not known
	database   int64
	wal        int64
}

// cost measures it, with what is garbage collected.
func (w *world) cost(t *testing.T) cost {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	open, _ := os.ReadDir("/proc/self/fd")
	c := cost{at: w.now, heap: float64(m.HeapAlloc), goroutines: runtime.NumGoroutine(), files: len(open), database: length(w.disk.files.path()), wal: length(w.disk.files.path() + "-wal")}
	t.Logf("%4.0f h: heap %.2f MB, %d goroutines, %d open files, database %d KB, its log %d KB",
		c.at.Hours(), c.heap/1e6, c.goroutines, c.files, c.database/1000, c.wal/1000)
	return c
}

func length(path string) int64 {
	if fi, err := os.Stat(path); err == nil {
		return fi.Size()
	}
	return 0
}

// prune is what the recorder does once a day.
func (w *world) prune() {
	if _, err := w.disk.files.db.Prune(context.Background()); err != nil {
		w.fail("prune: %v", err)
	}
}

// judge compares the end with the time after the warm-up.
func judge(t *testing.T, costs []cost, events int) {
	t.Helper()
	costs = slices.DeleteFunc(costs, func(c cost) bool { return c.at < warmUp })
	if len(costs) < 12 {
		t.Fatalf("%d readings are too few", len(costs))
	}
	early, late := costs[:4], costs[len(costs)-4:]
	heap := func(c cost) float64 { return c.heap }
	if was, is := middle(early, heap), middle(late, heap); is > was*(1+ownShare)+ownHeap {
		t.Errorf("the heap grew from %.2f to %.2f MB", was/1e6, is/1e6)
	}
	count := func(c cost) float64 { return float64(c.goroutines) }
	if was, is := middle(early, count), middle(late, count); is > was {
		t.Errorf("goroutines grew from %.0f to %.0f", was, is)
	}
	files := func(c cost) float64 { return float64(c.files) }
	if was, is := middle(early, files), middle(late, files); is > was {
		t.Errorf("open files grew from %.0f to %.0f", was, is)
	}
	first, last := early[0], late[len(late)-1]
	most := int64((last.at-first.at).Minutes())*perMinute + int64(events)*perEvent
	if grown := last.database - first.database; grown > most {
		t.Errorf("the database grew by %d KB, and %d are what happened explains", grown/1000, most/1000)
	}
	for _, c := range costs {
		if c.wal > walMost {
			t.Errorf("after %s the write-ahead log has %d KB", c.at, c.wal/1000)
		}
	}
}

func middle(list []cost, of func(cost) float64) float64 {
	values := make([]float64, 0, len(list))
	for _, c := range list {
		values = append(values, of(c))
	}
	slices.Sort(values)
	return (values[len(values)/2] + values[(len(values)-1)/2]) / 2
}

// happens is how often things happen in a week at the least.
type happens struct{ ejects, falls int }

// week is the script: a model that is kept, is ejected and comes back on a person's
// word, a server that is off at times while OpenClaw asks, conversations, and pages that
// are open for a while.
func week() (script, happens) {
	r := rand.New(rand.NewPCG(7, 0))
	s := script{Seed: 7, Poll: 5 * time.Second, Acts: []act{{time.Minute, "keep", 0}}}
	add := func(after time.Duration, do string, n int) { s.Acts = append(s.Acts, act{after, do, n}) }
	var h happens
	for at := time.Duration(0); at < 7*day; {
		rest := time.Duration(15+r.IntN(20)) * time.Minute
		at += rest + 5*time.Minute
		switch n := r.IntN(10); {
		case n < 5:
			add(rest, "server-off", 0)
			add(20*time.Second, "run", r.IntN(100))
			add(time.Minute, "run", r.IntN(100))
			add(2*time.Minute, "app-on", 0)
			h.falls += 2
		case n < 7:
			add(rest, "eject", 0)
			add(2*time.Minute, "resume", 0)
			h.ejects++
		case n < 9:
			add(rest, "talk", r.IntN(8))
		default:
			add(rest, "look", r.IntN(120))
		}
	}
	return s, h
}

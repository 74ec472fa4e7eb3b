package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"pilotlight/backend"
)

// noon is when every life begins.
var noon = time.Date(2026, 11, 2, 12, 0, 0, 0, time.UTC)

// world is everything that is played, and the hub that lives in it.
type world struct {
	clock
	script script
	offset time.Duration // the wall clock beyond awake time: sleep, and clocks that were set
	asleep time.Duration

	servers         []*lmstudio // all, the main one first
	lm              *lmstudio   // the main one
	den, gate, shed *lmstudio   // of other machines; nil where a life has only the main one

	claw  claw
	disk  *disk
	life  *life
	check *check
	bend  *bend // a fault on purpose; nil for none

	home      string
	chance    *rand.Rand
	hub       *rand.Rand // what Pilotlight spreads its looks by
	steps     int
	measured  int // loads whose memory was measured, with nothing beside them
	trace     []string
	keepTrace bool
	failure   string
}

func newWorld(s script, b *bend) *world {
	w := &world{script: s, bend: b, home: "/nonexistent/pilotlight-sim"}
	w.disk = newDisk(w)
	w.chance = rand.New(rand.NewPCG(s.Seed, 1))
	w.claw = claw{runs: map[string]*run{}, chance: rand.New(rand.NewPCG(s.Seed, 2))}
	w.hub = rand.New(rand.NewPCG(s.Seed, 3))
	w.check = newCheck(w)
	w.furnish(s.Far, s.Beside)
	return w
}

// wall is what the clock of the machine says.
func (w *world) wall() time.Time { return w.wallAt(w.now) }

func (w *world) wallAt(t time.Duration) time.Time { return noon.Add(t + w.offset) }

// changed notes that everything may be another than before.
func (w *world) changed() {
	for _, s := range w.servers {
		s.changed()
	}
}

// lies is how many lists were not the truth.
func (w *world) lies() (n int) {
	for _, s := range w.servers {
		n += s.lies
	}
	return n
}

func (w *world) latency() time.Duration {
	return 2*time.Millisecond + time.Duration(w.chance.Int64N(int64(40*time.Millisecond)))
}

func (w *world) note(format string, args ...any) {
	if w.keepTrace {
		w.trace = append(w.trace, fmt.Sprintf("%12s  ", w.now.Round(time.Millisecond))+fmt.Sprintf(format, args...))
	}
}

// fail notes the first thing that must not be.
func (w *world) fail(format string, args ...any) {
	if w.failure == "" {
		w.failure = fmt.Sprintf(format, args...)
		w.note("!! %s", w.failure)
	}
}

// until lets everything happen that is due until a time.
func (w *world) until(end time.Duration) {
	for w.failure == "" {
		if len(w.heap) == 0 || w.peek() > end {
			break
		}
		e := w.next()
		if e == nil {
			break
		}
		if e.at > end { // what was due before it was called off
			w.push(e)
			break
		}
		w.now = max(w.now, e.at)
		e.do()
		if w.life != nil {
			w.life.settle()
		}
	}
	w.now = max(w.now, end)
}

// sample is a reading of the machine.
func (w *world) sample(_ context.Context, _ backend.Want) (backend.Sample, error) {
	if l := w.life; l != nil && w.active != nil && w.active.life == l {
		l.Sleep(time.Millisecond)
	}
	at, free := backend.At(w.wall()), w.lm.free()
	w.check.tries.most = max(w.check.tries.most, free)
	return backend.Sample{
		At: at, ReadAt: &backend.ReadAt{Memory: &at, GPUs: &at}, GPUs: []backend.GPU{}, Processes: []backend.Process{},
		Memory: &backend.Memory{TotalBytes: ram, UsedBytes: ram - free, AvailableBytes: &free, Source: "sim"},
	}, nil
}

// play is a whole script, from its beginning to the calm at its end.
func play(s script, b *bend, trace bool) *world {
	w := newWorld(s, b)
	w.keepTrace = trace
	w.play()
	return w
}

func (w *world) play() {
	w.start()
	for _, a := range w.script.Acts {
		w.until(w.now + a.After)
		if w.failure != "" {
			break
		}
		w.note("-- %s", a)
		acts[a.Do].do(w, a.N)
		if w.life != nil {
			w.life.settle()
		}
	}
	w.calm()
	w.kill()
	w.close()
}

package sim

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/source/openclaw/journal"
)

// life is one run of Pilotlight, from its start to its end or its death.
type life struct {
	w      *world
	hub    *agent.Driven
	ctx    context.Context
	cancel context.CancelFunc
	dead   bool
	// quitting says that it writes what is left, with nothing else going on.
	quitting bool
	from     time.Duration

	posted []func()
	ready  []func() // what Beside was given and did not begin yet
	fibers []*fiber
	waits  []wait
	timer  *event
	retry  *event // of the recorder
}

// wait is a fiber that waits for something to become true.
type wait struct {
	f     *fiber
	ready func() bool
}

// Post, Beside, Sleep, Wait and Chance make it an agent.Stage.

func (l *life) Post(f func()) {
	if !l.dead {
		l.posted = append(l.posted, f)
	}
}

func (l *life) Beside(f func()) {
	if !l.dead {
		l.ready = append(l.ready, f)
	}
}

func (l *life) Sleep(d time.Duration) bool {
	if !l.dead {
		l.w.sleep(d)
	}
	return !l.dead
}

func (l *life) Wait(ready func() bool) {
	for !l.dead && !ready() {
		l.waits = append(l.waits, wait{l.w.active, ready})
		l.w.park()
	}
}

func (l *life) Chance() float64 {
	if b := l.w.bend; b != nil && b.hurry != 0 {
		return b.hurry
	}
	return l.w.hub.Float64()
}

func (l *life) ended(f *fiber) {
	l.fibers = slices.DeleteFunc(l.fibers, func(o *fiber) bool { return o == f })
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1}))

// start starts Pilotlight over what is on the disk.
func (w *world) start() {
	l := &life{w: w, from: w.now}
	l.ctx, l.cancel = context.WithCancel(context.Background())
	cfg := agent.Config{
		Home: w.home, Poll: w.script.Poll, Source: w.sourceToMain(l), ServerName: "LM Studio", Sample: w.sample,
		Unified: true, Keep: keep.Defaults(), Version: "sim", Log: quiet, Now: w.wall,
	}
	if b := w.bend; b != nil && b.keep != nil {
		b.keep(&cfg.Keep)
	}
	if w.den != nil {
		cfg.NewSource = w.sourceTo(l)
	}
	for _, s := range w.servers[1:] {
		s.seen.id, s.seen.by = "", nil
	}
	hub, err := agent.NewDriven(l.ctx, cfg, w.openDisk(l), l)
	if err != nil {
		w.fail("Pilotlight does not start: %v", err)
		return
	}
	l.hub = hub
	w.claw.atStart = len(w.claw.lines)
	w.life = l
	hub.Reads(w.claw.reading(w))
	w.check.started(l)
	l.Beside(l.record)
	l.Beside(l.follow)
	l.step(nil)
	l.settle()
}

// step is one turn of the loop.
func (l *life) step(f func()) {
	if b := l.w.bend; b != nil && b.turn != nil {
		b.turn(l.hub.KeepState())
	}
	l.w.check.before(l)
	wait := l.hub.Do(f)
	l.w.steps++
	l.w.check.after(l)
	if l.timer != nil {
		l.timer.do = nil
	}
	l.timer = l.w.after(wait, func() { l.timer = nil; l.step(nil) })
}

// settle does all that is to be done at this very moment.
func (l *life) settle() {
	for !l.dead {
		switch {
		case len(l.posted) > 0:
			f := l.posted[0]
			l.posted = l.posted[1:]
			l.step(f)
		case len(l.ready) > 0:
			f := l.ready[0]
			l.ready = l.ready[1:]
			l.w.spawn(l, f)
		default:
			i := slices.IndexFunc(l.waits, func(w wait) bool { return w.ready() })
			if i < 0 {
				return
			}
			f := l.waits[i].f
			l.waits = slices.Delete(l.waits, i, i+1)
			l.w.run(f)
		}
	}
}

// record plays the recorder's goroutine.
func (l *life) record() {
	due := false
	for !l.dead {
		l.Wait(func() bool { return due || l.hub.ToRecord() })
		due = false
		if !l.Sleep(time.Millisecond) {
			return
		}
		if again := l.hub.Record(l.ctx); again > 0 && !l.dead {
			if l.retry != nil {
				l.retry.do = nil
			}
			l.retry = l.w.after(again, func() { due = true })
		}
	}
}

// follow plays the reader of OpenClaw's files: what it read is delivered until
// the hub has taken it.
func (l *life) follow() {
	c, first := &l.w.claw, true
	pos := l.w.disk.cursor()
	for !l.dead {
		l.Wait(func() bool { return c.reread || pos < len(c.lines) })
		if !l.Sleep(c.pace()) {
			return
		}
		if c.reread { // rotated, or written anew: all of it is read again
			pos, c.reread = 0, false
		}
		end := min(len(c.lines), pos+1+c.draw(8))
		b := journal.Batch{Traces: slices.Clone(c.lines[pos:end]), Backfill: first && pos < c.atStart}
		if c.twice > 0 {
			c.twice--
			b.Traces = append(b.Traces, b.Traces...)
		}
		b.Cursors = []backend.Cursor{{Path: "/claw/openclaw.log", Device: 1, Inode: 1, Offset: int64(end), ReadAt: l.w.wall()}}
		for l.hub.Deliver(l.ctx, b) != nil {
			if !l.Sleep(time.Second) {
				return
			}
		}
		pos, first = end, false
	}
}

// kill ends Pilotlight where it stands.
func (w *world) kill() {
	l := w.life
	if l == nil {
		return
	}
	l.drop()
	w.disk.abandon(true)
	w.check.ending(l)
}

// quit ends it as a person does.
func (w *world) quit() {
	l := w.life
	if l == nil {
		return
	}
	l.drop()
	l.quitting = true
	l.hub.End(context.Background())
	w.disk.abandon(false)
	w.check.ending(l)
}

// drop unwinds what ran beside the loop; nothing of it reaches anybody.
func (l *life) drop() {
	l.dead = true
	l.w.life = nil
	l.cancel()
	for _, e := range []*event{l.timer, l.retry} {
		if e != nil {
			e.do = nil
		}
	}
	l.posted, l.ready, l.waits = nil, nil, nil
	for len(l.fibers) > 0 {
		f := l.fibers[0]
		if f.woken != nil {
			f.woken.do, f.woken = nil, nil
		}
		l.w.run(f)
	}
}

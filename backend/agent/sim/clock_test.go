package sim

import (
	"iter"
	"time"
)

// clock is the simulated time, with all that waits for it. One thing happens at a
// time, in an order that depends on nothing but the script.
type clock struct {
	now    time.Duration // awake time since the beginning
	seq    int
	heap   []*event
	idle   []*fiber // have nothing to do
	active *fiber
}

// event is what happens at a time; those of one time in the order of their making.
type event struct {
	at  time.Duration
	seq int
	do  func() // nil: it was called off
}

func (e *event) before(o *event) bool { return e.at < o.at || e.at == o.at && e.seq < o.seq }

// after has do happen after d.
func (c *clock) after(d time.Duration, do func()) *event {
	c.seq++
	e := &event{at: c.now + max(d, 0), seq: c.seq, do: do}
	c.push(e)
	return e
}

// peek is when the next event is due, called off or not.
func (c *clock) peek() time.Duration { return c.heap[0].at }

func (c *clock) push(e *event) {
	c.heap = append(c.heap, e)
	for i := len(c.heap) - 1; i > 0; {
		up := (i - 1) / 2
		if !c.heap[i].before(c.heap[up]) {
			break
		}
		c.heap[i], c.heap[up] = c.heap[up], c.heap[i]
		i = up
	}
}

// next takes the next event that was not called off; nil where none is left.
func (c *clock) next() *event {
	for len(c.heap) > 0 {
		e, last := c.heap[0], len(c.heap)-1
		c.heap[0] = c.heap[last]
		c.heap[last] = nil
		c.heap = c.heap[:last]
		c.sink()
		if e.do != nil {
			return e
		}
	}
	return nil
}

func (c *clock) sink() {
	for i := 0; ; {
		low := 2*i + 1
		if low >= len(c.heap) {
			return
		}
		if r := low + 1; r < len(c.heap) && c.heap[r].before(c.heap[low]) {
			low = r
		}
		if !c.heap[low].before(c.heap[i]) {
			return
		}
		c.heap[i], c.heap[low] = c.heap[low], c.heap[i]
		i = low
	}
}

// fiber is what runs beside the loop: code that waits for simulated time as other
// code waits for real time.
type fiber struct {
	job   func()
	next  func() (struct{}, bool)
	stop  func()
	yield func(struct{}) bool
	life  *life
	woken *event // when it goes on
}

// spawn runs job in a fiber until it waits for the first time.
func (c *clock) spawn(of *life, job func()) {
	var f *fiber
	if n := len(c.idle); n > 0 {
		f, c.idle = c.idle[n-1], c.idle[:n-1]
	} else {
		f = &fiber{}
		f.next, f.stop = iter.Pull(func(yield func(struct{}) bool) {
			f.yield = yield
			for {
				f.job()
				f.job = nil
				if f.life != nil {
					f.life.ended(f)
				}
				c.idle = append(c.idle, f)
				if !yield(struct{}{}) {
					return
				}
			}
		})
	}
	f.job, f.life = job, of
	if of != nil {
		of.fibers = append(of.fibers, f)
	}
	c.run(f)
}

// run lets a fiber go on until it waits again.
func (c *clock) run(f *fiber) {
	was := c.active
	c.active = f
	f.next()
	c.active = was
}

// sleep waits in the active fiber.
func (c *clock) sleep(d time.Duration) {
	f := c.active
	f.woken = c.after(d, func() { f.woken = nil; c.run(f) })
	f.yield(struct{}{})
}

// park waits in the active fiber until somebody runs it.
func (c *clock) park() { c.active.yield(struct{}{}) }

// close ends all fibers that have nothing to do.
func (c *clock) close() {
	for _, f := range c.idle {
		f.stop()
	}
	c.idle = nil
}

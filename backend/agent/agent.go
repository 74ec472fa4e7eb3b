package agent

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/rule/tell"
	"pilotlight/backend/rule/watch"
	"pilotlight/backend/source/openclaw"
	"pilotlight/backend/source/openclaw/journal"
)

// Agent is the running hub. Its exported methods may be called from anywhere;
// everything else belongs to the loop.
type Agent struct {
	*Desk // of OpenClaw's config

	cfg   Config
	life  context.Context // ends when the agent is told to stop
	in    chan func()     // what the loop is to do next
	stage Stage           // turns the hub from outside; nil: it turns itself
	ended chan struct{}   // closed when the loop has ended
	wg    sync.WaitGroup  // what runs beside the loop

	status atomic.Pointer[backend.Status]
	cast   *broadcaster
	rec    *recorder
	follow *follower // nil where OpenClaw is not watched
	tally  tally

	probing probing     // what the doctor asked for
	called  atomic.Bool // something was asked of the listeners since the last look

	latest       atomic.Pointer[openclaw.Reading] // of OpenClaw's config
	journal      atomic.Pointer[journal.Reader]   // nil before it reads
	watchedSince atomic.Pointer[time.Time]        // since when the history tells of servers

	// Owned by the loop.
	main      *watched   // the LM Studio that Pilotlight was started for
	servers   []*watched // all that are watched, main first
	others    others
	keep      keep.State
	keepView  backend.Keep
	saved     []byte            // the keep as last handed to the recorder
	savedOf   keep.State        // what saved was made of
	answers   []func()          // to who waits in inLoop; given at the end of the turn
	carried   map[string][]byte // states from a database that was set aside at the start
	asked     []watch.Asked     // loads of servers that are not watched yet, or not any more
	askedKept []byte            // what was asked as last handed to the recorder
	machine   *backend.Sample
	measuring *measuring // the load whose memory is being measured; nil for none
	restless  time.Time  // when something was last loaded or unloaded on this machine
	readAt    time.Time  // when its memory was last read
	sampling  sampling
	expected  *float64 // seconds that a load of the target usually takes
	tidyFor   bool     // somebody looked at the last look
	turnover  uint64   // of the pages, by the last look
	steady    int      // looks since that changed
	tidied    bool     // memory was given back since then, when every server had been looked at
	resting   bool     // the program was told to rest
	quiet     int      // looks since anybody listened or asked
	waiters   []*waiter
	notices   noticeBoard
	unwritten unwritten
	startedAt time.Time
	listen    string
	instance  string // tells this agent from every other
	host      string // the machine's name
	peers     peers
	update    updates

	openclaw     gateway
	chain        chain
	aliveAt      time.Time // the last sign of life in the store
	lastFallback *backend.Fallback
	seen         seenFallback
	day          time.Time // whose fallbacks today counts
	today        *today
	settings     backend.Settings
	told         tell.State
	outlook      outlook

	reconsider    bool // the newest fallbacks may be explained better
	reconsidering bool
	finding       bool // patterns are being looked for
	unfound       bool // something happened since they last were
	foundAt       time.Time
	tickedAt      time.Time // when silent runs were last closed
}

// post hands f to the loop from beside it; after the end it is dropped.
func (a *Agent) post(f func()) {
	if a.stage != nil {
		a.stage.Post(f)
		return
	}
	select {
	case a.in <- f:
	case <-a.ended:
	}
}

// beside runs f outside the loop; the agent waits for it at its end.
func (a *Agent) beside(f func(ctx context.Context)) {
	if a.stage != nil {
		a.stage.Beside(func() { f(a.life) })
		return
	}
	a.wg.Go(func() { f(a.life) })
}

// answer is what a call into the loop brings back.
type answer[T any] struct {
	value T
	err   error
}

// inLoop runs f in the loop and waits for what it returns. The answer comes once the
// status shows what f did: who asks for it next sees it.
func inLoop[T any](ctx context.Context, a *Agent, f func() (T, error)) (T, error) {
	ch := make(chan answer[T], 1)
	a.post(func() {
		v, err := f()
		a.answers = append(a.answers, func() { ch <- answer[T]{v, err} })
	})
	return await(ctx, a, ch)
}

// inLoopKept is inLoop for what a person chooses. The choice is on the disk when the
// answer comes: killed right after it, Pilotlight still knows it.
func inLoopKept[T any](ctx context.Context, a *Agent, f func() (T, error)) (T, error) {
	v, err := inLoop(ctx, a, f)
	if err == nil {
		a.written(ctx)
	}
	return v, err
}

// written waits until what is to be recorded by now is on the disk, but not for long.
func (a *Agent) written(ctx context.Context) {
	if a.stage != nil {
		a.stage.Wait(isClosed(a.rec.nextPass()))
		return
	}
	a.rec.passed(ctx)
}

func await[T any](ctx context.Context, a *Agent, ch <-chan answer[T]) (T, error) {
	var none T
	if a.stage != nil {
		a.stage.Wait(func() bool { return len(ch) > 0 })
	}
	select {
	case r := <-ch:
		return r.value, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	case <-a.ended:
		return none, &backend.Error{Code: backend.CodeAgentDown, Message: "Pilotlight is stopping.", Hint: "Start it again with: pilotlight agent"}
	}
}

// loop is the only place where state changes.
func (a *Agent) loop() {
	defer close(a.ended)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-a.life.Done():
			return
		case f := <-a.in:
			f()
		case <-timer.C:
		}
		a.turn()
		timer.Reset(a.untilNext())
	}
}

// turn does what follows from whatever just changed.
func (a *Agent) turn() {
	now := a.cfg.Now()
	a.wake()
	a.expireWaiters(now)
	a.step(now)
	a.looksIfDue(now)
	a.sampleIfDue(now)
	a.lookAtPeers(now)
	a.keepAsked()
	a.updateIfDue(now)
	a.publish(now)
	for _, give := range a.answers {
		give()
	}
	clear(a.answers)
	a.answers = a.answers[:0]
}

// untilNext is how long nothing needs to be done. Everything else that waits
// is measured in looks, so the next look is the only timer; while somebody looks or
// a model loads the machine is read in between, and while an instance is proven idle
// it is asked again.
func (a *Agent) untilNext() time.Duration {
	wait := a.untilLook(a.cfg.Now())
	if s := a.untilSample(a.cfg.Now()); s > 0 {
		wait = min(wait, s)
	}
	if ask := a.keep.AskAgainIn(a.cfg.Now()); ask > 0 {
		wait = min(wait, ask)
	}
	return a.untilPeers(wait)
}

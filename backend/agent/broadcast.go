package agent

import (
	"slices"
	"sync"
	"sync/atomic"

	"pilotlight/backend"
	"pilotlight/backend/face/api"
)

const (
	// subscriberRoom is how far a subscriber may fall behind before it is dropped.
	subscriberRoom = 64
	// remembered is how many events a returning subscriber can catch up on.
	remembered = 256
)

// broadcaster hands events to subscribers without ever waiting for one.
type broadcaster struct {
	poke    func()       // called when somebody came or went
	dropped atomic.Int64 // subscribers that were too slow

	mu    sync.Mutex
	next  uint64
	ring  []backend.Event // those that can be replayed, oldest first
	subs  map[*subscriber]struct{}
	turns uint64 // how often somebody who may be looking came or went
	ended bool
}

type subscriber struct {
	ch      chan backend.Event
	looking bool // a page, as against the menu, which nobody may be looking at
	dropped atomic.Bool
}

func newBroadcaster(poke func()) *broadcaster {
	return &broadcaster{next: 1, subs: map[*subscriber]struct{}{}, poke: poke}
}

// heard says whether anybody listens.
func (b *broadcaster) heard() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.subs) > 0
}

// watched says whether anybody who listens may be looking right now.
func (b *broadcaster) watched() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for s := range b.subs {
		if s.looking {
			return true
		}
	}
	return false
}

// turnover is how often somebody who may be looking came or went.
func (b *broadcaster) turnover() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.turns
}

// publish sends data to all; it must not be changed afterwards. A state or a
// sample is not remembered: who comes back gets the newest anyway.
func (b *broadcaster) publish(kind backend.EventKind, data any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := backend.Event{ID: b.next, Kind: kind, Data: data}
	b.next++
	if kind != backend.EventState && kind != backend.EventSample {
		if len(b.ring) == remembered {
			b.ring = slices.Delete(b.ring, 0, 1)
		}
		b.ring = append(b.ring, e)
	}
	for s := range b.subs {
		select {
		case s.ch <- e:
		default:
			s.dropped.Store(true)
			b.dropped.Add(1)
			b.part(s)
		}
	}
}

// subscribe starts a subscription; events after the given id are replayed as
// far as they are remembered.
func (b *broadcaster) subscribe(after uint64, looking bool) *api.Subscription {
	b.mu.Lock()
	s := &subscriber{ch: make(chan backend.Event, subscriberRoom), looking: looking}
	var replay []backend.Event
	if after > 0 && after < b.next {
		for _, e := range b.ring {
			if e.ID > after {
				replay = append(replay, e)
			}
		}
	}
	if b.ended {
		close(s.ch)
	} else {
		b.subs[s] = struct{}{}
		b.turned(s)
	}
	b.mu.Unlock()
	b.poke()
	return &api.Subscription{
		Events: s.ch, Replay: replay, Dropped: s.dropped.Load,
		Close: func() { b.remove(s) },
	}
}

func (b *broadcaster) remove(s *subscriber) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.subs[s]; ok {
		b.part(s)
	}
}

// part ends one subscription. Called with the lock.
func (b *broadcaster) part(s *subscriber) {
	delete(b.subs, s)
	close(s.ch)
	b.turned(s)
}

// turned counts that s came or went. Called with the lock.
func (b *broadcaster) turned(s *subscriber) {
	if s.looking {
		b.turns++
	}
}

// end closes every subscription; later ones end at once.
func (b *broadcaster) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	for s := range b.subs {
		b.part(s)
	}
}

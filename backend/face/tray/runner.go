package tray

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/rule/say"
)

// Options are what the menu needs beside the agent. Every field without
// "optional" is needed.
type Options struct {
	Now   func() time.Time
	Log   *slog.Logger
	Login Login                                        // optional
	Open  func(ctx context.Context, path string) error // opens a place of the dashboard and returns
	Quit  func()                                       // ends the agent, and with it the menu
	// Say tells the person at the terminal something once.
	Say func(text string)
	// Lost is called once when what carries the icon went away for good. Run may
	// never return after that.
	Lost func(error) // optional
}

// screen is where the menu is shown. Its methods are called by one goroutine.
type screen interface {
	set(id string, it Item, was *Item)
	hide(id string)
	icon(shape say.Flame)
	tooltip(text string)
}

// failureFor is how long a failure stays in the menu.
const failureFor = 30 * time.Second

// runner keeps a screen equal to the View of the newest state, and runs what is
// clicked. All of it belongs to the goroutine in run, but what is said to be
// anybody's.
type runner struct {
	Options
	agent  Agent
	screen screen

	clicks chan string   // anybody's: ids of items that were clicked
	ended  chan ending   // anybody's: commands that ended
	poke   chan struct{} // anybody's: there is a newer state

	extra     Extra
	failUntil time.Time
	shown     map[string]Item
	shape     say.Flame
	tip       string
	busy      map[Verb]bool
	waiting   map[Verb]wish // the last click on a verb that was under way
	due       []wish        // those whose verb has ended
	wg        sync.WaitGroup
}

type ending struct {
	action Action
	err    error
}

func newRunner(a Agent, s screen, o Options) *runner {
	r := &runner{
		Options: o, agent: a, screen: s, shown: map[string]Item{}, busy: map[Verb]bool{}, waiting: map[Verb]wish{},
		clicks: make(chan string), ended: make(chan ending, 16), poke: make(chan struct{}, 1),
	}
	r.readLogin()
	return r
}

// run works until ctx ends, and waits for what it started.
func (r *runner) run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer r.wg.Wait()
	defer stop()
	r.wg.Go(func() { r.agent.Watch(ctx, r.changed) })
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.poke:
		case id := <-r.clicks:
			r.click(ctx, id)
		case e := <-r.ended:
			r.end(e)
		case <-timer.C:
		}
		wait := r.draw()
		r.again(ctx)
		timer.Reset(wait)
	}
}

// changed says that there is a newer state. It never waits: of states that come
// faster than they are drawn, the last one counts.
func (r *runner) changed() {
	select {
	case r.poke <- struct{}{}:
	default:
	}
}

// draw brings the screen up to date, touching only what differs, and returns
// how long it will be true.
func (r *runner) draw() time.Duration {
	st := r.agent.Status()
	now := r.Now()
	if k := st.Keep; k.State != backend.KeepOff {
		r.extra.Last = &backend.Target{Server: k.Server, Model: k.Model, ContextLength: k.ContextLength, Policy: k.Policy}
	}
	wait := Refresh(st)
	if r.extra.Failure != "" {
		if left := r.failUntil.Sub(now); left > 0 {
			wait = min(wait, left)
		} else {
			r.extra.Failure = ""
		}
	}
	r.show(View(st, now, r.extra))
	return wait
}

func (r *runner) show(m Menu) {
	if m.Shape != r.shape {
		r.shape = m.Shape
		r.screen.icon(m.Shape)
	}
	if m.Tooltip != r.tip {
		r.tip = m.Tooltip
		r.screen.tooltip(m.Tooltip)
	}
	now := map[string]Item{}
	var place func(items []Item)
	place = func(items []Item) {
		for _, it := range items {
			now[it.ID] = it
			was, there := r.shown[it.ID]
			switch {
			case !there:
				r.screen.set(it.ID, it, nil)
			case was.Text != it.Text || was.Off != it.Off || was.Check != it.Check:
				r.screen.set(it.ID, it, &was)
			}
			place(it.Children)
		}
	}
	place(m.Items)
	for id := range r.shown {
		if _, stays := now[id]; !stays {
			r.screen.hide(id)
		}
	}
	r.shown = now
}

// click runs what an item stands for. A second click on something that is still
// under way does not happen twice: see again.
func (r *runner) click(ctx context.Context, id string) {
	it, there := r.shown[id]
	if !there {
		return // it went while the menu was open
	}
	if it.Check != NoCheck {
		// The screen has changed the mark by itself; it shows what is, not what
		// was wished.
		r.screen.set(id, it, nil)
	}
	a := it.Do
	switch {
	case it.Off:
		return
	case r.busy[a.Verb]:
		r.waiting[a.Verb] = wish{id, a}
		return
	case a.Verb == DoQuit:
		r.Quit()
		return
	}
	do, limit := r.command(a)
	if do == nil {
		return
	}
	r.busy[a.Verb] = true
	r.wg.Go(func() {
		ctx, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		r.ended <- ending{action: a, err: do(ctx)} // it has room for one of every verb
	})
}

func (r *runner) end(e ending) {
	delete(r.busy, e.action.Verb)
	if w, ok := r.waiting[e.action.Verb]; ok {
		delete(r.waiting, e.action.Verb)
		if e.err == nil {
			r.due = append(r.due, w)
		}
	}
	r.extra.Failure = ""
	if e.err != nil {
		r.extra.Failure, r.failUntil = failure(e.action, e.err), r.Now().Add(failureFor)
		r.Log.Warn("a click in the menu came to nothing", "what", e.action.Verb, "err", e.err)
	}
	if e.action.Verb == DoLogin {
		r.readLogin()
	}
}

// readLogin looks at the login entry: at the start and after it was changed.
func (r *runner) readLogin() {
	if r.Login != nil {
		on := r.Login.Enabled()
		r.extra.Login = &on
	}
}

package main

import (
	"context"
	"fmt"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/face/tray"
)

// bar is the menu bar beside an agent in this process.
type bar struct {
	e     *env
	cfg   agent.Config
	ctx   context.Context // of the agent and the menu: quitting the one ends the other
	quit  context.CancelFunc
	ended chan struct{}
}

// barLimit is how long the agent's end waits for the menu to go. It goes at
// once, but for a display that was lost, whose thread never comes back.
const barLimit = 2 * time.Second

func (e *env) newBar(cfg agent.Config) *bar {
	b := &bar{e: e, cfg: cfg, ended: make(chan struct{})}
	b.ctx, b.quit = context.WithCancel(e.ctx)
	return b
}

// start shows the menu of a running agent.
func (b *bar) start(a *agent.Agent) {
	show := func() {
		defer close(b.ended)
		err := tray.Run(b.ctx, hub{a}, tray.Options{
			Now: b.e.now, Log: b.cfg.Log, Login: b.login(), Open: b.open, Quit: b.quit, Say: b.say,
		})
		if err != nil {
			be := backend.AsError(err)
			b.say(be.Message + " " + be.Hint)
		}
	}
	go func() {
		select {
		case b.e.mainThread <- show:
		case <-b.ctx.Done():
			close(b.ended)
		}
	}()
}

// login is the switch for starting at login. The demo has none: it is not what
// anybody wants to meet there.
func (b *bar) login() tray.Login {
	if b.cfg.Demo {
		return nil
	}
	item, err := b.e.loginItem()
	if err != nil {
		b.cfg.Log.Warn("no login item", "error", err)
		return nil
	}
	return item
}

// close ends the menu and waits for it, for a while.
func (b *bar) close() {
	b.quit()
	select {
	case <-b.ended:
	case <-time.After(barLimit):
	}
}

func (b *bar) say(text string) {
	b.cfg.Log.Warn(text)
	fmt.Fprintln(b.e.err, visible(text))
}

// open opens a place of the dashboard in its window, or in the browser.
func (b *bar) open(ctx context.Context, path string) error {
	c := client.New(agent.SocketPath(b.cfg.Home))
	defer c.Close()
	return b.e.openDashboard(ctx, c, b.cfg.Demo, path)
}

// hub is the agent in this process as the menu wants it.
type hub struct{ *agent.Agent }

// Watch calls changed after everything that happens.
func (h hub) Watch(ctx context.Context, changed func()) {
	for ctx.Err() == nil {
		sub := h.Listen()
		changed()
		h.follow(ctx, sub.Events, changed)
		sub.Close()
		if sub.Dropped == nil || !sub.Dropped() {
			return
		}
	}
}

func (h hub) follow(ctx context.Context, events <-chan backend.Event, changed func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, ok := <-events:
			if !ok {
				return
			}
			changed()
		}
	}
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/face/tray/traytest"
)

// menuBar measures the agent with its icon, on a desktop with a panel: a
// display without a screen, a session bus, and our own side of the panel.
func (b *bench) menuBar(idle time.Duration) error {
	if b.agent != nil {
		b.agent.stop()
		b.agent = nil
	}
	desk, err := traytest.NewDesktop()
	if err != nil {
		return err
	}
	defer desk.Close()
	panel, err := traytest.NewWatcher(desk.Bus)
	if err != nil {
		return err
	}
	defer panel.Close()
	p, err := b.startProgram("pilotlight", desk.Env())
	if err != nil {
		return err
	}
	defer p.stop()
	icon, err := panel.Next(10 * time.Second)
	if err != nil {
		return err
	}
	if _, err := icon.Menu(); err != nil { // as a panel does
		return err
	}
	c := client.New(agent.SocketPath(b.home))
	defer c.Close()
	if err := b.keepSomething(c); err != nil {
		return err
	}
	time.Sleep(settle)
	use, err := p.watch(idle)
	if err != nil {
		return err
	}
	rss, err := p.rss()
	if err != nil {
		return err
	}
	b.add("with the menu bar: idle RSS", rss.total, "%.1f", 32, "MB")
	b.note("  of it anonymous", fmt.Sprintf("%.1f MB", rss.anonymous))
	b.add("with the menu bar: idle CPU", use.cpu, "%.3f", 0.1, "% of a core")
	if err := b.menuLatency(icon, c); err != nil {
		return err
	}
	return b.menuGrowth(p, c)
}

// menuLatency is the time from an event of the agent to the menu's own news of
// a change, which is what makes a panel draw it anew.
func (b *bench) menuLatency(icon *traytest.Icon, c *client.Client) error {
	changes, err := icon.Changes()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	told := make(chan time.Time, 64)
	go func() {
		_ = c.Events(ctx, 0, func(kind string, _ uint64, _ json.RawMessage) error {
			if kind == "keep" {
				told <- time.Now()
			}
			return nil
		})
	}()
	time.Sleep(time.Second)
	var took []float64
	for i := range 100 {
		drain(changes)
		drain(told)
		if err := pauseOrResume(ctx, c, i); err != nil {
			return err
		}
		at, err := next(told)
		if err != nil {
			return err
		}
		shown, err := next(changes)
		if err != nil {
			return err
		}
		took = append(took, max(0, float64(shown.Sub(at).Microseconds())/1000))
		time.Sleep(100 * time.Millisecond)
	}
	slices.Sort(took)
	b.add("  event to menu, slowest of 100", took[len(took)-1], "%.1f", 200, "ms")
	b.note("  median", fmt.Sprintf("%.1f ms", median(took)))
	return nil
}

func pauseOrResume(ctx context.Context, c *client.Client, i int) error {
	var err error
	if i%2 == 0 {
		_, err = c.Pause(ctx, 0)
	} else {
		_, err = c.Resume(ctx)
	}
	return err
}

func drain(ch <-chan time.Time) {
	for {
		select {
		case <-ch:
		default:
			return
		}
	}
}

func next(ch <-chan time.Time) (time.Time, error) {
	select {
	case t := <-ch:
		return t, nil
	case <-time.After(5 * time.Second):
		return time.Time{}, fmt.Errorf("nothing changed within 5 s")
	}
}

// menuGrowth changes the state as often as a busy year would in a day.
func (b *bench) menuGrowth(p *process, c *client.Client) error {
	const changes = 1000
	churn := func(n int) error {
		for i := range n {
			if err := pauseOrResume(context.Background(), c, i); err != nil {
				return err
			}
			time.Sleep(5 * time.Millisecond) // so that each is drawn
		}
		return nil
	}
	// The first ones fill pools and caches, which is not growth.
	if err := churn(500); err != nil {
		return err
	}
	time.Sleep(5 * time.Second)
	before, err := p.rss()
	if err != nil {
		return err
	}
	if err := churn(changes); err != nil {
		return err
	}
	time.Sleep(5 * time.Second)
	after, err := p.rss()
	if err != nil {
		return err
	}
	b.add(fmt.Sprintf("  more RSS after %d changes", changes), max(0, after.total-before.total), "%.2f", 1, "MB")
	b.note("  RSS then", fmt.Sprintf("%.1f MB", after.total))
	return nil
}

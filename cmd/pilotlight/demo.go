package main

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/rule/keep"
	"pilotlight/backend/source/lmstudio"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

type demoCmd struct {
	serveFlags
}

const (
	demoContext  = 131_072
	demoLoadTime = 6 * time.Second
)

// Run runs the agent against a simulated LM Studio to which things happen all
// the time, and a simulated OpenClaw that asks it, in a state folder of its own.
func (c demoCmd) Run(e *env) error {
	home := filepath.Join(e.home(), "demo")
	models := lmstudiotest.DemoModels()
	fake, err := lmstudiotest.New(lmstudiotest.Options{Models: models, LoadTime: demoLoadTime, Now: e.now})
	if err != nil {
		return fmt.Errorf("start the simulated LM Studio: %w", err)
	}
	defer fake.Close()
	machine := demoMachine{fake: fake, models: models, now: e.now}
	var week *demoWeek
	if demoIsFresh(home) {
		week = newDemoWeek(e.now(), models)
	}
	claw, err := newDemoClaw(home, week, fake, models[0].Key, e.now)
	if err != nil {
		return err
	}
	defer claw.Close()
	if week != nil {
		if err := week.write(e.ctx, agent.DatabasePath(home), machine); err != nil {
			return err
		}
	}
	cfg, err := e.config(c.serveFlags, home)
	if err != nil {
		return err
	}
	cfg.Demo, cfg.Unified, cfg.Keep = true, true, demoSettings()
	cfg.Poll = min(cfg.Poll, time.Second)
	cfg.Source = lmstudio.New(lmstudio.Config{ID: demoServer, URL: fake.URL(), InternalPorts: []int{fake.InternalPort()}})
	cfg.OpenClaw = claw.env()
	cfg.Checkup = machine.checkup()
	cfg.Sample = func(context.Context, backend.Want) (backend.Sample, error) { return machine.sample(), nil }

	ctx, stop := context.WithCancel(e.ctx)
	var wg sync.WaitGroup
	ready := cfg.Ready
	cfg.Ready = func(url, link string) {
		ready(url, link)
		say := func(s string) { fmt.Fprintln(e.err, "DEMO:", s) }
		say("this LM Studio and this OpenClaw are simulated, and things happen to them all the time.")
		wg.Go(func() { claw.live(ctx, say) })
		wg.Go(func() { tellStory(ctx, fake, home, models[0].Key, say, claw.askNow) })
	}
	defer wg.Wait()
	defer stop()
	return e.serve(cfg, c.serveFlags)
}

// tellStory keeps the first model, where the person has chosen nothing yet,
// and then lets things happen. ask makes the agent ask its model: only that
// brings to light that an engine is dead.
func tellStory(ctx context.Context, fake *lmstudiotest.Server, home, model string, say func(string), ask func()) {
	c := client.New(agent.SocketPath(home))
	defer c.Close()
	if k, err := c.Keep(ctx); err == nil && k.State == backend.KeepOff {
		length := demoContext
		if _, err := c.SetKeep(ctx, backend.Target{Model: model, ContextLength: &length}); err != nil {
			say("The model to keep could not be chosen: " + err.Error())
		}
	}
	// The story begins when the first load has had its time.
	select {
	case <-ctx.Done():
	case <-time.After(2 * demoLoadTime):
	}
	lmstudiotest.Story(ctx, fake, lmstudiotest.Audience{Say: say, Suspect: func(string) { ask() }}, lmstudiotest.StoryPace)
}

// demoSettings are the usual rules with shorter periods, so that what takes
// minutes in life is seen within seconds.
func demoSettings() keep.Settings {
	s := keep.Defaults()
	s.Settle, s.EjectPause, s.IdleProof = 3*time.Second, 5*time.Second, 5*time.Second
	s.BackoffBase, s.BackoffCap = 2*time.Second, 8*time.Second
	s.LossWindow, s.RefusalRetry, s.LostHold = 20*time.Second, 15*time.Second, 10*time.Second
	return s
}

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw/openclawtest"
	"pilotlight/trial/rig"
)

// What the agent keeps in mind, and what a page asks for, fills up to a bound: the last
// 256 runs of OpenClaw's for an hour (maxThreads and maxTold in backend/rule/fallback),
// pages of 100 loads, 100 fallbacks and 50 states of the config. Here is a little more
// of each.
const (
	fillFallbacks = 300
	fillLoads     = 55 // each with its unload
	fillEdits     = 55
	fillRest      = 50 * time.Millisecond
)

// fill lets so much happen that all these bounds are reached: what grows after it has
// none.
func (s *soaker) fill(ctx context.Context) error {
	for n := range fillFallbacks {
		todo := []func(context.Context) error{s.fallback}
		if n < fillLoads {
			todo = append(todo, s.load)
		}
		if n < fillEdits {
			todo = append(todo, s.edit)
		}
		if n%50 == 0 {
			todo = append(todo, s.look)
		}
		for _, f := range todo {
			if err := f(ctx); err != nil {
				return fmt.Errorf("fill: %w", err)
			}
		}
		if err := rest(ctx, fillRest); err != nil {
			return err
		}
	}
	return s.allTold(ctx)
}

// toldLimit is how long the agent may take to tell of what was played last: the end of
// some runs shows only in silence.
const toldLimit = 3 * time.Minute

// allTold waits until the agent told of every fallback that was played.
func (s *soaker) allTold(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, toldLimit)
	defer cancel()
	for {
		sum, err := s.Client().FallbackSummary(ctx, nil, nil)
		if err != nil || sum.Count >= s.did.fallbacks {
			return err
		}
		if err := rest(ctx, time.Second); err != nil {
			return fmt.Errorf("%d of %d fallbacks are told: %w", sum.Count, s.did.fallbacks, err)
		}
	}
}

// stretch lets a reading's share of things happen until a moment, spread over the
// time, and ends in calm.
func (s *soaker) stretch(ctx context.Context, until time.Time) error {
	p := s.pace()
	var todo []func(context.Context) error
	add := func(n int, f func(context.Context) error) {
		for range n {
			todo = append(todo, f)
		}
	}
	add(p.loads, s.load)
	add(p.ejects, s.eject)
	add(p.fallbacks, s.fallback)
	add(p.edits, s.edit)
	add(p.visitors, s.visitor)
	s.rng.Shuffle(len(todo), func(i, j int) { todo[i], todo[j] = todo[j], todo[i] })
	each := (time.Until(until) - calm) / time.Duration(len(todo)+1)
	for _, f := range todo {
		if err := f(ctx); err != nil {
			return err
		}
		if err := rest(ctx, each); err != nil {
			return err
		}
	}
	return rest(ctx, time.Until(until))
}

func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(max(d, 0)):
		return nil
	}
}

// load loads another model through the agent and unloads it again. That the agent
// refuses because it does something else just then is no failure.
func (s *soaker) load(ctx context.Context) error {
	key := lmstudiotest.SmallModels()[1].Key
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := s.Client().Load(ctx, "", key, nil); err != nil {
		return s.unless(err, "load")
	}
	s.did.loads++
	if _, err := s.Client().Unload(ctx, "", key, true); err != nil {
		return s.unless(err, "unload")
	}
	s.did.loads++
	return nil
}

func (s *soaker) unless(err error, doing string) error {
	switch backend.CodeOf(err) {
	case backend.CodeBusy, backend.CodeRefused, backend.CodeNotFound:
		s.did.refused++
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// eject takes the kept model away, as a person does in the app; it comes back.
func (s *soaker) eject(context.Context) error {
	list, err := s.LM.Instances()
	if err != nil {
		return err
	}
	for _, i := range list {
		if i.Key == rig.Primary() {
			s.did.ejects++
			return s.LM.Do(lmstudiotest.Action{Do: "eject", ID: i.ID})
		}
	}
	return nil
}

// fallback is a run that the hosted model answered.
func (s *soaker) fallback(context.Context) error {
	kinds := []openclawtest.Failure{openclawtest.ServerOff, openclawtest.Err500, openclawtest.ContextOverflow, openclawtest.NotLoaded}
	_, err := s.Claw.Play(openclawtest.Turn{
		Session: fmt.Sprintf("agent:main:s%d", s.rng.IntN(20)), At: time.Now().Add(-3 * time.Second),
		Failures: []openclawtest.Failure{kinds[s.rng.IntN(len(kinds))]}, Took: 2 * time.Second,
	})
	s.did.fallbacks++
	return err
}

// edit changes one figure of OpenClaw's config through the agent.
func (s *soaker) edit(ctx context.Context) error {
	value, err := json.Marshal(32768 + s.rng.IntN(100000))
	if err != nil {
		return err
	}
	change := backend.ConfigChange{Edits: []backend.ConfigEdit{{Path: "models.providers.lmstudio.models[0].contextWindow", Value: value}}}
	doc, err := s.Client().Config(ctx)
	if err != nil {
		return fmt.Errorf("read the config: %w", err)
	}
	if _, err := s.Client().ChangeConfig(ctx, doc.Hash, change, backend.AuthorPage, false); err != nil {
		return fmt.Errorf("edit the config: %w", err)
	}
	s.did.edits++
	return nil
}

// visitor opens a dashboard, looks at everything once, and leaves.
func (s *soaker) visitor(ctx context.Context) error {
	visit, leave := context.WithTimeout(ctx, time.Second)
	defer leave()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		_ = s.Client().Events(visit, 0, func(string, uint64, json.RawMessage) error { return nil })
	}()
	err := s.look(ctx)
	leave()
	<-heard
	s.did.visitors++
	return err
}

// look asks for what the pages show.
func (s *soaker) look(ctx context.Context) error {
	c := s.Client()
	now := time.Now()
	asks := []func() error{
		func() error { _, err := c.Status(ctx); return err },
		func() error { _, err := c.Models(ctx); return err },
		func() error { _, err := c.Loads(ctx, backend.LoadQuery{Limit: 100}); return err },
		func() error { _, err := c.Fallbacks(ctx, backend.FallbackQuery{Limit: 100}); return err },
		func() error { _, err := c.Timeline(ctx, nil, nil); return err },
		func() error { _, err := c.Config(ctx); return err },
		func() error { _, err := c.Revisions(ctx, 0, 50); return err },
		func() error {
			_, err := c.Samples(ctx, backend.SampleQuery{From: backend.At(now.Add(-time.Hour)), To: backend.At(now), Points: 300})
			return err
		},
	}
	for _, ask := range asks {
		if err := ask(); err != nil && ctx.Err() == nil {
			return fmt.Errorf("look: %w", err)
		}
	}
	return nil
}

// dashboards are two that stay open until ctx ends: they listen, and one asks for
// the status now and then.
func (s *soaker) dashboards(ctx context.Context) {
	for range 2 {
		go func() {
			for ctx.Err() == nil {
				_ = s.Client().Events(ctx, 0, func(string, uint64, json.RawMessage) error { return nil })
				_ = rest(ctx, time.Second)
			}
		}()
	}
	go func() {
		for rest(ctx, 5*time.Second) == nil {
			_, _ = s.Client().Status(ctx)
		}
	}()
}

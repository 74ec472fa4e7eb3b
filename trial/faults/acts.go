package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/backend/source/openclaw/openclawtest"
	"pilotlight/trial/rig"
)

// actLimit is how long a person waits for one thing.
const actLimit = 20 * time.Second

// act is something that a person or a program does.
type act struct {
	name string
	do   func(l *lane, ctx context.Context, roll uint64) error
}

// acts are what goes on meanwhile. What fails because of a fault is no failure of
// the trial; what was answered must hold.
var acts = []act{
	{"load", (*lane).load}, {"unload", (*lane).unload}, {"eject", (*lane).eject}, {"crash", (*lane).crash},
	{"fall", (*lane).fall}, {"fall", (*lane).fall}, {"edit", (*lane).edit}, {"edit", (*lane).edit}, {"look", (*lane).look},
}

// busily has the script's acts done one after the other while f runs, and waits
// for both.
func (l *lane) busily(f func() error) error {
	list := make([]act, 2+l.rng.IntN(4))
	for i := range list {
		list[i] = acts[l.rng.IntN(len(acts))]
	}
	return l.meanwhile(list, f)
}

// busilyWith is busily with one act alone.
func (l *lane) busilyWith(a act, f func() error) error { return l.meanwhile([]act{a}, f) }

func (l *lane) meanwhile(list []act, f func() error) error {
	rolls := make([]uint64, len(list))
	for i := range list {
		rolls[i] = l.rng.Uint64()
	}
	var beside sync.WaitGroup
	var failed error
	beside.Go(func() {
		for i, a := range list {
			ctx, cancel := context.WithTimeout(l.ctx, actLimit)
			err := a.do(l, ctx, rolls[i])
			cancel()
			if err != nil {
				failed = fmt.Errorf("%s: %w", a.name, err)
				return
			}
		}
	})
	err := f()
	beside.Wait()
	return errors.Join(err, failed)
}

// calmly has them done without a fault.
func (l *lane) calmly() error { return l.busily(func() error { return nil }) }

// other is the model that is loaded and unloaded; the first is kept.
func other() string { return lmstudiotest.SmallModels()[1].Key }

func (l *lane) load(ctx context.Context, _ uint64) error {
	row, err := l.Client().Load(ctx, "", other(), nil)
	if err == nil {
		l.known.addLoad(row)
	}
	return kind(err)
}

func (l *lane) unload(ctx context.Context, _ uint64) error {
	row, err := l.Client().Unload(ctx, "", other(), true)
	if err == nil {
		l.known.addLoad(row)
	}
	return kind(err)
}

// kind fails where an error of the agent leaves a person helpless: one without a
// code of its own and a hint.
func kind(err error) error {
	if err == nil || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return nil
	}
	e, ok := errors.AsType[*backend.Error](err)
	if !ok || e.Message == "" || e.Hint == "" {
		return fmt.Errorf("an answer that helps nobody: %w (code %q)", err, backend.CodeOf(err))
	}
	return nil
}

// do has the fake LM Studio do something; it may be dead, frozen or without that
// instance just then.
func (l *lane) eject(context.Context, uint64) error {
	_ = l.LM.Do(lmstudiotest.Action{Do: "eject", ID: rig.Primary()})
	return nil
}

func (l *lane) crash(_ context.Context, roll uint64) error {
	_ = l.LM.Do(lmstudiotest.Action{Do: "crash", ID: other(), StayListed: roll%2 == 0})
	return nil
}

// fall is a run of OpenClaw's that another model answered, or nobody.
func (l *lane) fall(_ context.Context, roll uint64) error {
	kinds := []openclawtest.Failure{openclawtest.ServerOff, openclawtest.Err500, openclawtest.NotLoaded, openclawtest.RateLimited}
	run, err := l.Claw.Play(openclawtest.Turn{
		Session: fmt.Sprintf("agent:main:s%d", roll%5), At: time.Now().Add(-2 * time.Second),
		Failures: []openclawtest.Failure{kinds[roll/8%uint64(len(kinds))]}, Took: time.Second,
	})
	if err != nil {
		l.rep.fact("runs that OpenClaw itself could not record")
		return nil //nolint:nilerr // its disk may be full just then, and then no run is to be told of
	}
	l.known.addRun(run.RunID)
	return nil
}

// edit changes one figure of the config, first dry, so that it is known what the
// file may be afterwards.
func (l *lane) edit(ctx context.Context, roll uint64) error {
	doc, err := l.Client().Config(ctx)
	if err != nil {
		return kind(err)
	}
	value, err := json.Marshal(8192 + roll%200000)
	if err != nil {
		return err
	}
	change := backend.ConfigChange{Edits: []backend.ConfigEdit{{Path: "models.providers.lmstudio.models[0].contextWindow", Value: value}}}
	dry, err := l.Client().ChangeConfig(ctx, doc.Hash, change, backend.AuthorPage, true)
	if err != nil {
		return kind(err)
	}
	if dry.Plan.Comments != dry.Plan.CommentsKept {
		return fmt.Errorf("%d of %d comments would be kept", dry.Plan.CommentsKept, dry.Plan.Comments)
	}
	l.mail.edits(doc.Hash, dry.Plan.HashAfter)
	saved, err := l.Client().ChangeConfig(ctx, doc.Hash, change, backend.AuthorPage, false)
	if err != nil {
		return kind(err)
	}
	l.mail.settled(dry.Plan.HashAfter)
	if saved.Revision != nil {
		l.known.addRevision(*saved.Revision)
	}
	l.rep.fact("edits saved")
	return nil
}

func (l *lane) look(ctx context.Context, _ uint64) error {
	if _, err := l.Client().Status(ctx); err != nil {
		return kind(err)
	}
	_, err := l.Client().Timeline(ctx, nil, nil)
	return kind(err)
}

// gone tells whether a file is not there.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/trial/rig"
)

// playKillLoad kills the agent amid a load that a person asked for, and has the next one
// keep that model at once. LM Studio may be loading it yet: a second one must not be put
// beside it, and what comes must be told as what the person asked for.
func (l *lane) playKillLoad() error {
	ctx, cancel := context.WithTimeout(l.ctx, settleLimit)
	defer cancel()
	if _, err := l.Client().Release(ctx); err != nil {
		return err
	}
	if err := l.clear(ctx); err != nil {
		return err
	}
	asked := backend.At(time.Now())
	var beside sync.WaitGroup
	beside.Go(func() { _, _ = l.Client().Load(ctx, "", rig.Primary(), nil) }) // it is killed meanwhile
	l.pause(350 * time.Millisecond)
	l.kill()
	beside.Wait()
	if err := l.start(); err != nil {
		return err
	}
	was := l.damaged
	if err := l.foundLater(); err != nil { // it says so before a choice of ours
		return err
	}
	lost := was && !l.damaged
	if err := l.choose(); err != nil {
		return err
	}
	if err := l.settle(); err != nil {
		return err
	}
	if lost {
		l.rep.fact("loads that were forgotten with a damaged database")
		return nil
	}
	return l.askedHere(ctx, asked)
}

// clear takes the model that is kept out of memory, and waits until the agent sees that and
// no load is under way: one that was asked for before would be told as what it is.
func (l *lane) clear(ctx context.Context) error {
	for {
		real, err := l.LM.Instances()
		if err != nil {
			return err
		}
		for _, i := range real {
			if i.Key == rig.Primary() {
				_ = l.LM.Do(lmstudiotest.Action{Do: "eject", ID: i.ID}) // it may have gone by itself
			}
		}
		loading, err := l.LM.Loading()
		if err != nil {
			return err
		}
		st, err := l.Client().Status(ctx)
		if err != nil {
			return err
		}
		shown := 0
		for _, m := range st.Servers[0].Models {
			if m.Key == rig.Primary() {
				shown += len(m.Instances)
			}
		}
		if shown == 0 && len(loading) == 0 && st.Servers[0].State == backend.ServerUp && st.Keep.State == backend.KeepOff {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the kept model is still in memory: %w", errors.Join(ctx.Err(), rig.ErrSlow))
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// askedHere looks whether the newest load of the kept model since it was asked for is told
// as ours.
func (l *lane) askedHere(ctx context.Context, asked backend.Time) error {
	page, err := l.Client().Loads(ctx, backend.LoadQuery{Limit: 20})
	if err != nil {
		return err
	}
	for _, row := range page.Items {
		if row.Model != rig.Primary() || row.Event != backend.Loaded || row.At.Before(asked.Time) {
			continue
		}
		switch {
		case row.Cause == backend.CauseUser:
			l.rep.fact("loads that a person asked a killed agent for")
		case row.Cause != backend.CauseKeepWarm:
			return fmt.Errorf("a load that was asked for here is told as somebody else's: %+v", row)
		}
		return nil
	}
	l.rep.fact("loads that a kill came before")
	return nil
}

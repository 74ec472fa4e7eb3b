package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"pilotlight/backend/source/openclaw/openclawtest"
	"pilotlight/trial/rig"
)

const (
	startLimit = 30 * time.Second
	stopLimit  = 20 * time.Second
	// settleLimit is how long a healed agent may take until it sees the world as it
	// is; on a busy machine that is long.
	settleLimit = 45 * time.Second
	diskMB      = 16
)

// lane is one agent's life, or many of them, in one state folder.
type lane struct {
	*rig.Spot
	ctx   context.Context
	plan  plan
	rep   *report
	n     int
	doing string     // the fault of this round
	rng   *rand.Rand // of this round's script
	disk  *rig.Disk  // nil where none could be mounted
	net   *rig.Network
	trap  *rig.Trap // of the agent that runs; nil where there are none
	clock *rig.Clock
	known *ledger
	mail  config
	logAt map[string]int64 // how far logs were looked through
	since time.Time        // when this agent was started
	// patience is after how long a run must be told of. The end of some shows only in
	// silence, which the rounds between need not wait for; the last one does.
	patience time.Duration
	turned   bool // OpenClaw's log was turned over
	damaged  bool // the database was, and it may show yet
	starts   int  // of agents in this round
}

// runPatience is the patience while rounds go on.
const runPatience = 15 * time.Second

func newLane(ctx context.Context, p plan, r *report, n int, dir string) (l *lane, err error) {
	l = &lane{ctx: ctx, plan: p, rep: r, n: n, known: newLedger(), logAt: map[string]int64{}, patience: runPatience}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	o := rig.Options{Agent: p.agent, Fake: p.fake, Seed: p.seed*1000 + uint64(n) + 1, LoadTime: 40 * time.Millisecond, Claw: openclawtest.V9}
	if n%2 == 1 {
		o.Claw, o.LoadTime = openclawtest.V3, 300*time.Millisecond
	}
	if l.disk, err = rig.NewDisk(filepath.Join(dir, "d"), diskMB); err == nil {
		o.Disk = l.disk.Dir
	} else {
		r.skip("no small disk may be mounted here, file sizes are limited instead")
	}
	if l.net, err = rig.NewNetwork(); err == nil {
		o.Network = l.net
	} else {
		r.skip("no network of its own may be made here, the proxy fails instead")
	}
	if l.Spot, err = rig.NewSpot(dir, o); err != nil {
		return l, err
	}
	if err := l.mail.begin(l); err != nil {
		return l, err
	}
	if err := l.start(); err != nil {
		return l, err
	}
	if err := l.choose(); err != nil {
		return l, err
	}
	return l, l.settle()
}

func (l *lane) close() {
	l.dropClock()
	if l.Spot != nil {
		l.LM.Thaw()
		l.Spot.Close()
	}
	if l.disk != nil {
		l.disk.Close()
	}
	if l.net != nil {
		l.net.Close()
	}
}

// script is where all that a round leaves open is drawn from.
func script(seed uint64, lane, round int) *rand.Rand {
	return rand.New(rand.NewPCG(seed, uint64(lane)<<32|uint64(round)))
}

// round plays one round: people and programs do things, a fault meets them, it is
// healed, and everything is looked at.
func (l *lane) round(i int, faults []fault) error {
	l.rng = script(l.plan.seed, l.n, i)
	f := pick(l.rng, faults)
	l.doing, l.starts = f.name, 0
	if f.can != nil && !f.can(l) {
		l.rep.skip(f.name + " cannot be done here")
		return nil
	}
	began := time.Now()
	if err := f.play(l); err != nil {
		if l.Agent != nil && l.Agent.End() != nil { // it may be why
			err = errors.Join(err, fmt.Errorf("the agent has ended: %w", l.Agent.End()))
		}
		return err
	}
	played := time.Since(began)
	if err := l.heal(); err != nil {
		return err
	}
	if err := l.check(i); err != nil {
		return err
	}
	l.rep.round(f.name)
	if l.plan.verbose {
		fmt.Fprintf(l.plan.log, "lane %d round %d %s %s %s\n", l.n, i, f.name, played.Round(time.Millisecond), (time.Since(began) - played).Round(time.Millisecond))
	}
	return nil
}

// launch starts an agent in a trap, where there are such, and waits for nothing.
func (l *lane) launch() error {
	l.dropClock()
	l.trap = nil
	c, take, err := rig.Trapped(l.Command())
	if err != nil {
		c = l.Command()
	}
	l.since = time.Now()
	l.starts++
	if err := l.Launch(c); err != nil || take == nil {
		return err
	}
	if l.trap, err = take(l.Agent); err != nil {
		return fmt.Errorf("set the trap: %w", err)
	}
	return nil
}

// start starts an agent and waits until it serves.
func (l *lane) start() error {
	if err := l.launch(); err != nil {
		return err
	}
	if err := l.AwaitReady(startLimit); err != nil {
		return err
	}
	l.rep.started(time.Since(l.since))
	return nil
}

// heal makes the world whole again: what a fault left broken is mended, and an
// agent runs.
func (l *lane) heal() error {
	if l.disk != nil {
		l.disk.Free()
	}
	if l.net != nil {
		if err := l.net.Cut(false); err != nil {
			return err
		}
	}
	if l.trap != nil {
		l.trap.KillAt(0)
		l.trap.Fail(0, 0)
		if l.trap.Killed() && l.Agent != nil {
			_, _ = l.Agent.Wait(stopLimit)
		}
	}
	if l.Agent != nil {
		l.Agent.Signal(syscall.SIGCONT)
		_ = rig.LimitFiles(l.Agent.PID(), 0)
	}
	if l.clock != nil {
		if err := l.clock.Move(0); err != nil && l.Agent.End() == nil {
			return err
		}
	}
	l.LM.Thaw()
	if err := l.Proxy.Set(rig.Fair); err != nil {
		return err
	}
	if l.Agent == nil || l.Agent.End() != nil {
		return l.start()
	}
	return nil
}

// kill ends the agent at once.
func (l *lane) kill() {
	if l.Agent != nil {
		l.Agent.Kill()
	}
	l.dropClock()
}

// stop asks the agent to end, which it must do in time and without complaint.
func (l *lane) stop() error {
	end, err := l.Agent.Stop(stopLimit)
	switch {
	case err != nil:
		return fmt.Errorf("the agent did not end within %s: %w", stopLimit, err)
	case end.Code != 0:
		return fmt.Errorf("the agent was told to end: %w", end)
	}
	l.dropClock()
	return nil
}

func (l *lane) dropClock() {
	if l.clock != nil {
		l.clock.Close()
		l.clock = nil
	}
}

// finish ends a lane as a person does.
func (l *lane) finish() error {
	l.doing, l.patience = "the end", 0
	if err := l.settle(); err != nil {
		return err
	}
	if err := l.stop(); err != nil {
		return err
	}
	return l.logs()
}

// pause lets some time pass, a share of longest that the script says.
func (l *lane) pause(longest time.Duration) {
	select {
	case <-l.ctx.Done():
	case <-time.After(time.Duration(l.rng.Int64N(int64(longest)))):
	}
}

// save keeps what a failed lane left.
func (l *lane) save() {
	if l.plan.keep == "" {
		return
	}
	to := filepath.Join(l.plan.keep, fmt.Sprintf("seed%d-lane%d", l.plan.seed, l.n))
	if err := os.MkdirAll(to, 0o700); err == nil {
		_ = exec.Command("cp", "-a", l.Root+"/.", to).Run()
	}
}

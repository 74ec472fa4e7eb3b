package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	"pilotlight/trial/rig"
)

// fault is one way for things to go wrong.
type fault struct {
	name  string
	share int              // how often it is drawn, against the others
	can   func(*lane) bool // nil: everywhere
	play  func(*lane) error
}

// The faults that need no help of the machine's, and those that do.
func hasDisk(l *lane) bool  { return l.disk != nil }
func hasNet(l *lane) bool   { return l.net != nil }
func hasTrap(l *lane) bool  { return l.trap != nil }
func canClock(l *lane) bool { return l.takeClock() == nil }

func faults() []fault {
	return []fault{
		{"kill", 10, nil, (*lane).playKill},
		{"kill-load", 6, nil, (*lane).playKillLoad},
		{"kill-start", 6, nil, (*lane).playKillStart},
		{"kill-write", 14, hasTrap, (*lane).playKillWrite},
		{"kill-start-write", 6, hasTrap, (*lane).playKillStartWrite},
		{"migrate", 4, hasTrap, (*lane).playMigrate},
		{"end", 6, nil, (*lane).playEnd},
		{"pause", 6, nil, (*lane).playPause},
		{"lm-kill", 6, nil, (*lane).playLMKill},
		{"lm-freeze", 5, nil, (*lane).playLMFreeze},
		{"net", 8, nil, (*lane).playNet},
		{"net-cut", 4, hasNet, (*lane).playNetCut},
		{"disk-full", 8, hasDisk, (*lane).playDiskFull},
		{"disk-full-kill", 3, hasDisk, (*lane).playDiskFullKill},
		{"disk-error", 6, hasTrap, (*lane).playDiskError},
		{"file-limit", 4, nil, (*lane).playFileLimit},
		{"clock", 8, canClock, (*lane).playClock},
		{"log-garbage", 6, nil, (*lane).playLogGarbage},
		{"log-turned", 3, nil, (*lane).playLogTurned},
		{"config-torn", 5, nil, (*lane).playConfigTorn},
		{"config-race", 6, nil, (*lane).playConfigRace},
		{"db-damage", 8, nil, (*lane).playDBDamage},
		{"state-damage", 4, nil, (*lane).playStateDamage},
		{"token-damage", 3, nil, (*lane).playTokenDamage},
	}
}

// chosen are the faults of these names, all where none is named.
func chosen(names []string) ([]fault, error) {
	all := faults()
	if len(names) == 0 {
		return all, nil
	}
	var list []fault
	for _, f := range all {
		if slices.Contains(names, f.name) {
			list = append(list, f)
		}
	}
	if len(list) != len(names) {
		return nil, fmt.Errorf("not all of %v are faults", names)
	}
	return list, nil
}

func pick(rng *rand.Rand, list []fault) fault {
	total := 0
	for _, f := range list {
		total += f.share
	}
	n := rng.IntN(total)
	for _, f := range list {
		if n -= f.share; n < 0 {
			return f
		}
	}
	return list[0]
}

// playKill kills it amid whatever it does.
func (l *lane) playKill() error {
	return l.busily(func() error {
		l.pause(300 * time.Millisecond)
		l.kill()
		return nil
	})
}

// playKillStart kills it amid its start, some times in a row.
func (l *lane) playKillStart() error {
	l.kill()
	for range 1 + l.rng.IntN(3) {
		if err := l.launch(); err != nil {
			return err
		}
		l.pause(120 * time.Millisecond)
		l.kill()
	}
	return nil
}

// playKillWrite kills it right before the nth time that something of its reaches the
// disk, be it a row, an edit of the config or a file's name.
func (l *lane) playKillWrite() error {
	l.trap.KillAt(1 + l.rng.IntN(30))
	if err := l.calmly(); err != nil {
		return err
	}
	if _, err := l.Agent.Wait(500 * time.Millisecond); err != nil {
		l.rep.fact("no write came for a kill")
	}
	return nil
}

// playKillStartWrite does so amid a start, some times in a row.
func (l *lane) playKillStartWrite() error {
	l.kill()
	for range 1 + l.rng.IntN(3) {
		if err := l.launch(); err != nil {
			return err
		}
		l.trap.KillAt(1 + l.rng.IntN(25))
		if _, err := l.Agent.FirstLine(startLimit); errors.Is(err, rig.ErrSlow) {
			return fmt.Errorf("a start: %w", err)
		}
		l.kill()
	}
	return nil
}

// playEnd ends it as the system does, and starts it again.
func (l *lane) playEnd() error {
	return l.busily(func() error {
		l.pause(200 * time.Millisecond)
		return l.stop()
	})
}

// playPause stops it amid whatever it does, and lets it go on later.
func (l *lane) playPause() error {
	return l.busily(func() error {
		l.pause(150 * time.Millisecond)
		l.Agent.Signal(syscall.SIGSTOP)
		l.pause(600 * time.Millisecond)
		l.Agent.Signal(syscall.SIGCONT)
		return nil
	})
}

func (l *lane) playLMKill() error {
	return l.busily(func() error {
		l.pause(150 * time.Millisecond)
		l.LM.Kill()
		l.pause(500 * time.Millisecond)
		return l.RestartLM()
	})
}

func (l *lane) playLMFreeze() error {
	return l.busily(func() error {
		l.pause(150 * time.Millisecond)
		l.LM.Freeze()
		l.pause(1500 * time.Millisecond)
		l.LM.Thaw()
		return nil
	})
}

func (l *lane) playNet() error {
	weather := []rig.Weather{rig.Refuse, rig.Reset, rig.Stall, rig.Slow}[l.rng.IntN(4)]
	return l.busily(func() error {
		l.pause(100 * time.Millisecond)
		if err := l.Proxy.Set(weather); err != nil {
			return err
		}
		l.pause(800 * time.Millisecond)
		return l.Proxy.Set(rig.Fair)
	})
}

func (l *lane) playNetCut() error {
	return l.busily(func() error {
		l.pause(100 * time.Millisecond)
		if err := l.net.Cut(true); err != nil {
			return err
		}
		l.pause(700 * time.Millisecond)
		return l.net.Cut(false)
	})
}

// jumps are by how much a clock moves, in either direction.
var jumps = []time.Duration{2 * time.Second, 90 * time.Second, time.Hour, 26 * time.Hour, 40 * 24 * time.Hour, 400 * 24 * time.Hour}

func (l *lane) takeClock() error {
	if l.clock != nil {
		return nil
	}
	l.Agent.Signal(syscall.SIGSTOP)
	defer l.Agent.Signal(syscall.SIGCONT)
	c, err := rig.TakeClock(l.Agent.PID())
	l.clock = c
	return err
}

// playClock moves its clock, and sometimes kills it while that is wrong.
func (l *lane) playClock() error {
	by := jumps[l.rng.IntN(len(jumps))]
	if l.rng.IntN(2) == 0 {
		by = -by
	}
	die := l.rng.IntN(4) == 0
	return l.busily(func() error {
		l.pause(100 * time.Millisecond)
		if err := l.clock.Move(by); err != nil {
			return err
		}
		l.pause(900 * time.Millisecond)
		if die {
			l.kill()
			return nil
		}
		return l.clock.Move(0)
	})
}

// playLogGarbage writes into OpenClaw's log what no OpenClaw writes.
func (l *lane) playLogGarbage() error {
	garbage := [][]byte{
		make([]byte, 3000),
		[]byte(strings.Repeat("{\"0\":", 2000) + "\n"),
		[]byte("\xff\xfe not text \x00 at all\n{\"message\": 3, \"_meta\": []}\n"),
		[]byte(strings.Repeat("x", 200_000) + "\n"),
		[]byte("{\"1\":{\"event\":\"model_fallback_decision\",\"runId\":7,\"attempt\":\"many\"},\"time\":\"never\"}\n"),
	}
	for i := range garbage[0] {
		garbage[0][i] = byte(l.rng.Uint32())
	}
	garbage[0] = append(garbage[0], '\n')
	return l.busily(func() error {
		for range 2 {
			if err := l.Claw.WriteRaw(garbage[l.rng.IntN(len(garbage))]); err != nil {
				return err
			}
			l.pause(150 * time.Millisecond)
		}
		return nil
	})
}

// playLogTurned moves the log away once the agent has had time to read it, as
// logrotate does.
func (l *lane) playLogTurned() error {
	if err := l.settle(); err != nil {
		return err
	}
	if err := os.Rename(l.Log, l.Log+".1"); err != nil && !gone(err) {
		return err
	}
	l.turned = true
	return l.calmly()
}

// playConfigTorn has another program write the config piece by piece, as no careful
// editor does; the agent may die meanwhile.
func (l *lane) playConfigTorn() error {
	path := l.Claw.ConfigPath()
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	// What ends behind the last brace is a whole config, of which nobody can see that a
	// comment is to follow.
	cut := l.rng.IntN(max(1, bytes.LastIndexByte(text, '}')))
	if err := os.WriteFile(path, text[:cut], 0o600); err != nil {
		return err
	}
	l.mail.expect(hashOf(text[:cut]))
	ctx := l.ctx
	// Whatever the agent is asked meanwhile, it must not write over the torn text.
	err = l.edit(ctx, l.rng.Uint64())
	if l.rng.IntN(3) == 0 {
		l.kill()
	}
	l.pause(200 * time.Millisecond)
	now, rerr := os.ReadFile(path)
	if err = errors.Join(err, rerr); err != nil {
		return err
	}
	if hashOf(now) != hashOf(text[:cut]) {
		return fmt.Errorf("the agent wrote over a config of which %d of %d bytes were there:\n%s", cut, len(text), now)
	}
	return l.mail.write(l, text)
}

// playConfigRace has an editor save while the agent does; what was saved last by
// whoever was told so must stand.
func (l *lane) playConfigRace() error {
	text, err := os.ReadFile(l.Claw.ConfigPath())
	if err != nil {
		return err
	}
	text = append(text, fmt.Sprintf("// saved by hand, %d\n", l.rng.Uint32())...)
	die := 0
	if l.trap != nil && l.rng.IntN(2) == 0 {
		die = 1 + l.rng.IntN(12)
	}
	err = l.busilyWith(act{"edit", (*lane).edit}, func() error {
		if die > 0 {
			l.trap.KillAt(die)
		}
		l.pause(30 * time.Millisecond)
		return l.mail.write(l, text)
	})
	l.mail.raced(hashOf(text))
	return err
}

// playMigrate takes a database of every earlier version through its upgrade with
// kills between any two writes, and looks whether all rows are there.
func (l *lane) playMigrate() error { return l.migrate() }

// command is for what the machine's own tools do.
func command(name string, args ...string) error {
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"pilotlight/trial/rig"
)

// playDiskFull fills the disk while things happen.
func (l *lane) playDiskFull() error {
	return l.busily(func() error {
		l.pause(100 * time.Millisecond)
		if err := l.disk.Fill(); err != nil {
			return err
		}
		l.pause(800 * time.Millisecond)
		l.disk.Free()
		return nil
	})
}

// playDiskFullKill fills the disk, kills the agent and starts it there. It may
// refuse, if it says why; it must lose nothing.
func (l *lane) playDiskFullKill() error {
	err := l.busily(func() error {
		if err := l.disk.Fill(); err != nil {
			return err
		}
		l.pause(300 * time.Millisecond)
		l.kill()
		return nil
	})
	if err != nil {
		return err
	}
	if err := l.disk.Fill(); err != nil { // what it held open is room again
		return err
	}
	return l.mayRefuse("space", "full")
}

// mayRefuse starts an agent that may say why it cannot, in words among these.
func (l *lane) mayRefuse(words ...string) error {
	before := size(l.Stderr())
	if err := l.launch(); err != nil {
		return err
	}
	_, err := l.Agent.FirstLine(startLimit)
	var end *rig.Ended
	switch {
	case err == nil:
		l.rep.fact("starts in spite of trouble")
		l.kill()
		return nil
	case !errors.As(err, &end):
		return err
	}
	text, err := os.ReadFile(l.Stderr())
	if err != nil {
		return err
	}
	said := string(text[before:])
	for _, w := range words {
		if end.Code == 1 && strings.Contains(said, "error: ") && strings.Contains(said, "hint: ") && strings.Contains(said, w) {
			l.rep.fact("starts refused kindly")
			return nil
		}
	}
	return fmt.Errorf("a start ended with code %d and said %q", end.Code, said)
}

func size(path string) int64 {
	if fi, err := os.Stat(path); err == nil {
		return fi.Size()
	}
	return 0
}

// playDiskError lets the next writes of the agent fail, as a dying disk does.
func (l *lane) playDiskError() error {
	with := []syscall.Errno{syscall.EIO, syscall.ENOSPC, syscall.EDQUOT}[l.rng.IntN(3)]
	times := 1 + l.rng.IntN(12)
	err := l.busily(func() error {
		l.pause(150 * time.Millisecond)
		l.trap.Fail(with, times)
		l.pause(500 * time.Millisecond)
		l.trap.Fail(0, 0)
		return nil
	})
	if err == nil && l.rng.IntN(3) == 0 {
		l.kill()
	}
	return err
}

// playFileLimit bounds how long the agent's files may become (ulimit -f).
func (l *lane) playFileLimit() error {
	return l.busily(func() error {
		if err := rig.LimitFiles(l.Agent.PID(), 1+uint64(l.rng.IntN(200_000))); err != nil {
			l.rep.skip("file sizes cannot be limited here")
			return nil //nolint:nilerr // it is counted, and no failure
		}
		l.pause(800 * time.Millisecond)
		return rig.LimitFiles(l.Agent.PID(), 0)
	})
}

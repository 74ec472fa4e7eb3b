//go:build !linux || !amd64

package rig

import (
	"errors"
	"syscall"
)

// Trap stands between a program and its disk; only on Linux and amd64.
type Trap struct{}

// Shim does nothing.
func Shim() {}

// Trapped fails: there are no traps here.
func Trapped(c Command) (Command, func(*Process) (*Trap, error), error) {
	return c, nil, errors.ErrUnsupported
}

// KillAt does nothing.
func (t *Trap) KillAt(int) {}

// Fail does nothing.
func (t *Trap) Fail(syscall.Errno, int) {}

// Killed is false.
func (t *Trap) Killed() bool { return false }

// Seen is 0.
func (t *Trap) Seen() int { return 0 }

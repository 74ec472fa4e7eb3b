//go:build !linux

package window

import (
	"errors"
	"os/exec"
	"syscall"
)

// DetachCommand is only used on Linux.
const DetachCommand = "start-detached"

// Detached prepares a program that may outlive the window. Here that is
// /usr/bin/open, which hands the work to the system and ends at once, so that
// nothing of the window is inherited by what it starts.
func Detached(env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Env = env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

// BecomeDetached is only used on Linux.
func BecomeDetached([]string) error { return errors.New("not used on this system") }

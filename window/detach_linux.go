package window

import (
	"errors"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// DetachCommand is the hidden first argument with which this program starts
// another one in its own place: see Detached.
const DetachCommand = "start-detached"

// Detached prepares a program that may outlive the window. The web view's pipes
// are open to every child (Wails 2.15, responsewriter_linux.go: pipe2 without
// CLOEXEC): an agent or a browser that held one would keep the page from ever
// noticing that its stream has ended. A child cannot be given "nothing else"
// through os/exec, so the child is first this program again, which closes
// everything and then becomes the other one, in a session of its own.
func Detached(env []string, name string, args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", append([]string{DetachCommand, name}, args...)...)
	cmd.Env = env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

// BecomeDetached is the other half: it turns this process into the program that
// args name. It only returns when that failed.
func BecomeDetached(args []string) error {
	if len(args) == 0 {
		return errors.New("no program was named")
	}
	if err := closeOnExec(); err != nil {
		return err
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		return err
	}
	return &os.PathError{Op: "exec", Path: path, Err: syscall.Exec(path, args, os.Environ())}
}

// closeOnExec lets nothing but the standard streams through to the next program.
func closeOnExec() error {
	// Linux 5.11 and later; older ones are asked for each number.
	if unix.CloseRange(3, ^uint(0), unix.CLOSE_RANGE_CLOEXEC) == nil {
		return nil
	}
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if fd, err := strconv.Atoi(e.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

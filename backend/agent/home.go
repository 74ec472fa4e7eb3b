package agent

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"pilotlight/backend"
	"pilotlight/backend/home"
)

// Home is the state folder: PILOTLIGHT_HOME, else the system's usual place.
func Home(goos, userHome string, getenv func(string) string) string {
	return home.Dir(goos, userHome, getenv)
}

// SocketPath is where the agent of a state folder answers.
func SocketPath(dir string) string { return home.Socket(dir) }

// DatabasePath is where the history of a state folder lies.
func DatabasePath(dir string) string { return home.Database(dir) }

// LogPath is the agent's own log.
func LogPath(dir string) string { return home.Log(dir) }

// prepareHome makes the state folder, readable by its owner alone.
func prepareHome(dir string) error {
	if !filepath.IsAbs(dir) {
		return &backend.Error{
			Code:    backend.CodeInvalid,
			Message: fmt.Sprintf("The state folder %q is not an absolute path.", dir),
			Hint:    "Set PILOTLIGHT_HOME to a folder's whole path, or HOME where it is missing.",
		}
	}
	if len(SocketPath(dir)) > home.MaxSocketPath {
		return &backend.Error{
			Code:    backend.CodeInvalid,
			Message: fmt.Sprintf("The state folder's path is too long for a socket: %s", dir),
			Hint:    fmt.Sprintf("Set PILOTLIGHT_HOME to a folder of at most %d characters.", home.MaxSocketPath-len("/agent.sock")),
		}
	}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = os.Chmod(dir, 0o700) //nolint:gosec // a folder needs its x
	}
	if err != nil {
		return cannotWrite(dir, err)
	}
	return nil
}

func cannotWrite(path string, err error) error {
	hint := "Make the folder writable for you, or set PILOTLIGHT_HOME to another one."
	if errors.Is(err, syscall.ENOSPC) {
		hint = "The disk is full: free some space and start Pilotlight again."
	}
	return &backend.Error{
		Code: backend.CodeInternal, Hint: hint, Err: err,
		Message: fmt.Sprintf("Pilotlight cannot write to its state folder %s: %v.", path, errors.Unwrap(err)),
	}
}

// lock makes sure that one agent alone works in a state folder. The lock goes
// with the process, however it ends; the file stays.
func lock(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "agent.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, cannotWrite(dir, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, &backend.Error{
			Code: backend.CodeRunning, Err: err,
			Message: "Pilotlight is already running with this state folder.",
			Hint:    "Use the one that runs: pilotlight open. Or give another one its own PILOTLIGHT_HOME.",
		}
	}
	return f, nil
}

// listenSocket takes over a socket that a dead agent left behind; the lock is
// held, so no living one can own it.
func listenSocket(path string) (net.Listener, error) {
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&fs.ModeSocket == 0 {
			return nil, &backend.Error{
				Code:    backend.CodeRefused,
				Message: fmt.Sprintf("%s is in the way: it is not a socket.", path),
				Hint:    "Move it away; Pilotlight did not make it and will not delete it.",
			}
		}
		if err := os.Remove(path); err != nil {
			return nil, cannotWrite(filepath.Dir(path), err)
		}
	}
	// Nobody else can reach it in the folder (0700), not even before chmod.
	ln, err := net.Listen("unix", path)
	if err != nil {
		return nil, cannotWrite(filepath.Dir(path), err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = ln.Close()
		return nil, cannotWrite(filepath.Dir(path), err)
	}
	return ln, nil
}

// listenTCP opens the dashboard's address.
func listenTCP(addr string, unsafe bool) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, &backend.Error{
			Code: backend.CodeInvalid, Err: err,
			Message: fmt.Sprintf("%q is no address to listen on.", addr), Hint: "Write it as 127.0.0.1:7456; port 0 takes any free one.",
		}
	}
	if ip := net.ParseIP(host); !unsafe && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, &backend.Error{
			Code:    backend.CodeInvalid,
			Message: fmt.Sprintf("%s can be reached by other machines, so Pilotlight does not listen there.", addr),
			Hint:    "Use 127.0.0.1, or --listen-unsafe if you mean it.",
		}
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, &backend.Error{
			Code: backend.CodePortTaken, Err: err,
			Message: fmt.Sprintf("Pilotlight cannot listen on %s: %v.", addr, rootCause(err)),
			Hint:    "Another program may use the port. Choose another with --listen 127.0.0.1:0 (any free one) or PILOTLIGHT_LISTEN.",
		}
	}
	return ln, nil
}

func rootCause(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

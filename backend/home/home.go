// Package home says where Pilotlight keeps its state, and writes there safely.
//
// It is apart from the agent because the window and other small programs need
// the paths, and must not carry the agent's database along with them. It must
// never create anything on its own.
package home

import (
	"os"
	"os/user"
	"path/filepath"
)

// MaxSocketPath is what fits into a socket address, in bytes: 104 with the
// final zero on macOS, 108 on Linux.
const MaxSocketPath = 103

// User is the person's home folder. A service may be started without HOME; the
// system knows it all the same. "" where nobody does.
func User(getenv func(string) string) string {
	if dir := getenv("HOME"); dir != "" {
		return dir
	}
	if u, err := user.Current(); err == nil {
		return u.HomeDir
	}
	return ""
}

// Dir is the state folder: PILOTLIGHT_HOME, else the system's usual place.
func Dir(goos, userHome string, getenv func(string) string) string {
	if h := getenv("PILOTLIGHT_HOME"); h != "" {
		return h
	}
	if goos == "darwin" {
		return filepath.Join(userHome, "Library", "Application Support", "Pilotlight")
	}
	if x := getenv("XDG_STATE_HOME"); filepath.IsAbs(x) {
		return filepath.Join(x, "pilotlight")
	}
	return filepath.Join(userHome, ".local", "state", "pilotlight")
}

// Demo is the state folder of the demo that belongs to a state folder.
func Demo(dir string) string { return filepath.Join(dir, "demo") }

// Socket is where the agent of a state folder answers.
func Socket(dir string) string { return filepath.Join(dir, "agent.sock") }

// Database is where the history of a state folder lies.
func Database(dir string) string { return filepath.Join(dir, "pilotlight.db") }

// Log is the agent's own log.
func Log(dir string) string { return filepath.Join(dir, "agent.log") }

// TempHead begins the names of WriteFile's temporary files; a crash may leave one.
const TempHead = ".tmp-"

// WriteFile replaces a file in one step: a reader sees the old content or the
// new one. The folder must exist.
func WriteFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), TempPattern(TempHead))
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	if _, err = tmp.Write(data); err == nil {
		err = tmp.Chmod(mode)
	}
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

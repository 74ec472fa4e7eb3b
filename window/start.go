package window

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// opener starts apps on macOS, and ends when it has asked the system to.
const opener = "/usr/bin/open"

// Starter knows how the agent of this window's state folder is started.
type Starter struct {
	GOOS       string
	Executable string              // this program, with symbolic links resolved
	Env        []string            // of this process before the web view changed it
	Demo       bool                // the window belongs to the demo
	Exists     func(string) bool   // a program lies at this path
	Look       func(string) string // finds a program by its name, "" when there is none
}

// Command is the program and arguments that start the agent; false when the
// agent's program is nowhere to be found.
func (s Starter) Command() ([]string, bool) {
	sub := "agent"
	if s.Demo {
		sub = "demo"
	}
	if s.GOOS == "darwin" {
		if app := outerApp(s.Executable); app != "" && !s.Demo {
			return s.open(app), true
		}
	}
	beside := filepath.Join(filepath.Dir(s.Executable), "pilotlight")
	if s.Exists(beside) {
		return []string{beside, sub}, true
	}
	if found := s.Look("pilotlight"); found != "" {
		return []string{found, sub}, true
	}
	return nil, false
}

// open starts the app by LaunchServices: a menu bar icon belongs to the app
// that the system itself has started. The environment does not go along, so a
// state folder of one's own is named.
func (s Starter) open(app string) []string {
	args := []string{opener, "-g", "-a", app}
	for _, e := range s.Env {
		if strings.HasPrefix(e, "PILOTLIGHT_HOME=") {
			args = append(args, "--env", e)
		}
	}
	return args
}

// outerApp is the app that the window's own app lies in:
// Pilotlight.app/Contents/Helpers/Dashboard.app/Contents/MacOS/NAME.
func outerApp(executable string) string {
	own := filepath.Dir(filepath.Dir(filepath.Dir(executable)))
	outer := filepath.Dir(filepath.Dir(filepath.Dir(own)))
	if filepath.Ext(own) == ".app" && filepath.Ext(outer) == ".app" {
		return outer
	}
	return ""
}

// NewStarter is the Starter of this process.
func NewStarter(goos string, env []string, demo bool) (Starter, error) {
	exe, err := os.Executable()
	if err == nil {
		exe, err = filepath.EvalSymlinks(exe)
	}
	if err != nil {
		return Starter{}, fmt.Errorf("find this program: %w", err)
	}
	return Starter{
		GOOS: goos, Executable: exe, Env: env, Demo: demo,
		Exists: func(path string) bool {
			info, err := os.Stat(path)
			return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
		},
		Look: func(name string) string {
			path, err := exec.LookPath(name)
			if err != nil {
				return ""
			}
			return path
		},
	}, nil
}

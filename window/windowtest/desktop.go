// Package windowtest is a desktop without a screen for tests and benchmarks of
// the window: an X server, a session bus and a window manager of its own, and
// the programs on it. Nothing of the person's own desktop is touched.
//
// It must never be part of the product.
package windowtest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// tools are the programs that a desktop is made of and looked at with, and the
// Debian packages that they come in.
var tools = []struct{ program, pkg string }{
	{"Xvfb", "xvfb"}, {"dbus-daemon", "dbus-daemon dbus-session-bus-common"}, {"openbox", "openbox"},
	{"xdotool", "xdotool"}, {"wmctrl", "wmctrl"}, {"import", "imagemagick"},
}

// Missing says what must be installed before a desktop can start, nil when
// nothing is missing.
func Missing() error {
	var packages []string
	for _, t := range tools {
		if _, err := exec.LookPath(t.program); err != nil {
			packages = append(packages, t.pkg)
		}
	}
	if len(packages) > 0 {
		return fmt.Errorf("these packages are missing: %[1]s (sudo apt-get install -y %[1]s)", strings.Join(packages, " "))
	}
	return nil
}

// Build builds the window, the agent and the fake LM Studio side by side, as
// they are installed. The dashboard must have been built before.
func Build(root, out string) error {
	for _, b := range []struct {
		name, pkg string
		flags     []string
	}{
		{"pilotlight-window", ".", []string{"-tags", "desktop,production,webkit2_41"}},
		{"pilotlight", "./cmd/pilotlight", nil},
		{"fakelmstudio", "./backend/source/lmstudio/lmstudiotest/fakelmstudio", nil},
	} {
		args := append([]string{"build", "-trimpath", "-ldflags", "-s -w", "-o", filepath.Join(out, b.name)}, b.flags...)
		cmd := exec.Command("go", append(args, b.pkg)...)
		cmd.Dir = root
		if text, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s (it needs libgtk-3-dev libwebkit2gtk-4.1-dev): %w\n%s", b.pkg, err, text)
		}
	}
	return nil
}

// Desktop is a running desktop.
type Desktop struct {
	dir   string
	env   []string
	parts []*Process // in the order of their start
}

// Start starts a desktop of width × height pixels, with its files in dir.
func Start(dir string, width, height int) (*Desktop, error) {
	d := &Desktop{dir: dir}
	if err := d.start(width, height); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func (d *Desktop) start(width, height int) error {
	for _, sub := range []string{"home", "run"} {
		if err := os.MkdirAll(filepath.Join(d.dir, sub), 0o700); err != nil {
			return err
		}
	}
	d.env = []string{
		"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + filepath.Join(d.dir, "home"),
		"XDG_RUNTIME_DIR=" + filepath.Join(d.dir, "run"), "XDG_SESSION_TYPE=x11", "NO_AT_BRIDGE=1", "GTK_A11Y=none",
	}
	display, err := d.part("Xvfb", "-displayfd", "3", "-screen", "0", fmt.Sprintf("%dx%dx24", width, height), "-nolisten", "tcp")
	if err != nil {
		return err
	}
	d.env = append(d.env, "DISPLAY=:"+display)
	bus, err := d.part("dbus-daemon", "--session", "--nofork", "--print-address=3")
	if err != nil {
		return err
	}
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+bus)
	wm, err := d.Run(nil, "openbox")
	if err != nil {
		return err
	}
	d.parts = append(d.parts, wm)
	return Within(10*time.Second, "the window manager is there", func() bool {
		_, err := d.Tool("wmctrl", "-m")
		return err == nil
	})
}

// part starts a server that tells its address in a line on descriptor 3.
func (d *Desktop) part(name string, args ...string) (address string, err error) {
	read, write, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer read.Close()
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	cmd.ExtraFiles = []*os.File{write}
	p, err := begin(cmd)
	write.Close()
	if err != nil {
		return "", err
	}
	d.parts = append(d.parts, p)
	line, err := bufio.NewReader(read).ReadString('\n')
	if err != nil {
		return "", fmt.Errorf("%s told no address: %w\n%s", name, err, p.Output())
	}
	return strings.TrimSpace(line), nil
}

// Close ends the desktop. Programs on it must have ended before.
func (d *Desktop) Close() {
	for i := len(d.parts) - 1; i >= 0; i-- {
		d.parts[i].Stop()
	}
}

// Env is the desktop's environment with more variables, which win.
func (d *Desktop) Env(more ...string) []string {
	return append(append([]string{}, d.env...), more...)
}

// Run starts a program on the desktop, with more variables.
func (d *Desktop) Run(more []string, name string, args ...string) (*Process, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = d.Env(more...)
	return begin(cmd)
}

// Tool runs a tool to its end and gives what it printed.
func (d *Desktop) Tool(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		err = fmt.Errorf("%s: %w: %s", name, err, exit.Stderr)
	}
	return strings.TrimSpace(string(out)), err
}

// Shot keeps a picture of the whole desktop.
func (d *Desktop) Shot(file string) error {
	_, err := d.Tool("import", "-window", "root", file)
	return err
}

// Within waits until something holds, and says what did not.
func Within(limit time.Duration, what string, holds func() bool) error {
	deadline := time.Now().Add(limit)
	for !holds() {
		if time.Now().After(deadline) {
			return fmt.Errorf("it did not come to this within %s: %s", limit, what)
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil
}

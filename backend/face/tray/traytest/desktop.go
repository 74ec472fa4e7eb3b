package traytest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Display is an X server without a screen.
type Display struct {
	Name string // for $DISPLAY
	proc *daemon
}

// NewDisplay starts one on a free number and returns when it takes clients.
func NewDisplay() (*Display, error) {
	path, err := find("Xvfb", "xvfb")
	if err != nil {
		return nil, err
	}
	// It writes its number to file descriptor 3 when it is ready.
	p, number, err := startDaemon(exec.Command(path, "-displayfd", "3", "-screen", "0", "1000x600x24", "-nolisten", "tcp", "-noreset"))
	if err != nil {
		return nil, fmt.Errorf("start Xvfb: %w", err)
	}
	return &Display{Name: ":" + number, proc: p}, nil
}

// Close ends the display; its clients lose it.
func (d *Display) Close() { d.proc.stop() }

// Bus is a session bus on which nothing is started by itself.
type Bus struct {
	Address string // for $DBUS_SESSION_BUS_ADDRESS
	dir     string
	proc    *daemon
}

// config lets everybody own and send everything, as a session's bus does, and
// names no folders of services: what a test does not start is not there.
const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`

// NewBus starts a bus.
func NewBus() (*Bus, error) {
	dir, err := os.MkdirTemp("", "bus")
	if err != nil {
		return nil, err
	}
	b := &Bus{Address: "unix:path=" + filepath.Join(dir, "s"), dir: dir}
	if err := b.Start(); err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	return b, nil
}

// Start starts the bus again, at the same address, after Stop.
func (b *Bus) Start() error {
	path, err := find("dbus-daemon", "dbus-daemon")
	if err != nil {
		return err
	}
	conf := filepath.Join(b.dir, "conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, config, filepath.Join(b.dir, "s")), 0o600); err != nil {
		return err
	}
	b.proc, _, err = startDaemon(exec.Command(path, "--config-file="+conf, "--nofork", "--nopidfile", "--print-address=3"))
	if err != nil {
		return fmt.Errorf("start dbus-daemon: %w", err)
	}
	return nil
}

// Stop ends the bus; every connection to it breaks.
func (b *Bus) Stop() { b.proc.stop() }

// Close ends the bus for good.
func (b *Bus) Close() {
	b.Stop()
	os.RemoveAll(b.dir)
}

// Desktop is a display with a session bus.
type Desktop struct {
	Display *Display
	Bus     *Bus
}

// NewDesktop starts both.
func NewDesktop() (*Desktop, error) {
	d, err := NewDisplay()
	if err != nil {
		return nil, err
	}
	b, err := NewBus()
	if err != nil {
		d.Close()
		return nil, err
	}
	return &Desktop{Display: d, Bus: b}, nil
}

// StartDesktop is NewDesktop for tests.
func StartDesktop(t TB) *Desktop {
	t.Helper()
	d, err := NewDesktop()
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(d.Close)
	return d
}

// Close ends both.
func (d *Desktop) Close() {
	d.Bus.Close()
	d.Display.Close()
}

// Env is what a program that should use this desktop needs in its environment.
// The bridge to screen readers is off: its bus is not there.
func (d *Desktop) Env() []string {
	return []string{"DISPLAY=" + d.Display.Name, "DBUS_SESSION_BUS_ADDRESS=" + d.Bus.Address, "WAYLAND_DISPLAY=", "NO_AT_BRIDGE=1"}
}

// daemon is a program that runs in the background.
type daemon struct {
	cmd  *exec.Cmd
	once sync.Once
}

// startDaemon starts cmd and returns the line that it writes to file
// descriptor 3 when it is ready.
func startDaemon(cmd *exec.Cmd) (*daemon, string, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, "", err
	}
	defer r.Close()
	cmd.ExtraFiles = []*os.File{w}
	err = cmd.Start()
	w.Close()
	if err != nil {
		return nil, "", err
	}
	d := &daemon{cmd: cmd}
	_ = r.SetReadDeadline(time.Now().Add(20 * time.Second))
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.stop()
		return nil, "", fmt.Errorf("it did not get ready: %w", err)
	}
	return d, strings.TrimSpace(line), nil
}

func (d *daemon) stop() {
	d.once.Do(func() {
		_ = d.cmd.Process.Kill()
		_ = d.cmd.Wait()
	})
}

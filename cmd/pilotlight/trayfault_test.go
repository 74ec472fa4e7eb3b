//go:build linux && !headless

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/tray/traytest"
)

// TestClicksTooFast clicks 100 times a second on each of two items. Clicks must
// not pile up: when they stop, so does what they do.
func TestClicksTooFast(t *testing.T) {
	d := startDesk(t)
	d.click("Hero 8B")
	d.untilShown("Hero 8B is warm")
	menu := d.menu()
	keep, _ := menu.Find("Keep Hero 8B loaded")
	pause, _ := menu.Find("Until I resume")
	open, _ := menu.Find("Open dashboard")
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 300 {
		<-tick.C
		for _, e := range []traytest.Entry{keep, pause, open} {
			if err := d.icon.Click(e.ID); err != nil {
				t.Fatalf("%v; the agent said %q", err, d.said)
			}
		}
	}
	last := d.untilStatus("an answer", func(*backend.Status) bool { return true }).Keep.State
	still := time.Now()
	d.untilStatus("the same state for a second", func(st *backend.Status) bool {
		if st.Keep.State != last {
			last, still = st.Keep.State, time.Now()
		}
		return time.Since(still) > time.Second
	})
	// And it still does what it is told.
	d.untilMenu("what the agent says", func(m traytest.Entry) bool {
		_, resume := m.Find("Resume")
		return resume == (last == backend.KeepPaused)
	})
	d.click("Second 4B")
	d.untilStatus("the second model", func(st *backend.Status) bool {
		return st.Keep.Model == "acme/second-4b" && st.Keep.State == backend.KeepWarm
	})
}

// TestPanelComesLateAndRestarts starts the agent before there is a panel, and
// lets the panel end and come back.
func TestPanelComesLateAndRestarts(t *testing.T) {
	d := bareDesk(t)
	d.startAgent()
	d.saidOnce("No panel here shows icons yet")
	d.startPanel()
	d.untilIcon()
	d.click("Hero 8B")
	d.untilKeep(backend.KeepWarm)
	for range 3 {
		d.panel.Close()
		d.startPanel()
		d.untilIcon()
		d.untilShown("Hero 8B is warm")
	}
	d.click("Until I resume")
	d.untilKeep(backend.KeepPaused)
	d.stopAgent()
}

// livesOn wants an agent that still keeps the model, without its icon.
func (d *desk) livesOn() {
	d.Helper()
	if err := d.fake.StopServer(); err != nil {
		d.Fatal(err)
	}
	d.untilStatus("server_off", func(st *backend.Status) bool { return st.Servers[0].State == backend.ServerOff })
	if err := d.fake.StartServer(); err != nil {
		d.Fatal(err)
	}
	d.untilKeep(backend.KeepWarm)
	d.stopAgent()
}

func TestBusDies(t *testing.T) {
	d := startDesk(t)
	d.click("Hero 8B")
	d.untilKeep(backend.KeepWarm)
	d.Bus.Stop()
	d.saidOnce("The session bus has gone.")
	d.livesOn()
}

func TestDisplayGoes(t *testing.T) {
	d := startDesk(t)
	d.click("Hero 8B")
	d.untilKeep(backend.KeepWarm)
	d.Display.Close()
	d.saidOnce("The display has gone.")
	d.livesOn()
}

// TestWithoutDesktop starts the agent where there is nothing to show an icon on.
func TestWithoutDesktop(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		says string
	}{
		"no display":         {[]string{"DISPLAY="}, "There is no display"},
		"no such display":    {[]string{"DISPLAY=:4242"}, "The display :4242 cannot be opened"},
		"no bus":             {[]string{"DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR="}, "There is no session bus"},
		"a bus that is gone": {[]string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere/bus"}, "The session bus does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			d := bareDesk(t)
			d.env = c.env
			d.startAgent()
			d.saidOnce(c.says)
			d.stopAgent()
		})
	}
}

// TestOpenDashboard clicks Open dashboard with the window's program there, and
// with neither that nor a browser.
func TestOpenDashboard(t *testing.T) {
	bin := t.TempDir()
	d := startDesk(t, "PATH="+bin)
	d.click("Open dashboard")
	d.untilShown("No browser could be opened from here.")

	opened := filepath.Join(bin, "opened")
	script := fmt.Sprintf("#!/bin/sh\necho \"$@.\" >>%s\n", opened)
	if err := os.WriteFile(filepath.Join(bin, "pilotlight-window"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	d.click("Open dashboard")
	d.untilStatus("the window", func(*backend.Status) bool {
		b, _ := os.ReadFile(opened)
		return string(b) == ".\n"
	})
	d.untilMenu("the failure gone", func(m traytest.Entry) bool {
		_, there := m.Find("No browser could be opened")
		return !there
	})
}

// TestIconFileGoesWithTheAgent: the library writes the icon to a file, which a
// program that ends well takes away.
func TestIconFileGoesWithTheAgent(t *testing.T) {
	d := startDesk(t)
	d.untilMenu("an icon", func(traytest.Entry) bool { return d.picture() != nil })
	d.stopAgent()
	left, err := filepath.Glob(filepath.Join(d.home, "systray_*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestSignalsEndIt: the menu must not hold the agent's end up.
func TestSignalsEndIt(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
		t.Run(s.String(), func(t *testing.T) {
			d := startDesk(t)
			if err := d.agent.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
			d.untilEnded()
			if strings.Contains(d.said.String(), "error:") {
				t.Errorf("it said %q", d.said)
			}
		})
	}
}

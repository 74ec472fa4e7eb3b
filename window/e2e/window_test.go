//go:build linux

package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/window/windowtest"
)

// The title is the page's own: what it says, the page has rendered.
const gemmaWarm = "Gemma 3 1B is warm · Pilotlight"

func TestShowsLiveDataAndEndsWhenClosed(t *testing.T) {
	r := newRoom(t)
	r.agent()
	p := r.open()
	w := r.titled(p, nothingKept)
	r.keep("google/gemma-3-1b")
	r.titled(p, gemmaWarm)
	family := p.Family()
	if len(family) < 3 {
		t.Errorf("the window has the processes %v, and no web view among them", family)
	}
	r.close(w)
	r.ends(p, family)
	again := r.open()
	w = r.titled(again, gemmaWarm)
	r.close(w)
	r.ends(again, nil)
}

func TestSecondStartRaisesTheFirst(t *testing.T) {
	r, other := newRoom(t), newRoom(t)
	r.agent()
	p := r.open()
	w := r.titled(p, nothingKept)
	above := other.titled(other.open(), notRunning)
	r.must(windowtest.Within(patience, "the other window is in front", func() bool { return isActive(above) }))

	second := r.open("--path", "/models")
	r.ends(second, nil)
	r.titled(p, "Models · Pilotlight")
	r.must(windowtest.Within(patience, "the first window is in front", func() bool { return isActive(w) }))

	_, err := desktop.Tool("xdotool", "windowminimize", "--sync", w.ID)
	r.must(err)
	r.ends(r.open(), nil)
	r.must(windowtest.Within(patience, "the first window is no longer minimised", func() bool { return isActive(w) }))
	all, err := desktop.Windows()
	r.must(err)
	if len(all) != 2 {
		t.Errorf("there are %d windows: %+v", len(all), all)
	}
}

func isActive(w windowtest.Window) bool {
	id, err := desktop.Active()
	return err == nil && id == w.ID
}

func TestPageRecoversWhenTheAgentComesBack(t *testing.T) {
	r := newRoom(t)
	agent := r.agent()
	p := r.open()
	r.titled(p, nothingKept)
	agent.Signal(syscall.SIGKILL)
	<-agent.Ended()
	r.titledWithin(p, "Not answering · Pilotlight", reconnect)
	second := r.agent()
	r.titledWithin(p, nothingKept, reconnect)
	// And once more, this time in good order.
	second.Stop()
	r.titledWithin(p, "Not answering · Pilotlight", reconnect)
	r.agent()
	r.titledWithin(p, nothingKept, reconnect)
}

func TestAgentMissingIsStartedByTheButton(t *testing.T) {
	for _, way := range []string{"mouse", "keyboard"} {
		t.Run(way, func(t *testing.T) {
			r := newRoom(t)
			p := r.open()
			w := r.titled(p, notRunning)
			r.Cleanup(r.endStray)
			if way == "mouse" {
				r.clickButton(w)
			} else {
				r.must(desktop.Keys("Return"))
			}
			r.titled(p, nothingKept)
			agent := r.owner()
			if agent == 0 || agent == p.PID() {
				t.Fatalf("the agent is process %d", agent)
			}
			// Until the window closes the agent is its child.
			for _, pid := range p.Family() {
				if pid != agent {
					r.sharesNothing(pid, agent)
				}
			}
			r.close(w)
			r.ends(p, nil)
			r.answers()
			if got := r.owner(); got != agent {
				t.Errorf("after the window closed the agent is process %d, it was %d", got, agent)
			}
		})
	}
}

// sharesNothing fails when the agent holds a pipe or socket of the window's.
func (r *room) sharesNothing(window, agent int) {
	r.Helper()
	held := descriptors(window)
	for fd, what := range descriptors(agent) {
		if !strings.HasPrefix(what, "pipe:") && !strings.HasPrefix(what, "socket:") {
			continue
		}
		for _, other := range held {
			if what == other {
				r.Errorf("the agent's descriptor %s is %s, which process %d of the window has too", fd, what, window)
			}
		}
	}
}

func descriptors(pid int) map[string]string {
	dir := filepath.Join("/proc", strconv.Itoa(pid), "fd")
	entries, _ := os.ReadDir(dir)
	found := map[string]string{}
	for _, e := range entries {
		if to, err := os.Readlink(filepath.Join(dir, e.Name())); err == nil {
			found[e.Name()] = to
		}
	}
	return found
}

func TestAgentThatCannotStartSaysWhy(t *testing.T) {
	r := newRoom(t)
	other := newRoom(t)
	other.agent()
	st, err := other.client().Status(t.Context())
	r.must(err)
	taken := strings.TrimPrefix(st.Listen, "http://")
	p := r.openWith([]string{"PILOTLIGHT_LISTEN=" + taken})
	r.titled(p, notRunning)
	r.must(desktop.Keys("Return"))
	r.titled(p, "Pilotlight could not start · Pilotlight")
	// The page goes on looking, and somebody else may start it.
	r.agent()
	r.titled(p, nothingKept)
}

func TestPlaceIsRemembered(t *testing.T) {
	r := newRoom(t)
	r.agent()
	p := r.open()
	w := r.titled(p, nothingKept)
	_, err := desktop.Tool("wmctrl", "-i", "-r", w.ID, "-e", "0,60,90,900,600")
	r.must(err)
	var moved windowtest.Window
	r.must(windowtest.Within(patience, "the window has moved", func() bool {
		moved, _ = desktop.Find(p.PID())
		return moved.Width == 900 && moved.Height == 600
	}))
	r.close(w)
	r.ends(p, nil)

	p = r.open()
	r.titled(p, nothingKept)
	r.must(windowtest.Within(patience, "the window is where it was", func() bool {
		w, _ = desktop.Find(p.PID())
		return w.X == moved.X && w.Y == moved.Y && w.Width == 900 && w.Height == 600
	}))
	r.close(w)
	r.ends(p, nil)

	// The screen that it was on has gone, and the file says something odd.
	r.must(os.WriteFile(filepath.Join(r.home(), "window.json"), []byte(`{"x":5000,"y":-900,"placed":true,"width":9000,"height":10}`), 0o600))
	p = r.open()
	r.titled(p, nothingKept)
	r.must(windowtest.Within(patience, "the whole window can be seen", func() bool {
		w, _ = desktop.Find(p.PID())
		return w.X >= 0 && w.Y >= 0 && w.X+w.Width <= 1400 && w.Y+w.Height <= 1000
	}))
	r.close(w)
	r.ends(p, nil)
}

func TestNoSmallerThanItIsOfUse(t *testing.T) {
	r := newRoom(t)
	r.agent()
	p := r.open()
	w := r.titled(p, nothingKept)
	_, err := desktop.Tool("wmctrl", "-i", "-r", w.ID, "-e", "0,60,90,300,200")
	r.must(err)
	r.must(windowtest.Within(patience, "the window has its least size", func() bool {
		w, _ = desktop.Find(p.PID())
		return w.Width == 720 && w.Height == 480
	}))
}

func TestKeys(t *testing.T) {
	r := newRoom(t)
	r.agent()
	p := r.open()
	r.titled(p, nothingKept)
	for _, step := range []struct{ key, title string }{
		{"ctrl+2", "Models · Pilotlight"}, {"ctrl+r", "Models · Pilotlight"}, {"ctrl+1", nothingKept},
	} {
		r.must(desktop.Keys(step.key))
		r.titled(p, step.title)
	}
	for _, step := range []struct{ keys, zoom string }{{"ctrl+plus", `"zoom":1.1`}, {"ctrl+equal", `"zoom":1.25`}, {"ctrl+minus", `"zoom":1.1`}, {"ctrl+0", `"zoom":1,`}} {
		r.must(desktop.Keys(step.keys))
		r.must(windowtest.Within(patience, step.keys+" makes "+step.zoom, func() bool {
			b, _ := os.ReadFile(filepath.Join(r.home(), "window.json"))
			return strings.Contains(string(b), step.zoom)
		}))
	}
	family := p.Family()
	r.must(desktop.Keys("ctrl+w"))
	r.ends(p, family)
	p = r.open()
	r.titled(p, nothingKept)
	r.must(desktop.Keys("ctrl+q"))
	r.ends(p, nil)
}

// The agent has places for 32 listeners, and a page that has gone must not keep
// one until its next heartbeat.
func TestManyReloads(t *testing.T) {
	r := newRoom(t)
	r.agent()
	p := r.open()
	r.titled(p, nothingKept)
	for range 40 {
		r.must(desktop.Keys("ctrl+r"))
		time.Sleep(50 * time.Millisecond)
	}
	r.keep("google/gemma-3-1b")
	r.titled(p, gemmaWarm)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if _, err := r.client().Status(ctx); err != nil {
		t.Error(err)
	}
}

func TestEndsOnASignal(t *testing.T) {
	r := newRoom(t)
	r.agent()
	p := r.open()
	r.titled(p, nothingKept)
	family := p.Family()
	p.Signal(syscall.SIGTERM)
	r.ends(p, family)
}

func TestCommandLine(t *testing.T) {
	r := newRoom(t)
	for _, tt := range []struct {
		name string
		env  []string
		args []string
		code int
		want string
	}{
		{"version", nil, []string{"--version"}, 0, "pilotlight-window dev"},
		{"unknown flag", nil, []string{"--no-such-flag"}, 2, "usage: pilotlight-window"},
		{"unknown word", nil, []string{"models"}, 2, "usage: pilotlight-window"},
		{"no place", nil, []string{"--path", "models"}, 1, "hint: For example: --path /models"},
		{"no display", []string{"DISPLAY=", "WAYLAND_DISPLAY="}, nil, 1, "hint: Use the dashboard in a browser"},
		{"display gone", []string{"DISPLAY=:987"}, nil, 1, "hint: Use the dashboard in a browser"},
		{"state folder that cannot be", []string{"PILOTLIGHT_HOME=/dev/null/x"}, nil, 1, "hint: Make the folder writable"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := r.openWith(tt.env, tt.args...)
			select {
			case <-p.Ended():
			case <-time.After(patience):
				t.Fatalf("it did not end\n%s", p.Output())
			}
			if got := p.ExitCode(); got != tt.code || !strings.Contains(p.Output(), tt.want) {
				t.Errorf("it ended with %d, want %d, and said\n%s", got, tt.code, p.Output())
			}
		})
	}
}

// A session bus is a comfort: without one the window opens, and is still one.
func TestWithoutASessionBus(t *testing.T) {
	r := newRoom(t)
	r.agent()
	none := []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"}
	p := r.openWith(none)
	r.titled(p, nothingKept)
	r.ends(r.openWith(none), nil)
}

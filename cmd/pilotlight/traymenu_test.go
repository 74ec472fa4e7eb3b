//go:build linux && !headless

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/tray"
	"pilotlight/backend/face/tray/traytest"
	"pilotlight/backend/rule/say"
)

// shape wants the icon to be one of the four.
func (d *desk) shape(want say.Flame) {
	d.Helper()
	png, err := tray.Icon(want, 44, tray.Coloured)
	if err != nil {
		d.Fatal(err)
	}
	deadline := time.Now().Add(patient)
	for !bytes.Equal(d.picture(), png) {
		if time.Now().After(deadline) {
			d.Fatalf("the icon is not the %s flame; the menu is\n%s", want, d.menu())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

var (
	numbers = regexp.MustCompile(`\d+(\.\d+)?|just now`)
	// pressure is there on a kernel that tells it, and is what it is.
	pressure = regexp.MustCompile(` · pressure (normal|warning|critical)`)
)

// wantMenu compares the menu with its figures masked.
func (d *desk) wantMenu(want string) {
	d.Helper()
	got := numbers.ReplaceAllString(pressure.ReplaceAllString(d.menu().String(), ""), "#")
	if got != want {
		d.Errorf("the menu is\n%s\nand should be\n%s", got, want)
	}
}

func checked(part string, want bool) func(traytest.Entry) bool {
	return func(m traytest.Entry) bool {
		e, ok := m.Find(part)
		return ok && e.Checkable && e.Checked == want
	}
}

// TestMenuFromOffToWarm reads the whole menu before and after a model is kept
// with one click.
func TestMenuFromOffToWarm(t *testing.T) {
	d := startDesk(t)
	d.untilShown("Second 4B")
	d.untilMenu("the memory", func(m traytest.Entry) bool {
		e, ok := m.Find("RAM ")
		return ok && e.Text != "RAM –"
	})
	d.wantMenu(`Nothing is kept loaded
—
Keep a model loaded
    Hero #B · # GB
    Second #B · # GB
Unload now (off)
—
RAM # of # GB (off)
—
Open dashboard
Run doctor
[ ] Start at login
Quit Pilotlight
`)
	d.shape(say.Outline)

	d.click("Hero 8B")
	d.untilKeep(backend.KeepWarm)
	d.untilShown("Hero 8B is warm")
	d.wantMenu(`Hero #B is warm
#k context · loaded # (off)
—
[x] Keep Hero #B loaded
Keep another model
    Second #B · # GB
Pause
    For # hour
    Until tomorrow (#:#)
    Until I resume
Unload now
—
RAM # of # GB (off)
—
Open dashboard
Run doctor
[ ] Start at login
Quit Pilotlight
`)
	d.shape(say.Lit)
}

// TestClicksReachTheAgent clicks through the menu and looks for the effect in
// the agent and in LM Studio.
func TestClicksReachTheAgent(t *testing.T) {
	d := startDesk(t)
	d.click("Hero 8B")
	d.untilShown("Hero 8B is warm")

	d.click("For 1 hour")
	st := d.untilKeep(backend.KeepPaused)
	if until := st.Keep.PausedUntil; until == nil || time.Until(until.Time) > time.Hour || time.Until(until.Time) < 50*time.Minute {
		t.Errorf("it is paused until %v", until)
	}
	d.untilShown("Keeping Hero 8B is paused", "Resume")
	d.untilMenu("no check mark", checked("Keep Hero 8B loaded", false))
	d.shape(say.Outline)
	d.click("Resume")
	d.untilKeep(backend.KeepWarm)
	d.click("Until I resume")
	if st := d.untilKeep(backend.KeepPaused); st.Keep.PausedUntil != nil {
		t.Errorf("it is paused until %v", st.Keep.PausedUntil)
	}
	d.click("Resume")
	d.untilKeep(backend.KeepWarm)

	d.untilMenu("a check mark", checked("Keep Hero 8B loaded", true))
	d.click("Keep Hero 8B loaded")
	d.untilKeep(backend.KeepOff)
	d.untilMenu("no check mark", checked("Keep Hero 8B loaded", false))
	d.click("Keep Hero 8B loaded")
	d.untilKeep(backend.KeepWarm)

	d.click("Unload now")
	d.untilStatus("an empty LM Studio", func(*backend.Status) bool { return len(d.fake.Instances()) == 0 })
	d.untilShown("You unloaded it.", "Resume to load it again.")
	d.click("Second 4B")
	if st := d.untilKeep(backend.KeepWarm); st.Keep.Model != "acme/second-4b" {
		t.Errorf("%s is kept", st.Keep.Model)
	}

	d.click("Quit Pilotlight")
	d.untilEnded()
}

// TestMenuShowsTrouble lets things happen to LM Studio.
func TestMenuShowsTrouble(t *testing.T) {
	d := startDesk(t)
	d.fake.SetLoadTime(6 * time.Second) // so that a slow machine sees it too
	d.click("Hero 8B")
	d.untilShown("Hero 8B is loading")
	d.shape(say.Half)
	d.untilShown("Hero 8B is warm")
	d.shape(say.Lit)

	if err := d.fake.StopServer(); err != nil {
		t.Fatal(err)
	}
	d.untilShown("LM Studio's server is off")
	d.shape(say.Marked)
	if err := d.fake.StartServer(); err != nil {
		t.Fatal(err)
	}
	d.untilShown("Hero 8B is warm")
	d.shape(say.Lit)

	if err := d.fake.QuitApp(); err != nil {
		t.Fatal(err)
	}
	d.untilShown("LM Studio is not running")
	if err := d.fake.StartApp(); err != nil {
		t.Fatal(err)
	}
	d.untilShown("Waiting to load Hero 8B", "next try")
	d.shape(say.Half)
	d.untilShown("Hero 8B is warm")

	d.fake.SetToken("sk-lm-abcdefgh:01234567890123456789")
	d.untilShown("Hero 8B cannot be kept loaded")
	d.shape(say.Marked)
	d.fake.SetToken("")
	d.untilShown("Hero 8B is warm")

	d.fake.Eject("acme/hero-8b")
	d.untilShown("Keeping Hero 8B is paused", "Somebody unloaded it outside Pilotlight.")
	d.shape(say.Outline)
}

// TestRefusalIsShown clicks on what cannot be done now.
func TestRefusalIsShown(t *testing.T) {
	d := startDesk(t)
	d.click("Hero 8B")
	d.untilShown("Hero 8B is warm")
	d.fake.SetBusy("acme/hero-8b", true)
	d.click("Unload now")
	d.untilShown("is answering someone right now.")
	if got := len(d.fake.Instances()); got != 1 {
		t.Errorf("%d instances are loaded, want 1", got)
	}
	d.fake.SetBusy("acme/hero-8b", false)
	d.click("Unload now")
	d.untilKeep(backend.KeepPaused)
	d.untilMenu("the refusal gone", func(m traytest.Entry) bool {
		_, there := m.Find("is answering someone right now.")
		return !there
	})
}

// TestStartAtLogin switches it on and off in the menu. GTK draws the check mark
// before the agent has done anything, so the file is waited for by itself.
func TestStartAtLogin(t *testing.T) {
	d := startDesk(t)
	entry := filepath.Join(d.home, ".config", "autostart", "pilotlight.desktop")
	for _, want := range []bool{true, false} {
		d.click("Start at login")
		deadline := time.Now().Add(patient)
		for {
			_, err := os.Stat(entry)
			if (err == nil) == want {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("the autostart file is there: %v, want %v", err == nil, want)
			}
			time.Sleep(20 * time.Millisecond)
		}
		d.untilMenu("the check mark", checked("Start at login", want))
	}
}

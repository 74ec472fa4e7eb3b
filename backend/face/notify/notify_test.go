package notify_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/notify"
	"pilotlight/backend/face/tray/traytest"
)

func onLinux(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the desktop of this test speaks D-Bus")
	}
}

// desktop is a session bus that this process's session is on.
func desktop(t *testing.T) (*traytest.Bus, *notify.Desktop) {
	t.Helper()
	onLinux(t)
	bus, err := traytest.NewBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(bus.Close)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", bus.Address)
	t.Setenv("PATH", "") // no notify-send, no kdialog
	return bus, notify.NewDesktop(func(name string) string {
		return map[string]string{"DBUS_SESSION_BUS_ADDRESS": bus.Address}[name]
	})
}

func TestShow(t *testing.T) {
	bus, d := desktop(t)
	service, err := traytest.NewNotices(bus)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	for range 2 {
		if err := d.Show(t.Context(), "Opus answered instead of MiniMax", "because <b>it</b> was off"); err != nil {
			t.Fatal(err)
		}
		want := traytest.Notice{App: "Pilotlight", Title: "Opus answered instead of MiniMax", Text: "because ‹b›it‹/b› was off"}
		if got := <-service.Shown; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestNobodyShowsNotices(t *testing.T) {
	_, d := desktop(t)
	if err := d.Show(t.Context(), "t", "x"); backend.CodeOf(err) != backend.CodeUnsupported || backend.AsError(err).Hint == "" {
		t.Errorf("got %v", err)
	}
}

func TestNoSession(t *testing.T) {
	onLinux(t)
	d := notify.NewDesktop(func(string) string { return "" })
	if err := d.Show(t.Context(), "t", "x"); backend.CodeOf(err) != backend.CodeUnsupported || backend.AsError(err).Hint == "" {
		t.Errorf("got %v", err)
	}
}

// A desktop that hangs costs one waiting call and nobody's time.
func TestStuckDesktop(t *testing.T) {
	bus, d := desktop(t)
	service, err := traytest.NewNotices(bus)
	if err != nil {
		t.Fatal(err)
	}
	defer service.Close()
	for range cap(service.Shown) {
		service.Shown <- traytest.Notice{}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := d.Show(ctx, "t", "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the first: %v", err)
	}
	if err := d.Show(t.Context(), "t", "x"); backend.CodeOf(err) != backend.CodeBusy {
		t.Errorf("the second: %v", err)
	}
	for range cap(service.Shown) + 1 {
		<-service.Shown
	}
	deadline := time.Now().Add(10 * time.Second)
	for d.Show(t.Context(), "again", "x") != nil {
		if time.Now().After(deadline) {
			t.Fatal("it stays stuck")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

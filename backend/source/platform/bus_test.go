package platform_test

import (
	"bufio"
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"pilotlight/backend/source/platform"
)

// startBus runs a real session bus of its own and gives its address.
func startBus(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("dbus-daemon"); err != nil {
		t.Skip("no dbus-daemon on this machine")
	}
	cmd := exec.Command("dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1",
		"--address=unix:path="+filepath.Join(t.TempDir(), "bus"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line)
}

func connect(t *testing.T, addr string) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

// TestLinuxDesktop asks a real bus, on which a panel, an icon and a
// notification service appear one after the other.
func TestLinuxDesktop(t *testing.T) {
	addr := startBus(t)
	getenv := env("DBUS_SESSION_BUS_ADDRESS", addr, "DISPLAY", ":7")
	d := platform.LinuxDesktop(t.Context(), getenv, os.Getpid())
	if d.BusErr != nil || d.Display != ":7" || d.TrayHost || d.Icon != nil {
		t.Fatalf("an empty session = %+v", d)
	}

	panel := connect(t, addr)
	items := map[string]map[string]*prop.Prop{"org.kde.StatusNotifierWatcher": {
		"RegisteredStatusNotifierItems": {Value: []string{":99.99", ":98.1/Item"}, Emit: prop.EmitFalse},
	}}
	props, err := prop.Export(panel, "/StatusNotifierWatcher", items)
	if err != nil {
		t.Fatal(err)
	}
	own(t, panel, "org.kde.StatusNotifierWatcher")
	own(t, panel, "org.freedesktop.Notifications")
	d = platform.LinuxDesktop(t.Context(), getenv, os.Getpid())
	if !d.TrayHost || !d.Notices || d.Icon == nil || *d.Icon {
		t.Errorf("a panel with icons of others = %+v", d)
	}

	agent := connect(t, addr)
	props.SetMust("org.kde.StatusNotifierWatcher", "RegisteredStatusNotifierItems",
		[]string{agent.Names()[0] + "/org/ayatana/NotificationItem/systray"})
	d = platform.LinuxDesktop(t.Context(), getenv, os.Getpid())
	if d.Icon == nil || !*d.Icon {
		t.Errorf("a panel with our icon = %+v", d)
	}
	if d := platform.LinuxDesktop(t.Context(), getenv, 0); d.Icon != nil {
		t.Errorf("without an agent the icon is %v, want not known", *d.Icon)
	}
}

func own(t *testing.T, conn *dbus.Conn, name string) {
	t.Helper()
	if reply, err := conn.RequestName(name, dbus.NameFlagDoNotQueue); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("own %s: %v %v", name, reply, err)
	}
}

func TestNoSessionBus(t *testing.T) {
	dir := t.TempDir()
	silent, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, getenv := range map[string]func(string) string{
		"nothing set":    env(),
		"relative":       env("XDG_RUNTIME_DIR", "."),
		"empty folder":   env("XDG_RUNTIME_DIR", t.TempDir()),
		"autolaunch":     env("DBUS_SESSION_BUS_ADDRESS", "autolaunch:"),
		"nonsense":       env("DBUS_SESSION_BUS_ADDRESS", "nonsense"),
		"dead":           env("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(dir, "gone")),
		"silent":         env("XDG_RUNTIME_DIR", dir),
		"silent by name": env("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(dir, "bus")),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if d := platform.LinuxDesktop(ctx, getenv, 1); d.BusErr == nil || d.TrayHost || d.Notices {
			t.Errorf("%s: %+v, want no bus", name, d)
		}
		cancel()
	}
}

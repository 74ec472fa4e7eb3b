package platform_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"pilotlight/backend/source/platform"
)

// manager answers for logind on a bus of its own.
type manager struct{ locks []lock }

type lock struct {
	What, Who, Why, Mode string
	UID, PID             uint32
}

func (m manager) ListInhibitors() ([]lock, *dbus.Error) { return m.locks, nil }

func TestSleepByALoginManager(t *testing.T) {
	addr := startBus(t)
	getenv := env("DBUS_SYSTEM_BUS_ADDRESS", addr)
	if got := platform.Sleep(t.Context(), getenv); got != nil {
		t.Errorf("a bus without a login manager: got %+v", got)
	}
	conn := connect(t, addr)
	props, err := prop.Export(conn, "/org/freedesktop/login1", map[string]map[string]*prop.Prop{"org.freedesktop.login1.Manager": {
		"IdleAction":      {Value: "suspend", Emit: prop.EmitFalse},
		"IdleActionUSec":  {Value: uint64(600e6), Emit: prop.EmitFalse},
		"OnExternalPower": {Value: false, Emit: prop.EmitFalse},
	}})
	if err != nil {
		t.Fatal(err)
	}
	locks := manager{[]lock{{What: "sleep", Who: "Backup", Why: "private", Mode: "block"}, {What: "sleep", Who: "UPower", Mode: "delay"}}}
	if err := conn.Export(locks, "/org/freedesktop/login1", "org.freedesktop.login1.Manager"); err != nil {
		t.Fatal(err)
	}
	own(t, conn, "org.freedesktop.login1")
	got := platform.Sleep(t.Context(), getenv)
	if got == nil || got.IdleMinutes == nil || *got.IdleMinutes != 10 || !got.OnBattery || got.Held != "Backup" || got.Source != "logind" {
		t.Errorf("got %+v", got)
	}

	props.SetMust("org.freedesktop.login1.Manager", "IdleAction", "ignore")
	if got := platform.Sleep(t.Context(), getenv); got == nil || got.IdleMinutes == nil || *got.IdleMinutes != 0 {
		t.Errorf("idle is ignored: got %+v", got)
	}

	// GNOME has a word in it too: a program in the place of gsettings.
	dir := t.TempDir()
	script := "#!/bin/sh\n[ \"$1 $2\" = 'list-recursively org.gnome.settings-daemon.plugins.power' ] || exit 1\n" +
		"echo 'org.gnome.settings-daemon.plugins.power sleep-inactive-battery-timeout 120'\n" +
		"echo \"org.gnome.settings-daemon.plugins.power sleep-inactive-battery-type 'suspend'\"\n"
	if err := os.WriteFile(filepath.Join(dir, "gsettings"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	gnome := env("DBUS_SYSTEM_BUS_ADDRESS", addr, "XDG_CURRENT_DESKTOP", "ubuntu:GNOME", "PATH", dir)
	if got := platform.Sleep(t.Context(), gnome); got == nil || got.IdleMinutes == nil || *got.IdleMinutes != 2 || got.Source != "gsettings" {
		t.Errorf("with GNOME: got %+v", got)
	}
	// A desktop that does not tell leaves it open, and what holds is still told.
	kde := env("DBUS_SYSTEM_BUS_ADDRESS", addr, "XDG_CURRENT_DESKTOP", "KDE")
	if got := platform.Sleep(t.Context(), kde); got == nil || got.IdleMinutes != nil || got.Held != "Backup" {
		t.Errorf("with KDE: got %+v", got)
	}
}

func TestSleepWithoutABus(t *testing.T) {
	dir := t.TempDir()
	silent, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for name, getenv := range map[string]func(string) string{
		"gone":     env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(dir, "gone")),
		"nonsense": env("DBUS_SYSTEM_BUS_ADDRESS", "nonsense"),
		"silent":   env("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+filepath.Join(dir, "bus"), "XDG_CURRENT_DESKTOP", "GNOME", "PATH", dir),
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		if got := platform.Sleep(ctx, getenv); got != nil {
			t.Errorf("%s: got %+v", name, got)
		}
		cancel()
	}
}

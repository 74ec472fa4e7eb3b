package platform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/godbus/dbus/v5"

	"pilotlight/backend"
)

const (
	busName     = "org.freedesktop.DBus"
	busPath     = "/org/freedesktop/DBus"
	watcherName = "org.kde.StatusNotifierWatcher"
	watcherPath = "/StatusNotifierWatcher"
	noticesName = "org.freedesktop.Notifications"
)

// LinuxDesktop looks at the display, and asks the session bus who shows icons
// and notices. agentPID is the running agent's process, 0 for none: whether an
// icon of its is there is found by comparing. Nothing is started: a bus that is
// not there is not launched.
func LinuxDesktop(ctx context.Context, getenv func(string) string, agentPID int) *backend.Desktop {
	d := &backend.Desktop{Display: getenv("WAYLAND_DISPLAY")}
	if d.Display == "" {
		d.Display = getenv("DISPLAY")
	}
	conn, err := sessionBus(ctx, getenv)
	if err != nil {
		d.BusErr = err
		return d
	}
	defer conn.Close()
	bus := conn.Object(busName, busPath)
	d.Notices = has(ctx, bus, "ListNames", noticesName) || has(ctx, bus, "ListActivatableNames", noticesName)
	if d.TrayHost = has(ctx, bus, "ListNames", watcherName); !d.TrayHost || agentPID == 0 {
		return d
	}
	if items, ok := trayItems(ctx, conn); ok {
		shown := slices.ContainsFunc(items, func(item string) bool { return ownerPID(ctx, bus, item) == agentPID })
		d.Icon = &shown
	}
	return d
}

// sessionBus connects where the session says its bus is, or where systemd puts
// it (sd_bus_open_user(3)).
func sessionBus(ctx context.Context, getenv func(string) string) (*dbus.Conn, error) {
	addr := getenv("DBUS_SESSION_BUS_ADDRESS")
	if addr == "" {
		path := filepath.Join(getenv("XDG_RUNTIME_DIR"), "bus")
		if fi, err := os.Stat(path); err != nil || !filepath.IsAbs(path) || fi.Mode()&os.ModeSocket == 0 {
			return nil, errors.New("this session has none")
		}
		addr = "unix:path=" + path
	}
	if strings.HasPrefix(addr, "autolaunch:") {
		return nil, errors.New("this session has none")
	}
	return dial(ctx, addr)
}

// dial connects to a bus and signs in.
func dial(ctx context.Context, addr string) (*dbus.Conn, error) {
	conn, err := dbus.Dial(addr, dbus.WithContext(ctx))
	if err != nil {
		return nil, bare(err)
	}
	// Where nobody answers the sign-in, closing is what ends the wait for it.
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	if err := conn.Auth(nil); err != nil {
		_ = conn.Close()
		return nil, errors.New("it did not let us in")
	}
	if err := conn.Hello(); err != nil {
		_ = conn.Close()
		return nil, errors.New("it does not answer")
	}
	return conn, nil
}

func has(ctx context.Context, bus dbus.BusObject, method, name string) bool {
	var names []string
	err := bus.CallWithContext(ctx, busName+"."+method, 0).Store(&names)
	return err == nil && slices.Contains(names, name)
}

// trayItems are the icons that the panel knows, as bus names.
func trayItems(ctx context.Context, conn *dbus.Conn) ([]string, bool) {
	var v dbus.Variant
	err := conn.Object(watcherName, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
		watcherName, "RegisteredStatusNotifierItems").Store(&v)
	items, ok := v.Value().([]string)
	return items, err == nil && ok
}

// ownerPID is the process behind an icon, 0 where it is gone. Icons are named
// by their bus name, most with the object's path behind it.
func ownerPID(ctx context.Context, bus dbus.BusObject, item string) int {
	name, _, _ := strings.Cut(item, "/")
	var pid uint32
	if bus.CallWithContext(ctx, busName+".GetConnectionUnixProcessID", 0, name).Store(&pid) != nil {
		return 0
	}
	return int(pid)
}

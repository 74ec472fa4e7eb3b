package platform

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"pilotlight/backend"
)

const (
	loginName    = "org.freedesktop.login1"
	loginPath    = "/org/freedesktop/login1"
	loginManager = loginName + ".Manager"
	// systemBus is where the system's bus listens unless a variable says otherwise.
	systemBus = "unix:path=/run/dbus/system_bus_socket"
	// maxLocks bounds how many locks on sleep are looked at.
	maxLocks = 200
	// maxGsettings bounds what gsettings may print, in bytes.
	maxGsettings = 64 << 10
)

// Sleep asks the login manager over the system's bus, and on GNOME its settings,
// when this machine goes to sleep by itself; nil where nobody tells. On GNOME it
// runs gsettings once, so it is for when somebody asks.
func Sleep(ctx context.Context, getenv func(string) string) *backend.SleepRule {
	desktop := getenv("XDG_CURRENT_DESKTOP")
	var g *gnomePower
	gnome := hasPart(desktop, "GNOME")
	if gnome {
		g = gnomeSettings(ctx, getenv)
	}
	return desktopRule(askLogind(ctx, getenv), g, desktop != "" && g == nil)
}

// hasPart says whether a list with colons has a name, as ubuntu:GNOME has.
func hasPart(list, name string) bool {
	for part := range strings.SplitSeq(list, ":") {
		if strings.EqualFold(part, name) {
			return true
		}
	}
	return false
}

// askLogind gives what logind says, nil where there is none that answers.
func askLogind(ctx context.Context, getenv func(string) string) *logind {
	addr := getenv("DBUS_SYSTEM_BUS_ADDRESS")
	if addr == "" {
		addr = systemBus
	}
	conn, err := dial(ctx, addr)
	if err != nil {
		return nil
	}
	defer conn.Close()
	manager := conn.Object(loginName, loginPath)
	get := func(name string) any {
		var v dbus.Variant
		if manager.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", dbus.FlagNoAutoStart, loginManager, name).Store(&v) != nil {
			return nil
		}
		return v.Value()
	}
	action, ok := get("IdleAction").(string)
	if !ok {
		return nil
	}
	l := &logind{action: action}
	if micro, ok := get("IdleActionUSec").(uint64); ok {
		l.after = time.Duration(min(micro, uint64(1000*time.Hour/time.Microsecond))) * time.Microsecond
	}
	if power, ok := get("OnExternalPower").(bool); ok {
		l.battery = !power
	}
	l.locks = locks(ctx, manager)
	return l
}

// locks are the locks on sleep that programs hold.
func locks(ctx context.Context, manager dbus.BusObject) []inhibitor {
	var rows []struct {
		What, Who, Why, Mode string
		UID, PID             uint32
	}
	if manager.CallWithContext(ctx, loginManager+".ListInhibitors", dbus.FlagNoAutoStart).Store(&rows) != nil {
		return nil
	}
	var all []inhibitor
	for _, r := range rows[:min(len(rows), maxLocks)] {
		all = append(all, inhibitor{what: r.What, who: r.Who, mode: r.Mode})
	}
	return all
}

// gnomeSettings asks GNOME's settings, nil where there is no such program or schema.
func gnomeSettings(ctx context.Context, getenv func(string) string) *gnomePower {
	program := programIn(getenv("PATH"), "gsettings")
	if program == "" {
		return nil
	}
	out := limited{max: maxGsettings}
	cmd := exec.CommandContext(ctx, program, "list-recursively", gnomeSchema)
	cmd.Stdout, cmd.WaitDelay = &out, killWait
	if cmd.Run() != nil {
		return nil
	}
	g := parseGnomePower(out.buf.String())
	if g.ac == nil && g.battery == nil {
		return nil
	}
	return &g
}

// programIn finds a program on a path list, "" where it is nowhere.
func programIn(list, name string) string {
	for _, dir := range filepath.SplitList(list) {
		p := filepath.Join(dir, name)
		if fi, err := os.Stat(p); filepath.IsAbs(dir) && err == nil && fi.Mode().IsRegular() && fi.Mode().Perm()&0o111 != 0 {
			return p
		}
	}
	return ""
}

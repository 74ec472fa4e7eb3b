package doctor

import "pilotlight/backend"

const (
	darwin       = "darwin"
	packagesHint = "Install what it needs, on Debian and Ubuntu: sudo apt install libgtk-3-0 libwebkit2gtk-4.1-0."
	inBrowser    = " Until then pilotlight open shows the dashboard in the browser."
)

func window(p backend.Platform) backend.Check {
	d := about("window", groupDesktop, "Window")
	switch w := p.Window; {
	case w.Path == "" && p.OS == darwin:
		return d.warn("Install the whole Pilotlight.app."+inBrowser, "The window's program was not found.")
	case w.Path == "":
		return d.warn("Install it with make install or the package."+inBrowser, "The window's program was not found.")
	case w.Err != nil && p.OS == darwin:
		return d.fail("Install Pilotlight.app again."+inBrowser, "%s does not run: %v.", w.Path, w.Err)
	case w.Err != nil:
		return d.fail(packagesHint+inBrowser, "%s does not run: %v.", w.Path, w.Err)
	case w.Version != p.Version:
		return d.warn("Install both from the same version.", "%s is version %s, this program is %s.", w.Path, w.Version, p.Version)
	}
	return d.ok("Version %s at %s.", p.Window.Version, p.Window.Path)
}

// noDesktop tells of the same absence once: the checks behind it skip.
const noDesktop = "Without it the agent works all the same, with no icon and no window."

func display(p backend.Platform) backend.Check {
	d := about("display", groupDesktop, "Display")
	switch {
	case p.Desktop == nil:
		return d.skip("Only Linux has to be asked.")
	case p.Desktop.Display == "":
		return d.warn(noDesktop, "There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set.")
	}
	return d.ok("%s.", p.Desktop.Display)
}

func sessionBus(p backend.Platform) backend.Check {
	d := about("session_bus", groupDesktop, "Session bus")
	switch {
	case p.Desktop == nil:
		return d.skip("Only Linux has one.")
	case p.Desktop.BusErr != nil:
		return d.warn(noDesktop, "There is no session bus to talk to: %v.", p.Desktop.BusErr)
	}
	return d.ok("It answers.")
}

func trayHost(p backend.Platform) backend.Check {
	d := about("tray_host", groupDesktop, "Panel")
	switch {
	case p.Desktop == nil:
		return d.skip("The menu bar of macOS shows icons by itself.")
	case p.Desktop.BusErr != nil:
		return d.skip("Without a session bus there is none to ask.")
	case !p.Desktop.TrayHost:
		return d.warn("On GNOME install the extension AppIndicator and KStatusNotifierItem Support; elsewhere add a status tray to the panel.",
			"No panel shows icons: nobody owns org.kde.StatusNotifierWatcher.")
	}
	return d.ok("A panel shows icons.")
}

func statusItem(p backend.Platform) backend.Check {
	d := about("status_item", groupDesktop, "Icon")
	switch {
	case p.OS == darwin:
		return d.skip("macOS does not tell. Is the flame missing from the menu bar, look at System Settings, Menu Bar.")
	case p.Desktop == nil || p.Desktop.Icon == nil:
		return d.skip("It can be looked for where an agent, a session bus and a panel are.")
	case !*p.Desktop.Icon:
		return d.warn("Start the agent inside the desktop session, and without --no-tray.",
			"The running agent shows no icon in the panel.")
	}
	return d.ok("The panel shows the agent's icon.")
}

func notices(p backend.Platform) backend.Check {
	d := about("notifications", groupDesktop, "Notifications")
	switch {
	case p.OS == darwin:
		return d.skip("macOS does not tell. System Settings, Notifications has what is allowed.")
	case p.Desktop == nil || p.Desktop.BusErr != nil:
		return d.skip("Without a session bus there is none to ask.")
	case !p.Desktop.Notices:
		return d.warn("Install a notification service, as notification-daemon or dunst.",
			"Nothing shows notifications: nobody answers for org.freedesktop.Notifications.")
	}
	return d.ok("A service shows notifications.")
}

func loginItem(l backend.LoginItem) backend.Check {
	d := about("login_item", groupDesktop, "Start at login")
	switch {
	case l.Err != nil:
		return d.warn("Make the file readable for you.", "%s cannot be read: %v.", l.Path, l.Err)
	case l.Foreign:
		return d.warn("Move that file away if you do not need it, then: pilotlight login on.",
			"%s was not made by Pilotlight.", l.Path)
	case l.Enabled && l.Missing:
		return d.warn("Run: pilotlight login on, with the Pilotlight that shall start.",
			"%s starts %s, which is not there.", l.Path, l.Program)
	case l.Enabled:
		return d.ok("On: it starts %s.", l.Program)
	}
	return d.ok("Off. Switch it on with: pilotlight login on.")
}

//go:build !headless && cgo

package tray

/*
#cgo pkg-config: gtk+-3.0 gio-2.0 x11
#include <stdlib.h>
#include <unistd.h>
#include <malloc.h>
#include <X11/Xlib.h>
#include <gtk/gtk.h>
#include <gdk/gdkx.h>

extern void trayDisplayLost(void);
extern void trayBusLost(void);

// GDK ends the process when the X server goes away. Xlib gives the one who
// asked last the word, and lets it not return: this thread has nothing left to
// do, the agent's others go on.
static int display_lost(Display *d) {
	(void)d;
	trayDisplayLost();
	for (;;) pause();
	return 0;
}

static void bus_lost(GDBusConnection *c, gboolean remote, GError *e, gpointer data) {
	(void)c; (void)remote; (void)e; (void)data;
	trayBusLost();
}

// open_display opens the display that gtk_init would end the process without.
// Wayland's own connection cannot be outlived (GDK calls _exit), so it is X or
// XWayland. GL is of no use without a window, and looking for it loads a
// graphics driver; so is the bridge to screen readers, since the panel draws
// the menu.
static int open_display(void) {
	const char *at = getenv("NO_AT_BRIDGE"), *gl = getenv("GDK_GL");
	setenv("NO_AT_BRIDGE", "1", 1);
	setenv("GDK_GL", "disable", 1);
	gdk_set_allowed_backends("x11");
	g_set_prgname("pilotlight");
	g_set_application_name("Pilotlight");
	int ok = gtk_init_check(NULL, NULL);
	if (!at) unsetenv("NO_AT_BRIDGE");
	if (!gl) unsetenv("GDK_GL");
	if (ok) XSetIOErrorHandler(display_lost);
	return ok;
}

// open_bus connects to the session bus and keeps GLib from ending the process
// with it. Everything else in the process gets the same connection.
static GDBusConnection *open_bus(void) {
	GDBusConnection *c = g_bus_get_sync(G_BUS_TYPE_SESSION, NULL, NULL);
	if (c) {
		g_dbus_connection_set_exit_on_close(c, FALSE);
		g_signal_connect(c, "closed", G_CALLBACK(bus_lost), NULL);
	}
	return c;
}

// has_panel says whether anything takes icons: a panel on the bus, or an old
// one on the display, which the library falls back to.
static int has_panel(GDBusConnection *c) {
	gboolean owned = FALSE;
	GVariant *r = g_dbus_connection_call_sync(c, "org.freedesktop.DBus", "/org/freedesktop/DBus",
		"org.freedesktop.DBus", "NameHasOwner", g_variant_new("(s)", "org.kde.StatusNotifierWatcher"),
		G_VARIANT_TYPE("(b)"), G_DBUS_CALL_FLAGS_NONE, 2000, NULL, NULL);
	if (r) {
		g_variant_get(r, "(b)", &owned);
		g_variant_unref(r);
	}
	if (owned) return 1;
	Display *d = gdk_x11_get_default_xdisplay();
	char name[32];
	snprintf(name, sizeof name, "_NET_SYSTEM_TRAY_S%d", DefaultScreen(d));
	return XGetSelectionOwner(d, XInternAtom(d, name, False)) != None;
}
*/
import "C"

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"pilotlight/backend"
)

// lost is who is told when the display or the bus goes. GTK exists once in a
// process, and what it calls cannot carry a pointer to our things.
var lost atomic.Pointer[func(error)]

// prepare opens what the icon needs, so that GTK will find it, and arranges
// that the process outlives it.
func prepare(o Options) error {
	if os.Getenv("DISPLAY") == "" {
		return none("There is no display", "On a machine without a screen use --no-tray.")
	}
	if !hasBus() {
		return none("There is no session bus", "Start Pilotlight inside your desktop session.")
	}
	if C.open_display() == 0 {
		return none("The display "+os.Getenv("DISPLAY")+" cannot be opened", "Start Pilotlight inside your desktop session.")
	}
	bus := C.open_bus()
	if bus == nil {
		return none("The session bus does not answer", "Start Pilotlight inside your desktop session.")
	}
	if C.has_panel(bus) == 0 {
		o.Say("No panel here shows icons yet; Pilotlight's comes with the first that does.")
	}
	var once sync.Once
	tell := func(err error) {
		once.Do(func() {
			o.Say(err.Error() + " Pilotlight goes on without its icon.")
			if o.Lost != nil {
				o.Lost(err)
			}
		})
	}
	lost.Store(&tell)
	return nil
}

func none(what, hint string) error {
	return &backend.Error{Code: backend.CodeUnsupported, Message: what + ", so there is no icon in the menu bar.", Hint: hint}
}

// hasBus says whether a session bus is promised. GLib would else start one of
// its own, on which nobody is.
func hasBus() bool {
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "bus"))
	return err == nil
}

//export trayDisplayLost
func trayDisplayLost() { tellLost("The display has gone.") }

//export trayBusLost
func trayBusLost() { tellLost("The session bus has gone.") }

// tellLost tells it beside the thread that noticed, which may hold GTK's locks.
func tellLost(what string) {
	if f := lost.Load(); f != nil {
		go (*f)(errors.New(what))
	}
}

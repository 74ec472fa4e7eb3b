//go:build desktop

#include "linux.h"

#include <gtk/gtk.h>
#include <webkit2/webkit2.h>

extern void pilotlightRun(uintptr_t handle);

static gboolean run(gpointer data) {
	pilotlightRun((uintptr_t)data);
	return G_SOURCE_REMOVE;
}

void pilotlight_later(uintptr_t handle) { g_idle_add(run, (gpointer)handle); }

static void find_view(GtkWidget *widget, gpointer out) {
	GtkWidget **found = out;
	if (*found != NULL) {
		return;
	}
	if (WEBKIT_IS_WEB_VIEW(widget)) {
		*found = widget;
	} else if (GTK_IS_CONTAINER(widget)) {
		gtk_container_forall(GTK_CONTAINER(widget), find_view, out);
	}
}

// The one web view of this process; NULL before it is there and after it went.
static GtkWidget *view(void) {
	GtkWidget *found = NULL;
	GList *all = gtk_window_list_toplevels();
	g_list_foreach(all, (GFunc)find_view, &found);
	g_list_free(all);
	return found;
}

void pilotlight_zoom(double factor) {
	GtkWidget *v = view();
	if (v != NULL) {
		webkit_web_view_set_zoom_level(WEBKIT_WEB_VIEW(v), factor);
	}
}

void pilotlight_edit(const char *command) {
	GtkWidget *v = view();
	if (v != NULL) {
		webkit_web_view_execute_editing_command(WEBKIT_WEB_VIEW(v), command);
	}
}

int pilotlight_areas(int *out, int max) {
	GtkWidget *v = view();
	if (v == NULL) {
		return 0;
	}
	GdkDisplay *display = gtk_widget_get_display(v);
	int n = gdk_display_get_n_monitors(display), i;
	for (i = 0; i < n && i < max; i++) {
		GdkRectangle area;
		gdk_monitor_get_workarea(gdk_display_get_monitor(display, i), &area);
		out[4 * i] = area.x;
		out[4 * i + 1] = area.y;
		out[4 * i + 2] = area.width;
		out[4 * i + 3] = area.height;
	}
	return i;
}

void pilotlight_move(int x, int y, int width, int height) {
	GtkWidget *v = view();
	if (v != NULL) {
		GtkWindow *window = GTK_WINDOW(gtk_widget_get_toplevel(v));
		gtk_window_resize(window, width, height);
		gtk_window_move(window, x, y);
	}
}

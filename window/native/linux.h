#include <glib.h>
#include <stdint.h>

// All but pilotlight_later are for GTK's own thread.
void pilotlight_later(uintptr_t handle);
void pilotlight_zoom(double factor);
void pilotlight_edit(const char *command);
int pilotlight_areas(int *out, int max);
void pilotlight_move(int x, int y, int width, int height);

//go:build desktop

package native

/*
#cgo webkit2_41 pkg-config: gtk+-3.0 webkit2gtk-4.1
#cgo !webkit2_41 pkg-config: gtk+-3.0 webkit2gtk-4.0
#include <stdlib.h>
#include "linux.h"
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

const maxAreas = 16

//export pilotlightRun
func pilotlightRun(handle C.uintptr_t) {
	h := cgo.Handle(handle)
	f := h.Value().(func())
	h.Delete()
	f()
}

// later runs f on GTK's thread when that is free.
func later(f func()) { C.pilotlight_later(C.uintptr_t(cgo.NewHandle(f))) }

// Zoom sets the page's zoom; 1 is 100 %. The page is laid out anew for it, as a
// narrower one would be, which zooming by style does not do.
func Zoom(factor float64) { later(func() { C.pilotlight_zoom(C.double(factor)) }) }

// Edit runs one of WebKit's editing commands: Undo, Redo, Cut, Copy, Paste or
// SelectAll. A page's own script may not paste.
func Edit(command string) {
	later(func() {
		name := C.CString(command)
		defer C.free(unsafe.Pointer(name))
		C.pilotlight_edit(name)
	})
}

// Move puts the window where choose wants it, given the areas of all screens
// that windows may cover, each as x, y, width, height in the desktop's
// coordinates. Wayland lets no program choose its place; there it only resizes.
func Move(choose func(areas [][4]int) (x, y, width, height int)) {
	// Wails centres the window as its loop begins. The second turn is after that.
	later(func() {
		later(func() {
			var flat [4 * maxAreas]C.int
			n := int(C.pilotlight_areas(&flat[0], maxAreas))
			areas := make([][4]int, n)
			for i := range areas {
				for j := range areas[i] {
					areas[i][j] = int(flat[4*i+j])
				}
			}
			x, y, width, height := choose(areas)
			C.pilotlight_move(C.int(x), C.int(y), C.int(width), C.int(height))
		})
	})
}

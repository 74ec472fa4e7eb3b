//go:build desktop

package native

/*
#cgo CFLAGS: -x objective-c
#cgo LDFLAGS: -framework Cocoa -framework WebKit
void pilotlight_zoom(double factor);
*/
import "C"

// Zoom sets the page's zoom; 1 is 100 %. WKWebView has pageZoom since macOS 11.
func Zoom(factor float64) { C.pilotlight_zoom(C.double(factor)) }

// Edit does nothing here: the Edit menu is the system's own.
func Edit(string) {}

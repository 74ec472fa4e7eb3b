//go:build desktop

package main

import (
	"context"
	"encoding/json"
	"log/slog"

	"github.com/wailsapp/wails/v2/pkg/runtime"

	"pilotlight/window"
	"pilotlight/window/native"
)

// startup is called once, before the first page, beside the window's own thread.
func (a *App) startup(ctx context.Context) {
	a.ctx = ctx
	a.putInPlace()
	close(a.ready)
}

// domReady is called for each page that is there, the built-in one included.
func (a *App) domReady(ctx context.Context) {
	a.mu.Lock()
	route, zoom := a.route, a.place.Zoom
	a.route = ""
	a.mu.Unlock()
	// Wails sets limits before there is a window on a screen, which does
	// nothing, and takes the first screen's size for the largest unless told
	// (Wails 2.15, window.c, SetMinMaxSize).
	runtime.WindowSetMaxSize(ctx, largest, largest)
	runtime.WindowSetMinSize(ctx, window.MinWidth, window.MinHeight)
	native.Zoom(zoom)
	a.goTo(route)
	runtime.WindowExecJS(ctx, window.Bridge())
}

// largest is more than any desktop is wide.
const largest = 32767

// goTo opens a place of the dashboard; "" none. The built-in page keeps it in
// its address for the dashboard that follows.
func (a *App) goTo(route string) {
	if route == "" {
		return
	}
	quoted, err := json.Marshal(route)
	if err == nil {
		runtime.WindowExecJS(a.ctx, "location.hash = "+string(quoted))
	}
}

// raise brings the window to the front and opens a route; false when the window
// is closing.
func (a *App) raise(route string) bool {
	select {
	case <-a.ready:
	case <-a.over:
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.ended {
		return false
	}
	runtime.Show(a.ctx)
	runtime.WindowShow(a.ctx)
	runtime.WindowUnminimise(a.ctx)
	a.goTo(route)
	return true
}

// beforeClose is called when the window is about to close, however that came.
func (a *App) beforeClose(context.Context) (prevent bool) {
	a.Placed()
	a.end()
	return false
}

// end says that the window is no more. It may be called more than once.
func (a *App) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.ended {
		a.ended = true
		close(a.over)
	}
}

// quietLogger takes in what Wails has to say: its errors only, because all else
// tells of every request.
type quietLogger struct{ log *slog.Logger }

func (l quietLogger) Print(string)     {}
func (l quietLogger) Trace(string)     {}
func (l quietLogger) Debug(string)     {}
func (l quietLogger) Info(string)      {}
func (l quietLogger) Warning(m string) { l.log.Warn(m) }
func (l quietLogger) Error(m string)   { l.log.Error(m) }
func (l quietLogger) Fatal(m string)   { l.log.Error(m) }

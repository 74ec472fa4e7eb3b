//go:build desktop

package main

import (
	"github.com/wailsapp/wails/v2/pkg/runtime"

	"pilotlight/window"
)

// putInPlace puts the window where it was. Here Wails counts from the corner of
// the screen that the window is on, both when it tells and when it moves.
func (a *App) putInPlace() {
	if a.place.Maximised || !a.place.Placed {
		return
	}
	screens, err := runtime.ScreenGetAll(a.ctx)
	if err != nil {
		return
	}
	for _, s := range screens {
		if s.IsCurrent {
			p := a.place.Fit([]window.Area{{Width: s.Size.Width, Height: s.Size.Height}})
			runtime.WindowSetSize(a.ctx, p.Width, p.Height)
			runtime.WindowSetPosition(a.ctx, p.X, p.Y)
		}
	}
}

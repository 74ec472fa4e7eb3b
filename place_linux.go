//go:build desktop

package main

import (
	"pilotlight/window"
	"pilotlight/window/native"
)

// The window manager draws a frame around what GTK calls the window, and it is
// not known before the window is there. These are those of the larger ones.
const frameWidth, frameHeight = 8, 40

// putInPlace puts the window where it was, as far as the screens still allow.
// Wails' own calls know only one screen, and move by its corner.
func (a *App) putInPlace() {
	p := a.place
	if p.Maximised {
		return
	}
	native.Move(func(found [][4]int) (x, y, width, height int) {
		var areas []window.Area
		for _, f := range found {
			areas = append(areas, window.Area{X: f[0], Y: f[1], Width: f[2] - frameWidth, Height: f[3] - frameHeight})
		}
		p := p.Fit(areas)
		return p.X, p.Y, p.Width, p.Height
	})
}

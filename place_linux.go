//go:build desktop

package main

import (
	"pilotlight/window"
	"pilotlight/window/native"
)

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
			areas = append(areas, window.Area{X: f[0], Y: f[1], Width: f[2], Height: f[3]})
		}
		p := p.Fit(areas)
		return p.X, p.Y, p.Width, p.Height
	})
}

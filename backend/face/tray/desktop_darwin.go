//go:build !headless && cgo

package tray

// prepare has nothing to look at: a program on a Mac that may run at all has a
// menu bar to put an icon in.
func prepare(Options) error { return nil }

// Package traytest plays the desktop around the menu bar icon: a display
// (Xvfb) and a session bus of its own, and the panel's side of them, which is
// a StatusNotifierWatcher that icons register at and a reader of their menus
// (com.canonical.dbusmenu). Tests and the bench use it to see and click what a
// person would. It knows nothing of Pilotlight.
package traytest

import (
	"fmt"
	"os/exec"
)

// find looks a program up and says which package brings it.
func find(name, pkg string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", fmt.Errorf("%s is missing; install the package %s (build/setup.sh test does)", name, pkg)
	}
	return path, nil
}

// TB is the part of testing.TB that is needed here, so that programs which use
// this package do not carry the testing package.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

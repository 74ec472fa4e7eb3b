//go:build !desktop

// Command pilotlight-window is the dashboard in a window of its own. Without
// the tag desktop it is only this text, so that the module builds, vets and
// tests on machines that have no web view.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "error: This build has no window in it.")
	fmt.Fprintln(os.Stderr, "hint: Build it with: make bin/pilotlight-window")
	os.Exit(1)
}

//go:build headless || !cgo || !(linux || darwin)

package tray

import "context"

// Built says whether this program was built with a menu bar.
const Built = false

// Run shows nothing in this build.
func Run(context.Context, Agent, Options) error { return nil }

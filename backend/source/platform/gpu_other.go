//go:build !linux && !darwin

package platform

import (
	"context"

	"pilotlight/backend"
)

// GPU knows no way to a GPU on this system.
func GPU(context.Context) backend.GPUProbe { return backend.GPUProbe{} }

//go:build !linux && !darwin

package platform

import (
	"context"

	"pilotlight/backend"
)

// Listening knows no way on this system.
func Listening(context.Context, string, int) *backend.Listening { return nil }

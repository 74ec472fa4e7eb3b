//go:build !darwin

package platform

import "pilotlight/backend"

// Sysctls are macOS's.
func Sysctls() []backend.Sysctl { return nil }

//go:build !linux && !darwin

package platform

// blocks knows no way on this system.
func blocks(string) (free, total int64, ok bool) { return 0, 0, false }

//go:build linux || darwin

package platform

import "golang.org/x/sys/unix"

// blocks asks for what this user may still write, and for all there is, in bytes.
func blocks(path string) (free, total int64, ok bool) {
	var st unix.Statfs_t
	if unix.Statfs(path, &st) != nil {
		return 0, 0, false
	}
	size := int64(st.Bsize) //nolint:unconvert // narrower on a Mac
	free, ok1 := inBytes(st.Bavail, size)
	total, ok2 := inBytes(st.Blocks, size)
	return free, total, ok1 && ok2 && total > 0
}

package platform

import (
	"context"
	"path/filepath"
	"sync"

	"pilotlight/backend"
)

// Disk looks at the room on disks. Its zero value is ready.
type Disk struct {
	mu  sync.Mutex
	out bool // a look is out: a network's disk that is gone may never answer
}

// Space tells the room where path is, or would be made. nil where the system does
// not tell, or not before ctx ends; one look at most hangs.
func (d *Disk) Space(ctx context.Context, path string) *backend.DiskSpace {
	if !filepath.IsAbs(path) || !d.begin() {
		return nil
	}
	got := make(chan *backend.DiskSpace, 1)
	go func() {
		s := space(path)
		d.end()
		got <- s
	}()
	select {
	case s := <-got:
		return s
	case <-ctx.Done():
		return nil
	}
}

func (d *Disk) begin() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.out {
		return false
	}
	d.out = true
	return true
}

func (d *Disk) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.out = false
}

// space asks the file system of path, or of the folder that it would be made in.
func space(path string) *backend.DiskSpace {
	for {
		if free, total, ok := blocks(path); ok {
			return &backend.DiskSpace{Path: path, FreeBytes: free, TotalBytes: total}
		}
		parent := filepath.Dir(path)
		if parent == path {
			return nil
		}
		path = parent
	}
}

// inBytes is a number of blocks in bytes; false for one that no disk has.
func inBytes(n uint64, size int64) (int64, bool) {
	const most = 1 << 62
	if size <= 0 || n > most/uint64(size) {
		return 0, false
	}
	return int64(n) * size, true
}

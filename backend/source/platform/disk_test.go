package platform

import (
	"context"
	"math"
	"path/filepath"
	"testing"
)

func TestSpaceOfAFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var d Disk
	here := d.Space(t.Context(), dir)
	if here == nil || here.Path != dir || here.TotalBytes <= 0 || here.FreeBytes < 0 || here.FreeBytes > here.TotalBytes {
		t.Fatalf("got %+v", here)
	}
	below := d.Space(t.Context(), filepath.Join(dir, "not", "yet", "there"))
	if below == nil || below.Path != dir || below.TotalBytes != here.TotalBytes {
		t.Errorf("a folder that is not there yet: got %+v, want %s", below, dir)
	}
	if got := d.Space(t.Context(), "relative"); got != nil {
		t.Errorf("a path without a beginning: got %+v", got)
	}
}

// TestADiskThatHangs has a look out that never comes back, as one at a network's
// disk that is gone.
func TestADiskThatHangs(t *testing.T) {
	t.Parallel()
	d := Disk{out: true}
	if got := d.Space(t.Context(), t.TempDir()); got != nil {
		t.Errorf("a second look beside one that hangs: got %+v", got)
	}
	d.end()
	if got := d.Space(t.Context(), t.TempDir()); got == nil {
		t.Error("nothing after the look came back")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got := d.Space(ctx, t.TempDir()); got != nil && got.TotalBytes <= 0 {
		t.Errorf("with no time left: got %+v", got)
	}
}

func TestBlocksInBytes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		n    uint64
		size int64
		want int64
		ok   bool
	}{
		{10, 4096, 40960, true}, {0, 512, 0, true}, {1, 0, 0, false}, {1, -1, 0, false},
		{math.MaxUint64, 1, 0, false}, {math.MaxUint64 / 2, 4096, 0, false},
	} {
		if got, ok := inBytes(c.n, c.size); got != c.want || ok != c.ok {
			t.Errorf("%d blocks of %d: got %d, %v", c.n, c.size, got, ok)
		}
	}
}

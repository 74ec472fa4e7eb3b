package config_test

import (
	"bytes"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"pilotlight/backend"
)

// disk mounts a small disk of its own and lays a config on it.
func disk(t *testing.T, text string) *bench {
	t.Helper()
	b := lay(t, "")
	if err := syscall.Mount("tmpfs", b.dir, "tmpfs", 0, "size=256k,mode=700"); err != nil {
		t.Skipf("this machine allows no mounts: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(b.dir, syscall.MNT_DETACH) })
	b.put(b.path, text)
	return b
}

func TestAFullDiskKeepsTheOldFile(t *testing.T) {
	t.Parallel()
	b := disk(t, small)
	d := b.open()
	c := apply(t, d, toC)
	filler := filepath.Join(b.dir, "filler")
	f, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for size := 64 << 10; size >= 1; size /= 2 {
		for {
			if _, err := f.Write(bytes.Repeat([]byte{'x'}, size)); err != nil {
				break
			}
		}
	}
	f.Close()
	_, err = b.src.Write(t.Context(), c, d.Hash())
	wantCode(t, err, backend.CodeRefused, "disk is full", "old one stands", b.dir)
	if b.text() != small {
		t.Errorf("text %q", b.text())
	}
	noTemp(t, b.dir)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	if _, err := b.src.Write(t.Context(), c, d.Hash()); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestAReadOnlyDiskIsTold(t *testing.T) {
	t.Parallel()
	b := disk(t, small)
	d := b.open()
	c := apply(t, d, toC)
	if err := syscall.Mount("tmpfs", b.dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=256k"); err != nil {
		t.Fatal(err)
	}
	_, err := b.src.Write(t.Context(), c, d.Hash())
	wantCode(t, err, backend.CodeRefused, "read-only", b.dir)
	wantCode(t, b.open().Err(), backend.CodeRefused, "read-only")
	if b.text() != small {
		t.Errorf("text %q", b.text())
	}
}

// A folder that this user may not write in.
func TestAFolderWithoutPermissionIsTold(t *testing.T) {
	b := lay(t, small)
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere; the read-only disk stands for it")
	}
	if err := os.Chmod(b.dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(b.dir, 0o700) }()
	wantCode(t, b.open().Err(), backend.CodeRefused, b.dir)
}

package home_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"pilotlight/backend/home"
)

// endedPID is the number of a process that is no more.
func endedPID(t *testing.T) int {
	t.Helper()
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	return c.Process.Pid
}

func TestOnlyWhatACrashLeftIsSwept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine, err := os.CreateTemp(dir, home.TempPattern(".tmp-"))
	if err != nil {
		t.Fatal(err)
	}
	mine.Close()
	put := func(name string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	dead, other, nameless := put(fmt.Sprintf(".tmp-%d-1", endedPID(t))), put(fmt.Sprintf(".other-%d-1", endedPID(t))), put(".tmp-old")
	now := time.Now()
	home.Sweep(dir, ".tmp-", now)
	for path, stays := range map[string]bool{mine.Name(): true, dead: false, other: true, nameless: true} {
		if _, err := os.Stat(path); (err == nil) != stays {
			t.Errorf("%s: %v, want that it stays: %v", filepath.Base(path), err, stays)
		}
	}
	home.Sweep(dir, ".tmp-", now.Add(2*time.Hour))
	for _, path := range []string{mine.Name(), nameless} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is two hours old and stays", filepath.Base(path))
		}
	}
	home.Sweep(filepath.Join(dir, "nowhere"), ".tmp-", now)
}

func TestAFileIsReplacedWholeAndNothingIsLeft(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"one", "another"} {
		if err := home.WriteFile(path, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q, %v", got, err)
		}
	}
	if all, err := os.ReadDir(dir); err != nil || len(all) != 1 {
		t.Errorf("%v, %v", all, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", info, err)
	}
}

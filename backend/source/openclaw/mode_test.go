package openclaw_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"pilotlight/backend"
	"pilotlight/backend/source/openclaw"
)

// loose makes a file that everybody may read and write.
func loose(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func mode(t *testing.T, path string) fs.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	state := filepath.Join(dir, ".openclaw")
	p := openclaw.Paths{StateDir: state, Config: loose(t, filepath.Join(dir, "etc", "openclaw.json"))}
	inside := loose(t, filepath.Join(state, "agents", "main", "auth.json"))
	outside := loose(t, filepath.Join(dir, "else"))
	beside := loose(t, filepath.Join(dir, "etc", "other.json"))
	link := filepath.Join(state, "link")
	if err := os.Symlink(outside, link); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(state, "away")
	if err := os.Symlink(dir, folder); err != nil {
		t.Fatal(err)
	}
	pipe := filepath.Join(state, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Fatal(err)
	}

	for name, paths := range map[string][]string{
		"a file": {inside}, "the config": {p.Config}, "a folder": {filepath.Dir(inside)}, "the folder itself": {state},
		"what is not there": {filepath.Join(state, "gone")}, "none": nil,
	} {
		if err := p.OwnerOnly(paths); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, path := range paths {
			if name != "what is not there" && mode(t, path)&0o077 != 0 {
				t.Errorf("%s: others still may %v", name, mode(t, path))
			}
		}
	}
	if got := mode(t, inside); got != 0o600 {
		t.Errorf("the owner's own became %v", got)
	}
	for name, path := range map[string]string{
		"elsewhere": outside, "beside the config": beside, "up and out": state + "/../else", "a link": link,
		"behind a link": filepath.Join(folder, "else"), "a pipe": pipe, "no path": "",
	} {
		err := p.OwnerOnly([]string{path})
		if backend.CodeOf(err) != backend.CodeRefused || backend.AsError(err).Hint == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, path := range []string{outside, beside} {
		if got := mode(t, path); got != 0o666 {
			t.Errorf("%s became %v", path, got)
		}
	}
}

package home

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestTrust looks at a folder of ours as ourselves, and as another user for whom all of
// it is a stranger's.
func TestTrust(t *testing.T) {
	t.Parallel()
	me, other := os.Geteuid(), os.Geteuid()+1
	if me == 0 {
		t.Log("as root everything is root's, which all trust: only links and strangers' files are looked at")
	}
	base := t.TempDir()
	dir := filepath.Join(base, "state")
	if err := trust(dir, me); err != nil {
		t.Errorf("a folder that is not there: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "token"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(dir, filepath.Join(base, "link")); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(base, "link")} {
		if err := trust(path, me); err != nil {
			t.Errorf("%s is ours: %v", path, err)
		}
		if err := trust(path, other); me != 0 && !errors.Is(err, ErrForeign) {
			t.Errorf("%s is trusted by another user: %v", path, err)
		}
	}
}

// TestTrustOfPlantedFiles needs root, who alone gives files away.
func TestTrustOfPlantedFiles(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		t.Skip("only root can make a file of another user")
	}
	const stranger = 12345
	for name, plant := range map[string]func(dir string) error{
		"a file": func(dir string) error {
			return giveAway(os.WriteFile(filepath.Join(dir, "token"), nil, 0o600), filepath.Join(dir, "token"))
		},
		"a link": func(dir string) error {
			return giveAway(os.Symlink("/etc/hosts", filepath.Join(dir, "token")), filepath.Join(dir, "token"))
		},
		"a dangling link": func(dir string) error {
			return giveAway(os.Symlink("/nowhere", filepath.Join(dir, "agent.log")), filepath.Join(dir, "agent.log"))
		},
		"the folder": func(dir string) error { return os.Lchown(dir, stranger, stranger) },
	} {
		dir := t.TempDir()
		if err := trust(dir, 0); err != nil {
			t.Fatalf("before %s: %v", name, err)
		}
		if err := plant(dir); err != nil {
			t.Fatal(err)
		}
		if err := trust(dir, 0); !errors.Is(err, ErrForeign) {
			t.Errorf("%s of a stranger's: %v", name, err)
		}
	}
	// A link to our own folder that a stranger made leads wherever they want tomorrow.
	base := t.TempDir()
	link := filepath.Join(base, "state")
	if err := giveAway(os.Symlink(t.TempDir(), link), link); err != nil {
		t.Fatal(err)
	}
	if err := trust(link, 0); !errors.Is(err, ErrForeign) {
		t.Errorf("a stranger's link to the folder: %v", err)
	}
}

// giveAway gives what was just made to another user.
func giveAway(err error, path string) error {
	if err != nil {
		return err
	}
	return os.Lchown(path, 12345, 12345)
}

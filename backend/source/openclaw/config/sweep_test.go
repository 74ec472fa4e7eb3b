package config_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"pilotlight/backend/source/openclaw/config"
)

// What a crash amid a write leaves is cleared away by the next start, and no text
// that is anybody else's goes with it.
func TestWhatACrashLeftIsUndone(t *testing.T) {
	t.Parallel()
	const old, ours, theirs = "{ a: 1 }\n", "{ a: 2 }\n", "{ a: 3, by: 'them' }\n"
	c := exec.Command("true")
	if err := c.Run(); err != nil {
		t.Fatal(err)
	}
	dead := c.Process.Pid
	swap := fmt.Sprintf(".pilotlight-%d-5-%s-%s.swap", dead, config.HashOf([]byte(old))[:16], config.HashOf([]byte(ours))[:16])
	for _, c := range []struct{ name, file, left, temp, want string }{
		{"half of ours", old, "{ a:", fmt.Sprintf(".pilotlight-%d-5.tmp", dead), old},
		{"ours, before the swap", old, ours, swap, old},
		{"the old one, after the swap", ours, old, swap, ours},
		{"theirs, which ours has the place of", ours, theirs, swap, theirs},
		{"theirs, and they wrote once more", "{ a: 4 }\n", theirs, swap, "{ a: 4 }\n"},
		{"another writer's at work", old, ours, fmt.Sprintf(".pilotlight-%d-5.tmp", os.Getpid()), old},
	} {
		b := lay(t, c.file)
		temp := filepath.Join(b.dir, c.temp)
		b.put(temp, c.left)
		b.src.Sweep()
		if got := b.text(); got != c.want {
			t.Errorf("%s: the file is %q, want %q", c.name, got, c.want)
		}
		_, err := os.Stat(temp)
		if stays := c.name == "another writer's at work"; (err == nil) != stays {
			t.Errorf("%s: what was left: %v", c.name, err)
		}
	}
}

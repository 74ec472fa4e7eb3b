package window_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"pilotlight/window"
)

// A started program gets the standard streams and nothing of what the web view
// has left open for every child.
func TestDetachedInheritsNothing(t *testing.T) {
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], 0); err != nil { // as Wails does: without O_CLOEXEC
		t.Fatal(err)
	}
	defer unix.Close(pipe[0])
	defer unix.Close(pipe[1])
	out := filepath.Join(t.TempDir(), "out")
	script := `ls /proc/self/fd > "$1"; cut -d' ' -f6 /proc/self/stat >> "$1"; echo "$MARK" >> "$1"`
	cmd := window.Detached(append(os.Environ(), "MARK=yes"), "sh", "-c", script, "sh", out)
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(b))
	if len(lines) < 3 {
		t.Fatalf("it said %q", b)
	}
	// ls itself has one more open: the folder that it lists.
	fds, session := lines[:len(lines)-2], lines[len(lines)-2]
	for _, fd := range fds {
		if n, err := strconv.Atoi(fd); err != nil || n > 3 {
			t.Errorf("it inherited the descriptor %s", fd)
		}
	}
	own, err := syscall.Getpgid(0)
	if err != nil || session == strconv.Itoa(own) || lines[len(lines)-1] != "yes" {
		t.Errorf("session %s, group %d, %q", session, own, lines[len(lines)-1])
	}
}

func TestDetachedProgramMissing(t *testing.T) {
	if err := window.Detached(os.Environ(), "no-such-program-here").Run(); err == nil {
		t.Error("it went well")
	}
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

// openTerminal makes a pseudo-terminal: what a person types into and sees, and
// what a program has as its own.
func openTerminal(t *testing.T) (person, program *os.File) {
	t.Helper()
	person, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	t.Cleanup(func() { person.Close() })
	conn, err := person.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	_ = conn.Control(func(fd uintptr) {
		_ = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0)
		n, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN)
		_ = unix.IoctlSetWinsize(int(fd), unix.TIOCSWINSZ, &unix.Winsize{Row: 30, Col: 90})
	})
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return person, program
}

// TestTopOnATerminal watches a model become warm, sees the agent go, and quits by
// a key. The terminal must be as it was before.
func TestTopOnATerminal(t *testing.T) {
	exe := filepath.Join(t.TempDir(), "pilotlight")
	if out, err := exec.Command("go", "build", "-o", exe, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	home, err := os.MkdirTemp("", "pl")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	model := lmstudiotest.SmallModels()[0].Key
	fake := lmstudiotest.Start(t, lmstudiotest.Options{Models: lmstudiotest.SmallModels()})
	running := startAgent(t, exe, home, fake.URL())
	person, program := openTerminal(t)
	before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	var seen screenLog
	go seen.read(person)
	ended := make(chan int, 1)
	go func() {
		ended <- run(t.Context(), world{
			args: []string{"top"}, in: program, out: program, err: program, now: time.Now,
			getenv: func(k string) string { return map[string]string{"PILOTLIGHT_HOME": home, "TERM": "xterm"}[k] },
		})
	}()
	seen.until(t, "Nothing is kept loaded", "q quits")
	c := client.New(agent.SocketPath(home))
	defer c.Close()
	keepFirst(t, c, model)
	seen.until(t, "is warm", model)
	_ = running.Process.Kill()
	_ = running.Wait()
	seen.until(t, "What stands here is old.")
	if _, err := person.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	select {
	case code := <-ended:
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("q did not end it")
	}
	seen.until(t, "\x1b[?25h\x1b[?1049l")
	after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
	if err != nil || after.Lflag != before.Lflag || after.Iflag != before.Iflag || after.Oflag != before.Oflag {
		t.Errorf("the terminal is another: %+v, %v", after, err)
	}
}

// screenLog is all that was written to a terminal since it was last asked.
type screenLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (s *screenLog) read(f *os.File) {
	buf := make([]byte, 4096)
	for {
		n, err := f.Read(buf)
		s.mu.Lock()
		s.text.Write(buf[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *screenLog) until(t *testing.T, parts ...string) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		s.mu.Lock()
		text, all := s.text.String(), true
		for _, part := range parts {
			all = all && strings.Contains(text, part)
		}
		if all {
			s.text.Reset()
		}
		s.mu.Unlock()
		if all {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("never shown: %q, but\n%q", parts, text)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

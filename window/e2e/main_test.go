//go:build linux

// Package e2e_test drives the real window on a desktop without a screen, with
// the real agent and the fake LM Studio. make test-window runs it.
package e2e_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/client"
	"pilotlight/backend/home"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
	"pilotlight/window/windowtest"
)

const (
	enabled = "PILOTLIGHT_WINDOW_TESTS"
	// patience is for a machine that does other things as well.
	patience = 40 * time.Second
	// dashboard retries at 2, 4, 8 … seconds after the agent went.
	reconnect = 90 * time.Second

	nothingKept = "Nothing is kept loaded · Pilotlight"
	notRunning  = "Pilotlight is not running · Pilotlight"
)

var (
	desktop *windowtest.Desktop
	bin     string
)

func TestMain(m *testing.M) {
	if os.Getenv(enabled) == "" {
		fmt.Println("skipped: the window's tests need a web view and an X server; run: make test-window")
		return
	}
	code, err := runAll(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		code = 1
	}
	os.Exit(code)
}

func runAll(m *testing.M) (int, error) {
	if err := windowtest.Missing(); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "plw")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	root, err := filepath.Abs("../..")
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(filepath.Join(root, "frontend/dist/index.html")); err != nil {
		return 0, fmt.Errorf("the dashboard is not built (make build): %w", err)
	}
	bin = filepath.Join(dir, "bin")
	if err := windowtest.Build(root, bin); err != nil {
		return 0, err
	}
	desktop, err = windowtest.Start(filepath.Join(dir, "desktop"), 1400, 1000)
	if err != nil {
		return 0, err
	}
	defer desktop.Close()
	return m.Run(), nil
}

// room is a state folder with what belongs to it.
type room struct {
	*testing.T
	dir  string
	fake *lmstudiotest.Server
	env  []string
}

func newRoom(t *testing.T) *room {
	dir, err := os.MkdirTemp("", "plr")
	if err != nil {
		t.Fatal(err)
	}
	fake, err := lmstudiotest.New(lmstudiotest.Options{Models: lmstudiotest.SmallModels()})
	if err != nil {
		t.Fatal(err)
	}
	r := &room{T: t, dir: dir, fake: fake, env: []string{
		"PILOTLIGHT_HOME=" + filepath.Join(dir, "s"), "PILOTLIGHT_LISTEN=127.0.0.1:0", "PILOTLIGHT_LMSTUDIO_URL=" + fake.URL(),
		"XDG_DATA_HOME=" + filepath.Join(dir, "data"), "XDG_CACHE_HOME=" + filepath.Join(dir, "cache"),
	}}
	t.Cleanup(func() {
		fake.Close()
		if t.Failed() {
			_ = desktop.Shot(filepath.Join(os.TempDir(), "pilotlight-"+strings.ReplaceAll(t.Name(), "/", "-")+".png"))
		}
		os.RemoveAll(dir)
	})
	return r
}

func (r *room) home() string { return filepath.Join(r.dir, "s") }

func (r *room) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

// agent starts the agent and waits until it answers.
func (r *room) agent() *windowtest.Process {
	r.Helper()
	p, err := desktop.Run(r.env, filepath.Join(bin, "pilotlight"), "agent", "--no-tray", "--poll", "250ms")
	r.must(err)
	r.Cleanup(p.Stop)
	r.answers()
	return p
}

func (r *room) client() *client.Client {
	c := client.New(home.Socket(r.home()))
	r.Cleanup(c.Close)
	return c
}

func (r *room) answers() {
	r.Helper()
	c := r.client()
	r.must(windowtest.Within(patience, "the agent answers", func() bool {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		_, err := c.Status(ctx)
		return err == nil
	}))
}

// open starts the window; args are its own.
func (r *room) open(args ...string) *windowtest.Process {
	r.Helper()
	return r.openWith(nil, args...)
}

func (r *room) openWith(env []string, args ...string) *windowtest.Process {
	r.Helper()
	p, err := desktop.Run(append(append([]string{}, r.env...), env...), filepath.Join(bin, "pilotlight-window"), args...)
	r.must(err)
	r.Cleanup(p.Stop)
	return p
}

func (r *room) titled(p *windowtest.Process, title string) windowtest.Window {
	r.Helper()
	return r.titledWithin(p, title, patience)
}

func (r *room) titledWithin(p *windowtest.Process, title string, limit time.Duration) windowtest.Window {
	r.Helper()
	w, err := desktop.Titled(p, title, limit)
	r.must(err)
	return w
}

// ends waits until a process and all that it has started have ended.
func (r *room) ends(p *windowtest.Process, family []int) {
	r.Helper()
	select {
	case <-p.Ended():
	case <-time.After(patience):
		r.Fatalf("the window's process did not end\n%s", p.Output())
	}
	if got := p.ExitCode(); got != 0 {
		r.Errorf("it ended with %d\n%s", got, p.Output())
	}
	for _, pid := range family {
		r.must(windowtest.Within(patience, fmt.Sprintf("process %d of the window ends", pid), func() bool { return !windowtest.Alive(pid) }))
	}
}

// close closes a window as its button does.
func (r *room) close(w windowtest.Window) {
	r.Helper()
	_, err := desktop.Tool("wmctrl", "-i", "-c", w.ID)
	r.must(err)
}

// owner is the process that answers on the agent's socket, 0 for none.
func (r *room) owner() int {
	conn, err := net.Dial("unix", home.Socket(r.home()))
	if err != nil {
		return 0
	}
	defer conn.Close()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	r.must(err)
	pid := 0
	r.must(raw.Control(func(fd uintptr) {
		cred, err := syscall.GetsockoptUcred(int(fd), syscall.SOL_SOCKET, syscall.SO_PEERCRED)
		if err == nil {
			pid = int(cred.Pid)
		}
	}))
	return pid
}

// endStray ends an agent that is no child of this process.
func (r *room) endStray() {
	pid := r.owner()
	if pid == 0 || pid == os.Getpid() {
		return
	}
	_ = syscall.Kill(pid, syscall.SIGTERM)
	r.must(windowtest.Within(patience, "the agent ends", func() bool { return !windowtest.Alive(pid) }))
}

func (r *room) keep(model string) {
	r.Helper()
	_, err := r.client().SetKeep(r.Context(), backend.Target{Model: model})
	r.must(err)
}

//go:build linux && !headless

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/agent"
	"pilotlight/backend/face/client"
	"pilotlight/backend/face/tray/traytest"
	"pilotlight/backend/source/lmstudio/lmstudiotest"
)

const patient = time.Minute // for what should happen; the machine may be slow, and the agent takes its time

// desk is a desktop with a panel, on which the real agent shows its icon; the
// LM Studio that it watches is the fake one.
type desk struct {
	*testing.T
	*traytest.Desktop
	panel *traytest.Watcher
	icon  *traytest.Icon
	fake  *lmstudiotest.Server
	api   *client.Client
	home  string
	env   []string // of the agent, on top of the desktop's

	agent *exec.Cmd
	ended chan error
	said  *lockedBuffer // on stderr
}

// lockedBuffer is written by a process and read by a test.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// bareDesk has a desktop and an LM Studio, and neither panel nor agent yet.
func bareDesk(t *testing.T) *desk {
	t.Helper()
	home, err := os.MkdirTemp("", "pl") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(home) })
	t.Parallel()
	d := &desk{T: t, Desktop: traytest.StartDesktop(t), home: home, said: &lockedBuffer{}}
	// Its ports are published where the agent looks, so that a server that is off
	// can be told from an app that is.
	d.fake = lmstudiotest.Start(t, lmstudiotest.Options{Home: filepath.Join(home, ".lmstudio"), Models: []lmstudiotest.Model{
		{Key: "acme/hero-8b", Name: "Hero 8B", SizeBytes: 600_000_000, MaxContext: 32768},
		{Key: "acme/second-4b", Name: "Second 4B", SizeBytes: 400_000_000, MaxContext: 32768},
	}})
	d.api = client.New(agent.SocketPath(home))
	t.Cleanup(d.api.Close)
	return d
}

// startDesk has all of it, with the icon in the panel.
func startDesk(t *testing.T, env ...string) *desk {
	t.Helper()
	d := bareDesk(t)
	d.env = env
	d.startPanel()
	d.startAgent()
	d.untilIcon()
	return d
}

func (d *desk) startPanel() {
	d.Helper()
	w, err := traytest.NewWatcher(d.Bus)
	if err != nil {
		d.Fatal(err)
	}
	d.panel = w
	d.Cleanup(w.Close)
}

func (d *desk) untilIcon() {
	d.Helper()
	i, err := d.panel.Next(patient)
	if err != nil {
		d.Fatalf("%v; the agent said %q", err, d.said)
	}
	d.icon = i
}

// startAgent starts the agent with its menu bar and waits until it is ready.
func (d *desk) startAgent() {
	d.Helper()
	path, err := exec.LookPath("pilotlight") // the test's own binary: see TestMain
	if err != nil {
		d.Fatal(err)
	}
	cmd := exec.Command(path, "agent", "--poll", "250ms", "--listen", "127.0.0.1:0", "--lmstudio", d.fake.URL())
	cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.home, "PILOTLIGHT_HOME=" + d.home, "TMPDIR=" + d.home,
	}, d.Env()...)
	cmd.Env = append(cmd.Env, d.env...)
	cmd.Stderr = d.said
	out, err := cmd.StdoutPipe()
	if err != nil {
		d.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		d.Fatal(err)
	}
	lines := bufio.NewReader(out)
	line, err := lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready http://") {
		d.Fatalf("the agent said %q (%v) and %q", line, err, d.said)
	}
	d.agent, d.ended = cmd, make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		d.ended <- cmd.Wait()
	}()
	d.Cleanup(func() {
		if d.agent != nil {
			_ = cmd.Process.Kill()
			<-d.ended //nolint:errcheck // killed, so always an error
		}
	})
}

// untilEnded waits for the agent to end by itself, well.
func (d *desk) untilEnded() {
	d.Helper()
	select {
	case err := <-d.ended:
		d.agent = nil
		if err != nil {
			d.Errorf("the agent ended with %v and said %q", err, d.said)
		}
	case <-time.After(patient):
		d.Fatalf("the agent did not end")
	}
}

func (d *desk) stopAgent() {
	d.Helper()
	if err := d.agent.Process.Signal(syscall.SIGTERM); err != nil {
		d.Fatal(err)
	}
	d.untilEnded()
}

// menu reads the menu.
func (d *desk) menu() traytest.Entry {
	d.Helper()
	m, err := d.icon.Menu()
	if err != nil {
		d.Fatalf("%v; the agent said %q", err, d.said)
	}
	return m
}

// untilShown waits until the menu has a line with each of these parts.
func (d *desk) untilShown(parts ...string) traytest.Entry {
	d.Helper()
	return d.untilMenu(fmt.Sprintf("%q", parts), func(m traytest.Entry) bool {
		for _, p := range parts {
			if _, ok := m.Find(p); !ok {
				return false
			}
		}
		return true
	})
}

func (d *desk) untilMenu(what string, ok func(traytest.Entry) bool) traytest.Entry {
	d.Helper()
	deadline := time.Now().Add(patient)
	for {
		m, err := d.icon.Menu() // there is none for a moment after the icon came
		if err == nil && ok(m) {
			return m
		}
		if time.Now().After(deadline) {
			d.Fatalf("the menu never showed %s but\n%s\n%v; the agent said %q", what, m, err, d.said)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// click clicks the first line that has this part.
func (d *desk) click(part string) {
	d.Helper()
	e, ok := d.untilShown(part).Find(part)
	if !ok || !e.Enabled {
		d.Fatalf("%q cannot be clicked in\n%s", part, d.menu())
	}
	if err := d.icon.Click(e.ID); err != nil {
		d.Fatalf("click %q: %v", part, err)
	}
}

// untilStatus waits for the agent itself, over its socket.
func (d *desk) untilStatus(what string, ok func(*backend.Status) bool) *backend.Status {
	d.Helper()
	deadline := time.Now().Add(patient)
	for {
		st, err := d.api.Status(context.Background())
		if err != nil {
			d.Fatalf("status: %v; the agent said %q", err, d.said)
		}
		if ok(st) {
			return st
		}
		if time.Now().After(deadline) {
			d.Fatalf("never came: %s\nkeep %+v reason %+v", what, st.Keep, st.Keep.Reason)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (d *desk) untilKeep(s backend.KeepState) *backend.Status {
	d.Helper()
	return d.untilStatus(string(s), func(st *backend.Status) bool { return st.Keep.State == s })
}

// picture is the icon's image file as the panel would load it; nil while there
// is none, which is so for a moment when the icon changes.
func (d *desk) picture() []byte {
	d.Helper()
	v, err := d.icon.Property("IconName")
	if err != nil {
		d.Fatal(err)
	}
	b, err := os.ReadFile(v.(string))
	if err != nil {
		return nil
	}
	return b
}

// saidOnce wants a sentence on stderr and in the log, once in each.
func (d *desk) saidOnce(part string) {
	d.Helper()
	deadline := time.Now().Add(patient)
	for strings.Count(d.said.String(), part) == 0 && time.Now().Before(deadline) {
		time.Sleep(20 * time.Millisecond)
	}
	log, err := os.ReadFile(filepath.Join(d.home, "agent.log"))
	if err != nil {
		d.Fatal(err)
	}
	if got := strings.Count(d.said.String(), part); got != 1 {
		d.Errorf("%q was said %d times on stderr: %q", part, got, d.said)
	}
	if got := strings.Count(string(log), part); got != 1 {
		d.Errorf("%q is %d times in the log:\n%s", part, got, log)
	}
}

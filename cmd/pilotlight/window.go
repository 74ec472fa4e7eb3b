package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/face/client"
	"pilotlight/backend/source/platform"
)

// openDashboard opens the dashboard in its window, where that is installed,
// else in the browser, signed in. There is one window: its program brings the
// one that is open to the front. agent is the agent whose dashboard it is, path
// the place in it, as "/fallbacks/7"; "" is where it opens by itself.
func (e *env) openDashboard(ctx context.Context, agent *client.Client, demo bool, path string) error {
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	window := platform.WindowPath(exe, e.getenv("PATH"))
	if window == "" {
		link, err := agent.Link(ctx)
		if err != nil {
			return err
		}
		if path != "" {
			link += "#" + path // the sign-in's redirect keeps it
		}
		return browse(link)
	}
	var args []string
	if path != "" {
		args = append(args, "--path", path)
	}
	if demo {
		args = append(args, "--demo")
	}
	if err := launch(window, args...); err != nil {
		return &backend.Error{
			Code: backend.CodeRefused, Err: err, Message: "The window of the dashboard does not open (" + err.Error() + ").",
			Hint: "Install Pilotlight again, or use a browser with the link of: pilotlight open --print",
		}
	}
	return nil
}

// browse opens a link that signs the browser in once.
func browse(link string) error {
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "/usr/bin/open"
	}
	if err := launch(opener, link); err != nil {
		return &backend.Error{
			Code: backend.CodeRefused, Err: err, Message: "No browser could be opened from here.",
			Hint: "Open this link yourself; it works once, for ten minutes: " + link,
		}
	}
	return nil
}

// launchTime is how long a program that opens something is watched for failing.
const launchTime = 3 * time.Second

// launch starts a program that outlives this one. xdg-open ends at once, or
// with the browser, which nobody should wait for or end; a window stays.
func launch(name string, args ...string) error {
	cmd := exec.Command(name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // who starts a program takes its end in
	select {
	case err := <-ended:
		return err
	case <-time.After(launchTime):
		return nil
	}
}

package platform

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"pilotlight/backend"
)

const (
	// windowName is the window's program, as it is built and installed.
	windowName = "pilotlight-window"
	// maxVersion bounds what a program may say of its version, in bytes.
	maxVersion = 4 << 10
	// killWait is how long an ended program's output is waited for.
	killWait = time.Second
)

// WindowPath finds the window's program: inside the app that exe lies in,
// beside exe, or on the path list (the variable PATH). "" where it is nowhere.
func WindowPath(exe, pathList string) string {
	if target, err := filepath.EvalSymlinks(exe); err == nil {
		exe = target
	}
	dir := filepath.Dir(exe)
	places := []string{
		filepath.Join(dir, "..", "Helpers", "Dashboard.app", "Contents", "MacOS", windowName),
		filepath.Join(dir, windowName),
	}
	for _, p := range filepath.SplitList(pathList) {
		if filepath.IsAbs(p) {
			places = append(places, filepath.Join(p, windowName))
		}
	}
	for _, p := range places {
		if fi, err := os.Stat(p); err == nil && fi.Mode().IsRegular() && fi.Mode().Perm()&0o111 != 0 {
			return p
		}
	}
	return ""
}

// Window finds the window's program and asks it for its version, which opens
// nothing.
func Window(ctx context.Context, exe, pathList string) backend.WindowProgram {
	w := backend.WindowProgram{Path: WindowPath(exe, pathList)}
	if w.Path == "" {
		return w
	}
	out := limited{max: maxVersion}
	cmd := exec.CommandContext(ctx, w.Path, "--version")
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &out, &out, killWait
	err := cmd.Run()
	text := strings.TrimSpace(out.buf.String())
	switch first, _, _ := strings.Cut(text, "\n"); {
	case ctx.Err() != nil:
		w.Err = errors.New("it did not answer in time")
	case err != nil && first != "":
		w.Err = errors.New(first)
	case err != nil:
		w.Err = err
	case first == "":
		w.Err = errors.New("it does not say its version")
	default:
		w.Version = first[strings.LastIndexByte(first, ' ')+1:]
	}
	return w
}

// limited keeps the beginning of what is written and swallows the rest.
type limited struct {
	buf bytes.Buffer
	max int
}

func (l *limited) Write(b []byte) (int, error) {
	l.buf.Write(b[:min(len(b), l.max-l.buf.Len())])
	return len(b), nil
}

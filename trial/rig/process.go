package rig

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// Process is a program that was started. Its end is waited for beside.
type Process struct {
	cmd   *exec.Cmd
	first chan string // the first line of its output; closed without one
	ended chan struct{}
	err   error // how it ended, once ended is closed
}

// Command is a program to start.
type Command struct {
	Path   string
	Args   []string
	Env    []string
	Stderr string               // file that what it complains about is added to
	Within func(func() error)   // optional: where it is started, such as another network
	Attr   *syscall.SysProcAttr // optional
	Extra  []*os.File           // optional: from descriptor 3 on
	Began  func(pid int) error  // optional: called right after the start
}

// Start starts a program and does not wait for anything.
func Start(c Command) (*Process, error) {
	p := &Process{first: make(chan string, 1), ended: make(chan struct{})}
	p.cmd = exec.Command(c.Path, c.Args...)
	p.cmd.Env, p.cmd.SysProcAttr, p.cmd.ExtraFiles = c.Env, dieWithUs(c.Attr), c.Extra
	stderr, err := os.OpenFile(c.Stderr, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer stderr.Close()
	p.cmd.Stderr = stderr
	out, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout = in
	begin := func() error {
		if err := p.cmd.Start(); err != nil {
			return err
		}
		if c.Began != nil {
			return c.Began(p.cmd.Process.Pid)
		}
		return nil
	}
	if c.Within != nil {
		c.Within(func() error { err = begin(); return err })
	} else {
		err = begin()
	}
	_ = in.Close()
	if err != nil {
		_ = out.Close()
		return nil, fmt.Errorf("start %s: %w", filepath.Base(c.Path), err)
	}
	go p.read(out)
	go func() { p.err = p.cmd.Wait(); close(p.ended) }()
	return p, nil
}

// read passes the first line on and lets the rest go.
func (p *Process) read(out *os.File) {
	defer out.Close()
	defer close(p.first)
	r := bufio.NewReader(out)
	if line, err := r.ReadString('\n'); err == nil {
		p.first <- strings.TrimSpace(line)
	}
	_, _ = io.Copy(io.Discard, r)
}

// ErrSlow is that a program did not do in time what was waited for.
var ErrSlow = errors.New("it took too long")

// FirstLine waits for the first line of its output. An *Ended tells that it ended
// before.
func (p *Process) FirstLine(limit time.Duration) (string, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case line, ok := <-p.first:
		if ok {
			return line, nil
		}
		<-p.ended
		return "", p.End()
	case <-timer.C:
		return "", ErrSlow
	}
}

// Ended is how a program ended.
type Ended struct {
	Code   int            // of its exit; -1 where a signal ended it
	Signal syscall.Signal // 0 for none
}

func (e *Ended) Error() string {
	if e.Signal != 0 {
		return "it was ended by " + e.Signal.String()
	}
	return fmt.Sprint("it ended with code ", e.Code)
}

// End is how it ended, nil while it runs.
func (p *Process) End() *Ended {
	select {
	case <-p.ended:
	default:
		return nil
	}
	s, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && s.Signaled() {
		return &Ended{Code: -1, Signal: s.Signal()}
	}
	return &Ended{Code: p.cmd.ProcessState.ExitCode()}
}

// Wait waits for the end.
func (p *Process) Wait(limit time.Duration) (*Ended, error) {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-p.ended:
		return p.End(), nil
	case <-timer.C:
		return nil, ErrSlow
	}
}

// PID is its number.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Signal sends it a signal; one that has ended gets none.
func (p *Process) Signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// Kill ends it at once and waits for that.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill()
	<-p.ended
}

// Stop asks it to end, and kills it where it does not within the limit.
func (p *Process) Stop(limit time.Duration) (*Ended, error) {
	p.Signal(syscall.SIGTERM)
	end, err := p.Wait(limit)
	if err != nil {
		p.Kill()
	}
	return end, err
}

package window

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"pilotlight/backend"
	"pilotlight/backend/home"
)

const (
	// raiseLimit is how long a second start waits for the first to come
	// forward; the first may just be starting itself.
	raiseLimit = 5 * time.Second
	maxAsk     = 4 << 10
)

// ErrRaised says that another window of the same state folder was there and
// has come forward.
var ErrRaised = errors.New("the window that was open has come forward")

// ask is what a second start tells the first.
type ask struct {
	Route string `json:"route"`
}

// Claim is the right to be the window of a state folder. Wails' own lock needs
// a session bus on Linux and is silently none without it, starts the whole web
// view before it looks, and knows one window a user instead of one a state
// folder, where the demo has its own.
type Claim struct {
	lock     *os.File
	listener net.Listener
	wg       sync.WaitGroup
}

// ClaimWindow makes this process the window of a state folder. Where there is
// one already, it asks that one to come forward at a route ("" stays where it
// is) and returns ErrRaised. raise is called for every later start, one after
// the other; it says false when this window is about to close, and the later
// start then becomes the window itself.
func ClaimWindow(dir, route string, raise func(route string) bool) (*Claim, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, cannotUse(dir, err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "window.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, cannotUse(dir, err)
	}
	socket := filepath.Join(dir, "window.sock")
	for deadline := time.Now().Add(raiseLimit); ; time.Sleep(50 * time.Millisecond) {
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			break
		}
		err := askOther(socket, route)
		if err == nil {
			_ = lock.Close()
			return nil, ErrRaised
		}
		if time.Now().After(deadline) {
			_ = lock.Close()
			return nil, &backend.Error{
				Code: backend.CodeBusy, Message: "The window is open already, and does not answer.",
				Hint: "Close it, or end pilotlight-window, and try again.", Err: err,
			}
		}
	}
	c := &Claim{lock: lock}
	if err := c.listen(socket, raise); err != nil {
		c.Close()
		return nil, cannotUse(dir, err)
	}
	return c, nil
}

// listen takes over a socket that a dead window left behind; the lock is held,
// so no living one can own it.
func (c *Claim) listen(socket string, raise func(string) bool) error {
	if len(socket) > home.MaxSocketPath {
		return fmt.Errorf("its path is longer than %d characters", home.MaxSocketPath-len("/window.sock"))
	}
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	ln, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}
	c.listener = ln
	if err := os.Chmod(socket, 0o600); err != nil {
		return err
	}
	c.wg.Go(func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			answer(conn, raise)
		}
	})
	return nil
}

// answer does what one later start asks for.
func answer(conn net.Conn, raise func(string) bool) {
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	var a ask
	if json.NewDecoder(io.LimitReader(conn, maxAsk)).Decode(&a) != nil {
		return
	}
	// The route came from another process: whoever wrote it checks nothing.
	if checked, err := Route(strings.TrimPrefix(a.Route, "#")); err == nil && raise(checked) {
		_, _ = io.WriteString(conn, "raised\n")
	}
}

// Close gives the right back.
func (c *Claim) Close() {
	if c.listener != nil {
		_ = c.listener.Close()
	}
	c.wg.Wait()
	_ = c.lock.Close()
}

// askOther asks the window that holds the lock to come forward.
func askOther(socket, route string) error {
	conn, err := net.DialTimeout("unix", socket, time.Second)
	if err != nil {
		return err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
	if err := json.NewEncoder(conn).Encode(ask{Route: route}); err != nil {
		return err
	}
	_, err = io.ReadFull(conn, make([]byte, len("raised\n")))
	return err
}

func cannotUse(dir string, err error) error {
	return &backend.Error{
		Code: backend.CodeInternal, Message: fmt.Sprintf("The window cannot use the state folder %s: %v.", dir, err),
		Hint: "Make the folder writable for you, or set PILOTLIGHT_HOME to another one.", Err: err,
	}
}

package window

import (
	"errors"
	"net/url"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/godbus/dbus/v5"

	"pilotlight/backend"
)

// openWait is how long an opener may take to fail; one that still runs then
// has become the program that it opened.
const openWait = 2 * time.Second

// OpenAddress opens a checked web address in the person's browser.
func OpenAddress(goos string, env []string, address string) error {
	if err := begin(openerOf(goos, env, address)); err != nil {
		return &backend.Error{
			Code: backend.CodeRefused, Message: "No browser could be opened.", Hint: "Open it yourself: " + address, Err: err,
		}
	}
	return nil
}

// Reveal shows a file that exists in the file manager. It opens none: what a
// desktop does with a file may be to run it.
func Reveal(goos string, env []string, path string) error {
	if goos == "darwin" {
		return cannotShow(path, begin(Detached(env, opener, "-R", path)))
	}
	if showItem(path) == nil {
		return nil
	}
	return cannotShow(path, begin(openerOf(goos, env, filepath.Dir(path))))
}

func cannotShow(path string, err error) error {
	if err == nil {
		return nil
	}
	return &backend.Error{
		Code: backend.CodeRefused, Message: "No file manager could be opened.", Hint: "The file is " + path, Err: err,
	}
}

func openerOf(goos string, env []string, what string) *exec.Cmd {
	if goos == "darwin" {
		return Detached(env, opener, what)
	}
	return Detached(env, "xdg-open", what)
}

// begin starts a program and reports its failure, if that comes soon.
func begin(cmd *exec.Cmd) error {
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		return err
	case <-time.After(openWait):
		return nil
	}
}

// showItem asks the desktop's file manager (freedesktop.org, File Manager D-Bus
// Interface). The bus starts it if need be, so that nothing is ours.
func showItem(path string) error {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return err
	}
	defer conn.Close()
	file := url.URL{Scheme: "file", Path: path}
	call := conn.Object("org.freedesktop.FileManager1", "/org/freedesktop/FileManager1").
		Go("org.freedesktop.FileManager1.ShowItems", 0, make(chan *dbus.Call, 1), []string{file.String()}, "")
	select {
	case done := <-call.Done:
		return done.Err
	case <-time.After(openWait):
		return errors.New("the file manager did not answer")
	}
}

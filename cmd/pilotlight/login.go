package main

import (
	"os"
	"runtime"

	"pilotlight/backend/source/login"
)

type loginCmd struct {
	Do string `arg:"" optional:"" enum:"on,off,status" default:"status" help:"on, off or status."`
}

// Run switches starting at login on or off, or says how it stands.
func (c loginCmd) Run(e *env) error {
	item, err := e.loginItem()
	if err != nil {
		return err
	}
	if c.Do != "status" {
		if err := item.Set(c.Do == "on"); err != nil {
			return err
		}
	}
	answer := struct {
		Enabled bool   `json:"enabled"`
		Path    string `json:"path"`
	}{item.Enabled(), item.Path()}
	return e.show(answer, func() {
		if answer.Enabled {
			e.line("Pilotlight starts at login, by %s.", answer.Path)
			return
		}
		e.line("Pilotlight does not start at login. Switch it on with: pilotlight login on")
	})
}

// loginItem is the login item for the running program.
func (e *env) loginItem() (*login.Item, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return login.New(runtime.GOOS, e.userHome(), exe, e.getenv), nil
}

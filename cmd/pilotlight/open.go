package main

import (
	"os/exec"
	"runtime"

	"pilotlight/backend"
)

type openCmd struct {
	Print bool `name:"print" help:"Only print the link; it works once, for ten minutes."`
}

// Run opens the dashboard in the browser, signed in by a link that works once.
func (c openCmd) Run(e *env) error {
	link, err := e.client().Link(e.ctx)
	if err != nil {
		return err
	}
	if c.Print || e.json {
		return e.show(map[string]string{"url": link}, func() { e.line("%s", link) })
	}
	opener := "xdg-open"
	if runtime.GOOS == "darwin" {
		opener = "/usr/bin/open"
	}
	if err := exec.CommandContext(e.ctx, opener, link).Run(); err != nil {
		return &backend.Error{
			Code: backend.CodeRefused, Err: err, Message: "No browser could be opened from here.",
			Hint: "Open this link yourself; it works once, for ten minutes: " + link,
		}
	}
	return nil
}

type versionCmd struct{}

// Run prints the version of this program.
func (versionCmd) Run(e *env) error {
	return e.show(map[string]string{"version": version}, func() { e.line("pilotlight %s", version) })
}

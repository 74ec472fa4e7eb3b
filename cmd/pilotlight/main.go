// Command pilotlight is the agent that keeps a model warm, and the command
// line that talks to it.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// version is set at build time with -ldflags "-X main.version=…".
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	code := run(ctx, world{
		args: os.Args[1:], out: os.Stdout, err: os.Stderr, getenv: os.Getenv, now: time.Now,
	})
	stop()
	os.Exit(code)
}

// world is all that a command gets from outside, so that tests can give it
// another.
type world struct {
	args     []string
	out, err io.Writer
	getenv   func(string) string
	now      func() time.Time
}

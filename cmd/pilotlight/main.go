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

// releases is the page that publishes versions, set in the same way as main.releases.
// A build that was made by hand has none.
var releases string

func main() {
	// The menu bar wants the thread that the process began with, which may never
	// come back from it (the library's own init locks it; other builds do not
	// care). So everything else runs beside it.
	mainThread := make(chan func())
	go func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
		code := run(ctx, world{
			args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.Getenv, now: time.Now, mainThread: mainThread,
		})
		stop()
		os.Exit(code)
	}()
	for f := range mainThread {
		f()
	}
}

// world is all that a command gets from outside, so that tests can give it
// another.
type world struct {
	args       []string
	in         io.Reader
	out, err   io.Writer
	getenv     func(string) string
	now        func() time.Time
	mainThread chan<- func() // runs what is sent to it, one after the other
}
